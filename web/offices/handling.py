"""Handling alerts, and what other ports did about one that was withdrawn.

Guarantees that each step finds its alert as the officer may read it, at that moment.
"""

from __future__ import annotations

from dataclasses import replace

from node.commands import acted, address, handle, search
from node.commands import detail as details
from node.commands.people import Visitor
from node.store.handlings import HandlingRow
from node.store.unit import Reader, Tx
from policies.decision import Deny
from web import views
from web.offices.inside import refused, silent
from web.offices.reading import Reading


class Handling(Reading):
    """The part of the office that acts on alerts."""

    def _record(self, reader: Reader, who: Visitor, found: details.Detail) -> views.RecordView:
        view = super()._record(reader, who, found)
        if found.found.kind != "alert":
            return view
        return replace(view, handling=self._handling(reader, who, found.found))

    async def handle(
        self, session: views.Session, record: str, step: str, *, verdict: str = ""
    ) -> views.Refused | bool:
        """One step; False where there is no such alert, or it is over."""

        def act(tx: Tx) -> views.Refused | bool:
            who, where = self._who(tx, session), address.parse(record)
            one = search.found(tx, self._ctx, self._readable, who.reading, where) if where else None
            if one is None or silent(one, who):
                return False
            done = self._done(tx, one, who, step, verdict)
            return refused(done) if isinstance(done, Deny) else done is not None

        return await self._ctx.store.awrite(act, urgent=True)

    def _done(
        self, tx: Tx, one: search.Found, who: Visitor, step: str, verdict: str
    ) -> HandlingRow | Deny | None:
        if step == "claim":
            return handle.claim(tx, self._ctx, one, officer=who)
        if step == "guard":
            return handle.send_guard(tx, self._ctx, one, officer=who)
        return handle.close(tx, self._ctx, one, verdict=verdict, officer=who)

    def _handling(self, reader: Reader, who: Visitor, one: search.Found) -> views.HandlingView:
        row, names = handle.handled(reader, one), self._names()
        told: tuple[tuple[views.Named, str], ...] = ()
        if one.feed.own and one.state is search.State.RETRACTED:
            said = acted.answers(reader, self._ctx, self._readable, who.reading, one)
            told = tuple((names.node(node), result) for node, result in said)
        done = views.HandlingView(steps=handle.steps(reader, self._ctx, one, who), acted=told)
        if row is None or not row.by:
            return done
        return replace(
            done,
            state=str(row.state),
            by=self._maker(reader, row.by),
            since_ms=row.since_ms,
            guard_ms=row.guard_ms,
            verdict=row.verdict,
        )
