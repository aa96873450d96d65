"""What the screens say of silence, of what went ahead, and of a clock in doubt."""

from __future__ import annotations

import pytest
from offices_web import Screens, screens
from ports import ANTWERP, NORTH_SEA, Port, port

from node.commands import beat, go_ahead
from node.commands.overtake import Overtaken
from node.commands.publish import Released
from node.peers import CLOCK_DOUBT_MS
from policies.officers import Role

SILENT = "What these ports said or withdrew since then may be missing here."


def heard(origin: Port, reader: Port) -> None:
    """The origin's newest beats, counted there."""
    said = origin.store.read(lambda r: beat.own(r, origin.ctx))
    reader.store.write(lambda tx: beat.count(tx, reader.ctx, said)).result()


@pytest.fixture(name="ghent")
def at_ghent() -> tuple[Screens, Port, Released]:
    """The screens of a port that holds an alert of another."""
    ghent, antwerp = screens(NORTH_SEA), port(ANTWERP)
    alert = antwerp.release()
    ghent.port.pull(antwerp, alert.feed.feed)
    return ghent, antwerp, alert


def test_the_watch_and_the_record_say_as_of_when_a_silent_port_is_known(
    ghent: tuple[Screens, Port, Released],
) -> None:
    here, antwerp, alert = ghent
    officer = here.officer()
    page = f"/records/{alert.record.hex()}"
    assert "nothing confirmed yet" in officer.get("/").text
    assert "nothing confirmed yet" in officer.get(page).text
    heard(antwerp, here.port)
    assert SILENT not in officer.get("/").text
    assert "A withdrawal since then" not in officer.get(page).text
    here.port.clock.at += 151_000
    assert SILENT in officer.get("/").text
    assert "as of " in officer.get("/").text
    assert "A withdrawal since then may be missing here." in officer.get(page).text
    assert SILENT not in officer.get("/?scope=own").text


def test_what_is_not_the_officers_to_read_is_not_said_to_be_silent() -> None:
    ghent, antwerp = screens(NORTH_SEA), port(ANTWERP)
    alert = antwerp.release("BE:NONE//TLP:AMBER//AUD ports-be//PURPOSE crisis")
    ghent.port.pull(antwerp, alert.feed.feed)
    assert SILENT not in ghent.officer().get("/").text


def test_a_port_that_has_it_ahead_of_its_backlog_is_shown_as_that_and_then_as_having_it() -> None:
    here, ghent = screens(ANTWERP), port(NORTH_SEA)
    alert = here.port.release()
    ahead = here.port.go_ahead(alert.feed.feed, alert.index)
    assert ahead is not None
    came = ghent.overtake(ahead)
    assert isinstance(came, Overtaken)
    note = came.note
    assert note is not None
    officer, page = here.officer(), f"/records/{alert.record.hex()}"
    assert "Stored, receipt follows" not in officer.get(page).text
    here.port.store.write(lambda tx: go_ahead.take_note(tx, here.port.ctx, NORTH_SEA, note)).result()
    assert "Stored, receipt follows" in officer.get(page).text


@pytest.mark.parametrize(("ahead_ms", "said"), [(CLOCK_DOUBT_MS + 1, True), (2_000, False)])
def test_a_clock_in_doubt_is_on_the_health_page(ahead_ms: int, said: bool) -> None:
    here = screens(ANTWERP)
    here.office._board.update(NORTH_SEA, connected=True, ahead_ms=ahead_ms)
    page = here.officer("a.admin", Role.ADMINISTRATOR).get("/health").text
    assert ("nothing is destroyed and no ban ends" in page) is said
