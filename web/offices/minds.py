"""Changes of mind: correcting and moving what this port said, holds, contested records, and opening what is sealed.

Guarantees that each act finds its record as the officer may read it, at that moment; what is not theirs is not there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from node.commands import address, contest, hold, move, search, unseal
from node.commands import detail as details
from node.commands.concern import concerned
from node.commands.people import Visitor
from node.store import feeds, holds
from node.store.holds import HoldRow, HoldState
from node.store.unit import Reader, Tx
from policies.decision import Deny
from protocol.ids import RecordId
from web import shown, views, written
from web.offices.composing import Composing
from web.offices.inside import refused, sees_silent


class Minds(Composing):
    """The part of the office that changes what was said, and what becomes of it here."""

    def _record(self, reader: Reader, who: Visitor, found: details.Detail) -> views.RecordView:
        one, view = found.found, super()._record(reader, who, found)
        stands = one.state in {search.State.CURRENT, search.State.EXPIRED}
        return replace(
            view,
            may_correct=self._may_change(reader, who, one),
            may_hold=hold.may_ask(who),
            may_contest=stands and contest.may_contest(who),
            may_unseal=one.state is search.State.RETRACTED and unseal.may_unseal(who),
        )

    # ---- What this port said ----------------------------------------------------------------------------------------------

    async def move(
        self, session: views.Session, record: str, label: views.LabelChoice
    ) -> views.Made | views.Rejected | views.Refused | None:
        """A draft of it under another label."""

        def act(tx: Tx) -> views.Made | views.Refused | None:
            one, who = self._own(tx, session, record)
            if one is None or one.record is None:
                return None
            chosen = written.label(label, self._author(who), one.record.message)
            if chosen.text == one.feed.label:
                raise written.Wrong(views.FieldError("label", "same_label"))
            row = move.begin(tx, self._ctx, one.id, editor=who.id, label=chosen)
            return views.Made(row.record.hex()) if row is not None else None

        return await self._checked(act)

    def _own(
        self, reader: Reader, session: views.Session, record: str
    ) -> tuple[search.Found | None, Visitor]:
        """A record of this port that this officer may change."""
        who = self._who(reader, session)
        one = self._seen(reader, who, record)
        if one is None or not one.feed.own or not move.may_change(reader, self._ctx, one.id, who):
            return None, who
        return one, who

    # ---- Holds and contested records --------------------------------------------------------------------------------------

    async def ask_hold(self, session: views.Session, record: str, *, reference: str) -> views.Refused | bool:
        """False where there is no such record, or it is asked for already."""
        return await self._act_on(session, record, hold.ask, reference=reference)

    async def holds(self, session: views.Session) -> tuple[views.HoldView, ...]:
        """Of records that the officer may know of; only to who has a step in holds."""

        def ask(reader: Reader) -> tuple[views.HoldView, ...]:
            who = self._who(reader, session)
            may = self._may_know(reader, who)
            rows = [row for row in holds.every(reader) if may(row.lineage, row.record)]
            views_ = (self._hold(reader, who, row) for row in rows)
            return tuple(view for view in views_ if hold.may_ask(who) or view.may_confirm)

        return await self._ctx.store.aread(ask)

    async def confirm_hold(self, session: views.Session, one: str) -> views.Refused | bool:
        """The second person's yes."""
        return await self._step(session, one, hold.confirm)

    async def end_hold(self, session: views.Session, one: str) -> views.Refused | bool:
        """Asks for its end."""
        return await self._step(session, one, hold.ask_end)

    async def keep_hold(self, session: views.Session, one: str) -> views.Refused | bool:
        """Takes back that it should end."""
        return await self._step(session, one, hold.keep_on)

    async def add_hold(self, session: views.Session, one: str, *, reference: str) -> views.Refused | bool:
        """Asks for a hold by another reference of a record that is on hold, and so on no page of its own."""
        return await self._step(session, one, hold.ask, reference=reference)

    async def _step(
        self, session: views.Session, one: str, step: Callable[..., Any], *, reference: str = ""
    ) -> views.Refused | bool:
        def act(tx: Tx) -> views.Refused | bool:
            who, (record, lineage, mark) = self._who(tx, session), _hold_id(one)
            if not self._may_know(tx, who)(lineage, record):
                return False
            row = next((row for row in holds.of(tx, lineage, record) if _mark(row) == mark), None)
            if row is None:
                return False
            done = step(tx, self._ctx, lineage, record, reference=reference or row.reference, officer=who)
            return refused(done) if isinstance(done, Deny) else done is not None

        return await self._ctx.store.awrite(act)

    def _may_know(self, reader: Reader, who: Visitor) -> Callable[[bytes, RecordId], bool]:
        """Whether this officer may know of a record that is in no list: by its feed, whom it concerns, and whether it is silent."""
        mine = {feed.lineage for feed in self._readable.feeds(reader, who.reading).values()}

        def may(lineage: bytes, record: RecordId) -> bool:
            if lineage not in mine or concerned(reader, who, lineage, record) is not None:
                return False
            return sees_silent(who) or not search.ever_silent(reader, lineage, record)

        return may

    def _hold(self, reader: Reader, who: Visitor, row: HoldRow) -> views.HoldView:
        feed = feeds.of_lineage(reader, row.lineage)
        return views.HoldView(
            id=f"{row.record.hex()}-{row.lineage.hex()}-{_mark(row)}",
            kind=kind_of(reader, row.lineage, row.record),
            origin=self._names().node(feed.origin if feed else self._ctx.me),
            state=str(row.state),
            reference=row.reference,
            asked_by=self._maker(reader, row.asked_by),
            asked_ms=row.asked_ms,
            may_confirm=row.state is not HoldState.HELD and hold.may_confirm(row, who),
            may_keep=row.state is HoldState.LIFTING and hold.may_ask(who),
            may_end=row.state is not HoldState.LIFTING and hold.may_ask(who),
            may_add=hold.may_ask(who),
        )

    async def contest(self, session: views.Session, record: str, *, contested: bool) -> views.Refused | bool:
        """False where there is no such record."""
        return await self._act_on(session, record, contest.contest, contested=contested)

    async def _act_on(
        self, session: views.Session, record: str, step: Callable[..., Any], **given: Any
    ) -> views.Refused | bool:
        """A step about a record that the officer is shown; whether there was one, and something to do."""

        def act(tx: Tx) -> views.Refused | bool:
            who = self._who(tx, session)
            one = self._seen(tx, who, record)
            if one is None:
                return False
            done = step(tx, self._ctx, one.feed.lineage, one.id, officer=who, **given)
            return refused(done) if isinstance(done, Deny) else done is not None

        return await self._ctx.store.awrite(act)

    # ---- What is sealed ---------------------------------------------------------------------------------------------------

    async def unseal(
        self, session: views.Session, record: str, *, reason: int
    ) -> views.RecordView | views.Refused | None:
        """The content of a withdrawn record, for this answer alone; without text where it is not held any more."""

        def act(tx: Tx) -> views.RecordView | views.Refused | None:
            who, where = self._who(tx, session), address.parse(record)
            found = self._detail(tx, who, record)
            if found is None or where is None:
                return None
            purposes = details.purposes_of(who.reading, found.found.feed.label)
            done = unseal.unseal(
                tx, self._ctx, self._readable, where, reason=reason, officer=who, purposes=purposes
            )
            if isinstance(done, Deny):
                return refused(done)
            return (
                shown.unsealed(found, done.record, self._names(), partial(address.of_ref, tx))
                if done is not None
                else None
            )

        return await self._ctx.store.awrite(act)


def kind_of(reader: Reader, lineage: bytes, record: bytes) -> str:
    """The kind of a record, also of one that is in no list any more; empty where it is not known."""
    row = reader.one(
        "SELECT e.kind FROM entry e JOIN feed f ON f.number = e.feed WHERE e.record = ? AND f.lineage = ? AND e.kind <> '' "
        "ORDER BY e.key DESC LIMIT 1",
        *(record, lineage),
    )
    return str(row[0]).removeprefix("port2port/").partition(";")[0] if row else ""


def _mark(row: HoldRow) -> str:
    """Stands for the reference in an address, which the reference itself never enters; 32 hex digits."""
    return hashlib.sha256(row.lineage + row.record + row.reference.encode()).hexdigest()[:32]


def _hold_id(text: str) -> tuple[RecordId, bytes, str]:
    record, lineage, mark = (*text.split("-"), "", "")[:3]
    try:
        return RecordId(bytes.fromhex(record)), bytes.fromhex(lineage), mark
    except ValueError:
        return RecordId(b""), b"", ""
