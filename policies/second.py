"""The second person at another port: which ports may be asked, under which labels question and answer go, and who there may say yes.

Guarantees
* Pure: both nodes, and whoever looks later, come to the same answer from the register; what is unknown refuses.
* The draft goes to a node that may follow the draft's own label, with its level, and that could publish such a record itself;
  nobody but that node may follow the question, nobody but who asked the answer.
* A yes is that of a person on duty at that node, with the right for the kind, who reads under the draft's label, whom it does not
  concern, and who is none of those who wrote it or ask.

That the person is who the answering node says is that node's word, as everywhere; the register says whose word it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from policies.clearance import may_follow, may_read
from policies.competence import may_accept, may_leave
from policies.decision import Decision, Deny, DenyCode, Permit, earliest, first_refusal
from policies.lattice import answering
from policies.rules import Officer
from protocol.errors import ProtocolError
from protocol.ids import NodeId, UnixMs
from protocol.kinds import known
from protocol.kinds.approval import KIND as APPROVAL
from protocol.kinds.approval import LONGEST_MS
from protocol.label import Label, Tlp, minimal, named_node, parse
from protocol.members import NodeEntry
from protocol.record import Record, kind_of, validate
from protocol.register_view import Register
from protocol.v1 import records_pb2 as pb

KIND: Final = APPROVAL.name
DUTY: Final = "duty_approver"
"""The right, by its name in the relations model, of whoever may approve for another port now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A draft that a second person elsewhere is asked about. `began`: the register version of the feed that would carry it.

    `right`: what it takes beside the right of its kind; `barred`: ids of who wrote it and who asks.
    """

    origin: NodeId
    label: Label
    kind: str
    regime: str
    began: int
    right: str = ""
    barred: frozenset[str] = frozenset()


def sealed(label: Label, node: NodeId) -> Label:
    """The label of a question about a draft with this label: the draft's, as RED, for that node by name. Raises BadLabel if too long."""
    named = minimal((*label.recipients, frozenset({f"node:{node}"})))
    return replace(label, tlp=Tlp.RED, recipients=named)


def back(label: Label, origin: NodeId, node: NodeId) -> Label:
    """The label of the answer that this node gives: an answer to the question, for who asked by name."""
    return answering(sealed(label, node), origin)


def may_ask(node: NodeEntry, asked: Asked, register: Register, now: UnixMs) -> Decision:
    """Whether a second person may sit at this node: whether it may have the draft, could publish it, and could answer."""
    return _permit(first_refusal(_against_node(node, asked, register, now)), register)


def may_approve(officer: Officer, node: NodeEntry, asked: Asked, register: Register, now: UnixMs) -> Decision:
    """Whether this officer of the node asked may say yes or no to it, now."""
    refusal = first_refusal(_against_officer(officer, asked))
    if refusal is not None:
        return refusal
    decision = may_ask(node, asked, register, now)
    return replace(decision, until=officer.reader.until) if isinstance(decision, Permit) else decision


def misfit(record: Record, label: Label, issued: UnixMs) -> str:
    """The field of a question that does not fit the label it came under, or the draft inside; "" where all does, and of an answer.

    Every holder comes to the same verdict: only bytes are looked at.
    """
    body = record.message.approval
    if body.step != pb.Approval.STEP_ASKED:
        return ""
    own = parse(body.label)
    if not any(sealed(own, node) == label for node in _named(label)):
        return "approval.label"
    kind = kind_of(body.content_type)
    try:
        draft = validate(body.content_type, body.content, now=issued, accepting=True)
    except ProtocolError:
        return "approval.content"
    if draft.opaque or not _released(kind):
        return "approval.content_type"
    if draft.common.regime != record.common.regime:
        return "approval.content"
    if draft.personal and "PERSONAL" not in own.caveats:
        return "approval.label"
    return ""


