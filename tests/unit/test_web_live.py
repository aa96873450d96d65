"""The event stream: pushed by commits, filtered at each push, quiet when there is nothing for this reader."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from browser_web import Browser, Line, screens
from fakes_data import AMBER, ANTWERP, GREEN, NOW, RED, rid
from fakes_web import FakeOffice

from protocol.ids import UnixMs
from web import connections
from web.app import close_streams
from web.cursors import Cursors
from web.live import Streams
from web.views import Row, Withdrawal

FRESH = Row(
    id=rid(99),
    kind="alert",
    state="current",
    origin=ANTWERP,
    own=True,
    issued_ms=NOW,
    label=AMBER,
    title="Fresh <b>one</b>",
    severity="Severe",
)


def opened(
    act: Callable[[Line, FakeOffice], Awaitable[None]],
    *,
    query: str = "shelf=watch&scope=all&band=NONE.AMBER",
    last: str = "",
    beat: float = 0.05,
) -> None:
    """Runs `act` with a stream on a page."""
    app, office = screens(beat_s=beat)
    browser = Browser(app).sign_in()

    async def run() -> None:
        async with Line(app, browser, query, last) as line:
            await act(line, office)

    asyncio.run(run())


def test_a_commit_is_pushed_as_an_escaped_row() -> None:
    async def act(line: Line, office: FakeOffice) -> None:
        office.commit(FRESH)
        await line.until(lambda: "touched" in line.events)
        assert line.events == ["row", "touched"]
        assert f'id="r-{FRESH.id}"' in line.text
        assert "Fresh &lt;b&gt;one" in line.text
        assert re.search(r"^id: [0-9a-f]{96}$", line.text, re.MULTILINE)

    opened(act)


def test_a_withdrawal_is_pushed_without_title() -> None:
    async def act(line: Line, office: FakeOffice) -> None:
        gone = replace(FRESH, state="retracted", withdrawal=Withdrawal(NOW, 3, ANTWERP))
        office.commit(gone)
        await line.until(lambda: "row" in line.events)
        assert "Fresh" not in line.text
        assert "Withdrawn" in line.text

    opened(act)


def test_the_band_rises_with_what_is_pushed() -> None:
    async def act(line: Line, office: FakeOffice) -> None:
        office.commit(replace(FRESH, label=GREEN))
        await line.until(lambda: "row" in line.events)
        assert "band" not in line.events
        office.commit(replace(FRESH, label=RED))
        await line.until(lambda: line.events.count("row") == 2)
        assert line.events.count("band") == 1
        assert 'data-on-screen="NONE.RED"' in line.text

    opened(act)


@pytest.mark.parametrize(
    ("query", "pushed"),
    [
        ("shelf=watch&scope=others", False),
        ("shelf=watch&scope=own", True),
        ("shelf=library", False),
        ("", False),
    ],
)
def test_a_page_gets_the_rows_of_its_own_list(query: str, pushed: bool) -> None:
    async def act(line: Line, office: FakeOffice) -> None:
        office.commit(FRESH)
        await line.until(lambda: "touched" in line.events)
        assert ("row" in line.events) is pushed

    opened(act, query=query)


def test_an_idle_page_costs_no_query_and_still_beats() -> None:
    async def act(line: Line, office: FakeOffice) -> None:
        await line.until(lambda: ": beat" in line.text)
        before = office.queries
        beats = line.text.count(": beat")
        await line.until(lambda: line.text.count(": beat") >= beats + 6)
        assert office.queries == before
        office.wake()
        await line.until(lambda: office.queries > before)

    opened(act)


def test_what_this_reader_may_not_see_leaves_no_trace() -> None:
    async def act(line: Line, office: FakeOffice) -> None:
        office.hidden.add(FRESH.id)
        start = asyncio.get_running_loop().time()
        for _ in range(20):
            office.commit(FRESH)
            await asyncio.sleep(0.02)
        elapsed = asyncio.get_running_loop().time() - start
        beats = line.text.count(": beat")
        assert set(line.text.strip().split("\n\n")) <= {": here", ": beat"}
        assert office.queries > 10
        # a beat that waited for quiet would come once, or late
        assert beats >= int(elapsed / 0.05) - 2

    opened(act)


def test_a_session_that_ends_ends_its_stream_at_the_next_push() -> None:
    async def act(line: Line, office: FakeOffice) -> None:
        office.sessions.clear()
        office.commit(FRESH)
        await line.until(lambda: line.done)
        assert line.events == ["signed-out"]
        assert "Fresh" not in line.text

    opened(act)


def test_a_session_that_is_too_old_ends_its_stream_without_a_push() -> None:
    app, office = screens(beat_s=0.02)
    browser = Browser(app).sign_in()
    token, session = next(iter(office.sessions.items()))
    office.sessions[token] = replace(session, expires_ms=UnixMs(NOW - 1))
    office.now = UnixMs(NOW - 2)

    async def run() -> None:
        async with Line(app, browser, "shelf=watch") as line:
            await line.until(lambda: line.text.count(": beat") > 2)
            assert not line.done, "the session was used elsewhere and lives"
            office.now = NOW
            await line.until(lambda: line.done)
            assert line.events == ["signed-out"]

    asyncio.run(run())


def test_a_page_goes_on_where_it_stopped() -> None:
    app, office = screens(beat_s=0.05)
    browser = Browser(app).sign_in()
    cursor = re.search(r'data-after="([0-9a-f]{96})"', browser.get("/").text)
    assert cursor
    office.commit(FRESH)

    async def replay() -> str:
        async with Line(app, browser, f"shelf=watch&after={cursor[1]}") as line:
            await line.until(lambda: "row" in line.events)
            found = re.search(r"^id: (\w+)$", line.text, re.MULTILINE)
            assert found
            return found[1]

    last = asyncio.run(replay())

    async def onward() -> None:
        async with Line(app, browser, f"shelf=watch&after={cursor[1]}", last) as line:
            await line.until(lambda: ": beat" in line.text)
            assert line.events == []

    asyncio.run(onward())


@pytest.mark.parametrize("last", ["0", "ff" * 48, "not hex", "x" * 5000])
def test_a_cursor_that_is_not_ours_makes_the_page_load_again(last: str) -> None:
    async def act(line: Line, _: FakeOffice) -> None:
        await line.until(lambda: line.done)
        assert line.events == ["reload"]

    opened(act, last=last)


def test_too_much_to_replay_makes_the_page_load_again() -> None:
    async def act(line: Line, office: FakeOffice) -> None:
        office.log.extend([FRESH.id] * 60)
        office.wake()
        await line.until(lambda: bool(line.events))
        assert line.events == ["reload"]

    opened(act)


def test_a_lost_peer_is_pushed() -> None:
    async def act(line: Line, office: FakeOffice) -> None:
        await line.until(lambda: ": beat" in line.text)
        office.connected = 2
        office.wake()
        await line.until(lambda: bool(line.events))
        assert line.events == ["status"]
        assert "2 of 3 peers" in line.text
        assert "Not reached: Limburg" in line.text

    opened(act)


def test_a_stop_of_the_node_ends_streams_without_signing_out() -> None:
    async def act(line: Line, _: FakeOffice) -> None:
        close_streams(line.app)
        await line.until(lambda: line.done)
        assert line.events == []

    opened(act)


def test_a_closed_page_leaves_the_bus() -> None:
    app, office = screens(beat_s=0.02)
    browser = Browser(app).sign_in()

    async def run() -> None:
        async with Line(app, browser, "shelf=watch"):
            assert len(office.wakes) == 1
        await asyncio.sleep(0)
        assert office.wakes == []

    asyncio.run(run())


def test_cursors_say_nothing_and_open_for_one_session() -> None:
    counter = iter(range(1, 100))
    cursors = Cursors(lambda n: next(counter).to_bytes(n, "big"))
    sealed = cursors.seal("one", 7)
    assert cursors.open("one", sealed) == 7
    assert cursors.open("other", sealed) is None
    assert cursors.seal("one", 7) != sealed


def test_a_session_has_so_many_streams_and_a_newer_page_parks_the_oldest() -> None:
    app, office = screens(beat_s=0.05)
    app.state.streams = Streams(each=2)
    mine, other = Browser(app).sign_in(), Browser(app).sign_in()

    async def run() -> None:
        async with Line(app, other, "shelf=watch") as far, Line(app, mine, "shelf=watch") as first:
            async with Line(app, mine, "shelf=watch") as second, Line(app, mine, "shelf=watch") as third:
                await first.until(lambda: first.done)
                assert first.events == ["parked"], "it is not signed out, and does not load again"
                office.commit(FRESH)
                for line in (far, second, third):
                    await line.until(lambda line=line: "row" in line.events)  # type: ignore[misc]
                    assert not line.done
            async with Line(app, mine, "shelf=watch") as again:
                await again.until(lambda: ": beat" in again.text)
                assert not again.done
        assert len(app.state.streams) == 0

    asyncio.run(run())


def test_a_node_has_so_many_streams_and_pages_are_told_to_come_back() -> None:
    app, _ = screens(beat_s=0.05)
    app.state.streams = Streams(most=2)
    one, other = Browser(app).sign_in(), Browser(app).sign_in()

    async def run() -> None:
        two = Line(app, one, "shelf=watch"), Line(app, other, "shelf=watch")
        async with two[0], two[1], Line(app, other, "shelf=watch") as third:
            assert (third.status, third.done) == (503, True)
        async with Line(app, other, "shelf=watch") as later:
            assert later.status == 200

    asyncio.run(run())


def test_a_node_has_room_for_pages_beside_its_streams() -> None:
    app, _ = screens()
    assert app.state.streams._most <= connections.MOST - connections.MOST_EACH
