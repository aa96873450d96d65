"""The screens in a real Chromium, over a fake office: what only a browser can tell. Run by `make e2e`."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes_data import AMBER, ANTWERP, NOW, RED, ROWS, ago, rid
from house_web import House, chromium_browser, house_open, until

from node.languages import LANGUAGES
from protocol.ids import UnixMs
from web.live import Streams
from web.views import Row, Withdrawal

pytestmark = pytest.mark.browser

ORCA = f"/records/{rid(11)}"


chromium = pytest.fixture(scope="module", name="chromium")(chromium_browser)
house_fixture = pytest.fixture(name="house")(house_open)


def fresh(number: int = 99, **more: object) -> Row:
    """A row that was not there."""
    plain = Row(
        id=rid(number),
        kind="alert",
        state="current",
        origin=ANTWERP,
        own=True,
        issued_ms=NOW,
        label=AMBER,
        title=f"Fresh alert {number}",
        lang="en",
        severity="Severe",
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def test_a_new_alert_appears_by_itself_and_says_so(house: House) -> None:
    page = house.visitor()
    page.wait_for_selector("#live:not(.off):not(.late)")
    house.commit(fresh())
    page.wait_for_selector(f"#r-{rid(99)}")
    assert page.locator("#rows li").first.get_attribute("data-record") == rid(99)
    assert "Fresh alert 99" in page.locator("#say").inner_text()


def test_the_list_does_not_move_under_the_reader(house: House) -> None:
    page = house.visitor()
    page.wait_for_selector("#live:not(.off)")
    page.locator("#rows a").nth(2).focus()
    top = page.locator("#rows li").nth(2).bounding_box()
    house.commit(fresh(99))
    house.commit(fresh(98))
    page.wait_for_selector("#held:not([hidden])")
    assert page.locator(f"#r-{rid(99)}").count() == 0
    assert page.locator("#rows li").nth(2).bounding_box() == top
    until(page, "document.getElementById('held').textContent.startsWith('2')")
    assert page.title().startswith("(2)")
    page.click("#held")
    assert page.locator(f"#r-{rid(98)}").count() == 1
    assert page.locator("#held").is_hidden()


def test_a_withdrawal_empties_the_row_and_the_open_record(house: House) -> None:
    page = house.visitor()
    page.goto(house.url + ORCA)
    page.wait_for_selector("#live:not(.off)")
    assert "DEMO ORCA" in page.content()
    row = next(each for each in ROWS if each.id == rid(11))
    house.commit(
        replace(
            row,
            state="retracted",
            title="",
            place="",
            severity="",
            category="",
            detector="",
            withdrawal=Withdrawal(NOW, 4, ANTWERP),
        )
    )
    until(page, "!document.documentElement.innerHTML.includes('DEMO ORCA')")
    assert "Test sent as real" in page.locator("#detail").inner_text()
    assert page.locator(f"#r-{rid(11)}").inner_text().startswith("Withdrawn")
    assert page.locator(".counts [data-count=Severe]").inner_text() == "1"


def test_the_counts_follow_what_comes_and_goes(house: House) -> None:
    page = house.visitor()
    page.wait_for_selector("#live:not(.off)")
    counted = ".counts [data-count={}]"
    for number in (5, 9, 8):  # the only one to review, and both of middle severity
        row = house.office.rows[rid(number)]
        house.commit(
            replace(row, state="retracted", title="", severity="", withdrawal=Withdrawal(NOW, 1, ANTWERP))
        )
    until(page, "document.querySelector('.counts [data-count=Unknown]').textContent === '0'")
    until(page, "document.querySelector('.figures [data-count=Moderate]').textContent === '0'")
    assert page.locator(counted.format("Unknown")).is_hidden()
    page.locator("#rows a").nth(2).focus()
    house.commit(fresh(99))
    page.wait_for_selector("#held:not([hidden])")
    until(page, "document.querySelector('.counts [data-count=Severe]').textContent === '3'")


def test_what_was_withdrawn_while_it_waited_comes_without_its_title(house: House) -> None:
    page = house.visitor()
    page.wait_for_selector("#live:not(.off)")
    page.locator("#rows a").nth(2).focus()
    house.commit(fresh(99))
    page.wait_for_selector("#held:not([hidden])")
    page.evaluate("document.activeElement.blur()")
    house.commit(fresh(99, state="retracted", title="", severity="", withdrawal=Withdrawal(NOW, 1, ANTWERP)))
    page.wait_for_timeout(600)
    page.click("#held")
    assert page.locator(f"#r-{rid(99)}").count() == 1
    assert "Fresh alert 99" not in page.content()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_header_is_whole_on_a_small_desk(house: House, lang: str) -> None:
    cut = """() => [...document.querySelectorAll('.top *, .list-head *')].filter(e => e.offsetParent &&
      getComputedStyle(e).overflow !== 'visible' && e.scrollWidth > e.clientWidth + 1).map(e => e.textContent.trim())"""
    over = """() => { const [head, scopes] = ['.list-head .raise', '.scopes'].map(e => document.querySelector(e).getBoundingClientRect());
      return head.bottom > scopes.top + 1; }"""
    page = house.visitor(lang=lang)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(house.url + ORCA)
    page.wait_for_selector("#live:not(.off)")
    assert page.evaluate(cut) == []
    assert not page.evaluate(over)


def test_a_card_of_facts_is_not_stretched(house: House) -> None:
    page = house.visitor()
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(house.url + ORCA)
    page.evaluate("document.querySelector('[aria-labelledby=label-title]').append('x '.repeat(900))")
    heights = page.evaluate(
        "[...document.querySelectorAll('[aria-labelledby=law-title] dl > div')].map(e => e.offsetHeight)"
    )
    assert len(heights) == 5
    assert max(heights) < 50


def test_what_was_said_aloud_is_gone_with_the_record(house: House) -> None:
    page = house.visitor()
    page.wait_for_selector("#live:not(.off)")
    house.commit(fresh())
    until(page, "document.getElementById('say').textContent.includes('Fresh alert')")
    house.commit(fresh(state="retracted", title="", severity="", withdrawal=Withdrawal(NOW, 1, ANTWERP)))
    until(page, "!document.documentElement.innerHTML.includes('Fresh alert')")


def test_the_band_rises_with_a_pushed_row(house: House) -> None:
    page = house.visitor()
    page.wait_for_selector("#live:not(.off)")
    house.commit(fresh(label=RED))
    page.wait_for_selector("#band.b-red")


def test_a_record_opens_beside_the_list_and_back_closes_it(house: House) -> None:
    page = house.visitor()
    page.click(f"#r-{rid(10)} a")
    page.wait_for_selector("article#detail")
    assert page.url.endswith(rid(10))
    page.keyboard.press("k")
    page.wait_for_url(f"{house.url}{ORCA}")
    page.keyboard.press("Escape")
    page.wait_for_selector(".overview")


def test_keys_do_nothing_in_a_field_and_when_off(house: House) -> None:
    page = house.visitor()
    page.goto(house.url + "/alerts/new")
    page.fill("#title", "")
    page.locator("#title").press_sequentially("jk12")
    assert page.input_value("#title") == "jk12"
    page.goto(house.url + "/preferences")
    page.check("input[name=keys][value=off]")
    page.click("text=Keep these settings")
    page.goto(house.url + "/")
    page.keyboard.press("2")
    page.wait_for_timeout(200)
    assert page.url == f"{house.url}/"


def test_a_dead_line_looks_dead(house: House) -> None:
    page = house.visitor()
    page.goto(house.url + "/drafts/d1")
    page.wait_for_selector("#live:not(.off)")
    page.evaluate("""() => { const real = performance.now.bind(performance); window.__ahead = 0;
      performance.now = () => real() + window.__ahead; }""")
    page.route("**/events*", lambda route: route.abort())
    house.cut()
    page.wait_for_timeout(300)
    page.evaluate("window.__ahead = 7000")
    page.wait_for_selector("#live.late")
    page.evaluate("window.__ahead = 20000")
    page.wait_for_selector("#strip:not([hidden])")
    assert page.locator("[data-waits-for-live] button").is_disabled()
    assert "out of date" in page.locator("#strip").inner_text()
    house.complaints.clear()


def test_an_ended_session_says_so(house: House) -> None:
    page = house.visitor()
    page.wait_for_selector("#live:not(.off)")
    house.office.sessions.clear()
    house.commit(fresh())
    page.wait_for_selector("#strip:not([hidden])")
    assert "session ended" in page.locator("#strip").inner_text()
    assert "Fresh alert" not in page.content()
    house.complaints.clear()


def test_a_page_goes_on_after_a_broken_line(house: House) -> None:
    page = house.visitor()
    page.wait_for_selector("#live:not(.off)")
    house.commit(fresh(97))
    page.wait_for_selector(f"#r-{rid(97)}")
    page.route("**/events*", lambda route: route.abort())
    house.cut()
    page.wait_for_timeout(300)
    house.commit(fresh(96))
    page.wait_for_timeout(300)
    assert page.locator(f"#r-{rid(96)}").count() == 0
    page.unroute("**/events*")
    page.wait_for_selector(f"#r-{rid(96)}")
    assert page.locator(f"#r-{rid(97)}").count() == 1
    house.complaints.clear()


def test_a_page_that_was_parked_goes_on_when_somebody_looks_at_it(house: House) -> None:
    house.app.state.streams = Streams(each=1)
    first = house.visitor()
    first.wait_for_selector("#live:not(.off)")
    second = first.context.new_page()
    second.goto(house.url)
    second.wait_for_selector("#live:not(.off)")
    first.wait_for_timeout(300)
    house.commit(fresh(97))
    second.wait_for_selector(f"#r-{rid(97)}")
    first.wait_for_timeout(1500)
    assert first.locator(f"#r-{rid(97)}").count() == 0, "it opened a line by itself"
    first.evaluate("dispatchEvent(new Event('focus'))")
    first.wait_for_selector(f"#r-{rid(97)}")
    second.wait_for_timeout(300)
    house.commit(fresh(96))
    first.wait_for_selector(f"#r-{rid(96)}")
    assert second.locator(f"#r-{rid(96)}").count() == 0


def test_everything_but_the_stream_works_without_scripts(house: House) -> None:
    page = house.visitor(scripts=False)
    page.click(f"#r-{rid(11)} a")
    assert "DEMO ORCA" in page.locator("#detail").inner_text()
    page.goto(house.url + "/drafts/d1")
    page.click("text=Release to 2 ports")
    page.click("text=Stop the release")
    assert house.office.drafts_kept["d1"].leaves_ms is None
    page.goto(house.url + "/alerts/new")
    page.click("text=Keep the draft")
    assert page.locator(".problem").count() >= 3
    house.complaints.clear()


def test_the_seconds_to_stop_are_counted_down(house: House) -> None:
    house.office.drafts_kept["d1"] = replace(house.office.drafts_kept["d1"], leaves_ms=UnixMs(NOW + 9_000))
    page = house.visitor()
    page.goto(house.url + "/drafts")
    until(page, "/^[1-9] s$/.test(document.querySelector('.countdown').textContent)")


def test_without_colours_shapes_and_words_remain(house: House) -> None:
    page = house.visitor()
    page.emulate_media(forced_colors="active", reduced_motion="reduce")
    page.goto(house.url + "/")
    row = page.locator("#rows li").first
    assert "Critical" in row.inner_text()
    assert row.locator("svg").first.is_visible()


def test_keyboard_alone_reaches_the_release(house: House) -> None:
    page = house.visitor()
    page.goto(house.url + "/drafts/d1")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent").strip().startswith("Release to"):
            break
    else:
        pytest.fail("Tab does not reach the release")
    width = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert width == "3px"


def test_three_hundred_alerts_stay_quick(house: House) -> None:
    for number in range(300):
        house.office.rows[rid(1000 + number)] = fresh(1000 + number, issued_ms=ago(number))
    page = house.visitor()
    page.wait_for_selector("#live:not(.off)")
    took = page.evaluate(
        """async id => { const start = performance.now(); document.querySelector(`#r-${id} a`).click();
        while (document.getElementById('detail').dataset.record !== id) await new Promise(requestAnimationFrame);
        return performance.now() - start; }""",
        rid(1050),
    )
    assert took < 1000, f"{took:.0f} ms to open a record"


def test_enter_goes_on_to_the_plan_and_adds_no_part(house: House) -> None:
    page = house.visitor()
    page.goto(f"{house.url}/write/incident")
    page.fill("#title", "Half written")
    page.press("#title", "Enter")
    page.wait_for_selector("#errors")
    assert page.locator("[name='goods.1.type']").count() == 0
    page.fill("[name='goods.0.count']", "3")
    page.click("button[value=goods]")
    page.wait_for_selector("[name='goods.1.type']")
    assert page.locator("#errors").count() == 0
    assert page.input_value("#title") == "Half written"
    house.complaints.clear()  # a browser reports the status of a form that is shown again
