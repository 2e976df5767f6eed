"""Sheets of lines and buses as people leave them: the right impedance and load, or a refusal by row and column."""

from __future__ import annotations

import pytest

from p2pdnr.errors import InputError
from p2pdnr.network.readers import to_table
from p2pdnr.network.readers.report import Imported
from p2pdnr.network.readers.two_sheets import Choices, from_sheets
from p2pdnr.sheets.reading import read_sheets
from p2pdnr.sheets.writing import workbook

TYPE = "NA2XS2Y 1x150 RM/25 12/20 kV"
"""0.206 ohm/km and 0.116 ohm/km."""


def read(*files: str | bytes) -> Imported:
    """The network of these files."""
    sheets = []
    for number, data in enumerate(files):
        sheets += read_sheets(data if isinstance(data, bytes) else data.encode(), f"f{number}.csv")
    return from_sheets(sheets, "n", Choices(20.0))


def rows(*texts: str) -> str:
    return "".join(f"{text}\n" for text in texts)


BUSES = rows("Knoten;P [kW];cos phi", "A;100;1", "B;50;1")
OHMS = ("Leitung;von;nach;R [Ohm];X [Ohm]", "L1;UW;A;0,2;0,1", "L2;A;B;0,4;0,2")
READ: dict[str, tuple[str | bytes, str]] = {
    "German names with units": (
        rows(
            "Leitung;von Knoten;nach Knoten;Länge [km];R' [Ω/km];X' [Ω/km]", "L1;UW;A;1,0;0,2;0,1", "L2;A;B;2,0;0,2;0,1"
        ),
        BUSES,
    ),
    "stations and a length in m": (
        rows(
            "Lfd. Nr.;Von Station;Nach Station;Länge in m;R [Ω/km];X [Ω/km]",
            "1;UW;A;1.000,0;0,2;0,1",
            "2;A;B;2.000,0;0,2;0,1",
        ),
        BUSES,
    ),
    "milliohm per m": (rows("von;nach;Länge [m];R [mΩ/m];X [mΩ/m]", "UW;A;1000;0,2;0,1", "A;B;2000;0,2;0,1"), BUSES),
    "merged cells above": (
        workbook(
            {
                "L": [
                    ["Leitung", "Knoten", None, "Länge", "Impedanz", None],
                    [None, "von", "nach", "[km]", "R [Ohm]", "X [Ohm]"],
                    ["L1", "UW", "A", 1.0, 0.2, 0.1],
                    ["L2", "A", "B", 2.0, 0.4, 0.2],
                ]
            }
        ),
        BUSES,
    ),
    "units below": (
        workbook(
            {
                "L": [
                    ["Leitung", "von", "nach", "Länge", "R'", "X'"],
                    [None, None, None, "[km]", "[Ohm/km]", "[Ohm/km]"],
                    ["L1", "UW", "A", 1.0, 0.2, 0.1],
                    ["L2", "A", "B", 2.0, 0.2, 0.1],
                ]
            }
        ),
        BUSES,
    ),
    "a sum below lines": (rows(*OHMS, "Summe;;;0,6;0,2"), BUSES),
    "a sum below buses": (rows(*OHMS), BUSES + "Summe;150;\n"),
    "notes below": (
        rows(*OHMS, ";;;;", "Stand: 31.12.2025", "Alle Angaben ohne Gewähr"),
        BUSES + "\nQuelle: Netzplan\n",
    ),
    "headings of sections": (rows(OHMS[0], "Abgang Nord;;;;", *OHMS[1:]), BUSES),
    "empty rows": (rows(OHMS[0], ";;;;", OHMS[1], "", ";;;;", OHMS[2]), BUSES),
    "UTF-16 and tabs": (rows(*OHMS).replace(";", "\t").encode("utf-16"), BUSES),
    "a byte order mark": (b"\xef\xbb\xbf" + rows(*OHMS).encode(), BUSES),
    "percents": (rows(*OHMS), rows("Knoten;P [kW];cos phi", "A;100;100 %", "B;50;100%")),
    "draw and feed-in": (rows(*OHMS), rows("Knoten;Bezug [kW];Einspeisung [kW]", "A;120;20", "B;50;0")),
    "a bus in two rows": (rows(*OHMS), BUSES.replace("A;100", "A;70") + "A;30;1\n"),
}
REFUSED: dict[str, tuple[str, str, str]] = {
    "thousands or decimals": (
        rows("Leitung;von;nach;Länge [m];Kabeltyp", f"L1;UW;A;1.250;{TYPE}", f"L2;A;B;830;{TYPE}"),
        BUSES,
        r"f0.csv row 2 column Länge \[m\]: .* 1.250 is 1250 or a thousandth",
    ),
    "a length without a unit": (
        rows("von;nach;Länge;R' [Ohm/km];X' [Ohm/km]", "UW;A;1,2;0,2;0,1", "A;B;2,2;0,2;0,1"),
        BUSES,
        r"row 2 \(UW - A\).* column Länge: states no unit",
    ),
    "a length below 0": (
        rows("von;nach;Länge [km];R' [Ohm/km];X' [Ohm/km]", "UW;A;-1;0,2;0,1", "A;B;2,2;0,2;0,1"),
        BUSES,
        r"row 2 \(UW - A\) column Länge \[km\]: is below 0",
    ),
    "an error of the spreadsheet": (
        rows("von;nach;R [Ohm];X [Ohm]", "UW;A;#WERT!;0,1", "A;B;0,2;0,1"),
        BUSES,
        r"row 2 \(UW - A\) column R \[Ohm\]: is no number \('#WERT!'\)",
    ),
    "a number made a date": (
        rows(*OHMS),
        rows("Knoten;P [kW]", "A;01. Feb", "B;50"),
        r"row 2 \(A\) column P \[kW\]: is in the unit",
    ),
    "a bus that no line has": (
        rows(*OHMS),
        BUSES + "C;5;1\n",
        r"f1.csv row 4 \(C\) column Knoten: is the end of no line",
    ),
}


@pytest.mark.parametrize("case", READ)
def test_sheets_are_read_with_their_impedances_and_loads(case: str) -> None:
    table = to_table(read(*READ[case]).network)
    assert [(line["from"], line["to"]) for line in table["lines"]] == [(1, 2), (2, 3)]
    assert [line["r_ohm"] for line in table["lines"]] == pytest.approx([0.2, 0.4])
    assert [line["x_ohm"] for line in table["lines"]] == pytest.approx([0.1, 0.2])
    assert [bus.get("p_kw", 0.0) for bus in table["buses"]] == pytest.approx([0.0, 100.0, 50.0])


@pytest.mark.parametrize("case", REFUSED)
def test_sheets_are_refused_by_place_with_a_remedy(case: str) -> None:
    *files, told = REFUSED[case]
    with pytest.raises(InputError, match=told) as caught:
        read(*files)
    assert all(problem.remedy for problem in caught.value.problems)


def test_what_was_left_out_is_told() -> None:
    for case, told in (("a sum below lines", "row 4, Summe"), ("headings of sections", "row 2, Abgang Nord")):
        assert any(told in str(note) for note in read(*READ[case]).notes)
    lone = read(rows(*OHMS), rows("Knoten;Jahresverbrauch [kWh]", "A;100000", "B;50000"))
    assert any("f1.csv: has no two columns known here" in str(note) for note in lone.notes)
