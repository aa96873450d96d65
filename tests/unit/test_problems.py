"""What is wrong with a form is said in the order in which its fields stand on the page, the first of each field."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest
from browser_web import signed_in
from locations import ROOT

from web.pages import compose, drafts, writing
from web.problems import by_field
from web.views import FieldError

FORMS = {
    "/alerts/new": "/alerts/new",
    "/look-outs/new": "/look-outs/new",
    "/write/incident": "/write/incident",
    "/write/notice": "/write/notice",
    "/people/new": "/people/new",
}


def test_the_first_error_of_a_field_is_the_one_that_is_shown() -> None:
    errors = [FieldError("b", "required"), FieldError("a", "choose"), FieldError("b", "rule")]
    assert list(by_field(errors).items()) == [("b", errors[0]), ("a", errors[1])]
    assert list(by_field(errors, ("a", "b"))) == ["a", "b"]
    assert list(by_field([*errors, FieldError("a.0.x", "rule")], ("a", "a.0.x"))) == ["a", "a.0.x", "b"]


def told(path: str) -> tuple[list[str], list[str]]:
    """The fields of the summary, and the same as they stand on the page."""
    browser, _ = signed_in()
    page = browser.submit(path, FORMS[path], title="", tlp="", audience="").text
    summary, _, rest = page.partition('id="errors"')[2].partition("</ul>")
    listed = re.findall(r'<a href="#([\w.]+)"', summary)
    return listed, sorted(listed, key=lambda name: rest.index(f'id="{name}"'))


@pytest.mark.parametrize("path", FORMS)
def test_the_summary_names_the_fields_from_top_to_bottom(path: str) -> None:
    listed, standing = told(path)
    assert len(listed) > 1
    assert listed == standing


def test_a_summary_that_is_built_backwards_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken double: as if the last of all was asked first."""

    def backwards(errors: Iterable[FieldError], _: Iterable[str] = ()) -> dict[str, FieldError]:
        return {error.field: error for error in reversed(tuple(errors))}

    for page in (compose, drafts, writing):
        monkeypatch.setattr(page, "by_field", backwards)
    listed, standing = told("/write/incident")
    assert listed != standing


def test_no_page_builds_its_own() -> None:
    for path in (ROOT / "web" / "pages").glob("*.py"):
        assert "reversed(" not in path.read_text("utf-8"), path.name
