"""Drafts in the hands of who may not publish them: handing over, sending back, and changing a text by its form.

Guarantees that who drafts a kind and does not publish it is shown to whom the draft goes and never who would read the record; and that
a text is changed by whoever may, as they saw it, and by nobody else.
"""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from node.commands import draft as drafting
from node.commands.concern import barred_by, concerned_by
from node.commands.hand_over import hand_over, may_rewrite
from node.commands.people import Visitor
from node.commands.publishers import publishers
from node.commands.send_back import NO_AUTHOR, send_back
from node.store import drafts
from node.store.drafts import DraftRow as Draft
from node.store.drafts import Hand
from node.store.unit import Reader, Tx
from policies.decision import Deny, DenyCode
from protocol.errors import BadRecord
from protocol.kinds import known
from protocol.label import Label, parse
from protocol.marks import required_caveats
from protocol.v1 import records_pb2 as pb
from web import coded, filled, shown, views
from web.forms import Form
from web.offices.composing import Composing, at_its_place
from web.offices.files import Files
from web.offices.files import shown as file_shown
from web.offices.inside import refused
from web.offices.releasing import description_of


class Handing(Composing, Files):
    """The part of the office between who drafts and who publishes."""

    def _told(self, reader: Reader, who: Visitor, row: Draft) -> views.Preview | None:
        if row.hand is Hand.NONE or row.kind in who.kinds or row.label is None:
            return super()._told(reader, who, row)
        people = publishers(reader, self._ctx, self._model, row.kind)
        message = pb.Record.FromString(row.content)
        return views.HandView(
            draft=self._line(reader, row, who),
            description=description_of(row),
            label=shown.label(row.label, self._names()),
            on_duty=tuple(views.PublisherView(one.name, one.roles) for one in people.on_duty),
            roles=people.roles,
            files=tuple(file_shown(each) for each in self._files_of(row)),
            facts=self._facts(reader, message),
            **shown.common_facts(message, self._names()),
        )

    async def hand_over(self, session: views.Session, draft: str) -> views.Refused | bool:
        """From its author to who may publish it."""

        def act(tx: Tx) -> views.Refused | bool:
            who = self._who(tx, session)
            row = self._draft(tx, who, draft)
            if row is None:
                return False
            done = hand_over(tx, self._ctx, row.record, officer=who)
            return refused(done) if isinstance(done, Deny) else done is not None

        try:
            return await self._ctx.store.awrite(act)
        except BadRecord as error:
            return views.Refused("NOT_RELEASED", str(error))

    async def send_back(
        self, session: views.Session, draft: str, *, word: str
    ) -> views.Rejected | views.Refused | bool:
        """And the other way."""

        def act(tx: Tx) -> views.Refused | bool:
            who = self._who(tx, session)
            row = self._draft(tx, who, draft)
            if row is None:
                return False
            done = send_back(tx, self._ctx, row.record, officer=who, word=word)
            if isinstance(done, Deny) and done.rule == NO_AUTHOR:
                return views.Refused("NO_AUTHOR")
            return refused(done) if isinstance(done, Deny) else done is not None

        return await self._checked(act)

    # ---- Its text ---------------------------------------------------------------------------------------------------------

    async def rewritable(self, session: views.Session, draft: str, *, zone: ZoneInfo) -> views.Sheet | None:
        """The form of what it says now; opening personal data is audited as on its page."""

        def ask(reader: Reader) -> tuple[Visitor, Draft, views.Sheet] | None:
            who = self._who(reader, session)
            row = self._own_text(reader, who, draft)
            return (who, row, self._drafted(reader, who, zone, row)) if row is not None else None

        answer = await self._ctx.store.aread(ask)
        if answer is None:
            return None
        await self._draft_opened(answer[0], answer[1])
        return answer[2]

    async def rewrite(
        self, session: views.Session, draft: str, form: Form, *, zone: ZoneInfo
    ) -> views.Made | views.Rejected | views.Refused | None:
        """Another text, of the edit that the form was opened at."""

        def act(tx: Tx) -> views.Made | views.Refused | None:
            who = self._who(tx, session)
            row = self._own_text(tx, who, draft)
            if row is None:
                return None
            if form.one("revision") != str(row.revision):
                return views.Refused("DRAFT_CHANGED")
            sheet = self._drafted(tx, who, zone, row)
            before = pb.Record.FromString(row.content)
            message = self._message(tx, who, zone, sheet, form, before=before)
            content = message.SerializeToString()
            if concerned_by(tx, who, content):
                return views.Refused(DenyCode.CONFLICT)
            if barred_by(tx, who, content, row.record):
                return views.Refused(DenyCode.NEED_TO_KNOW)

            def make() -> views.Made | None:
                label = _with_caveats(row, message)
                after = drafting.rewrite(tx, self._ctx, row.record, message, editor=who.id, label=label)
                return self._still_seen(tx, who, after) if after is not None else None

            return at_its_place(sheet, make)

        return await self._checked(act)

    def _own_text(self, reader: Reader, who: Visitor, draft: str) -> Draft | None:
        """The draft, where this officer may change its text."""
        row = self._draft(reader, who, draft)
        return row if row is not None and row.state in drafts.OPEN and may_rewrite(row, who) else None

    def _drafted(self, reader: Reader, who: Visitor, zone: ZoneInfo, row: Draft) -> views.Sheet:
        """What it answers and which node it asks stay: its label follows from them."""
        kind, message = known()[row.kind], pb.Record.FromString(row.content)
        body = getattr(message, row.kind)
        step = coded.said(body, kind.branch) if kind.branch else ""
        sheet = self._sheet(reader, who, kind, step=step)
        stays = {one.field for one in kind.pointers if one.back} | {kind.addressee}
        boxes = tuple(replace(box, fixed=box.fixed or box.field in stays) for box in sheet.body)
        values = filled.values_of(sheet, message, self._hand(reader, who, zone))
        return replace(
            sheet,
            body=boxes,
            values=values,
            draft=row.record.hex(),
            revision=row.revision,
            label=shown.label(row.label, self._names()) if row.label is not None else None,
        )


def _with_caveats(row: Draft, message: pb.Record) -> Label | None:
    """Its label, where the text asks for caveats that it has not; None where it stays."""
    if row.label is None:
        return None
    held = parse(row.label)
    needed = required_caveats(message, known()[row.kind])
    return replace(held, caveats=held.caveats | needed) if needed - held.caveats else None
