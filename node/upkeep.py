"""What a node does for itself now and then: content whose time is over, that was erased, or that is not this node's to hold any more
is destroyed, a pass over it a minute; and what has to be said to others about that is said. Once a day it says how many roles and
clearances end soon.

Guarantees that nothing is destroyed while this node's clock is more than five minutes from the median of its peers; that what this
node may not follow any more is hidden in any case, at once when the register changes; that what was erased or purged counts as
destroyed only when no table, page or file has it; and that a store that fails, or a file that cannot be destroyed, is tried again
a minute later (and at the next start); each is said once, for an operator to look at.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from node import log
from node.blobs import Owner
from node.commands import audit_heads, control, destroy, ends, expire, idle, purge
from node.commands.context import Context
from node.peers import PeerBoard
from node.store import purges, seconds, words
from node.store.errors import StoreError
from protocol.fields import DAY_MS
from protocol.ids import UnixMs
from protocol.register_view import Register

EVERY_S = 60.0
BUSY_S = 0.1
BUSY_TRIES = 50
"""How often, and how long after each other, a step of the scrub is tried: readers hold it up for the time of a page."""
SCRUB_EVERY_MS = 3_600_000
"""How often the database is scrubbed for what time alone took away."""
PEERS_AT_ONCE = 20
LOOK_MS = 600_000
"""Rights end with the register, and by time with what they rest on: those are looked at so often."""
WARN_MS = 60_000
_logger = log.get("upkeep")


class Upkeep:
    """Runs beside the house until cancelled."""

    def __init__(
        self, ctx: Context, board: PeerBoard, *, every_s: float = EVERY_S, warn_ms: int = WARN_MS
    ) -> None:
        """`warn_ms`: how far from its peers' this node's clock is said to be before anything waits for it."""
        self._ctx, self._board, self._every_s, self._warn_ms = ctx, board, every_s, warn_ms
        self._said = self._warned = self._failing = False
        self._day = -1
        self._left: list[tuple[Owner, bytes]] = []
        self._wake = asyncio.Event()
        self._dirty = False
        self._looked: tuple[Register | None, UnixMs] = None, UnixMs(0)
        self._scrubbed_ms = 0

    async def run(self) -> None:
        """A pass a minute, and what a new register takes away at once."""
        while True:
            try:
                async with asyncio.timeout(self._every_s):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            await self._tried()
            await self._told_ends()

    def register_changed(self) -> None:
        """Another register is in force; on the event loop."""
        self._wake.set()

    async def _told_ends(self) -> None:
        """Once a day: how many roles, seats and clearances end soon; `officer due` says whose."""
        today = self._ctx.now() // DAY_MS
        if today == self._day:
            return
        try:
            found = await self._ctx.store.aread(lambda reader: ends.counts(reader, self._ctx))
        except StoreError:
            return  # the pass says it
        self._day = today
        if found:
            within = {f"within_{days}_days": count for days, count in found.items() if days}
            _logger.warning("roles, seats or clearances end soon", over=found.get(0, 0), **within)

    async def _tried(self) -> None:
        """A pass; a store that fails, as on a full disk, costs this one and not those after it."""
        try:
            await self.look()
            if not self._in_doubt():
                await self.pass_once()
        except (StoreError, OSError) as error:
            if not self._failing:
                why = str(error) if isinstance(error, StoreError) else error.strerror or type(error).__name__
                _logger.error(  # noqa: TRY400  no trace
                    "a pass over the store failed: nothing is destroyed until one succeeds", why=why
                )
            self._failing = True
            return
        if self._failing:
            _logger.info("a pass over the store succeeded again")
        self._failing = False

    async def look(self) -> None:
        """Hide what is not this node's any more, ask others about what is not theirs, and tell peers the head of the audit log."""
        register, now = self._ctx.register, self._ctx.now()
        if self._looked[0] is not register or now - self._looked[1] >= LOOK_MS:
            await self._rights()
            self._looked = register, now
        await self._heads()

    async def _rights(self) -> None:
        ctx = self._ctx
        if numbers := await ctx.store.aread(lambda reader: purge.lost(reader, ctx)):
            begun = await ctx.store.awrite(lambda tx: purge.begin(tx, ctx, numbers), urgent=True)
            _logger.warning("feeds that this node may not follow any more are purged", feeds=begun)
        lost = await ctx.store.aread(lambda reader: control.lost_readers(reader, ctx))
        for start in range(0, len(lost), PEERS_AT_ONCE):
            part = lost[start : start + PEERS_AT_ONCE]
            await ctx.store.awrite(lambda tx, part=part: control.ask(tx, ctx, part))  # type: ignore[misc]

    async def _heads(self) -> None:
        ctx = self._ctx
        if not await ctx.store.aread(lambda reader: audit_heads.waiting(reader, ctx)):
            return
        head = await ctx.store.awrite(lambda tx: audit_heads.take(tx, ctx))
        told = PEERS_AT_ONCE
        while head is not None and told == PEERS_AT_ONCE:
            told = await ctx.store.awrite(lambda tx: audit_heads.tell(tx, ctx, head, most=PEERS_AT_ONCE))

    async def pass_once(self) -> int:
        """One pass, in steps that hold nobody up; how many contents time alone took away."""
        if self._left:
            await asyncio.to_thread(self._drop, ())
        forgotten = await self._expired()
        await self._purged()
        await self._erased()
        await self._confirmed(forgotten > 0)
        await self._closed()
        return forgotten

    # ---- What time, the register and people take away -------------------------------------------------------------------

    async def _expired(self) -> int:
        ctx, forgotten = self._ctx, 0
        after: int | None = 0
        while after is not None:
            found = await ctx.store.aread(lambda reader, at=after: expire.look(reader, ctx, at))  # type: ignore[misc]
            if found.due:
                gone = await ctx.store.awrite(lambda tx, due=found.due: expire.forget(tx, ctx, due))  # type: ignore[misc]
                await self._dropped(gone.files)
                forgotten += gone.entries
            after = found.next or None
        if forgotten:
            _logger.info("content whose time was over is destroyed", entries=forgotten)
        return forgotten + await self._discarded() + await self._lapsed()

    async def _lapsed(self) -> int:
        """What became of questions to a second person elsewhere, long after they lapsed."""
        ctx = self._ctx
        before = UnixMs(max(0, ctx.now() - expire.DISCARDED_MS))
        if not await ctx.store.aread(lambda reader: seconds.any_before(reader, before)):
            return 0
        return await ctx.store.awrite(lambda tx: seconds.forget(tx, before))

    async def _discarded(self) -> int:
        ctx = self._ctx
        if not await ctx.store.aread(lambda reader: expire.discarded(reader, ctx)):
            return 0
        gone = await ctx.store.awrite(lambda tx: expire.forget_discarded(tx, ctx))
        await self._dropped(gone.files)
        _logger.info("drafts that were discarded long ago are destroyed", drafts=gone.entries)
        return gone.entries

    async def _closed(self) -> None:
        """Own feeds that are silent and received by all."""
        ctx = self._ctx
        if await ctx.store.aread(lambda reader: idle.silent(reader, ctx)):
            closed = await ctx.store.awrite(lambda tx: idle.close_silent(tx, ctx))
            _logger.info("feeds that are silent and received are closed", feeds=closed)

    async def _purged(self) -> None:
        ctx, count = self._ctx, 0
        while await ctx.store.aread(purges.under_way):
            step = await ctx.store.awrite(lambda tx: purge.step(tx, ctx))
            await self._dropped(step.files)
            count += step.entries
            if not step.left:
                break
        if count:
            _logger.info("what this node may not hold any more is destroyed", entries=count)

    async def _erased(self) -> None:
        ctx, count = self._ctx, 0
        after: int | None = 0
        while after is not None:
            found = await ctx.store.aread(lambda reader, at=after: destroy.due(reader, ctx, at))  # type: ignore[misc]
            if found.keys:
                gone = await ctx.store.awrite(lambda tx, keys=found.keys: destroy.destroy(tx, ctx, keys))  # type: ignore[misc]
                await self._dropped(gone.files)
                count += gone.erasures
            after = found.next or None
        if count:
            _logger.info("what was erased is destroyed", records=count)

    # ---- That nothing of it is left -------------------------------------------------------------------------------------

    async def _confirmed(self, expired: bool) -> None:
        """Once no page and no file has what was erased or purged, that is said to its origins."""
        ctx = self._ctx
        self._dirty = self._dirty or expired
        waiting = not self._left and await ctx.store.aread(  # a file is still there: not before it is gone
            lambda r: destroy.unfinished(r) or bool(purges.unsaid(r))
        )
        overdue = self._dirty and ctx.now() - self._scrubbed_ms >= SCRUB_EVERY_MS
        if not (waiting or overdue) or not await scrubbed(ctx):
            return
        self._dirty, self._scrubbed_ms = False, ctx.now()
        if self._left:
            return
        said = 1
        while said:
            said = await ctx.store.awrite(lambda tx: destroy.confirm(tx, ctx) + purge.confirm(tx, ctx))

    async def _dropped(self, files: Sequence[tuple[Owner, bytes]]) -> None:
        if files:
            await asyncio.to_thread(self._drop, files)

    def _drop(self, files: Sequence[tuple[Owner, bytes]]) -> None:
        """These, and what could not be destroyed before."""
        stuck, self._left = bool(self._left), [*self._left, *files]
        left: list[tuple[Owner, bytes]] = []
        why = ""
        for owner, sha256 in self._left:
            try:
                self._ctx.blobs.drop(owner, sha256)
            except OSError as error:
                left.append((owner, sha256))
                why = error.strerror or type(error).__name__
        self._left = left
        if left and not stuck:
            _logger.error(
                "files whose time is over cannot be destroyed: tried again each minute",
                why=why,
                files=len(left),
            )
        elif stuck and not left:
            _logger.info("files whose time was over are destroyed now")

    def _in_doubt(self) -> bool:
        ahead, doubt = self._board.ahead_ms(), self._board.in_doubt()
        off = abs(ahead) > self._warn_ms
        if doubt and not self._said:
            _logger.error(
                "this node's clock is far from its peers': nothing is destroyed and no ban ends until that is mended",
                ahead_ms=ahead,
            )
        elif off and not self._warned:
            _logger.warning("this node's clock is not its peers'", ahead_ms=ahead)
        self._said, self._warned = doubt, off
        return doubt


async def again(ctx: Context) -> int:
    """At the start, before anything is shown: what was destroyed here stays so, whatever database was put in place. How many that were."""
    came_back = await ctx.store.awrite(lambda tx: destroy.replay(tx, ctx))
    for owner, sha256 in came_back.files:
        await asyncio.to_thread(ctx.blobs.drop, owner, sha256)
    if came_back.erasures:
        _logger.warning("what a restored backup brought back is destroyed again", records=came_back.erasures)
        await scrubbed(ctx)
    return came_back.erasures


async def scrubbed(ctx: Context) -> bool:
    """The whole database file, a step at a time; false where something was in the way for too long. The index of words first: what
    is gone from it is still in its pages until they are written anew.
    """
    begin = True
    while await ctx.store.awrite(lambda tx, begin=begin: words.merge(tx, begin=begin)):  # type: ignore[misc]
        begin = False
    page, tries = 1, 0
    while page:
        after = await ctx.store.scrub(page)
        if after is not None:
            page, tries = after, 0
            continue
        tries += 1
        if tries > BUSY_TRIES:
            return False
        await asyncio.sleep(BUSY_S)
    return True
