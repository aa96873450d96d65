"""How an entry of the audit reads: what each detail of it is, and the words of who acted and by what rule.

Guarantees that nothing is said that the entry does not say, but for what people, ports and communities are called; a detail that is not
known here is left to its code. The code itself stands beside the words: it is what was signed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from web.languages import Tongue
from web.words import word
from web.words.audit import ACTOR, REFUSED, RULE
from web.words.machines import DETECTOR


class Meaning(Enum):
    """What a detail is: a code for machines alone, a number or name as it is, a time, somebody, a port, a community, codes of a table."""

    CODE = "code"
    PLAIN = "plain"
    TIME = "time"
    PERSON = "person"
    NODE = "node"
    COMMUNITY = "community"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Detail:
    """`table`: of `web/words`, for `Meaning.WORDS`; `many`: several, with "/" or "," between them."""

    meaning: Meaning
    table: str = ""
    many: bool = False


def _of(meaning: Meaning, *names: str) -> dict[str, Detail]:
    return dict.fromkeys(names, Detail(meaning))


def _words(table: str, *, many: bool = False) -> Detail:
    return Detail(Meaning.WORDS, table, many)


_DETAILS: Final = {
    **_of(Meaning.PERSON, "person", "other", "lead", "owner", "second", "proposed_by", "claimed"),
    **_of(Meaning.NODE, "origin", "peer", "node"),
    **_of(Meaning.TIME, "until", "from", "since"),
    **_of(Meaning.COMMUNITY, "community", "circle"),
    **_of(
        Meaning.PLAIN, "acts", "clearance", "committee", "compartments", "count", "entries", "feeds", "good"
    ),
    **_of(
        Meaning.PLAIN, "hidden", "limit", "lost", "missing", "newer", "nodes", "older", "policy", "records"
    ),
    **_of(Meaning.PLAIN, "size", "times", "version", "words"),
    "act": _words("act"),
    "answer": _words("asked"),
    "as": _words("audit_said"),
    "by": _words("find_by"),
    "change": _words("change"),
    "code": _words("deny"),
    "for": _words("purpose", many=True),
    "how": _words("audit_said"),
    "kind": _words("kind"),
    "kinds": _words("kind", many=True),
    "level": _words("level"),
    "page": _words("audit_said"),
    "place": _words("place"),
    "reason": _words("retract_reason"),
    "removes": _words("yes_no"),
    "rights": _words("audit_said", many=True),
    "role": _words("role"),
    "roles": _words("role", many=True),
    "seat": _words("seat"),
    "tie": _words("tie"),
    "type": _words("concern"),
    "verdict": _words("verdict"),
    "what": _words("audit_said"),
    "whose": _words("whose"),
    "why": _words("moved"),
}
_OF_ACT: Final = {
    ("case_read_out", "why"): _words("case_part"),
    ("draft_file", "change"): _words("audit_said"),
    ("erase", "reason"): _words("erase_reason"),
    ("erase_asked", "reason"): _words("erase_reason"),
    ("quarantine", "reason"): _words("aside"),
    ("refuse", "code"): _words("audit_refused"),
    ("restored_read", "reason"): _words("audit_said"),
    ("search", "case"): Detail(Meaning.PLAIN),
    ("second_answered", "by"): Detail(Meaning.PERSON),
    ("unseal", "reason"): _words("unseal_reason"),
}
"""Where a name means something else beside one act."""
_CODE: Final = Detail(Meaning.CODE)


def detail_of(act: str, name: str) -> Detail:
    """What a detail beside an act is."""
    return _OF_ACT.get((act, name)) or _DETAILS.get(name, _CODE)


def actor_words(tongue: Tongue, actor: str, who: str) -> str:
    """Who did it; `who`: the officer's name, where the actor is one."""
    sort, _, code = actor.rpartition("/")
    if actor in ACTOR:
        return tongue.say(ACTOR[actor])
    return word(tongue, "detector", code) if sort == "detector" and code in DETECTOR else who or actor


def rule_said(tongue: Tongue, rule: str) -> str:
    """By what rule; a rule of release by its name."""
    if rule in RULE:
        return tongue.say(RULE[rule])
    if rule in REFUSED:
        return tongue.say(REFUSED[rule])
    sort, _, name = rule.partition(":")
    return tongue.say("Rule of release %(name)s", name=name) if sort == "rule" else word(tongue, "deny", rule)
