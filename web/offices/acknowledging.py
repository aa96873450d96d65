"""Answering what asks for it, and the board of who has.

Guarantees that an answer finds its record as the officer may read it, at that moment, and that the board tells of no node but those that
may follow the record its reader reads.
"""

from __future__ import annotations

from dataclasses import replace

from node.commands import acknowledge
from node.commands import detail as details
from node.commands.people import Visitor
from node.commands.raise_alert import NoLegalBasis
from node.store.unit import Reader, Tx
from policies.decision import Deny
from web import views
from web.offices.composing import Composing
from web.offices.inside import refused


class Acknowledging(Composing):
    """The part of the office that answers by a time."""

    def _record(self, reader: Reader, who: Visitor, found: details.Detail) -> views.RecordView:
        view, one = super()._record(reader, who, found), found.found
        by = acknowledge.wanted_by(one)
        if by is None:
            return view
        if one.feed.own:
            names = self._names()
            asked = acknowledge.board(reader, self._ctx, self._readable, who.reading, one)
            board = tuple(
                views.AskedView(names.node(each.node), str(each.state), each.at_ms) for each in asked
            )
            return replace(view, answers=views.AnswersView(by_ms=by, board=board))
        given = acknowledge.ours(reader, self._ctx, one)
        told = views.AnswersView(by_ms=by, may=acknowledge.may_acknowledge(reader, self._ctx, one, who))
        if given is not None:
            drafted = given.draft is not None
            told = replace(told, by=self._maker(reader, given.by), at_ms=given.at_ms, drafted=drafted)
        return replace(view, answers=told)

    async def acknowledge(
        self, session: views.Session, record: str
    ) -> views.Made | views.Refused | views.Rejected | None:
        """The draft of this port's answer."""

        def act(tx: Tx) -> views.Made | views.Refused | None:
            who = self._who(tx, session)
            one = self._seen(tx, who, record)
            if one is None:
                return None
            try:
                done = acknowledge.acknowledge(tx, self._ctx, one, officer=who)
            except NoLegalBasis as error:
                return views.Refused("NOT_RELEASED", str(error))
            if isinstance(done, Deny):
                return refused(done)
            return views.Made(done.record.hex()) if done is not None else None

        return await self._checked(act)
