"""Charts: what they draw is what the result says, in both themes, for odd results too."""

from __future__ import annotations

import copy
import itertools
from typing import Any

import pytest

from p2pdnr.figures import catalogue, labels
from p2pdnr.figures.convergence import convergence
from p2pdnr.figures.frame import clock
from p2pdnr.figures.losses import curtailed, losses
from p2pdnr.figures.market import prices, short, trades
from p2pdnr.figures.prosumer import prosumer
from p2pdnr.figures.theme import Theme, read_themes
from p2pdnr.figures.traders import MOST_ROWS
from p2pdnr.figures.voltages import bus_ticks, voltage_span, voltages
from p2pdnr.languages import ENGLISH
from tests.dashboard import synthetic

THEMES = read_themes()
LIGHT = THEMES["light"]


@pytest.fixture(scope="module")
def days() -> list[dict[str, Any]]:
    """One day in three modes, the hourly one first, made for other days, with levers that move."""
    return [synthetic.levered(mode) for mode in ("hourly", "static", "fixed")]


def luminance(colour: str) -> float:
    """Relative luminance of a colour (WCAG 2.2)."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours (WCAG 2.2)."""
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_text_can_be_read(theme: Theme) -> None:
    for ground in ("panel", "paper"):
        for text in ("ink", "muted", "accent", "over-text"):
            assert contrast(theme[text], theme[ground]) >= 4.5, (text, ground)
    assert contrast(theme["on-accent"], theme["accent"]) >= 4.5
    assert contrast(theme["accent"], theme["wash"]) >= 4.5


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
@pytest.mark.parametrize("token", ["load-low", "load-high", "over", "trade", "open", "accent", "control"])
def test_lines_that_mean_something_stand_out(theme: Theme, token: str) -> None:
    assert contrast(theme[token], theme["panel"]) >= 2.9


def test_dark_overrides_light() -> None:
    assert set(THEMES["dark"].tokens) == set(LIGHT.tokens)
    assert THEMES["dark"]["paper"] != LIGHT["paper"]
    assert LIGHT.faded("ink", 0.5).startswith("rgba(")


@pytest.mark.parametrize("name", catalogue.NAMES)
@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_every_figure_says_what_it_shows(days: list[dict[str, Any]], name: str, theme: Theme) -> None:
    figure = catalogue.draw(name, days, theme)
    first, second = figure.layout.meta["caption"]
    assert first.endswith(". ") and second.endswith(".")
    assert figure.layout.paper_bgcolor == "rgba(0,0,0,0)"
    assert figure.layout.xaxis.fixedrange


def test_names_beside_curves_have_the_room_that_a_language_needs() -> None:
    """A letter takes six pixels of small type; "Normalschaltung" was cut at "Normalsch"."""
    assert labels.room([{"text": "Hourly"}, {"text": "Best fixed"}]) == 64
    assert labels.room([{"text": "Hourly"}, {"text": "Normalschaltung"}]) >= 6 * len("Normalschaltung")


def test_losses_draw_each_mode_and_fill_the_one_on_show(days: list[dict[str, Any]]) -> None:
    figure = losses(days, LIGHT)
    drawn = {trace.name: trace for trace in figure.data}
    assert set(drawn) == {"Hourly", "Best fixed", "As built"}
    assert list(drawn["As built"].y) == days[2]["series"]["loss_kw"]
    assert [name for name, trace in drawn.items() if trace.fill == "tozeroy"] == ["Hourly"]
    assert figure.layout.yaxis.range[1] > max(days[2]["series"]["loss_kw"])


def curtailing(day: dict[str, Any], share: float) -> dict[str, Any]:
    """The day with that share of its PV left unused."""
    other = copy.deepcopy(day)
    rows = other["prosumers"]["day"]
    rows["pv_kw"] = [[(1 - share) * value for value in row] for row in rows["pv_available_kw"]]
    return other


def test_curtailed_pv_has_its_own_panel(days: list[dict[str, Any]]) -> None:
    hourly, initial = days[0], curtailing(days[2], 0.25)
    figure = losses([hourly, initial], LIGHT)
    unused = {trace.name: trace for trace in figure.data if trace.yaxis == "y2"}
    assert set(unused) == {"Hourly, PV curtailed", "As built, PV curtailed"}
    sun = [sum(row) for row in zip(*initial["prosumers"]["day"]["pv_available_kw"], strict=True)]
    assert list(unused["As built, PV curtailed"].y) == pytest.approx([0.25 * value for value in sun])
    assert max(unused["Hourly, PV curtailed"].y) == 0
    assert not any(trace.yaxis == "y2" for trace in losses(days, LIGHT).data)


