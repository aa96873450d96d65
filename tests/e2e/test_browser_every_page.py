"""What every page of the screens keeps to, in a real Chromium over a fake office: widths, sizes, lights, policy. Run by `make e2e`."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes_cases import CASE, OTHER, put_of
from fakes_data import HOLDS, NOW, PERSON, rid
from house_web import PHONE, House, chromium_browser, house_open, until

from node.languages import LANGUAGES
from protocol.kinds import known

pytestmark = pytest.mark.browser

ORCA = f"/records/{rid(11)}"
PAGES = (
    *("/", ORCA, f"/records/{rid(7)}", f"{ORCA}/withdraw", "/library", "/alerts/new", "/drafts"),
    *(
        "/drafts/d1",
        "/drafts/d1/label",
        "/look-outs",
        "/look-outs/new",
        "/peers",
        "/health",
        "/audit",
        "/rules",
        "/rules/agree",
        "/people",
        f"/people/{PERSON.id}",
        f"/people/{PERSON.id}/password",
        "/people/new",
        "/preferences",
        "/search",
    ),
    *(f"{ORCA}/correct", f"{ORCA}/audience", f"{ORCA}/hold", f"/records/{rid(7)}/sealed", "/holds"),
    *(f"{ORCA}/erase", "/erasures", f"/holds/{HOLDS[1].id}/another"),
    *("/write", *(f"/write/{kind.name}" for kind in known().values() if kind.right)),
    *("/write/request?step=refused", f"/records/{rid(30)}", f"/records/{rid(32)}"),
    *("/cases", "/cases/new", f"/cases/{CASE}", f"/cases/{OTHER}/glass", f"{ORCA}/case"),
    f"/cases/{CASE}/lead",
)


chromium = pytest.fixture(scope="module", name="chromium")(chromium_browser)
house_fixture = pytest.fixture(name="house")(house_open)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_page_scrolls_sideways_on_a_phone(house: House, lang: str) -> None:
    page = house.visitor(phone=True, lang=lang)
    for path in PAGES:
        page.goto(house.url + path)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["width"], f"{path} in {lang} is {width} px wide"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_open_page_is_told_what_was_done_with_a_case_and_fits_a_phone(house: House, lang: str) -> None:
    page = house.visitor(phone=True, lang=lang)
    until(page, "!document.getElementById('live').classList.contains('off')")
    assert page.locator("#conduct").is_hidden()

    def put() -> None:
        house.office.conduct = tuple(replace(put_of(NOW), entry=f"e{n}" * 16) for n in range(5))
        house.office.stuck = ("D. Peeters", "F. Maes")
        house.office.wake()

    house.act(put)
    page.locator("#conduct p").nth(4).wait_for()
    assert (
        page.locator("#conduct p").count() == 5
    )  # three of them, that there are more, and what nobody can review
    house.office.told = False
    for path in ("/cases", f"{ORCA}/case"):
        page.goto(house.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_search_is_sent_and_its_page_fits_a_phone(house: House, lang: str) -> None:
    page = house.visitor(phone=True, lang=lang)
    page.goto(house.url + "/search")
    page.locator("input[name=typed]").fill("fence")
    page.locator("button.go").click()
    page.locator(".found .row").first.wait_for()
    assert page.url == house.url + "/search"
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_the_width_check_sees_a_wide_page(house: House) -> None:
    page = house.visitor(phone=True)
    page.evaluate(
        "document.getElementById('main').append(Object.assign(document.createElement('pre'), {textContent: 'x'.repeat(300)}))"
    )
    assert page.evaluate("document.documentElement.scrollWidth") > PHONE["width"]


def test_what_a_finger_presses_is_large_enough(house: House) -> None:
    page = house.visitor(phone=True)
    small = """() => [...document.querySelectorAll('a, button, input:not([type=hidden]), select, textarea, summary')]
      .filter(e => e.offsetParent && !e.closest('p, dd, li > span, td, .notice, .band, .skip, .away'))
      .map(e => [e.closest('label') ?? e, e]).map(([box, e]) => [box.getBoundingClientRect(), e.outerHTML.slice(0, 80)])
      .filter(([r]) => r.height < 33.5 || (r.height < 43.5 && r.width < 43.5)).map(([r, html]) => `${r.width}x${r.height} ${html}`)"""
    for path in PAGES:
        page.goto(house.url + path)
        assert page.evaluate(small) == [], path


def test_every_page_keeps_to_the_policy_in_both_lights(house: House) -> None:
    for scheme in ("dark", "light"):
        page = house.visitor(scheme=scheme)
        for path in PAGES:
            page.goto(house.url + path)
            assert page.locator("#main").is_visible()
    assert house.complaints == []


def test_text_stands_out_from_its_ground(house: House) -> None:
    measure = """() => {
      const lum = c => { const [r, g, b] = c.map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
        return .2126 * r + .7152 * g + .0722 * b; };
      const rgb = s => s.match(/[\\d.]+/g).map(Number);
      const ground = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
        if (c.length < 4 || c[3] > .99) return c.slice(0, 3); } return [255, 255, 255]; };
      return [...document.querySelectorAll('body *')].filter(e => e.offsetParent && !e.closest('.away, .lapsed, [disabled]') &&
        [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())).map(e => {
        const a = lum(rgb(getComputedStyle(e).color).slice(0, 3)), b = lum(ground(e));
        return [(Math.max(a, b) + .05) / (Math.min(a, b) + .05), e.className + ' ' + e.textContent.trim().slice(0, 40)];
      }).filter(([ratio, what]) => ratio < (what.startsWith('tlp') ? 3 : 4.5)).map(([ratio, what]) => `${ratio.toFixed(2)} ${what}`);
    }"""
    for scheme in ("dark", "light"):
        page = house.visitor(scheme=scheme)
        for path in PAGES:
            page.goto(house.url + path)
            found = [
                each
                for each in page.evaluate(measure)
                if "kbd" not in each and not each.split(" ", 1)[1].strip().isdigit()
            ]
            assert found == [], f"{path} {scheme}"
