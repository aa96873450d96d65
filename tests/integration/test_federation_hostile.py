"""What a member can do to a node over real sockets, and that the other peers do not notice."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest
from ports import ANTWERP, LIEGE, LIMBURG, NORTH_SEA
from stations import Federation, Station, by_hand, ending, frame, hello_of, tell

from federation import outbox
from federation.node_desk import NodeDesk
from federation.server import AT_ONCE
from federation.session import CALLS_MAX
from protocol.limits import CREDIT, FRAME_MAX
from protocol.v1 import federation_pb2 as pb

NOTHING_HELD = pb.Frame(heads=pb.Heads(complete=True))


async def greeted(call: Any, to: Station) -> None:
    """Say hello and that nothing is held, and hear the same."""
    await call.write(hello_of(to))
    await call.write(NOTHING_HELD.SerializeToString())
    assert frame(await call.read()).WhichOneof("body") == "hello"
    await to.until(lambda: (s := to.exchange.sessions.get(LIEGE)) and s.ready)


async def others_do_not_notice(antwerp: Station, ghent: Station) -> None:
    """Their stream is the one it was, and an alert arrives within a second."""
    session = antwerp.exchange.sessions[NORTH_SEA]
    alert = antwerp.release()
    async with asyncio.timeout(2):
        await ghent.until(lambda: ghent.size(alert.feed.feed) == alert.index + 1)
    assert antwerp.exchange.sessions[NORTH_SEA] is session


async def pair(built: Federation) -> tuple[Station, Station]:
    antwerp, ghent = built.stations
    ghent.dial(antwerp)
    await antwerp.until(lambda: antwerp.connected(ghent))
    return antwerp, ghent


def test_an_oversized_frame_is_refused_in_words(tmp_path: Path) -> None:
    async def story(built: Federation) -> None:
        antwerp, ghent = await pair(built)
        batch = pb.Batch(feed=bytes(32), entries=[pb.Entry(content=bytes(FRAME_MAX))])
        heads = pb.Heads(heads=[pb.Head(feed=bytes(32), root=bytes(32), size=1)] * 9_000, complete=True)
        for large in (pb.Frame(batch=batch), pb.Frame(heads=heads)):
            async with by_hand(built, LIEGE, antwerp) as call:
                await greeted(call, antwerp)
                await call.write(large.SerializeToString())
                frames, status, words = await ending(call)
                refusals = [one.refusal for one in frames if one.WhichOneof("body") == "refusal"]
                assert [(pb.Refusal.Code.Name(r.code), r.field) for r in refusals] == [("TOO_LARGE", "frame")]
                assert (status, words) == ("INVALID_ARGUMENT", "TOO_LARGE: frame")
            await others_do_not_notice(antwerp, ghent)

    tell(tmp_path, story, ANTWERP, NORTH_SEA, extra=[LIEGE])


def test_a_message_over_grpcs_own_limit_ends_that_stream_alone(tmp_path: Path) -> None:
    async def story(built: Federation) -> None:
        antwerp, ghent = await pair(built)
        async with by_hand(built, LIEGE, antwerp, most=16 << 20) as call:
            await greeted(call, antwerp)
            await call.write(bytes(6 << 20))
            await ending(call)
        await antwerp.until(lambda: LIEGE not in antwerp.exchange.sessions)
        await others_do_not_notice(antwerp, ghent)

    tell(tmp_path, story, ANTWERP, NORTH_SEA, extra=[LIEGE])


_HUGE, _ID = 2**64 - 1, bytes(32)
RUBBISH = {
    "nothing": b"",
    "noise": b"\xff" * 40,
    "two bodies": b"\x0a\x00\x12\x00",
    "a code nobody knows": pb.Frame(refusal=pb.Refusal(code=cast("pb.Refusal.Code", 99))),
    "a call by who may not": pb.Frame(call=pb.Call(id=1)),
    "one ahead without a proof": pb.Frame(ahead=pb.Ahead(feed=_ID)),
    "one ahead up to 2^64": pb.Frame(ahead=pb.Ahead(feed=_ID, index=_HUGE)),
    "a note on nothing": pb.Frame(stored=pb.Stored(feed=_ID, signature=bytes(68), size=1)),
    "a body of another version": pb.Frame(highest=pb.Highest(ask=True)),
    "a list of 2^64": pb.Frame(heads=pb.Heads(heads=[pb.Head(feed=_ID, root=_ID, size=_HUGE)])),
    "a receipt of 2^64": pb.Frame(receipt=pb.Receipt(feed=_ID, root=_ID, cosignature=bytes(76), size=_HUGE)),
    "a batch from 2^64": pb.Frame(batch=pb.Batch(feed=_ID, first=_HUGE, entries=[pb.Entry()])),
    "a batch up to 2^63": pb.Frame(batch=pb.Batch(feed=_ID, first=2**63 - 1, entries=[pb.Entry()] * 2)),
    "a batch of nothing": pb.Frame(batch=pb.Batch(feed=_ID)),
    "a hello of another protocol": pb.Frame(hello=pb.Hello(protocol_min=9, protocol_max=9)),
}


@pytest.mark.parametrize("rubbish", RUBBISH.values(), ids=RUBBISH)
def test_a_malformed_frame_is_the_senders_trouble_alone(tmp_path: Path, rubbish: bytes | pb.Frame) -> None:
    raw = rubbish if isinstance(rubbish, bytes) else rubbish.SerializeToString()

    async def story(built: Federation) -> None:
        antwerp, ghent = await pair(built)
        async with by_hand(built, LIEGE, antwerp) as call:
            await greeted(call, antwerp)
            await call.write(raw)
            await call.done_writing()
            _, status, _ = await ending(call)
            assert status in {"INVALID_ARGUMENT", "OK"}
        await others_do_not_notice(antwerp, ghent)

    tell(tmp_path, story, ANTWERP, NORTH_SEA, extra=[LIEGE])


def test_who_does_not_read_holds_up_nobody_and_costs_little(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "SEND_S", 3.0)

    async def story(built: Federation) -> None:
        antwerp, ghent = await pair(built)
        async with by_hand(built, LIEGE, antwerp) as call:
            await greeted(call, antwerp)
            for _ in range(40):  # 10 MB, more than any window and any credit
                alert = antwerp.release(description="x" * 250_000)
            feed = alert.feed.feed
            await ghent.until(lambda: ghent.size(feed) == 41)
            session = antwerp.exchange.sessions.get(LIEGE)
            if session is not None:
                assert session._outbox._weight <= outbox.WAITING_MAX
                assert session._pushing._sent[feed] * 250_000 <= CREDIT + FRAME_MAX
            await others_do_not_notice(antwerp, ghent)
            assert call is not None

    tell(tmp_path, story, ANTWERP, NORTH_SEA, extra=[LIEGE])


def test_who_asks_and_does_not_read_the_answers_is_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "WAITING_MAX", 32 << 10)
    monkeypatch.setattr(outbox, "SEND_S", 5.0)
    gap = pb.Frame(batch=pb.Batch(feed=bytes(32), first=9, entries=[pb.Entry(header=b"h")]))

    async def story(built: Federation) -> None:
        antwerp, ghent = await pair(built)
        async with by_hand(built, LIEGE, antwerp) as call:
            await greeted(call, antwerp)
            for _ in range(60_000):
                if LIEGE not in antwerp.exchange.sessions or call.done():
                    break
                await call.write(gap.SerializeToString())
            await antwerp.until(lambda: LIEGE not in antwerp.exchange.sessions)
        await others_do_not_notice(antwerp, ghent)

    tell(tmp_path, story, ANTWERP, NORTH_SEA, extra=[LIEGE])


def test_bytes_beyond_the_credit_end_the_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = asyncio.Event()
    accept = NodeDesk.accept

    async def slow(self: NodeDesk, peer: Any, message: pb.Batch, *, live: bool = False) -> Any:
        if peer == LIEGE:
            await held.wait()
        return await accept(self, peer, message, live=live)

    monkeypatch.setattr(NodeDesk, "accept", slow)
    large = pb.Frame(batch=pb.Batch(feed=bytes(32), entries=[pb.Entry(content=bytes(FRAME_MAX - 200))]))

    async def story(built: Federation) -> None:
        antwerp, ghent = await pair(built)
        async with by_hand(built, LIEGE, antwerp) as call:
            await greeted(call, antwerp)
            for _ in range(4):
                await call.write(large.SerializeToString())
            _, status, words = await ending(call)
            assert (status, words) == ("RESOURCE_EXHAUSTED", "more bytes than this node gave credit for")
        await others_do_not_notice(antwerp, ghent)

    tell(tmp_path, story, ANTWERP, NORTH_SEA, extra=[LIEGE])


def test_more_streams_than_a_peer_may_have_are_refused(tmp_path: Path) -> None:
    async def story(built: Federation) -> None:
        antwerp, ghent = await pair(built)
        async with by_hand(built, LIEGE, antwerp, rpc="Serve", times=AT_ONCE["Serve"] + 1) as calls:
            endings = [asyncio.ensure_future(ending(call)) for call in calls]
            done, open_still = await asyncio.wait(endings, return_when=asyncio.FIRST_COMPLETED)
            _, status, words = (
                done.pop().result()
            )  # whichever arrived last; the order of arrival is the network's
            assert (status, words) == ("RESOURCE_EXHAUSTED", "8 Serve streams are open already")
            assert len(open_still) == AT_ONCE["Serve"]
            for one in open_still:
                one.cancel()
            await asyncio.gather(*open_still, return_exceptions=True)
        await others_do_not_notice(antwerp, ghent)

    tell(tmp_path, story, ANTWERP, NORTH_SEA, extra=[LIEGE])


def test_endless_calls_end_the_session_that_makes_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asyncio.Event()

    async def never(self: NodeDesk, *_: Any) -> Any:
        await asked.wait()

    monkeypatch.setattr(NodeDesk, "run", never)

    async def story(built: Federation) -> None:
        antwerp, ghent = built.stations
        antwerp.dial(ghent)
        await ghent.until(lambda: ghent.connected(antwerp))
        session = ghent.exchange.sessions[ANTWERP]
        ranges = pb.BackfillRequest(ranges=[pb.Range(feed=bytes(32))])
        for number in range(CALLS_MAX + 1):
            session.say(pb.Frame(call=pb.Call(id=1000 + number, backfill=ranges)).SerializeToString())
        await ghent.until(lambda: ghent.exchange.sessions.get(ANTWERP) is not session)
        asked.set()
        await ghent.until(lambda: ghent.connected(antwerp))

    tell(tmp_path, story, ANTWERP, NORTH_SEA)


def test_a_fault_in_a_handler_ends_that_session_with_internal_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    take = NodeDesk.take_receipt

    async def faulty(self: NodeDesk, peer: Any, receipt: pb.Receipt) -> None:
        if peer == LIEGE:
            raise ZeroDivisionError("MARKER of what a peer had sent")
        await take(self, peer, receipt)

    monkeypatch.setattr(NodeDesk, "take_receipt", faulty)
    receipt = pb.Receipt(feed=bytes(32), root=bytes(32), cosignature=bytes(76), size=1)

    async def story(built: Federation) -> None:
        antwerp, ghent = await pair(built)
        async with by_hand(built, LIEGE, antwerp) as call:
            await greeted(call, antwerp)
            await call.write(pb.Frame(receipt=receipt).SerializeToString())
            _, status, words = await ending(call)
            assert (status, words) == ("INTERNAL", "a fault at this node")
        await others_do_not_notice(antwerp, ghent)

    tell(tmp_path, story, ANTWERP, NORTH_SEA, extra=[LIEGE])
    logged = capsys.readouterr()
    lines = [line for line in (logged.out + logged.err).splitlines() if "a fault of this program" in line]
    assert len(lines) == 1
    assert "ZeroDivisionError" in lines[0]
    assert "MARKER" not in lines[0]


def test_a_source_that_gives_what_was_not_asked_for_is_passed_over(tmp_path: Path) -> None:
    """A peer says it has much, and answers a call with another feed."""

    async def story(built: Federation) -> None:
        antwerp, limburg = built.stations
        other = limburg.release()
        wanted = [antwerp.release() for _ in range(3)][-1]
        async with by_hand(built, LIEGE, antwerp) as call:
            await call.write(hello_of(antwerp))
            head = pb.Head(feed=other.feed.feed, size=900, root=bytes(32))
            await call.write(pb.Frame(heads=pb.Heads(heads=[head], complete=True)).SerializeToString())
            asked = None
            while asked is None:
                one = frame(await call.read())
                asked = one.call if one.WhichOneof("body") == "call" else None
            assert asked.backfill.ranges[0].feed == other.feed.feed
            piece = await antwerp.desk.run(NORTH_SEA, wanted.feed.feed, 0, 0, 64)
            async with by_hand(built, LIEGE, antwerp, rpc="Serve") as answering:
                answer = pb.Answer(call=asked.id, batch=pb.Batch.FromString(piece.raw))
                await answering.write(answer.SerializeToString())
                _, status, words = await ending(call)
                assert (status, words) == ("INVALID_ARGUMENT", "MALFORMED: batch.feed")
        limburg.dial(antwerp)
        await antwerp.until(lambda: antwerp.size(other.feed.feed) == 2)

    tell(tmp_path, story, ANTWERP, LIMBURG, extra=[LIEGE, NORTH_SEA])
