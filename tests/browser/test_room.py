"""A phone and the lecturer's screen play both games to the end; the phone is offline in between."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from p2pdnr.room.switch_game import hour_of, judged, prepared
from p2pdnr.scenario import document
from tests.browser.access import Axe
from tests.conftest import PATIENCE_MS, Watch, served
from tests.room.classroom import KEY, SWITCH
from tests.small_scenario import small_document

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with rooms and one set of two rounds."""
    place = tmp_path_factory.mktemp("rooms")
    with served(place / "rooms.log", "-m", "tests.browser.room_served", str(place)) as url:
        yield url


@dataclass
class Class:
    """Two browsers: the screen in front of the class, and a phone."""

    screen: Page
    phone: Page
    phones: BrowserContext
    watches: list[Watch]

    def do(self, what: str) -> None:
        """Press one of the lecturer's buttons."""
        self.screen.locator(f"#room-{what}").click()

    def said(self, text: str) -> None:
        """Wait for what the phone says about the move."""
        expect(self.phone.locator(".room-word").first).to_have_text(text)

    def axe(self) -> None:
        """Nobody is kept from using either page."""
        for page in (self.screen, self.phone):
            found = Axe().run(page, options={"resultTypes": ["violations"]})
            assert not found.violations_count, found.generate_report()
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.fixture(scope="module")
def lesson(browser: Browser, rooms: str) -> Iterator[Class]:
    """A room with one player in its lobby."""
    options = {"base_url": rooms, "locale": "en-GB", "reduced_motion": "reduce"}
    desk = browser.new_context(viewport={"width": 1280, "height": 900}, **options)  # type: ignore[arg-type]
    hand = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme="dark", has_touch=True, **options)  # type: ignore[arg-type]
    for context in (desk, hand):
        context.set_default_timeout(PATIENCE_MS)
    screen, phone = desk.new_page(), hand.new_page()
    watches = [Watch(page, rooms) for page in (screen, phone)]
    screen.goto(f"/room#key={KEY}")
    screen.locator("[data-set=both] button").click()
    code = screen.locator(".code").inner_text()
    phone.goto(f"/room/{code}")
    phone.locator("#join-name").fill("Ada")
    phone.locator("#join-send").click()
    yield Class(screen, phone, hand, watches)
    desk.close()
    hand.close()


def heard(watch: Watch) -> list[str]:
    """What is wrong besides a network that was away on purpose."""
    return [text for text in watch.problems if "ERR_INTERNET_DISCONNECTED" not in text]


def test_both_games_are_played_to_the_end(lesson: Class) -> None:
    screen, phone = lesson.screen, lesson.phone
    assert "key" not in screen.url
    expect(screen.locator("#room-names li")).to_have_text(re.compile("Ada"))
    expect(phone.locator("#room-count")).to_have_text("1 player")
    lesson.axe()

    lesson.do("start")
    expect(phone.locator("#room-clock")).to_have_text(re.compile(r"^\d+:\d\d$"))
    expect(screen.locator("#room-thinking")).to_have_text("still thinking: Ada")
    optimum = best_by_hand(phone)
    assert optimum == "100.0"
    phone.locator("#room-send").click()
    lesson.said("Sent")
    expect(phone.locator(".best-line")).to_contain_text(f"{optimum} %")
    expect(screen.locator("#room-moved")).to_have_text("1 of 1 have sent a move")
    expect(screen.locator("#room-thinking")).to_have_text("Everybody has sent a move")
    lesson.axe()
    lesson.do("pause")
    expect(phone.locator("#room-clock")).to_contain_text("Paused")
    expect(phone.locator("#room-send")).to_be_disabled()
    lesson.do("resume")
    expect(phone.locator("#room-send")).to_be_enabled()

    away_and_back(lesson)

    lesson.do("close")
    lesson.do("reveal")
    expect(phone.locator(".room-rank")).to_contain_text("Rank 1, 100.0 %")
    expect(phone.locator(".named-grid svg")).to_have_count(2)
    expect(screen.locator("table.board").first).to_contain_text("Ada")
    lesson.axe()
    lesson.do("replay")
    expect(screen.locator(".room-moved")).to_contain_text("Ada, move")

    screen.keyboard.press("Escape")
    screen.locator("body").press("PageDown")
    expect(phone.locator(".day-chart").first).to_be_visible()
    phone.locator("#room-battery_share").fill("0.5")
    buys, sells = (phone.locator(f"#room-{side}_margin_eur_per_kwh") for side in ("buy", "sell"))
    buys.press("ArrowRight")
    expect(phone.locator(f"output[for={buys.get_attribute('id')}]")).to_contain_text("up to ")
    assert (buys.input_value(), sells.input_value()) == ("0.005", "0")
    buys.press("End")
    assert 0.0 < float(sells.input_value()) < float(buys.input_value()) == 0.3, "the other limit has come along"
    phone.locator("#room-send").click()
    lesson.said("Sent")
    lesson.axe()
    lesson.do("close")
    lesson.do("reveal")
    expect(phone.locator(".bills-cards")).to_contain_text("Best answer")
    expect(screen.locator("table.board").first).to_contain_text("Ada")
    lesson.axe()

    with screen.expect_download() as found:
        lesson.do("csv")
    lines = found.value.path().read_text(encoding="utf8").splitlines()
    assert lines[0].startswith("round,game,player") and len(lines) == 3
    screen.once("dialog", lambda dialog: dialog.accept())
    lesson.do("end")
    expect(phone.locator("h2").first).to_have_text("The room is over. Thank you for playing.")
    assert not [text for watch in lesson.watches for text in heard(watch)]


