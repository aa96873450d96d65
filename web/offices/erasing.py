"""Erasing by two people, and who has confirmed it.

Guarantees that who has no right to erase learns nothing, and that a matter is there for an officer who may read the feed it stands in
and no other; what the two may do is the commands' to decide, in the transaction of the act. Of what was erased there is the kind, the
reason, the time and what ports said, and nothing of what it told.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from node.commands import address, control, erase, matter, search
from node.commands import detail as details
from node.commands.concern import concerned
from node.commands.people import Visitor
from node.store import entries, erasures, requests, siblings
from node.store.erasures import Erasure, State
from node.store.requests import Request
from node.store.unit import Reader, Tx
from policies.decision import Deny
from policies.officers import Right
from protocol.control import Fate
from protocol.ids import RecordId, UnixMs
from web import shown, views
from web.offices.inside import refused
from web.offices.minds import Minds, kind_of

ERASED_MAX = 50
_READ = 1000
"""Erasures looked through for those; beyond it nobody looks at a screen."""
_HERE = {State.DESTROYED: "destroyed", State.HELD: "held"}
_THERE = {Fate.DESTROYED: "destroyed", Fate.HELD: "held"}


class Erasing(Minds):
    """The part of the office where two people erase."""

    def _record(self, reader: Reader, who: Visitor, found: details.Detail) -> views.RecordView:
        one, view = found.found, super()._record(reader, who, found)
        if Right.ERASE not in who.rights or not one.feed.own:
            return view
        if not erase.may_erase(reader, self._ctx, one.id, who):
            return view
        asked = any(requests.get(reader, each) for each in siblings.of(reader, one.id))
        return replace(view, may_erase=True, erase_asked=asked)

    async def ask_erasure(self, session: views.Session, record: str, *, reason: int) -> views.Refused | bool:
        """Withdrawn and expired ones too; False where there is no such record of this port, or it is not this officer's to erase."""

        def act(tx: Tx) -> views.Refused | bool:
            who = self._who(tx, session)
            one = self._seen(tx, who, record)
            if one is None or not one.feed.own or Right.ERASE not in who.rights:
                return False
            done = erase.request_erase(tx, self._ctx, one.id, reason=reason, officer=who)
            return refused(done) if isinstance(done, Deny) else done is not None

        return await self._ctx.store.awrite(act)

    async def agree_erasure(
        self, session: views.Session, record: str, *, digest: str
    ) -> views.Refused | views.ErasureChanged | bool:
        """The second person's yes to what has this digest; False where nobody asks for it."""

        def act(tx: Tx) -> views.Refused | views.ErasureChanged | bool:
            who = self._who(tx, session)
            one = self._theirs(tx, who, record)
            if one is None:
                return False
            done = erase.approve_erase(tx, self._ctx, one, officer=who, digest=_digest(digest))
            if isinstance(done, erase.Changed):
                return views.ErasureChanged(dropped=requests.get(tx, one) is None)
            return refused(done) if isinstance(done, Deny) else done is not None

        return await self._ctx.store.awrite(act)

    async def take_back_erasure(self, session: views.Session, record: str) -> views.Refused | bool:
        """False where nobody asks for it."""

        def act(tx: Tx) -> views.Refused | bool:
            who = self._who(tx, session)
            one = self._theirs(tx, who, record)
            if one is None:
                return False
            done = erase.withdraw_request(tx, self._ctx, one, officer=who)
            return refused(done) if isinstance(done, Deny) else done

        return await self._ctx.store.awrite(act)

    async def erasures(self, session: views.Session) -> views.ErasuresView:
        """Of feeds that the officer may read; nothing but to who may erase."""

        def ask(reader: Reader) -> views.ErasuresView:
            who = self._who(reader, session)
            if Right.ERASE not in who.rights:
                return views.ErasuresView((), ())
            asked = tuple(
                self._asked(reader, who, row)
                for row in erase.asked_for(reader)
                if self._theirs(reader, who, row.record.hex()) is not None
                and erase.may_erase(reader, self._ctx, row.record, who)
            )
            done = self._confirmed(reader, who, self._mine(reader, who))
            return views.ErasuresView(asked, done[:ERASED_MAX], len(done) > ERASED_MAX)

        return await self._ctx.store.aread(ask)

    def _confirmed(
        self, reader: Reader, who: Visitor, mine: Collection[bytes]
    ) -> tuple[views.ErasureDone, ...]:
        """At most one more than are shown."""
        found: list[views.ErasureDone] = []
        for row in erasures.latest(reader, self._ctx.me, _READ):
            if row.lineage in mine and concerned(reader, who, row.lineage, row.record) is None:
                found.append(self._erased(reader, row))
            if len(found) > ERASED_MAX:
                break
        return tuple(found)

    def _erased(self, reader: Reader, row: Erasure) -> views.ErasureDone:
        names, said = self._names(), entries.by_key(reader, [row.key])
        return views.ErasureDone(
            record=row.record.hex(),
            kind=kind_of(reader, row.lineage, row.record),
            reason=said[row.key].reason if row.key in said else 0,
            at_ms=UnixMs(row.arrived_ms),
            here=_HERE.get(State(row.state), "cooling"),
            ports=tuple(
                views.ErasedThere(
                    names.node(one.node), _THERE[one.fate] if one.fate else "waiting", one.at_ms
                )
                for one in control.confirmations_of(reader, self._ctx, row.record)
            ),
        )

    def _asked(self, reader: Reader, who: Visitor, row: Request) -> views.ErasureAsked:
        where = address.Address(row.record)
        one = search.found(reader, self._ctx, self._readable, who.reading, where)
        carried = matter.own_feed_of(reader, self._ctx, row.record)
        return views.ErasureAsked(
            record=row.record.hex(),
            kind=kind_of(reader, carried[0].lineage, row.record) if carried else "",
            row=shown.row(one, self._names()) if one is not None and one.feed.own else None,
            reason=row.reason,
            digest=row.digest.hex(),
            asked_by=self._maker(reader, row.asked_by),
            asked_ms=row.asked_ms,
            may_agree=row.asked_by != who.id,
        )

    def _theirs(self, reader: Reader, who: Visitor, record: str) -> RecordId | None:
        """A record of this port in a feed that this officer reads, where they may erase at all."""
        where = address.parse(record)
        if where is None or Right.ERASE not in who.rights:
            return None
        carried = matter.own_feed_of(reader, self._ctx, where.record)
        return where.record if carried and carried[0].lineage in self._mine(reader, who) else None

    def _mine(self, reader: Reader, who: Visitor) -> Collection[bytes]:
        return {feed.lineage for feed in self._readable.feeds(reader, who.reading).values()}


def _digest(text: str) -> bytes:
    """What a form sent back; what is none fits nothing."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
