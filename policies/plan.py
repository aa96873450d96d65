"""A release before it happens: exactly who would get it and why, who would not and why, and one digest over all of it.

Guarantees that two plans have one digest only if text, label, recipients (the own people included), withheld nodes, register
version and policy revision are the same, and whoever gains and loses by a move, so that what an officer confirmed is what leaves. Does not decide; `rules.may_release` does.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from policies.decision import Decision, Deny, DenyCode, Permit
from protocol.ids import NodeId, UnixMs
from protocol.label import Label

_DOMAIN: Final = b"port2port/plan/v1\x00"


class Change(StrEnum):
    """Against the label the matter has now. A label that is neither wider nor the same moves it as a narrowing does."""

    NEW = "new"
    WIDER = "wider"
    NARROWER = "narrower"
    SAME = "same"


class Second(StrEnum):
    """Why a second person has to look at it."""

    RED = "red"
    WIDER = "wider"
    CLASSIFIED = "classified"
    SOURCE = "source"
    JUDICIAL = "judicial"
    BAN = "ban"
    SUBJECT = "subject"


SECOND_WORDS: Final = MappingProxyType(
    {
        Second.RED: "it is TLP:RED",
        Second.WIDER: "it reaches nodes that did not have it before",
        Second.CLASSIFIED: "its level is CONFIDENTIAL or higher",
        Second.SOURCE: "it tells of a source",
        Second.JUDICIAL: "it is judicial",
        Second.BAN: "it is a ban entered by hand",
        Second.SUBJECT: "it looks out for a plate, badge, person or address",
    }
)
"""One clause a reason, to follow "A second person is needed because"."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """A node that would get it. `rule` and `words` say why; `people` who may read it are known for the own node only."""

    node: NodeId
    rule: str
    words: str
    may_pass_on: bool
    people: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Withheld:
    """A node that would not get it, and why."""

    node: NodeId
    code: DenyCode
    words: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a release would do. `digest` (32 bytes) covers everything here and the content.

    Of what was released before under another label: the nodes that could not have it then and will (`gains`), those that could
    and will not (`loses`), and the same of the people of the own node.
    """

    label: Label
    recipients: tuple[Recipient, ...]
    withheld: tuple[Withheld, ...]
    change: Change
    fields_out: tuple[str, ...]
    fields_kept: tuple[str, ...]
    needs_second: tuple[Second, ...]
    digest: bytes
    register: int
    revision: str
    rule: str
    until: UnixMs | None = None
    gains: tuple[NodeId, ...] = ()
    loses: tuple[NodeId, ...] = ()
    people_gain: tuple[str, ...] = ()
    people_lose: tuple[str, ...] = ()

    @property
    def nodes(self) -> frozenset[NodeId]:
        """Who would get it."""
        return frozenset(recipient.node for recipient in self.recipients)


def confirm(plan: Plan, digest: bytes, *, seconded: bool = False) -> Decision:
    """Whether this plan, made now, may leave on the word of somebody who saw the one with `digest`.

    PLAN_CHANGED: something moved since. SECOND_PERSON: it needs one and nobody else approved this very plan.
    """
    if not hmac.compare_digest(plan.digest, digest):
        return Deny(
            DenyCode.PLAN_CHANGED, "digest", "text, label, membership or policy changed since the preview"
        )
    return confirm_unseen(plan, seconded=seconded)


def confirm_unseen(plan: Plan, *, seconded: bool = False) -> Decision:
    """The same for a release by rule, which nobody previews."""
    if plan.needs_second and not seconded:
        return Deny(DenyCode.SECOND_PERSON, "second", second_person(plan.needs_second))
    return Permit(plan.rule, register=plan.register, revision=plan.revision, until=plan.until)


def second_person(reasons: tuple[Second, ...]) -> str:
    """One sentence; "" where nobody is needed."""
    if not reasons:
        return ""
    return "a second person is needed because " + " and ".join(SECOND_WORDS[reason] for reason in reasons)


def digest(plan_parts: Iterator[bytes]) -> bytes:
    """SHA-256 over the parts, each after its length (u64be): no two lists of parts have one serialisation."""
    running = hashlib.sha256(_DOMAIN)
    for part in plan_parts:
        running.update(len(part).to_bytes(8, "big"))
        running.update(part)
    return running.digest()


def parts(
    *,
    content_type: str,
    content: bytes,
    label: Label,
    recipients: tuple[Recipient, ...],
    withheld: tuple[Withheld, ...],
    register: int,
    revision: str,
    needs_second: tuple[Second, ...],
    change: Change,
    moved: tuple[tuple[str, ...], ...] = (),
) -> Iterator[bytes]:
    """What the digest of a plan covers, in its one order. `moved`: who gains and who loses."""
    yield from (content_type.encode(), content, label.text.encode(), revision.encode(), change.encode())
    yield register.to_bytes(8, "big")
    yield _texts(reason for reason in needs_second)
    yield _texts(f"{r.node} {r.rule}" for r in recipients)
    yield _texts(person for r in recipients for person in r.people or ())
    yield _texts(f"{w.node} {w.code}" for w in withheld)
    yield from (_texts(iter(some)) for some in moved)


def _texts(items: Iterator[str]) -> bytes:
    """A list as one part: every item after its own length."""
    encoded = (item.encode() for item in items)
    return b"".join(len(item).to_bytes(8, "big") + item for item in encoded)