def best_by_hand(phone: Page) -> str:
    """Try every topology by keyboard, each with the share that the server would give it, and come back to the one that
    saves most; its share."""
    shown = phone.locator(".room-figures div").filter(has_text="Saved").locator(".figure")
    expect(shown).to_be_visible()
    count = phone.locator("[data-line]").count()
    judge = judged_here()
    found: dict[tuple[int, int], str] = {}

    def choose(wanted: tuple[int, int]) -> None:
        for line in (line for line in range(count) if is_open(phone, line) != (line in wanted)):
            toggle(phone, line)

    for wanted in itertools.combinations(range(count), 2):
        choose(wanted)
        if shown.count():
            found[wanted] = shown.inner_text()
    assert found == {wanted: f"{judge(wanted):.1f} %" for wanted in found}
    best = max(found, key=lambda wanted: float(found[wanted].removesuffix(" %")))
    choose(best)
    return found[best].removesuffix(" %")


def judged_here() -> Callable[[tuple[int, int]], float]:
    """The share of a topology, by its open lines from 0, as the referee reckons it."""
    at = hour_of(document.from_dict(small_document()), int(str(SWITCH["hour"])))
    ready = prepared(at)
    scale = (ready["initial"]["eur_per_h"], ready["optimum"]["eur_per_h"])
    return lambda opened: float(judged(at, [line + 1 for line in opened], *scale)["share"])


def is_open(phone: Page, line: int) -> bool:
    """Whether a line, from 0, is drawn open."""
    return "open" in (phone.locator(f"[data-line='{line + 1}']").get_attribute("aria-label") or "").split(", ")[-1]


def toggle(phone: Page, line: int) -> None:
    """Open or close a line with the keyboard."""
    phone.locator(f"[data-line='{line + 1}']").focus()
    phone.keyboard.press("Enter")


def away_and_back(lesson: Class) -> None:
    """A move that is made offline is kept and sent; a page that is loaded anew is the same player."""
    phone = lesson.phone
    lesson.phones.set_offline(True)
    expect(phone.locator("#room-lost")).to_contain_text("This phone is offline")
    phone.locator("#room-send").click()
    lesson.said("Kept on this phone; it is sent as soon as the server answers.")
    lesson.phones.set_offline(False)
    lesson.said("Sent")
    expect(phone.locator("#room-lost")).to_be_hidden()
    phone.reload()
    expect(phone.locator(".best-line")).to_contain_text("Best so far: 100.0 %")
    told = json.loads(phone.evaluate("JSON.stringify(Object.keys(localStorage))"))
    assert any(key.startswith("p2pdnr-room-") for key in told)


def test_a_wrong_key_and_an_unknown_room_are_said(browser: Browser, rooms: str) -> None:
    context = browser.new_context(base_url=rooms, viewport={"width": 390, "height": 844}, locale="de-DE")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto("/room/ZZZZ")
    page.locator("#join-name").fill("Ada")
    page.locator("#join-name").press("Enter")
    expect(page.locator("#join-problem")).to_contain_text("Diesen Raum gibt es nicht")
    page.goto("/room#key=not-the-key-of-this-one")
    expect(page.locator(".room-wait")).to_contain_text("Schlüssel")
    page.locator("#room-language").select_option("en")
    expect(page.locator(".room-wait")).to_contain_text("key")
    context.close()