def lapses(asked_until: UnixMs, decision: Permit) -> UnixMs:
    """When a yes counts no more: with the question, or with what lets its giver read."""
    return earliest(asked_until, decision.until) or asked_until


def _released(kind: str) -> bool:
    """Whether officers ever release such a record."""
    return bool(known()[kind].right)


# ---- what refuses, in order -------------------------------------------------------------------------------------------------


def _permit(refusal: Deny | None, register: Register | None) -> Decision:
    return Permit("second", register=register.version if register else 0) if refusal is None else refusal


def _against_node(node: NodeEntry, asked: Asked, register: Register, now: UnixMs) -> Iterator[Deny | None]:
    origin = register.nodes.get(asked.origin)
    if origin is None or node.id not in register.nodes:
        yield Deny(DenyCode.NOT_COMPETENT, "origin", "not a node of this register")
        return
    if node.id == origin.id:
        yield Deny(DenyCode.NOT_COMPETENT, "elsewhere", "the same node")
    if node.partner:
        yield Deny(DenyCode.NOT_COMPETENT, "partner", "a partner or gateway approves nothing for others")
    yield _denied(may_accept(node.id, asked.label, asked.kind, register))
    yield _denied(may_follow(node, asked.label, register, origin=origin.id, epoch_since=asked.began, now=now))
    if asked.regime not in node.regimes:
        yield Deny(DenyCode.REGIME, "regime", f"not accredited for regime {asked.regime}")
    try:
        question, answer = sealed(asked.label, node.id), back(asked.label, origin.id, node.id)
    except ProtocolError:
        yield Deny(DenyCode.RECIPIENT, "label", "no label is left for a question about it")
        return
    for speaker, listener, label in ((origin, node, question), (node, origin, answer)):
        yield _denied(may_accept(speaker.id, label, KIND, register))
        yield _denied(
            may_follow(listener, label, register, origin=speaker.id, epoch_since=register.version, now=now)
        )
        yield _denied(may_leave(label, register, now))


def _against_officer(officer: Officer, asked: Asked) -> Iterator[Deny | None]:
    if officer.id in asked.barred:
        yield Deny(DenyCode.SECOND_PERSON, "second", "who wrote it or asks is not the second person")
    if DUTY not in officer.rights:
        yield Deny(
            DenyCode.NOT_COMPETENT,
            "duty",
            "who approves for another port is on duty, in a role that approves",
        )
    yield from _against_reader(officer, asked)


def _against_reader(officer: Officer, asked: Asked) -> Iterator[Deny | None]:
    if asked.kind not in officer.kinds:
        yield Deny(DenyCode.NOT_COMPETENT, "kind", f"your roles here do not release {asked.kind}")
    if asked.right and asked.right not in officer.rights:
        yield Deny(
            DenyCode.NOT_COMPETENT, "step", f"this change of {asked.kind} takes the right {asked.right}"
        )
    if officer.concerned:
        yield Deny(DenyCode.CONFLICT, "conflict", "it concerns you, a declared relation or a close colleague")
    purposes = sorted(officer.reader.purposes)
    decisions = [may_read(officer.reader, asked.label, purpose) for purpose in purposes]
    if not any(isinstance(one, Permit) for one in decisions):
        yield next(
            (one for one in decisions if isinstance(one, Deny)),
            Deny(DenyCode.PURPOSE, "purpose", "no purpose of this reader"),
        )


def _denied(decision: Decision) -> Deny | None:
    return decision if isinstance(decision, Deny) else None


def _named(label: Label) -> Iterator[NodeId]:
    """The nodes that a clause of TO names alone."""
    for clause in label.recipients:
        if len(clause) == 1 and (node := named_node(next(iter(clause)))) is not None:
            yield NodeId(node)


__all__ = [
    "DUTY",
    "KIND",
    "LONGEST_MS",
    "Asked",
    "back",
    "lapses",
    "may_approve",
    "may_ask",
    "misfit",
    "sealed",
]
