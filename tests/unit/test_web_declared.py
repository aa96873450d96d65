"""What is declared of somebody hides records from him: he is told of it on every page and reads who did it, until he says that he saw it."""

from __future__ import annotations

import uuid

import pytest
from browser_web import Browser
from officers_here import MODEL, hire
from offices_web import Screens, screens_of
from ports import port

from node.commands import interest
from node.commands.interest import Whose
from node.store import interests
from policies.officers import Role, Tie
from protocol.ids import UnixMs
from protocol.indicator import subject

VALUE = "205123456"
TOLD = "Somebody declared that something concerns you"
PAGE = "/preferences"
FORM = "/preferences/declared"


class World:
    """An officer, a colleague, and who administers both."""

    def __init__(self) -> None:
        self.at = port()
        self.boss = hire(self.at, "a.boss", Role.ADMINISTRATOR)
        self.who, self.other = hire(self.at, "b.officer"), hire(self.at, "c.colleague")
        self.screens: Screens = screens_of(self.at)
        self.page: Browser = self.screens.enter(self.who)

    def declares(self, value: str = VALUE, whose: Whose = Whose.ONESELF, *, by: str = "") -> None:
        raw, one = uuid.UUID(self.who).bytes, subject("mmsi", value)
        self.at.store.write(
            lambda tx: interest.declare(tx, self.at.ctx, raw, one, whose, actor=by or self.boss)
        ).result()
        self.at.clock.at += 1

    def ties(self) -> None:
        pair = (uuid.UUID(self.who).bytes, uuid.UUID(self.other).bytes)
        self.at.store.write(
            lambda tx: interest.join(tx, self.at.ctx, MODEL, *pair, Tie.COLLEAGUE, actor=self.boss)
        ).result()
        self.at.clock.at += 1

    def told(self, who: Browser | None = None) -> bool:
        """Whether it stands on each page."""
        pages = [(who or self.page).get(path).text for path in ("/", "/drafts", "/peers")]
        (answer,) = {TOLD in page for page in pages}
        return answer


@pytest.fixture(name="here")
def world() -> World:
    return World()


def is_told(here: World) -> None:
    assert not here.told()
    here.declares()
    assert here.told()
    page = here.page.get(PAGE).text
    for words in ("MMSI", "your own", "A.Boss", "Not seen yet", "integrity officer"):
        assert words in page, words
    assert VALUE not in page
    assert here.page.submit(PAGE, FORM).status_code == 303
    assert not here.told()
    noted = here.at.audits()[-1]
    assert (noted.act, noted.actor, noted.details["person"]) == ("interest_seen", here.who, here.who)
    page = here.page.get(PAGE).text
    assert "A.Boss" in page  # it stands there on
    assert FORM not in page


def test_who_something_is_declared_of_is_told_until_he_confirms_it(here: World) -> None:
    is_told(here)


def test_a_newer_declaration_is_told_again_also_of_what_was_there(here: World) -> None:
    is_told(here)
    here.declares("205123457")
    assert here.told()
    assert here.page.submit(PAGE, FORM).status_code == 303
    here.declares(whose=Whose.RELATION)  # the last word on the first
    assert here.told()
    assert not here.told(here.screens.enter(here.other))


def test_what_was_declared_after_the_page_was_read_stays_new(here: World) -> None:
    here.declares()
    seen = UnixMs(here.at.clock.at - 1)
    here.declares("205123457")
    here.at.store.write(lambda tx: interest.saw(tx, here.at.ctx, uuid.UUID(here.who).bytes, seen)).result()
    assert here.told()


def test_ties_are_told_to_both_by_name_and_end_with_the_tie(here: World) -> None:
    here.ties()
    colleague = here.screens.enter(here.other)
    assert here.told()
    assert here.told(colleague)
    assert "C.Colleague" in here.page.get(PAGE).text
    assert "B.Officer" in colleague.get(PAGE).text
    pair = (uuid.UUID(here.other).bytes, uuid.UUID(here.who).bytes)
    here.at.store.write(
        lambda tx: interest.part(tx, here.at.ctx, MODEL, *pair, Tie.COLLEAGUE, actor=here.boss)
    ).result()
    assert not here.told()
    assert not here.told(colleague)


def test_what_one_declares_of_oneself_is_no_news_and_stands_there(here: World) -> None:
    here.declares(by=here.who)
    assert not here.told()
    assert "B.Officer" in here.page.get(PAGE).text


def test_a_time_that_is_none_confirms_nothing(here: World) -> None:
    here.declares()
    for until in ("", "-1", "x", "9" * 16):
        assert here.page.submit(PAGE, FORM, until=until).status_code == 303
    assert here.told()


# ---- Faults planted -------------------------------------------------------------------------------------------------------


def test_a_declaration_that_nobody_hears_of_is_seen(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interests, "unseen", lambda *_: False)
    with pytest.raises(AssertionError):
        is_told(here)


def test_a_note_that_takes_everybody_for_the_person_is_seen(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = interest._note
    monkeypatch.setattr(interest, "_note", lambda *given: real(*given)._replace(seen=True))
    with pytest.raises(AssertionError):
        is_told(here)
