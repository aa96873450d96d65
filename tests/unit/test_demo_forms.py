"""Forms as a browser would send them; what a page does not offer is not sent."""

from __future__ import annotations

import pytest

from node.demo.check.forms import form_to, forms_of
from node.demo.check.report import Failed

PAGE = """
<form method="post" action="/sign-out"><input type="hidden" name="csrf" value="t"></form>
<form method="post" action="/alerts/new">
<input type="hidden" name="csrf" value="t&amp;1">
<input type="radio" name="severity" value="Severe"><input type="radio" name="severity" value="Minor" checked>
<input type="checkbox" name="orcon" value="yes">
<input id="x" name="title" type="text" value="">
<textarea name="description">
first line
second</textarea>
<select name="category"><option value="">Choose</option><option value="cyber">Cyber</option></select>
<select name="lang"><option value="nl">nl</option><option value="en" selected>en</option></select>
<button>Go</button></form>
<form method="post"><input type="hidden" name="csrf" value="t"></form>
"""


def test_a_form_is_sent_with_what_its_page_gave_it() -> None:
    form = form_to(PAGE, "/alerts/new")
    assert dict(form.values) == {
        "csrf": "t&1",
        "severity": "Minor",
        "title": "",
        "description": "first line\nsecond",
        "category": "",
        "lang": "en",
    }


def test_filling_replaces_what_stood_there() -> None:
    form = form_to(PAGE, "/alerts/new").fill(severity="Severe", title="a", category="cyber", orcon="yes")
    assert form.all("severity") == ("Severe",)
    assert dict(form.values)["title"] == "a"
    assert dict(form.values)["orcon"] == "yes"


@pytest.mark.parametrize(
    ("name", "value"), [("severity", "Extreme"), ("audience", "ports-be"), ("csrf", "mine")]
)
def test_what_the_page_does_not_offer_is_not_sent(name: str, value: str) -> None:
    with pytest.raises(Failed, match=name):
        form_to(PAGE, "/alerts/new").fill(**{name: value})


def test_a_form_without_an_address_is_found_and_an_absent_one_is_said_without_its_query() -> None:
    assert form_to(PAGE, "").action == ""
    assert len(forms_of(PAGE)) == 3
    with pytest.raises(Failed, match=r"no form to /sign-in/once$"):
        form_to(PAGE, "/sign-in/once?code=secret")
