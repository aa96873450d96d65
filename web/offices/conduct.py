"""What waits for a review of what people did with cases, and its review.

Guarantees that who asks hears what `commands/review_conduct.py` tells him and nothing of what is in a case, and that a review asks anew
who the officer is, in its own transaction.
"""

from __future__ import annotations

import uuid
from dataclasses import replace

from node.commands import leading, review_conduct, take_by_review
from node.commands.people import Visitor
from node.store import cases, conduct
from node.store.conduct import ConductRow, Deed, Line
from node.store.unit import Reader, Tx
from policies.decision import Deny
from protocol.ids import NodeId, RecordId
from web import views
from web.offices.inside import refused
from web.offices.minds import Minds


class Conduct(Minds):
    """The part of the office where conduct is reviewed."""

    async def review_conduct(
        self, session: views.Session, entry: str, *, words: str, take: bool = False
    ) -> views.Refused | bool:
        """Another person's words on what was done with a case, and (`take`) what was put in taken out; False where nothing waits for this
        officer's.
        """

        def act(tx: Tx) -> views.Refused | bool:
            who = self._who(tx, session)
            one = RecordId(bytes.fromhex(entry))
            done = review_conduct.review(tx, self._ctx, self._model, one, words=words, officer=who)
            if done is True and take:
                take_by_review.take_by_review(tx, self._ctx, self._model, one, officer=who)
            return refused(done) if isinstance(done, Deny) else done

        return await self._ctx.store.awrite(act)

    async def take_by_review(self, session: views.Session, entry: str) -> views.Refused | bool:
        """What was put in, and reviewed, is taken out of the case; False where there is no such review for this officer."""

        def act(tx: Tx) -> views.Refused | bool:
            who, one = self._who(tx, session), RecordId(bytes.fromhex(entry))
            done = take_by_review.take_by_review(tx, self._ctx, self._model, one, officer=who)
            return refused(done) if isinstance(done, Deny) else done

        return await self._ctx.store.awrite(act)

    def _notices(self, reader: Reader, who: Visitor) -> views.Notices:
        found = review_conduct.notices(reader, self._ctx, self._model, who)
        lines = tuple(self._conduct_line(reader, who, line) for line in found.lines)
        stuck = tuple(sorted(self._maker(reader, one) for one in found.stuck))
        led = leading.leaderless(reader, self._ctx, self._model, who)
        leaderless = tuple(sorted(self._maker(reader, one) for one in led))
        return views.Notices(lines, found.every - len(lines), stuck, leaderless)

    def _conduct_line(self, reader: Reader, who: Visitor, line: Line) -> views.ConductView:
        view = self._conduct(reader, who, line.newest)
        if not view.records:
            return replace(view, since_ms=line.since_ms)
        done = ((kind, self._whose(reader, view.act, origin), number) for kind, origin, number in line.counts)
        return replace(view, since_ms=line.since_ms, records=tuple(sorted(done)))

    def _whose(self, reader: Reader, act: str, origin: str) -> str:
        """Which port a record is of, or who was read out."""
        return self._maker(reader, origin) if act == Deed.OUT else self._names().node(NodeId(origin)).name

    def _conduct(self, reader: Reader, who: Visitor, row: ConductRow) -> views.ConductView:
        case = cases.get(reader, row.file)
        may = row.reviewer is None and review_conduct.may_review(reader, self._ctx, self._model, who, row)
        may_take = take_by_review.may_take(reader, self._ctx, self._model, who, row)
        done = ((row.kind, self._whose(reader, row.act, row.origin), 1),) if row.kind else ()
        return views.ConductView(
            entry=row.entry.hex(),
            act=row.act,
            case=views.Named(row.file.hex(), case.name if case else ""),
            person=self._maker(reader, str(uuid.UUID(bytes=row.person))),
            at_ms=row.at_ms,
            since_ms=row.at_ms,
            reason=row.reason,
            until_ms=row.until_ms or None,
            records=done,
            may_review=may,
            may_take=may_take,
            taken_ms=max(conduct.takings(reader, row.entry).values(), default=None),
            reviewer=self._maker(reader, str(uuid.UUID(bytes=row.reviewer))) if row.reviewer else "",
            words=row.words,
            lead=self._maker(reader, str(uuid.UUID(bytes=row.lead))) if row.lead else "",
            lead_words=row.lead_words,
        )
