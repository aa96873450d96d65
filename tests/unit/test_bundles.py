"""Entries on media: what is written for whom, and that a bundle is taken as the same batches would be from a peer."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from ports import AMBER, LIEGE, LIMBURG, SCHELDT, Port, port
from structlog.testing import capture_logs

from federation.desk import Taken
from federation.inbox import Import, Inbox
from federation.node_desk import NodeDesk
from node.commands import batch as batches
from node.commands import carry
from node.store import feeds
from node.store.errors import StoreFull
from protocol import medium
from protocol.errors import ProtocolError
from protocol.ids import NodeId

NO_EXPORT = "BE:NONE//TLP:AMBER//AUD ports-be//CAVEAT NO-EXPORT"
MARKER = "ONLY-ON-THE-SCHELDT"


@pytest.fixture
def antwerp() -> Port:
    """Three feeds: all ports', the Scheldt's, and one that is not to be exported."""
    made = port()
    for number in range(5):
        made.release(AMBER, description=f"for all, {number}")
    made.release(SCHELDT, description=MARKER)
    made.release(NO_EXPORT, description="NOT-ON-MEDIA")
    return made


def bundle(source: Port, peer: NodeId, *, whole: bool = False) -> bytes:
    out = io.BytesIO()
    found = source.store.read(lambda r: list(carry.batches(r, source.ctx, peer, whole=whole)))
    medium.write(out, (batches.to_wire(one).SerializeToString() for one in found))
    return out.getvalue()


def taken(target: Port, raw: bytes, tmp_path: Path) -> tuple[Import, list[Taken]]:
    """What came of a bundle at a node, and what its exchange was told."""
    path, told = tmp_path / "one.bundle", list[Taken]()
    path.write_bytes(raw)
    desk = NodeDesk(target.ctx, cast("Any", None), aside=_here)
    return asyncio.run(Inbox(desk, tmp_path, took=told.append).take(path)), told


async def _here(work: Callable[..., Any], *given: Any) -> Any:
    return work(*given)


def test_a_bundle_ends_in_the_state_that_the_wire_would(antwerp: Port, tmp_path: Path) -> None:
    by_hand, by_wire = port(LIEGE), port(LIEGE)
    found, told = taken(by_hand, bundle(antwerp, LIEGE), tmp_path)
    assert (found.fault, found.refused, found.entries) == ("", {}, 8)
    assert all(one.receipt is not None for one in told)
    for row in antwerp.store.read(feeds.every):
        if row.label in {AMBER, SCHELDT}:
            by_wire.pull(antwerp, row.feed)
    assert by_hand.digest() == by_wire.digest()


def test_a_bundle_holds_only_what_its_reader_may_have(antwerp: Port) -> None:
    assert MARKER.encode() in bundle(antwerp, LIEGE)
    for peer in (LIEGE, LIMBURG):
        assert b"NOT-ON-MEDIA" not in bundle(antwerp, peer)
    assert MARKER.encode() not in bundle(antwerp, LIMBURG)


def test_a_bundle_that_holds_more_would_be_seen(antwerp: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carry, "may_serve", lambda *_: True)
    assert MARKER.encode() in bundle(antwerp, LIMBURG)


def test_what_a_reader_is_known_to_hold_does_not_travel_again(antwerp: Port) -> None:
    row = next(r for r in antwerp.store.read(feeds.every) if r.label == AMBER)
    antwerp.store.write(
        lambda tx: tx.run(
            "INSERT INTO holding (node, feed, size, root) VALUES (?, ?, ?, ?)", LIEGE, row.number, 6, row.root
        )
    ).result()
    assert b"for all, 1" not in bundle(antwerp, LIEGE)
    assert b"for all, 1" in bundle(antwerp, LIEGE, whole=True)


def test_a_bundle_for_somebody_else_brings_nothing_that_is_not_ours(antwerp: Port, tmp_path: Path) -> None:
    limburg = port(LIMBURG)
    found, _ = taken(limburg, bundle(antwerp, LIEGE), tmp_path)
    assert found.refused == {"ABOVE_ACCREDITATION": 1}
    assert found.entries == 6
    assert not [r for r in limburg.store.read(feeds.every) if r.label == SCHELDT]


def test_a_bundle_twice_changes_nothing(antwerp: Port, tmp_path: Path) -> None:
    liege = port(LIEGE)
    taken(liege, bundle(antwerp, LIEGE), tmp_path)
    before = liege.digest()
    found, _ = taken(liege, bundle(antwerp, LIEGE), tmp_path)
    assert (found.entries, found.fault, liege.digest()) == (0, "", before)


def test_any_changed_byte_of_a_batch_ends_the_bundle_and_stores_nothing_false(
    antwerp: Port, tmp_path: Path
) -> None:
    raw = bundle(antwerp, LIEGE)
    honest = {row.feed: antwerp_contents(antwerp, row.feed) for row in antwerp.store.read(feeds.every)}
    for at in range(len(medium.FORM) + 4, len(raw), 37):
        liege = port(LIEGE)
        found, _ = taken(liege, raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :], tmp_path)
        assert found.fault or found.refused or found.kept_aside or found.entries <= 8
        for row in liege.store.read(feeds.every):
            if row.origin != LIEGE:
                held = antwerp_contents(liege, row.feed)
                assert held == honest[row.feed][: len(held)], f"byte {at}"


def antwerp_contents(at: Port, feed: bytes) -> list[bytes]:
    rows = at.store.read(
        lambda r: r.all(
            "SELECT header FROM entry JOIN feed f ON f.number = entry.feed WHERE f.feed = ? ORDER BY key",
            feed,
        )
    )
    return [row[0] for row in rows]


def _cases() -> Iterator[tuple[bytes, str]]:
    yield b"", "begins with"
    yield b"port2port/bundle/v2\n", "begins with"
    yield medium.FORM + b"\x00\x00", "cut off"
    yield medium.FORM + (10).to_bytes(4, "big") + b"short", "cut off"
    yield medium.FORM + (0).to_bytes(4, "big"), "cut off"
    yield medium.FORM + (1 << 31).to_bytes(4, "big"), "at most"


@pytest.mark.parametrize(("raw", "words"), list(_cases()))
def test_a_file_that_is_no_bundle_is_refused_with_its_place(raw: bytes, words: str) -> None:
    with pytest.raises(ProtocolError, match=words):
        list(medium.read(io.BytesIO(raw)))


def test_what_cannot_be_read_or_removed_or_stored_is_said_once_and_ends_nothing(
    antwerp: Port, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.bundle").mkdir()  # nobody can take a folder away as a file
    (tmp_path / "b.bundle").write_bytes(bundle(antwerp, LIEGE))
    liege, told = port(LIEGE), list[Taken]()
    inbox = Inbox(NodeDesk(liege.ctx, cast("Any", None), aside=_here), tmp_path, took=told.append)
    take, failed = inbox.take, list[Path]()

    async def fail(path: Path) -> Import:
        if path.name == "b.bundle" and not failed:
            failed.append(path)
            raise StoreFull("the disk is full")
        return await take(path)

    monkeypatch.setattr(inbox, "take", fail)
    with capture_logs() as logs:
        asyncio.run(inbox.look())
        asyncio.run(inbox.look())
    assert [one["log_level"] for one in logs if "passed over" in one["event"]] == ["warning", "warning"]
    assert (len(failed), told) == (1, [])
    (tmp_path / "b.bundle").rename(tmp_path / "c.bundle")
    asyncio.run(inbox.look())
    assert sum(one.size for one in told) == 8
