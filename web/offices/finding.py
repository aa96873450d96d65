"""Searching, as an officer may. Guarantees that a search is durably audited before anything is looked for, and that one officer
searches so many times a minute at most: whoever goes through plates one by one is slow, and seen.
"""

from __future__ import annotations

from node.commands import find
from node.commands.find import Asked, Search, Unclear
from node.store.unit import Reader, Tx
from policies.decision import Deny
from protocol.fields import DAY_MS
from protocol.findable import IDENTIFIERS
from protocol.ids import NodeId
from protocol.kinds import known
from web import shown, views
from web.offices.inside import Inside, refused, sees_silent

_FIELD = {"case": "case"}
_LIMITS = {"long": find.TYPED_MAX}


class Finding(Inside):
    """The part of the office that finds."""

    async def find_menu(self, session: views.Session) -> views.FindMenu:
        """What this officer may search by."""

        def ask(reader: Reader) -> views.FindMenu:
            who, names = self._who(reader, session), self._names()
            return views.FindMenu(
                sorts=(find.TEXT, *IDENTIFIERS) if find.may_look_up(who) else (find.TEXT,),
                purposes=tuple(sorted(who.reading.purposes)),
                kinds=tuple(name for name, kind in known().items() if kind.right),
                origins=tuple(
                    sorted((names.node(node) for node in names.register.nodes), key=lambda one: one.name)
                ),
            )

        return await self._ctx.store.aread(ask)

    async def find(
        self, session: views.Session, asked: views.FindAsked
    ) -> views.Findings | views.FieldError | views.Refused | views.Limited:
        """A page of what is found."""
        if wait := self._pace.wait(session.officer, self._ctx.now()):
            return views.Limited(wait)
        wanted = self._wanted(asked)

        def note(tx: Tx) -> Search | Unclear | Deny:
            return find.begin(tx, self._ctx, wanted, officer=self._who(tx, session))

        search = await self._ctx.store.awrite(note)
        match search:
            case Deny():
                return refused(search)
            case Unclear():
                return _error(search)
        return await self._ctx.store.aread(lambda reader: self._found(reader, session, search))

    def _found(self, reader: Reader, session: views.Session, search: Search) -> views.Findings:
        silent, names = sees_silent(self._who(reader, session)), self._names()
        page = find.find(reader, self._ctx, self._readable, search, limit=find.PAGE, silent=silent)
        return views.Findings(tuple(shown.row(one, names) for one in page.rows), page.older)

    def _wanted(self, asked: views.FindAsked) -> Asked:
        since = self._ctx.now() - asked.within_days * DAY_MS if asked.within_days else 0
        return Asked(
            by=asked.by,
            typed=asked.typed,
            purpose=asked.purpose,
            case=asked.case,
            kinds=(asked.kind,) if asked.kind else (),
            origin=NodeId(asked.origin) if asked.origin else None,
            since_ms=max(0, since),
            before=asked.before,
        )


def _error(unclear: Unclear) -> views.FieldError:
    code = f"find_{unclear.sort or unclear.code}"
    return views.FieldError(_FIELD.get(unclear.code, "typed"), code, _LIMITS.get(unclear.code))