def test_losses_that_pv_causes_are_explained(days: list[dict[str, Any]]) -> None:
    hourly, initial = copy.deepcopy(days[0]), curtailing(days[2], 0.25)
    hourly["series"]["loss_kw"] = [
        value + (9 if hour in (11, 12) else -1) for hour, value in enumerate(initial["series"]["loss_kw"])
    ]
    caption = losses([hourly, initial], LIGHT).layout.meta["caption"]
    lost = sum(curtailed(initial)[hour] for hour in (11, 12))
    assert "than as built. " in caption[0]
    assert caption[1] == (
        "From 11:00 to 13:00 it loses 18 kWh more, because the grid then carries "
        f"{ENGLISH.number(lost)} kWh of PV that the grid as built curtails."
    )
    unexplained = losses([hourly, days[2]], LIGHT).layout.meta["caption"]
    assert unexplained[1].startswith("For comparison: as built")


def test_the_voltage_map_is_centred_at_one(days: list[dict[str, Any]]) -> None:
    heat = voltages(days[0], LIGHT).data[0]
    assert heat.zmin + heat.zmax == pytest.approx(2.0)
    assert len(heat.z) == 33
    assert list(heat.z[17]) == [row[17] for row in days[0]["buses"]["vm_pu"]]
    assert voltage_span(days[0]) == voltage_span(days[2]) == pytest.approx(0.06)


def test_trades_put_the_largest_seller_on_top(days: list[dict[str, Any]]) -> None:
    figure = trades(days[0], LIGHT)
    sums = [sum(row) for row in figure.data[0].z]
    assert sums == sorted(sums, reverse=True)
    assert list(figure.data[1].y) == pytest.approx([sum(hour["power_kw"]) for hour in days[0]["trades"]])


def test_of_many_traders_the_largest_have_rows_and_the_others_a_sum(days: list[dict[str, Any]]) -> None:
    many = copy.deepcopy(days[0])
    own, first = many["prosumers"], days[0]["prosumers"]
    for number in range(2, 2 + MOST_ROWS):
        own["id"] = [*own["id"], *(f"{name} {number}" for name in first["id"])]
        own["day"]["net_trade_kw"] += [[kw / number for kw in row] for row in first["day"]["net_trade_kw"]]
    net = own["day"]["net_trade_kw"]
    least = min(range(len(net)), key=lambda k: sum(map(abs, net[k])))
    figure = trades(many, LIGHT)
    shown = list(figure.layout.yaxis.ticktext)
    assert len(shown) == MOST_ROWS and shown[-1] == f"{len(net) - MOST_ROWS + 1} others"
    sums = [[sum(hour) for hour in zip(*rows, strict=True)] for rows in (figure.data[0].z, net)]
    assert sums[0] == pytest.approx(sums[1])
    assert f"Of {len(net)} prosumers" in figure.layout.meta["caption"][1]
    asked = trades(many, LIGHT, least)
    assert f"<b>{short(own['id'][least])}</b>" in asked.layout.yaxis.ticktext and len(asked.data[0].z) == MOST_ROWS
    assert net[least] in [list(row) for row in asked.data[0].z]


def test_a_day_without_trades_is_drawn(days: list[dict[str, Any]]) -> None:
    quiet = copy.deepcopy(days[0])
    empty: dict[str, list[Any]] = {"seller": [], "buyer": [], "power_kw": [], "price_eur_per_kwh": []}
    quiet["trades"] = [empty] * quiet["hours"]
    quiet["prosumers"]["day"]["net_trade_kw"] = [[0.0] * quiet["hours"]] * len(quiet["prosumers"]["id"])
    assert trades(quiet, LIGHT).layout.meta["caption"][0] == "Nothing is traded. "
    assert prices(quiet, LIGHT).layout.meta["caption"][0] == "Nothing is traded. "


def test_a_prosumers_bars_balance(days: list[dict[str, Any]]) -> None:
    day = {name: rows[0] for name, rows in days[0]["prosumers"]["day"].items()}
    bars = [trace for trace in prosumer(days[0], 0, LIGHT).data if trace.type == "bar"]
    shown = {(bar.name, any((value or 0.0) < 0 for value in bar.y)): bar for bar in bars}
    assert list(shown["Load", True].y) == pytest.approx([-value for value in day["load_kw"]])
    assert [value or 0.0 for value in shown["PV", False].y] == pytest.approx(day["pv_kw"], abs=1e-3)
    assert [value is None for value in shown["PV", False].y] == [value <= 1e-3 for value in day["pv_kw"]]
    assert sum(bool(bar.showlegend) for bar in bars) == len({bar.name for bar in bars})


