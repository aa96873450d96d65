"""Lists, single records, changes and look-outs, as far as the officer may read them.

Guarantees that all that is shown passes `node.commands.search` or `detail`, which filter by label, and that a record
with personal data is shown only after its opening was audited.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial

from node.commands import address, freshness, prove, search, sight
from node.commands import detail as details
from node.commands import retract as retracting
from node.commands.freshness import Freshness
from node.commands.people import Visitor
from node.store import drafts, feeds, unheard
from node.store.entries import Listing as Listed
from node.store.feeds import FeedRow
from node.store.unit import Reader
from protocol.codes import code_of
from protocol.ids import FeedId, RecordId, UnixMs
from protocol.v1 import records_pb2 as pb
from web import shown, views
from web.offices.inside import BusWakes, ring_for, sees_silent, silent
from web.offices.visible import Visible
from web.shown import Names

LOOKOUTS_MAX = 200
SIGHTINGS_READ = 500
_LISTS = {
    views.Shelf.WATCH: Listed.EVENTS,
    views.Shelf.LOOKOUTS: Listed.LOOKOUTS,
    views.Shelf.LIBRARY: Listed.LIBRARY,
}
_Key = tuple[bytes, RecordId]
"""A record: its lineage, and its id there."""
_WITHIN: Mapping[views.Scope, Callable[[FeedRow], bool]] = {
    views.Scope.ALL: lambda _: True,
    views.Scope.OWN: lambda feed: feed.own,
    views.Scope.OTHERS: lambda feed: not feed.own,
}


class Reading(Visible):
    """The part of the office that shows records."""

    async def newest(
        self,
        session: views.Session,
        shelf: views.Shelf,
        *,
        scope: views.Scope = views.Scope.ALL,
        limit: int = 100,
        before: int | None = None,
    ) -> views.Listing:
        """A shelf."""

        def ask(reader: Reader) -> views.Listing:
            who = self._who(reader, session)
            listed = search.newest(
                reader,
                self._ctx,
                self._readable,
                who.reading,
                limit=limit,
                before=before,
                listings=[_LISTS[shelf]],
                within=_WITHIN[scope],
                silent=sees_silent(who),
            )
            names = self._names()
            rows = tuple(shown.row(each, names) for each in listed.rows)
            stale = freshness.stale(self._fresh(reader, who, scope).values())
            return views.Listing(
                rows,
                listed.last,
                listed.older,
                tuple(shown.stale(one, names) for one in stale),
                None if scope is views.Scope.OWN else self._unheard(reader, who, names),
            )

        return await self._ctx.store.aread(ask)

    def _fresh(self, reader: Reader, who: Visitor, scope: views.Scope) -> Mapping[int, Freshness]:
        """How fresh the feeds are that this officer reads; own ones always are."""
        if scope is views.Scope.OWN:
            return {}
        return freshness.of_feeds(reader, self._ctx, self._readable.feeds(reader, who.reading).keys())

    async def unheard(self, session: views.Session) -> views.Unheard | None:
        """Whose records this officer does not see again yet, after a restore."""

        def ask(reader: Reader) -> views.Unheard | None:
            return self._unheard(reader, self._who(reader, session), self._names())

        return await self._ctx.store.aread(ask)

    def _unheard(self, reader: Reader, who: Visitor, names: Names) -> views.Unheard | None:
        """Of the feeds that this officer reads: what is above them changes no word."""
        since = unheard.restored_ms(reader)
        if since is None:
            return None
        found = unheard.origins(reader, self._readable.feeds(reader, who.reading).keys())
        return views.Unheard(since, tuple(names.node(origin) for origin, _ in found)) if found else None

    async def record(self, session: views.Session, record: str) -> views.RecordView | None:
        """One record; opening personal data is audited before it is shown."""

        def ask(reader: Reader) -> tuple[Visitor, details.Detail, views.RecordView] | None:
            who = self._who(reader, session)
            found = self._detail(reader, who, record)
            return (who, found, self._record(reader, who, found)) if found is not None else None

        answer = await self._ctx.store.aread(ask)
        if answer is None:
            return None
        await self._opened(answer[0], answer[1])
        return answer[2]

    async def _opened(self, who: Visitor, found: details.Detail) -> None:
        """Audits that what is written down of whom it is shown to is about to be given."""
        if found.audited:
            purposes = details.purposes_of(who.reading, found.found.feed.label)
            await self._ctx.store.awrite(
                lambda tx: details.opened(tx, self._ctx, found, officer=who.id, purposes=purposes)
            )

    def _detail(self, reader: Reader, who: Visitor, record: str) -> details.Detail | None:
        """The record at an address, for whoever may see it."""
        where = address.parse(record)
        if where is None:
            return None
        found = details.detail(reader, self._ctx, self._readable, who.reading, where)
        return None if found is None or silent(found.found, who) else found

    def _record(self, reader: Reader, who: Visitor, found: details.Detail) -> views.RecordView:
        one = found.found
        may = one.feed.own and one.state in {search.State.CURRENT, search.State.EXPIRED}
        may = may and retracting.may_retract(reader, self._ctx, one.id, who)
        by = self._maker(reader, drafts.owner_of(reader, one.id)) if one.feed.own else ""
        fresh = freshness.of_feed(reader, self._ctx, one.feed.number)
        return shown.record(
            found,
            self._names(),
            released_by=by,
            may_withdraw=may,
            fresh=fresh,
            address=partial(address.of_ref, reader),
        )

    async def released(self, session: views.Session, draft: str) -> views.Row | None:
        """What a draft became, as a line."""

        def ask(reader: Reader) -> views.Row | None:
            return self._became(reader, self._who(reader, session), draft)

        return await self._ctx.store.aread(ask)

    async def left(self, session: views.Session) -> tuple[views.Row, ...]:
        """What left at the end of its window of late."""
        waited = self._leaving.left(self._ctx.now())

        def ask(reader: Reader) -> tuple[views.Row, ...]:
            who = self._who(reader, session)
            found = [self._became(reader, who, record.hex()) for record in waited]
            return tuple(row for row in found if row is not None)

        return await self._ctx.store.aread(ask)

    def _became(self, reader: Reader, who: Visitor, draft: str) -> views.Row | None:
        """A record of this port by its draft, for whoever may read it."""
        where = address.parse(draft)
        found = search.found(reader, self._ctx, self._readable, who.reading, where) if where else None
        return shown.row(found, self._names()) if found is not None and found.feed.own else None

    async def proof(self, session: views.Session, record: str) -> bytes | None:
        """The proof file of exactly the entry that `record` shows, where it is not withdrawn; audited as an export."""

        def ask(reader: Reader) -> tuple[Visitor, details.Detail, bytes] | None:
            who = self._who(reader, session)
            found = self._detail(reader, who, record)
            if found is None or found.found.record is None or found.reading_only:
                return None
            raw = prove.prove_entry(reader, self._ctx, found.found.row.key)
            return (who, found, raw) if raw is not None else None

        answer = await self._ctx.store.aread(ask)
        if answer is None:
            return None
        who, found, raw = answer
        await self._opened(who, found)
        where, purposes = found.found.address, details.purposes_of(who.reading, found.found.feed.label)
        await self._ctx.store.awrite(
            lambda tx: prove.exported(tx, self._ctx, where, actor=who.id, purposes=purposes)
        )
        return raw

    async def last_change(self, session: views.Session) -> int:  # noqa: ARG002 - screens see it sealed
        """The newest change number."""
        return await self._ctx.store.aread(feeds.last_arrival)

    async def changes(self, session: views.Session, after: int) -> views.Changes:
        """What changed for this reader."""

        def ask(reader: Reader) -> views.Changes:
            who, names = self._who(reader, session), self._names()
            changed = search.changes(
                reader, self._ctx, self._readable, who.reading, after, silent=sees_silent(who)
            )
            rows = tuple(shown.row(each, names) for each in changed.rows)
            waiting = self._waiting(reader, who)
            touched = tuple(str(record) for record in changed.touched)
            return views.Changes(rows, changed.last, touched, changed.behind, waiting, changed.gone)

        return await self._ctx.store.aread(ask)

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[views.Wakes]:
        """Wake-ups from the bus and the board of peers."""
        wakes = BusWakes()
        self._wakes.add(wakes)
        leave = self._bus.subscribe(lambda changes: ring_for(wakes, changes))
        try:
            yield wakes
        finally:
            leave()
            self._wakes.discard(wakes)

    async def lookouts(self, session: views.Session) -> tuple[views.Lookout, ...]:
        """Indicators, with the sightings that this officer may read, and our own counts."""

        def ask(reader: Reader) -> tuple[views.Lookout, ...]:
            who, names = self._who(reader, session), self._names()
            listed = search.newest(
                reader,
                self._ctx,
                self._readable,
                who.reading,
                limit=LOOKOUTS_MAX,
                listings=[Listed.LOOKOUTS],
                silent=sees_silent(who),
            )
            own = any(each.feed.own for each in listed.rows)
            answers = self._answers(reader, who) if own else {}
            return tuple(
                self._lookout(reader, each, answers.get(_key(each), []), names) for each in listed.rows
            )

        return await self._ctx.store.aread(ask)

    def _answers(self, reader: Reader, who: Visitor) -> Mapping[_Key, list[search.Found]]:
        """Sightings by the indicator that they answer."""
        lineages = {f.feed: f.lineage for f in self._readable.feeds(reader, who.reading).values()}
        listed = search.newest(
            reader, self._ctx, self._readable, who.reading, limit=SIGHTINGS_READ, listings=[Listed.EVENTS]
        )
        found: dict[_Key, list[search.Found]] = {}
        for each in listed.rows:
            if each.kind == "sighting" and each.record is not None and each.state is search.State.CURRENT:
                ref = each.record.message.sighting.indicator
                about = lineages.get(FeedId(ref.feed), b""), RecordId(ref.record_id)
                found.setdefault(about, []).append(each)
        return found

    def _lookout(
        self, reader: Reader, found: search.Found, answers: Sequence[search.Found], names: Names
    ) -> views.Lookout:
        body = found.record.message.indicator if found.record is not None else pb.Indicator()
        seen, last, by = 0, 0, None
        for each in answers:
            sighting = each.record.message.sighting if each.record is not None else pb.Sighting()
            seen += sighting.count
            if sighting.last_seen >= last:
                last, by = sighting.last_seen, names.node(each.feed.origin)
        ours = sight.sighting_of(reader, self._ctx, found.id, found.feed) if not found.feed.own else None
        if ours is not None:
            seen, last, by = ours.count, ours.last_seen_ms, names.node(self._ctx.me)
        return views.Lookout(
            row=shown.row(found, names),
            type=body.value.type,
            value="" if found.personal else body.value.value,
            reason=code_of(body, "reason"),
            on_hit=code_of(body, "on_hit"),
            valid_until_ms=UnixMs(body.valid_until or found.row.expires_ms),
            sightings=seen,
            last_seen_ms=UnixMs(last) if last else None,
            last_seen_by=by,
        )


def _key(found: search.Found) -> _Key:
    return found.feed.lineage, found.id
