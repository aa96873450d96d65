"""Erasing in tests: what an officer's act would append, time that passes, and every byte that a port has on its disk."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ports import Port

from node.commands.append import Appended
from node.commands.erase import append_erase
from node.commands.publish import Released
from node.peers import PeerBoard
from node.store import confirmations, feeds
from node.store.feeds import FeedRow
from node.store.unit import Reader
from node.upkeep import Upkeep
from protocol.ids import FeedId, NodeId
from protocol.label import control_label
from protocol.operation import Target

HOUR = 3_600_000
COOLING = 72 * HOUR


def erase(
    at: Port, one: Released, *, version: int = 0, reason: int = 2, erase_signature: bytes = b""
) -> Appended:
    """Append an ERASE up to this version, deciding nothing."""
    target, register = Target(one.record, version or one.version), at.ctx.register
    return at.store.write(
        lambda tx: append_erase(
            tx, at.ctx, one.feed, target, reason, register, erase_signature=erase_signature
        )
    ).result()


def keep_up(*ports: Port) -> None:
    """What each would do within a minute: look, and a pass."""

    async def main() -> None:
        for at in ports:
            upkeep = Upkeep(at.ctx, PeerBoard())
            await upkeep.look()
            await upkeep.pass_once()

    asyncio.run(main())


def later(ms: int, *ports: Port) -> None:
    """Time passes at these."""
    for at in ports:
        at.clock.at += ms


def control_feed(at: Port, reader: NodeId) -> FeedRow | None:
    """The newest epoch of what a port says to a reader."""
    label = control_label(at.ctx.register.policy, reader).text
    return at.store.read(lambda r: feeds.current(r, at.name, label))


def tell(speaker: Port, reader: Port) -> None:
    """The reader takes what the speaker's control feed for it says."""
    feed = control_feed(speaker, reader.name)
    if feed is not None:
        reader.pull(speaker, feed.feed)


def on_disk(*folders: Path) -> bytes:
    """Every byte of every file below."""
    files = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
    return b"\n".join(path.read_bytes() for path in files)


def unconfirmed_purges(at: Port) -> list[tuple[NodeId, FeedId]]:
    """Nodes that lost a feed of this port, were asked, and have not confirmed that nothing of it is left there."""

    def ask(reader: Reader) -> list[tuple[NodeId, FeedId]]:
        asked = confirmations.asked(reader)
        return [(node, feeds.numbered(reader, feed).feed) for feed, node, _, done in asked if not done]

    return at.store.read(ask)