def test_pv_that_is_not_used_stands_in_amber_on_what_is(days: list[dict[str, Any]]) -> None:
    wasting = copy.deepcopy(days[0])
    k = next(k for k, row in enumerate(wasting["prosumers"]["day"]["pv_kw"]) if max(row) > 1.0)
    used = wasting["prosumers"]["day"]["pv_kw"][k]
    noon = max(range(len(used)), key=lambda hour: used[hour])
    more = [kw + 7.0 * (hour == noon) for hour, kw in enumerate(used)]
    wasting["prosumers"]["day"]["pv_available_kw"] = [more] * len(wasting["prosumers"]["id"])
    bars = {trace.name: trace for trace in prosumer(wasting, k, LIGHT).data if trace.type == "bar"}
    assert bars["PV curtailed"].y[noon] == pytest.approx(7.0)
    assert bars["PV curtailed"].marker.color == LIGHT["high"]


def test_an_envelope_is_a_band_that_is_there_only_in_that_role(days: list[dict[str, Any]]) -> None:
    plain, hours = copy.deepcopy(days[0]), days[0]["hours"]
    people = len(plain["prosumers"]["id"])
    assert "Envelope" not in {trace.name for trace in prosumer(plain, 0, LIGHT).data}
    plain["role"] = {"asked_kw": [[0.0] * hours] * people, "curtailed_kw": [[0.0] * hours] * people}
    assert "Envelope" not in {trace.name for trace in prosumer(plain, 0, LIGHT).data}
    plain["role"] = {"low_kw": [[-5.0] * hours] * people, "high_kw": [[9.0] * hours] * people}
    low, high = (trace for trace in prosumer(plain, 0, LIGHT).data if trace.name == "Envelope")
    assert (list(low.y), list(high.y)) == ([-5.0] * hours, [9.0] * hours)
    assert high.fill == "tonexty"


def test_a_prosumer_without_battery_has_one_panel(days: list[dict[str, Any]]) -> None:
    plain = copy.deepcopy(days[0])
    plain["prosumers"]["day"]["energy_kwh"][0] = [0.0] * plain["hours"]
    assert prosumer(plain, 0, LIGHT).layout.yaxis2.visible is False


@pytest.mark.parametrize("hours", [1, 2, 48, 168])
@pytest.mark.parametrize("name", catalogue.NAMES)
def test_any_number_of_hours_is_drawn(hours: int, name: str) -> None:
    day = synthetic.levered(hours=hours)
    figure = catalogue.draw(name, [day], LIGHT)
    assert len(figure.layout.xaxis.tickvals or ()) <= 10
    assert figure.to_json()


def test_fans_of_other_days_show_their_quantiles_and_the_true_limits(days: list[dict[str, Any]]) -> None:
    chart = catalogue.draw("secure", days, LIGHT)
    told = days[0]["secure"]["fans"]
    drawn = [list(trace.y) for trace in chart.data]
    assert len(drawn) == 18
    assert all(told[name][label] in drawn for name in told for label in ("p05", "p25", "p50", "p75", "p95", "worst1"))
    assert sorted(shape.y0 for shape in chart.layout.shapes) == [0.94, 1.05, 100.0]
    assert "97.0 % of 1,000 unseen days" in chart.layout.meta["caption"][0]


def test_without_limits_of_lines_the_fans_are_those_of_voltages() -> None:
    chart = catalogue.draw("secure", [synthetic.secured(loaded=False)], LIGHT)
    assert len(chart.data) == 12
    assert chart.layout.yaxis2.visible is False


def test_a_plan_for_the_day_as_forecast_has_no_fans() -> None:
    day = synthetic.payload()
    assert "secure" not in catalogue.names_of(day)
    assert "secure" in catalogue.names_of(synthetic.secured())
    with pytest.raises(KeyError):
        catalogue.draw("secure", [day], LIGHT)


def test_levers_are_drawn_in_steps_and_inverters_in_kvar_below_them(days: list[dict[str, Any]]) -> None:
    chart = catalogue.draw("levers", days, LIGHT)
    told, rows = days[0]["levers"], days[0]["prosumers"]["day"]["reactive_kvar"]
    drawn = {trace.name: trace for trace in chart.data}
    assert list(drawn) == ["Tap, bus 1", "Tap, line 6", "Capacitor, bus 30", "Bakery, kvar", "School, kvar"]
    assert [list(trace.y) for trace in chart.data[:3]] == [list(row) for row in zip(*told["position"], strict=True)]
    assert list(drawn["School, kvar"].y) == rows[1]
    assert {trace.yaxis for trace in chart.data[3:]} == {"y2"}
    assert drawn["Tap, bus 1"].customdata[10] == "−1, moves 2 steps"
    assert drawn["Capacitor, bus 30"].customdata[7] == "1 of 3 steps"
    assert list(chart.layout.meta["caption"]) == [
        "Taps and capacitors make 8 steps, which cost 1.60\u00a0€. ",
        "Tap, bus 1: from −1 to +1; Tap, line 6: from 0 to +2; Capacitor, bus 30: from 0 to 3. Inverters together give "
        "up to 80 kvar at 12:00 and take up to 20 kvar at 07:00. Above zero they give reactive power, below it they "
        "take it.",
    ]


