"""Lists, single records, changes and look-outs, as far as the officer may read them.

Guarantees that all that is shown passes `node.commands.search` or `detail`, which filter by label, and that a record
with personal data is shown only after its opening was audited.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from node.commands import detail as details
from node.commands import prove, search
from node.commands import retract as retracting
from node.commands.people import Visitor
from node.store import drafts, feeds, sightings
from node.store.entries import Listing as Listed
from node.store.unit import Reader
from protocol.codes import code_of
from protocol.ids import RecordId, UnixMs
from protocol.v1 import records_pb2 as pb
from web import shown, views
from web.offices.inside import BusWakes, ring_for, silent
from web.offices.visible import Visible
from web.shown import Names

LOOKOUTS_MAX = 200
SIGHTINGS_READ = 500
_LISTS = {
    views.Shelf.WATCH: Listed.EVENTS,
    views.Shelf.LOOKOUTS: Listed.LOOKOUTS,
    views.Shelf.LIBRARY: Listed.LIBRARY,
}
_OWN = {views.Scope.ALL: None, views.Scope.OWN: True, views.Scope.OTHERS: False}


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
                own=_OWN[scope],
            )
            names = self._names()
            rows = tuple(shown.row(each, names) for each in listed.rows if not silent(each, who))
            return views.Listing(rows, listed.last, listed.older)

        return await self._ctx.store.aread(ask)

    async def record(self, session: views.Session, record: str) -> views.RecordView | None:
        """One record; opening personal data is audited before it is shown."""

        def ask(reader: Reader) -> tuple[Visitor, details.Detail, views.RecordView] | None:
            who = self._who(reader, session)
            found = details.detail(
                reader, self._ctx, self._readable, who.reading, RecordId(bytes.fromhex(record))
            )
            if found is None or silent(found.found, who):
                return None
            return who, found, self._record(reader, who, found)

        answer = await self._ctx.store.aread(ask)
        if answer is None:
            return None
        who, found, view = answer
        if found.personal:
            purpose = min(who.reading.purposes, default="")
            await self._ctx.store.awrite(
                lambda tx: details.opened(tx, self._ctx, found, officer=who.id, purpose=purpose)
            )
        return view

    def _record(self, reader: Reader, who: Visitor, found: details.Detail) -> views.RecordView:
        one = found.found
        may = one.state is search.State.CURRENT and retracting.may_retract(reader, self._ctx, one.id, who)
        by = self._maker(reader, drafts.owner_of(reader, one.id)) if one.feed.own else ""
        return shown.record(found, self._names(), released_by=by, may_withdraw=may)

    async def proof(self, session: views.Session, record: str) -> bytes | None:
        """The proof file of what the officer may read and what is not withdrawn."""

        def ask(reader: Reader) -> bytes | None:
            who, ident = self._who(reader, session), RecordId(bytes.fromhex(record))
            found = search.found(reader, self._ctx, self._readable, who.reading, ident)
            if found is None or found.record is None or silent(found, who):
                return None
            return prove.prove(reader, self._ctx, ident)

        return await self._ctx.store.aread(ask)

    async def last_change(self, session: views.Session) -> int:  # noqa: ARG002 - screens see it sealed
        """The newest change number."""
        return await self._ctx.store.aread(feeds.last_arrival)

    async def changes(self, session: views.Session, after: int) -> views.Changes:
        """What changed for this reader."""

        def ask(reader: Reader) -> views.Changes:
            who, names = self._who(reader, session), self._names()
            changed = search.changes(reader, self._ctx, self._readable, who.reading, after)
            rows = tuple(shown.row(each, names) for each in changed.rows if not silent(each, who))
            waiting = tuple(row.record.hex() for row in self._drafts(reader, who))
            touched = tuple(record.hex() for record in changed.touched)
            return views.Changes(rows, changed.last, touched, changed.behind, waiting)

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
            )
            rows = [each for each in listed.rows if not silent(each, who)]
            answers = self._answers(reader, who) if any(each.feed.own for each in rows) else {}
            return tuple(self._lookout(reader, each, answers.get(each.id, []), names) for each in rows)

        return await self._ctx.store.aread(ask)

    def _answers(self, reader: Reader, who: Visitor) -> Mapping[RecordId, list[search.Found]]:
        """Sightings by the indicator that they answer."""
        listed = search.newest(
            reader, self._ctx, self._readable, who.reading, limit=SIGHTINGS_READ, listings=[Listed.EVENTS]
        )
        found: dict[RecordId, list[search.Found]] = {}
        for each in listed.rows:
            if each.kind == "sighting" and each.record is not None and each.state is search.State.CURRENT:
                about = RecordId(each.record.message.sighting.indicator.record_id)
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
        ours = sightings.of(reader, found.id) if not found.feed.own else None
        if ours is not None:
            seen, last, by = ours.count, ours.last_seen_ms, names.node(self._ctx.me)
        return views.Lookout(
            row=shown.row(found, names),
            type=body.value.type,
            value=body.value.value,
            reason=code_of(body, "reason"),
            on_hit=code_of(body, "on_hit"),
            valid_until_ms=UnixMs(body.valid_until or found.row.expires_ms),
            sightings=seen,
            last_seen_ms=UnixMs(last) if last else None,
            last_seen_by=by,
        )
