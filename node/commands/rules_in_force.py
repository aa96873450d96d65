"""Which rules release without an officer: those that two persons agreed on last, whatever the file says meanwhile.

Guarantees that a file which one person changed changes nothing: its text is what somebody may propose. Where nobody agreed on anything yet,
no rule releases, and every finding waits for an officer.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from node.commands.context import Context
from node.commands.people import Visitor, visitor_of
from node.store import rules_texts
from node.store.rules_texts import RulesRow
from node.store.unit import Reader
from policies.auto_release import NO_RULES, AutoRelease, parse_rules, problems
from policies.decision import Deny, DenyCode
from policies.fga_model import Model
from policies.officers import Right
from protocol.errors import ProtocolError

RIGHTS = frozenset({Right.PUBLISH_ALERT, Right.APPROVE_RELEASE})
"""What each of the two needs: a rule releases alerts that nobody approves."""


@dataclass(frozen=True, slots=True)
class Standing:
    """`agreed` is in force; `waiting` was proposed; `file` is what the node read at its start (empty: it names no file).

    `lapsed` was proposed as well, by who may not any more: it waits for nobody.
    """

    agreed: RulesRow | None
    waiting: RulesRow | None
    file: bytes
    lapsed: RulesRow | None = None

    @property
    def in_force(self) -> bytes:
        """The text in force; empty where there is none."""
        return self.agreed.text if self.agreed else b""

    @property
    def differs(self) -> bool:
        """Whether the file says anything but what is in force."""
        return self.file != self.in_force

    @property
    def words(self) -> str:
        """What is not in force and what is, for a log or a terminal; empty where the file is in force."""
        if not self.differs:
            return ""
        now = (
            "the rules that two persons agreed on last stay in force"
            if self.agreed
            else "until then nothing is released by rule"
        )
        return f"what the file of rules says waits for two persons (on /rules: one proposes it, another agrees); {now}"


def standing(reader: Reader, ctx: Context, model: Model) -> Standing:
    """As of this snapshot or transaction; what somebody proposed who may not propose now does not wait."""
    agreed, proposed = rules_texts.agreed(reader), rules_texts.waiting(reader)
    if proposed is None or _still_may(reader, ctx, model, proposed.proposed_by):
        return Standing(agreed, proposed, ctx.settings.rules_file)
    return Standing(agreed, None, ctx.settings.rules_file, lapsed=proposed)


def _still_may(reader: Reader, ctx: Context, model: Model, person: str) -> bool:
    """The second person's yes is to a first one who may: an account closed or suspended, a role that ended or was taken is none."""
    who = visitor_of(reader, ctx, model, person)
    return who is not None and may(who)


def in_force(reader: Reader) -> AutoRelease:
    """The rules by which something may be released now."""
    row = rules_texts.agreed(reader)
    return NO_RULES if row is None else read(row.text)


def may(officer: Visitor) -> bool:
    """Whether this officer is one of those who propose and agree; for screens too."""
    return officer.rights >= RIGHTS


def against(ctx: Context, text: bytes, officer: Visitor) -> Deny | None:
    """What speaks against this officer's proposing or agreeing to this text, whoever the other one is."""
    if not may(officer):
        words = "rules of release are a matter of those who may publish and approve alerts"
        return Deny(DenyCode.NOT_COMPETENT, Right.PUBLISH_ALERT, words)
    found = problems(read(text), ctx.register)
    return Deny(DenyCode.CEILING, "rules", found[0]) if found else None


@lru_cache(maxsize=8)
def read(text: bytes) -> AutoRelease:
    """The rules of a text of the store; no text at all is no rules. What this program cannot read releases nothing."""
    if not text:
        return NO_RULES
    try:
        return parse_rules(text)
    except ProtocolError:
        return NO_RULES
