"""What is taken away is opened again by those it is for: picture viewers, pandapower, pandas, the package itself."""

from __future__ import annotations

import io
import re
import zipfile
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from p2pdnr import study
from p2pdnr.cli import printing
from p2pdnr.results.claims import FAILS
from p2pdnr.scenario import document
from tests.browser.driver import Dashboard
from tests.browser.hands import taken

if TYPE_CHECKING:
    from p2pdnr.results.study_result import StudyResult
    from p2pdnr.scenario.schema import Scenario

pytestmark = pytest.mark.browser

SVG = "{http://www.w3.org/2000/svg}"


def test_the_drawing_is_well_formed_and_the_picture_shows_it(seen: Dashboard) -> None:
    root = ElementTree.fromstring(taken(seen, "svg"))
    *_, wide, high = (float(number) for number in root.get("viewBox", "").split())
    assert len([node for node in root.iter() if "bus" in (node.get("class") or "").split()]) == 33
    assert len([node for node in root.iter(f"{SVG}path") if "wire" in (node.get("class") or "").split()]) == 37
    picture = Image.open(io.BytesIO(taken(seen, "png"))).convert("RGB")
    assert picture.width >= wide and abs(picture.width / picture.height - wide / high) < 0.01
    colours = picture.getcolors(picture.width * picture.height) or []
    most, background = max(colours)
    assert len(colours) > 100 and most < 0.99 * picture.width * picture.height, "it is not blank"
    assert sum(background) > 600, "light, as the page is"


@pytest.mark.parametrize("back", [0, 3])
def test_pandapower_finds_the_losses_of_the_hour(seen: Dashboard, back: int) -> None:
    import pandapower

    seen.press(*["ArrowLeft"] * back)
    net = pandapower.from_json_string(taken(seen, "pandapower").decode())
    pandapower.runpp(net)
    lost_kw = 1e3 * (net.res_line.pl_mw.sum() + net.res_trafo.pl_mw.sum())
    assert lost_kw == pytest.approx(seen.payload()["series"]["loss_kw"][seen.hour], abs=0.01)
    assert int((~net.line.in_service).sum()) == len(seen.open_lines)


def test_pandas_reads_every_table(seen: Dashboard, stored_default: StudyResult) -> None:
    archive = zipfile.ZipFile(io.BytesIO(taken(seen, "tables")))
    tables = {name: pd.read_csv(archive.open(name)) for name in archive.namelist() if name.endswith(".csv")}
    assert {"hours.csv", "buses.csv", "lines.csv", "prosumers.csv", "trades.csv", "bills.csv"} <= tables.keys()
    assert all(len(table) for table in tables.values())
    pd.testing.assert_series_equal(tables["hours.csv"].loss_kw, stored_default.tables.hours.loss_kw, check_index=False)
    assert tables["bills.csv"].total_eur.sum() == pytest.approx(stored_default.tables.bills.total_eur.sum())


def test_the_scenario_is_solved_again(seen: Dashboard, default_scenario: Scenario) -> None:
    seen.type_into(seen.cell(default_scenario.prosumers[0].id, "load_kw"), "91")
    expect(seen.changes).to_contain_text("1 unsolved change")
    scenario = document.parse(taken(seen, "scenario"))
    assert scenario.prosumers[0].load_kw == 91
    assert scenario.prosumers[1:] == default_scenario.prosumers[1:]
    result = study.run(scenario, study.Options(mode="fixed", p2p=False))
    assert FAILS not in {claim["state"] for claim in result.summary["certificates"].values()}


def test_the_report_prints_on_six_pages_at_most(seen: Dashboard, tmp_path: Path) -> None:
    text = taken(seen, "report")
    assert seen.payload()["name"] in text.decode() and b"does not stand up" not in text
    # A process of its own: one has one Playwright.
    print_it = get_context("spawn").Process(target=printing.write_pdf, args=(text.decode(), tmp_path / "report.pdf"))
    print_it.start()
    print_it.join()
    pages = re.findall(rb"/Type /Page\b", (tmp_path / "report.pdf").read_bytes())
    assert 2 <= len(pages) <= 6


def test_the_day_in_one_file_holds_what_is_on_show(seen: Dashboard) -> None:
    text = taken(seen, "page").decode()
    assert text.startswith("<!DOCTYPE html>") and seen.payload()["name"] in text
    for mode in ("hourly", "static", "fixed", "fixed-no-p2p"):
        assert f'"/results/ieee33-solar-{mode}.json"' in text
    assert "Double the PV" in text


