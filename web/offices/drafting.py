"""Drafts of this port's officers.

Guarantees that a draft shows only to its owner and to those who may write or release here, who all read under its label, and an answer that
the node made to those who publish it and read what it answers; and that what is about to leave is not changed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from node.commands import draft as drafting
from node.commands.concern import barred_by, concerned_by
from node.commands.hand_over import begins, may_write
from node.commands.into_case import IntoCase
from node.commands.people import Visitor
from node.commands.references import addressed
from node.languages import LANGUAGES
from node.store import drafts
from node.store.drafts import DraftRow as Draft
from node.store.drafts import Hand
from node.store.unit import Reader, Tx
from policies.decision import DenyCode
from protocol.errors import BadRecord
from protocol.label import Label
from protocol.register_view import Register
from protocol.v1 import records_pb2 as pb
from web import shown, views, written
from web.offices.inside import refused
from web.offices.visible import Visible
from web.written import Author, Wrong

_TLPS = ("GREEN", "AMBER", "AMBER+STRICT", "RED")
T = TypeVar("T")


class Drafting(Visible):
    """The part of the office that writes."""

    async def menu(self, session: views.Session, kind: str) -> views.Menu:
        """What the register and this node allow, and whether this officer releases such a record."""
        who = await self._ctx.store.aread(lambda reader: self._who(reader, session))
        register, names = self._ctx.register, self._names()
        me = self._ctx.entry(register)
        served = [c for c in me.communities if c in register.communities]
        usual = _usual(register)
        audiences = tuple(
            views.Audience(
                name,
                names.community(name).name,
                tuple(names.node(node) for node in sorted(register.communities[name].serving)),
            )
            for name in sorted(served, key=usual)
        )
        ports = {node for c in served for node in register.communities[c].serving} - {me.id}
        bases = [p for p in register.processing.values() if kind in p.kinds and p.regime == written.REGIME]
        return views.Menu(
            audiences=audiences,
            tlps=_TLPS,
            ports=tuple(names.node(node) for node in sorted(ports)),
            places=tuple(views.Named(site.unlocode, site.name) for site in me.sites if site.unlocode),
            bases=tuple(views.Named(p.id, p.title) for p in sorted(bases, key=lambda p: p.id)),
            languages=tuple(LANGUAGES),
            releases=kind in who.kinds,
        )

    async def raise_alert(
        self, session: views.Session, draft: views.AlertDraft
    ) -> views.Made | views.Rejected | views.Refused:
        """A draft of an alert."""
        return await self._make(session, "alert", draft.label, lambda author: written.alert(draft, author))

    async def enter_indicator(
        self, session: views.Session, draft: views.IndicatorDraft
    ) -> views.Made | views.Rejected | views.Refused:
        """A draft of a look-out."""
        return await self._make(
            session, "indicator", draft.label, lambda author: written.indicator(draft, author)
        )

    async def _make(
        self,
        session: views.Session,
        kind: str,
        choice: views.LabelChoice,
        write: Callable[[Author], pb.Record],
    ) -> views.Made | views.Rejected | views.Refused:
        def act(tx: Tx) -> views.Made | views.Refused:
            who = self._who(tx, session)
            if kind not in who.drafts:
                return views.Refused(DenyCode.NOT_COMPETENT)
            author = self._author(who)
            message = write(author)
            if concerned_by(tx, who, message.SerializeToString()):
                return views.Refused(DenyCode.CONFLICT)
            if barred_by(tx, who, message.SerializeToString()):
                return views.Refused(DenyCode.NEED_TO_KNOW)
            label = written.label(choice, author, message)
            return self._kept(tx, who, message, label)

        return await self._checked(act)

    def _kept(self, tx: Tx, who: Visitor, message: pb.Record, label: Label) -> views.Made:
        """A new draft of this officer's; raises `Wrong` and BadRecord."""
        hand = begins(who, message.common.kind)
        row = drafting.make(tx, self._ctx, message, owner=who.id, label=label, hand=hand)
        return self._still_seen(tx, who, row)

    def _still_seen(self, tx: Tx, who: Visitor, row: Draft) -> views.Made:
        """What its author alone has is under no label that he does not read; raises `Wrong`."""
        if row.hand is Hand.KEPT and not self._may_see(tx, row, who):
            raise Wrong(views.FieldError("audience", "not_read"))
        return views.Made(row.record.hex())

    async def relabel(
        self, session: views.Session, draft: str, label: views.LabelChoice
    ) -> views.Made | views.Rejected | views.Refused | None:
        """Another label for a draft that has not left."""

        def act(tx: Tx) -> views.Made | views.Refused | None:
            who = self._who(tx, session)
            row = self._draft(tx, who, draft)
            if row is None or row.state not in drafts.OPEN or not may_write(row, who):
                return None
            message = pb.Record.FromString(row.content)
            to = addressed(tx, self._ctx, message)
            chosen = written.label(label, self._author(who), message, to)
            changed = drafting.relabel(tx, self._ctx, row.record, chosen, editor=who.id)
            return self._still_seen(tx, who, changed) if changed else None

        return await self._checked(act)

    async def drafts(self, session: views.Session) -> tuple[views.DraftRow, ...]:
        """What this officer may see of what waits; of personal data without the title, as in every list: the author knows his own by what
        its codes, place and time say.
        """

        def ask(reader: Reader) -> tuple[views.DraftRow, ...]:
            who = self._who(reader, session)
            rows = self._drafts(reader, who)
            return tuple(self._listed(reader, row, who) for row in rows)

        return await self._ctx.store.aread(ask)

    def _listed(self, reader: Reader, row: Draft, who: Visitor) -> views.DraftRow:
        line = self._line(reader, row, who)
        if not drafting.is_personal(row):
            return line
        message = pb.Record.FromString(row.content)
        about = shown.about(message, self._names()) if row.owner == who.id else None
        return replace(line, title="", about=about)

    async def discard(self, session: views.Session, draft: str) -> bool:
        """Drops a draft that is not leaving; only for who may change it."""

        def act(tx: Tx) -> bool:
            who = self._who(tx, session)
            row = self._draft(tx, who, draft)
            if row is None or row.state not in drafts.OPEN or not may_write(row, who):
                return False
            return drafting.discard(tx, self._ctx, row.record, officer=who.id)

        return await self._ctx.store.awrite(act)

    async def _checked(self, act: Callable[[Tx], T]) -> T | views.Rejected | views.Refused:
        """A transaction whose errors belong to a form, or that draws into a case what it may not."""
        try:
            return await self._ctx.store.awrite(act)
        except Wrong as error:
            return views.Rejected(error.errors)
        except BadRecord as error:
            return views.Rejected(written.wrong(error).errors)
        except IntoCase as error:
            return refused(error.deny)


def _usual(register: Register) -> Callable[[str], tuple[bool, int, str]]:
    """Communities in the order an officer looks for them: those the rules address, the larger ones first."""
    addressed = register.auto_release_ceiling.audience

    def key(name: str) -> tuple[bool, int, str]:
        return name not in addressed, -len(register.communities[name].serving), name

    return key