def test_many_inverters_are_drawn_as_their_sum() -> None:
    chart = catalogue.draw("levers", [synthetic.levered(inverters=6)], LIGHT)
    assert [trace.name for trace in chart.data if trace.yaxis == "y2"] == ["6 inverters, kvar"]
    assert max(chart.data[-1].y) == pytest.approx(240.0)


def test_levers_alone_and_inverters_alone_have_the_whole_chart() -> None:
    taps, inverters = synthetic.levered(inverters=0), synthetic.levered()
    inverters["levers"] = None
    above, below = (catalogue.draw("levers", [day], LIGHT) for day in (taps, inverters))
    assert (above.layout.yaxis.domain, above.layout.yaxis2.visible) == ((0, 1), False)
    assert (below.layout.yaxis2.domain, below.layout.yaxis.visible) == ((0, 1), False)
    assert below.layout.meta["caption"][0].startswith("Inverters together give up to 80 kvar at 12:00")


def test_a_day_on_which_nothing_moves_has_no_figure_of_levers() -> None:
    day = synthetic.secured()
    assert "levers" not in catalogue.names_of(day)
    assert "levers" in catalogue.names_of(synthetic.levered())
    with pytest.raises(KeyError):
        catalogue.draw("levers", [day], LIGHT)


def test_what_is_no_figure_is_an_error(days: list[dict[str, Any]]) -> None:
    with pytest.raises(KeyError):
        catalogue.draw("pie", days, LIGHT)
    with pytest.raises(IndexError):
        catalogue.draw("prosumer", days, LIGHT, 99)


def test_clock_and_numbers() -> None:
    assert [clock(hour, 1.0) for hour in (0, 9, 30)] == ["00", "09", "d2 06"]
    assert clock(3, 0.5) == "01:30"
    assert ENGLISH.number(-1234.5, 1) == "−1,234.5"


@pytest.mark.parametrize("buses", [1, 5, 33, 118, 533])
def test_bus_ticks_stay_few(buses: int) -> None:
    ticks = bus_ticks(buses)
    assert ticks[0] == 1
    assert len(ticks) <= 10
    assert ticks == sorted(set(ticks))
    assert ticks[-1] <= buses


def test_a_fixed_topology_has_no_panel_of_undecided_switches(days: list[dict[str, Any]]) -> None:
    fixed = copy.deepcopy(days[2])
    fixed["convergence"]["free_binaries"] = [0] * len(fixed["convergence"]["iteration"])
    assert convergence(fixed, LIGHT).layout.yaxis2.visible is False
    assert convergence(days[0], LIGHT).layout.yaxis2.visible is True


def curve(name: str, *values: float | None) -> labels.Curve:
    return labels.Curve(name, values, "#123456")


def test_names_stand_beside_their_curves_and_off_all_others() -> None:
    low, high = curve("low", *[1.0] * 24), curve("high", *[3.0] * 24)
    names = labels.beside([low, high], (0.0, 4.0))
    assert [name["text"] for name in names] == ["low", "high"]
    assert abs(names[0]["y"] - 1.0) < 0.5 and abs(names[1]["y"] - 3.0) < 0.5
    assert all(name["font"]["color"] == "#123456" for name in names)


def test_where_one_name_has_no_room_there_is_none() -> None:
    assert (
        labels.beside([curve("a", *[1.0] * 24), curve("b", *[1.01] * 24), curve("c", *[1.02] * 24)], (0.9, 1.1)) == []
    )
    assert labels.beside([curve("never", *[None] * 24)], (0.0, 1.0)) == []
    assert labels.beside([curve("a name longer than the day is", 1.0, 1.0)], (0.0, 2.0)) == []


def test_names_at_the_ends_keep_apart_and_in_order() -> None:
    names = labels.at_ends([curve("top", 1.0, 9.0), curve("one", 1.0, 5.0), curve("other", 1.0, 5.1)], (0.0, 10.0))
    assert [name["text"] for name in names] == ["one", "other", "top"]
    heights = [name["y"] for name in names]
    assert min(b - a for a, b in itertools.pairwise(heights)) >= 1.0 - 1e-9
    assert heights[2] == pytest.approx(9.0, abs=0.5)


def test_several_days_losses_are_named_without_a_legend(days: list[dict[str, Any]]) -> None:
    several, alone = losses(days[:2], LIGHT), losses(days[:1], LIGHT)
    assert {note.text for note in several.layout.annotations} == {"Hourly", "Best fixed"}
    assert several.layout.showlegend is False
    assert alone.layout.showlegend is True and not alone.layout.annotations