def test_a_dark_page_prints_light_and_is_dark_again(seen: Dashboard) -> None:
    page, colours = seen.page, "[...document.querySelectorAll('#diagram .wire')].map((wire) => wire.style.stroke)"
    light = page.evaluate(colours)
    page.locator("#theme").click()
    dark = page.evaluate(colours)
    page.emulate_media(media="print")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    assert page.evaluate(colours) == light != dark
    page.emulate_media(media="null")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate(colours) == dark
    page.locator("#theme").click()


BOTTOM_OF_TALL = """() => {
  const bodies = document.querySelectorAll("#chart-body > :first-child, #chart-body .main-svg");
  document.querySelectorAll("#chart-body .main-svg").forEach((chart) => chart.setAttribute("height", "520"));
  window.dispatchEvent(new Event("beforeprint"));
  return Math.max(...[...bodies].map((one) => one.getBoundingClientRect().bottom));
}"""
"""Where a chart ends that was drawn for a tall window: there is no time to draw it anew for paper."""

TOP_OF_CAPTION = "() => document.querySelector('#caption').getBoundingClientRect().top"


@pytest.mark.parametrize("tab", ["costs", "bills", "trades"])
def test_the_page_prints_as_one_sheet(dashboard: Dashboard, tab: str) -> None:
    """What is told stands on one page A4, without what can be pressed. The page is new: after dozens of tests in it
    the browser sometimes took a second sheet."""
    dashboard.choose_tab(tab)
    dashboard.page.emulate_media(media="print")
    try:
        for told in ("#story-text", "#headlines", "#diagram", "#timeline", "#chart-body", "#caption"):
            expect(dashboard.page.locator(told)).to_be_visible()
        for pressed in ("#solve", "#take", "#play", "#drawer", "#tabs", "#questions", "#language"):
            expect(dashboard.page.locator(pressed)).to_be_hidden()
        assert dashboard.page.evaluate(BOTTOM_OF_TALL) <= dashboard.page.evaluate(TOP_OF_CAPTION) + 1
        sheets = re.findall(rb"/Type\s*/Page\b", dashboard.page.pdf(prefer_css_page_size=True))
        assert len(sheets) == 1
    finally:
        dashboard.page.emulate_media(media="null")


def figure(seen: Dashboard, kind: str, mm: str) -> str:
    """The text of a figure for a paper."""
    page = seen.page
    page.locator("#take summary").click()
    page.locator("#out-figure").click()
    page.locator("#figure-kind").select_option(kind)
    page.locator("#figure-width").select_option(mm)
    with page.expect_download() as coming:
        page.get_by_role("button", name="SVG", exact=True).click()
    return Path(coming.value.path()).read_text(encoding="utf-8")


def test_a_figure_for_a_paper_has_its_width_its_legend_and_its_sentence(seen: Dashboard) -> None:
    page = seen.page
    seen.choose_tab("voltages")
    page.locator("#theme").click()  # dark on the screen, light on paper
    for kind, told in (("diagram", ("loading", "prosumer", "At 13:00 the grid loses")), ("chart", ("voltages",))):
        for mm in ("85", "170"):
            text = figure(seen, kind, mm)
            root = ElementTree.fromstring(text)
            assert root.get("width") == f"{mm}mm"
            *_, wide, high = (float(number) for number in root.get("viewBox", "").split())
            assert abs(float(root.get("height", "0")[:-2]) - float(mm) * high / wide) < 0.01
            words = " ".join("".join(node.itertext()) for node in root.iter(f"{SVG}text"))
            for part in (*told, "limits 0.95–1.05 p.u."):
                assert part in words, (kind, mm, part)
            assert "var(" not in text and "color(srgb" not in text
            sizes = [float(size) for size in re.findall(r"font-size: ([\d.]+)px", text)]
            assert min(sizes) * float(mm) / wide * 72 / 25.4 > 7, "type of at least 7 pt in print"
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.locator("#theme").click()


def test_a_figure_is_printed_on_a_sheet_of_its_own_size(page: Page) -> None:
    Dashboard(page).open()  # in a page that dozens of tests had used the browser sometimes took its usual sheet
    page.evaluate("window.print = () => { window.printed = true; }")
    page.locator("#take summary").click()
    page.locator("#out-figure").click()
    page.get_by_role("button", name="PDF", exact=True).click()
    page.wait_for_function("window.printed")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")  # the late end of another print
    pdf = page.pdf(prefer_css_page_size=True)
    boxes = re.findall(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", pdf)
    assert len(boxes) == 1
    assert abs(float(boxes[0][0]) - 85 * 72 / 25.4) < 1
    expect(page.locator("#print-figure")).to_have_count(0)
    expect(page.locator("#diagram")).to_be_visible()
