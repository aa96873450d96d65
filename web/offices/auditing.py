"""The audit of this node, for its auditor. Guarantees that reading it is audited before anything of it is shown."""

from __future__ import annotations

import re

from node.commands import audit_log
from node.commands.audit_log import Asked, Line, Place
from node.store.unit import Reader, Tx
from protocol.ids import UnixMs
from protocol.label import named_node
from web import audited, views
from web.audited import Meaning
from web.offices.inside import Inside


class Auditing(Inside):
    """The part of the office that shows what was done."""

    async def audit(self, session: views.Session, asked: views.AuditAsked) -> views.AuditView | None:
        """A page of lines, newest first; None without the right to it."""
        wanted = Asked(
            act=asked.act,
            actor=asked.actor,
            record=bytes.fromhex(asked.record),
            since_ms=asked.since_ms,
            until_ms=asked.until_ms,
            before=_place(asked.before),
        )

        def note(tx: Tx) -> bool:
            return audit_log.note(tx, self._ctx, wanted, officer=self._who(tx, session), how="screen")

        def ask(reader: Reader) -> views.AuditView:
            found = audit_log.page(reader, self._ctx, wanted, self._vouched)
            chain = views.ChainView(found.chain.entries, found.chain.code, found.chain.index)
            older = f"{found.older.epoch}-{found.older.index}" if found.older else ""
            lines = tuple(self._entry(reader, line) for line in found.lines)
            acts, actors = audit_log.seen(reader, self._ctx)
            acts, actors = sorted({*acts, wanted.act} - {""}), sorted({*actors, wanted.actor} - {""})
            named = tuple(views.Named(one, self._maker(reader, one) or one) for one in actors)
            return views.AuditView(lines, chain, tuple(acts), named, older)

        if not await self._ctx.store.awrite(note):
            return None
        return await self._ctx.store.aread(ask)

    def _entry(self, reader: Reader, line: Line) -> views.AuditLine:
        body = line.body
        if body is None:
            return views.AuditLine(at_ms=line.at_ms, index=line.index)
        return views.AuditLine(
            at_ms=line.at_ms,
            index=line.index,
            act=body.act,
            who=self._maker(reader, body.actor) or body.actor,
            actor=body.actor,
            purpose=body.purpose,
            rule=body.rule,
            register=body.register,
            revision=body.revision.hex(),
            record=body.record.record_id.hex(),
            about=next(iter(audit_log.about(body)), b"").hex(),
            feed=body.feed.hex(),
            details=tuple(
                self._beside(reader, body.act, name, code) for name, code in sorted(body.details.items())
            ),
        )

    def _beside(self, reader: Reader, act: str, name: str, code: str) -> views.AuditDetail:
        """A detail with what it is called; what is not as it should be is its code alone."""
        detail, names = audited.detail_of(act, name), self._names()
        codes = tuple(filter(None, re.split("[/,]", code))) if detail.many else (code,) * bool(code)
        match detail.meaning:
            case Meaning.CODE:
                return views.AuditDetail(name, code)
            case Meaning.TIME:
                return views.AuditDetail(name, code, at_ms=UnixMs(int(code)) if code.isdecimal() else None)
            case Meaning.PERSON:
                return views.AuditDetail(name, code, (self._somebody(reader, code),), "actor")
            case Meaning.NODE:
                return views.AuditDetail(name, code, tuple(map(names.called, codes)))
            case Meaning.COMMUNITY:
                return views.AuditDetail(name, code, tuple(names.community(one).name for one in codes))
            case _:
                return views.AuditDetail(name, code, codes, detail.table)

    def _somebody(self, reader: Reader, code: str) -> str:
        """An officer of this node by name; one of another port is that port."""
        if code.startswith("officer:"):
            return self._names().called(named_node(code))
        return self._maker(reader, code) or code


def _place(text: str) -> Place | None:
    epoch, _, index = text.partition("-")
    return Place(int(epoch), int(index)) if epoch.isdecimal() and index.isdecimal() else None
