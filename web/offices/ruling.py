"""The rules of release without an officer on the screens: read, proposed, agreed to.

Guarantees that only who may propose and agree, or administers this node, is shown them; the commands decide who may do what.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Callable, Iterator

from node.commands import rules_in_force
from node.commands.agree_rules import agree_rules
from node.commands.people import Visitor
from node.commands.propose_rules import propose_rules
from node.commands.rules_in_force import Standing
from node.store.rules_texts import RulesRow
from node.store.unit import Reader, Tx
from policies.auto_release import AutoRule
from policies.decision import Deny
from policies.officers import Right
from protocol.ids import UnixMs
from web import shown, views
from web.offices.inside import Inside, refused

_AROUND = 2
_Done = RulesRow | Deny | None


class Ruling(Inside):
    """The part of the office where two people change what leaves without one."""

    async def rules(self, session: views.Session) -> views.RulesView | None:
        """None for who has no business with them."""

        def ask(reader: Reader) -> views.RulesView | None:
            who = self._who(reader, session)
            if not may_see(who):
                return None
            now = rules_in_force.standing(reader, self._ctx, self._model)
            agreed, may = now.agreed, rules_in_force.may(who)
            names = (agreed.proposed_by, agreed.agreed_by) if agreed else ()
            return views.RulesView(
                rules=tuple(self._rule(rule) for rule in rules_in_force.read(now.in_force).rules),
                agreed_by=tuple(self._maker(reader, one) for one in names),
                agreed_ms=agreed.agreed_ms if agreed else UnixMs(0),
                proposed=self._proposed(reader, now, who),
                lapsed_by=self._maker(reader, now.lapsed.proposed_by) if now.lapsed else "",
                file=self._other_text(now, now.file, may=may) if _nobody_proposed(now) else None,
            )

        return await self._ctx.store.aread(ask)

    async def propose_rules(self, session: views.Session, *, digest: str) -> views.Refused | bool:
        """What the file says, as it was shown; False where there is no such thing to propose."""
        return await self._by_two(session, lambda tx, who: propose_rules(
            tx, self._ctx, self._model, digest=_digest(digest), officer=who
        ))  # fmt: skip

    async def agree_rules(self, session: views.Session, *, digest: str) -> views.Refused | bool:
        """What somebody else proposed, as it was shown; False where that does not wait."""
        return await self._by_two(session, lambda tx, who: agree_rules(
            tx, self._ctx, self._model, digest=_digest(digest), officer=who
        ))  # fmt: skip

    async def _by_two(
        self, session: views.Session, act: Callable[[Tx, Visitor], _Done]
    ) -> views.Refused | bool:
        done = await self._ctx.store.awrite(lambda tx: act(tx, self._who(tx, session)))
        return refused(done) if isinstance(done, Deny) else done is not None

    def _proposed(self, reader: Reader, now: Standing, who: Visitor) -> views.RulesChange | None:
        row = now.waiting
        if row is None:
            return None
        may = rules_in_force.may(who) and row.proposed_by != who.id
        by = self._maker(reader, row.proposed_by)
        return self._other_text(now, row.text, may=may, by=by, at_ms=row.proposed_ms)

    def _other_text(
        self, now: Standing, text: bytes, *, may: bool, by: str = "", at_ms: UnixMs | None = None
    ) -> views.RulesChange:
        lines = tuple(difference(now.in_force, text))
        rules = tuple(self._against(now.in_force, text))
        return views.RulesChange(hashlib.sha256(text).hexdigest(), lines, may, by, at_ms, rules)

    def _against(self, before: bytes, after: bytes) -> Iterator[views.RuleLine]:
        """What another text says, rule by rule, then what it does not say any more."""
        old, new = ({rule.name: rule for rule in rules_in_force.read(text).rules} for text in (before, after))
        for name, rule in new.items():
            yield self._rule(rule, "new" if name not in old else "changed" if old[name] != rule else "")
        yield from (self._rule(rule, "gone") for name, rule in old.items() if name not in new)

    def _rule(self, rule: AutoRule, change: str = "") -> views.RuleLine:
        label = shown.label(rule.label.text, self._names())
        return views.RuleLine(
            *(rule.name, rule.detector, rule.severity_min, rule.certainty_min, label),
            *(rule.expires_ms, rule.most, change),
        )


def may_see(who: Visitor) -> bool:
    """Who proposes and agrees, and who administers this node."""
    return rules_in_force.may(who) or Right.ADMINISTER in who.rights


def state(now: Standing) -> str:
    """A code for the page of the node's health."""
    if now.differs:
        return "file_waits" if now.agreed else "nothing_agreed"
    return "agreed" if now.agreed else "none"


def _nobody_proposed(now: Standing) -> bool:
    return now.differs and (now.waiting is None or now.waiting.text != now.file)


def difference(before: bytes, after: bytes) -> Iterator[tuple[str, str]]:
    """Line by line as TOML has them, so that nothing in a comment begins one; "…" where lines are left out."""
    old, new = (text.decode("utf-8", "replace").split("\n") for text in (before, after))
    for line in list(difflib.unified_diff(old, new, n=_AROUND, lineterm=""))[2:]:
        yield ("", "…") if line.startswith("@@") else (line[0].strip(), line[1:])


def _digest(text: str) -> bytes:
    """What a form sent back; what is none fits nothing."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
