"""Whether something may be released, and if so exactly what would happen: the preview and the release call this one function.

Guarantees
* `may_release` is pure: the world (register, clock, previous label, own people) is gathered before and passed in.
* A plan accounts for every node of the register, as recipient or as withheld with a reason.
* Whatever is unknown, missing or contradictory refuses; a release by rule is refused more, never less.

A plan with `needs_second` is not yet a permit: `plan.confirm` says SECOND_PERSON until somebody else approved that very plan.
Which roles an officer has, and so `Officer.kinds`, is decided by relations before; nothing here widens it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from policies.clearance import Reader, above_clearance, may_follow, may_hold
from policies.competence import may_accept, may_leave, may_open, may_relay
from policies.decision import Decision, Deny, DenyCode, Permit, earliest, first_refusal
from policies.lattice import dominates, freed_in, lower_in
from policies.plan import (
    SECOND_WORDS,
    Change,
    Plan,
    Recipient,
    Second,
    Withheld,
    confirm,
    confirm_unseen,
    digest,
    parts,
    second_person,
)
from protocol.ids import NodeId, UnixMs
from protocol.label import Label, Level, Tlp
from protocol.members import NodeEntry
from protocol.register_view import AutoReleaseCeiling, Register, unknown_names

__all__ = [
    "SECOND_WORDS", "Change", "Draft", "Officer", "Plan", "Recipient", "Second", "Source", "Withheld", "World", "change_of",
    "confirm", "confirm_unseen", "may_accept", "may_leave", "may_open", "may_relay", "may_release", "second_person",
    "who", "within_ceiling",
]  # fmt: skip

GUARDED_SUBJECTS: Final = frozenset({"plate", "badge", "person", "address"})
"""Types of indicator that point at a person: entering or extending one takes two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Officer:
    """Who releases: as a reader, the kinds their roles let them publish, all their rights, and whether it concerns themselves."""

    id: str
    reader: Reader
    kinds: frozenset[str]
    rights: frozenset[str] = frozenset()
    concerned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A record that a draft derives from: its label and who said it."""

    label: Label
    origin: NodeId


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is to be released. `caveats`: those its content requires; `subject_type`: of an indicator's value.

    `by_hand`: typed in by a person rather than taken from its source of truth; `lift`: it only ends a ban. `named`: records that
    it only names; `to`: the nodes that it answers or asks; `right`: what this version takes beside the right of the kind.
    """

    kind: str
    content_type: str
    content: bytes
    regime: str
    caveats: frozenset[str] = frozenset()
    subject_type: str = ""
    derived_from: tuple[Source, ...] = ()
    named: tuple[Source, ...] = ()
    to: frozenset[NodeId] = frozenset()
    right: str = ""
    fields_out: tuple[str, ...] = ()
    fields_kept: tuple[str, ...] = ()
    life_safety: bool = False
    by_hand: bool = True
    lift: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """All else the decision needs. `me`: this node's entry, narrowed by its configuration; `people`: here who may read it.

    `previous`: the label the matter has now, None if it was never released, `previous_since` the register version of the feed
    that carries it and `people_before` who may read it there; `epoch_since`: the register version of the open
    feed with the new label, None if a feed has to be opened; `open_feeds`: of this node now.
    """

    me: NodeEntry
    register: Register
    now: UnixMs
    revision: str = ""
    people: tuple[str, ...] = ()
    previous: Label | None = None
    previous_since: int | None = None
    people_before: tuple[str, ...] = ()
    epoch_since: int | None = None
    open_feeds: int = 0


def may_release(
    *, officer: Officer | None, draft: Draft, label: Label, world: World, rule: str = ""
) -> Plan | Deny:
    """The plan of a release by an officer, or with `officer=None` by the auto-release rule of this name; or why not."""
    refusal = first_refusal(_refusals(officer, draft, label, world, rule))
    if refusal is not None:
        return refusal
    recipients, withheld = _readers(label, world, world.epoch_since)
    lacking = [r.node for r in recipients if draft.regime not in _entry(r.node, world).regimes]
    if lacking:
        words = f"not accredited for regime {draft.regime}: " + ", ".join(lacking)
        return Deny(DenyCode.REGIME, "regime", words + "; choose a label that leaves them out")
    return _plan(officer, draft, label, world, rule, recipients, withheld)


def who(
    label: Label, *, origin: NodeEntry, register: Register, now: UnixMs, began: int
) -> tuple[tuple[Recipient, ...], tuple[Withheld, ...]]:
    """Who would get what another node releases under this label, by the register alone; of its people nothing is known here."""
    recipients, withheld = _readers(label, World(me=origin, register=register, now=now), began)
    return tuple(replace(one, people=None) for one in recipients), withheld


def within_ceiling(label: Label, ceiling: AutoReleaseCeiling) -> Deny | None:
    """Why a rule may not release under this label; None where it may."""
    if "PERSONAL" in label.caveats:
        return Deny(DenyCode.CAVEAT, "auto-release", "PERSONAL is never released by a rule")
    if label.level > ceiling.level:
        return Deny(
            DenyCode.CEILING, "auto-release", "its level is above the register's ceiling for release by rule"
        )
    if label.tlp < ceiling.tlp:
        return Deny(
            DenyCode.CEILING,
            "auto-release",
            "its TLP is more open than the register allows for release by rule",
        )
    if not any(clause <= ceiling.audience for clause in label.audience):
        return Deny(
            DenyCode.CEILING,
            "auto-release",
            "its audience is wider than the register allows for release by rule",
        )
    return None


# ---- what refuses, in order -------------------------------------------------------------------------------------------------


def _refusals(
    officer: Officer | None, draft: Draft, label: Label, world: World, rule: str
) -> Iterator[Deny | None]:
    yield _unknown(label, world.register)
    yield _reserved(label)
    yield _denied(may_accept(world.me.id, label, draft.kind, world.register))
    yield _denied(may_hold(world.me, label, now=world.now))
    if officer is not None:
        yield from _against_officer(officer, draft, label)
    else:
        yield from _against_rule(draft, label, world.register, rule)
    yield _status(label, world.previous)
    yield _regime(draft, world.me)
    yield _caveats(draft, label)
    for node in sorted(draft.to):
        yield _addressed(label, node, draft.kind)
    for source in draft.derived_from:
        yield _derived(label, source, world.me.id)
    for source in draft.named:
        yield _more_open(label, source, "names")
    yield _denied(may_leave(label, world.register, world.now))
    if world.epoch_since is None:
        yield _denied(may_open(world.register, open_feeds=world.open_feeds, now=world.now))


def _denied(decision: Decision) -> Deny | None:
    return decision if isinstance(decision, Deny) else None


WIDER: Final = "derived"
"""The rule that refuses a label which goes beyond that of a record it names."""
_CODE_OF_PART: Final = MappingProxyType(
    {
        "policy": DenyCode.LEVEL,
        "level": DenyCode.LEVEL,
        "TLP": DenyCode.TLP,
        "COMP": DenyCode.COMPARTMENT,
        "AUD": DenyCode.AUDIENCE,
        "CTRY": DenyCode.COUNTRY,
        "TO": DenyCode.RECIPIENT,
        "PURPOSE": DenyCode.PURPOSE,
        "CAVEAT": DenyCode.CAVEAT,
        "STATUS": DenyCode.STATUS,
    }
)


def _unknown(label: Label, register: Register) -> Deny | None:
    unknown = unknown_names(label, register)
    if not unknown:
        return None
    code = _CODE_OF_PART[unknown[0].partition(":")[0]]
    return Deny(code, "unknown", "not in the register: " + "; ".join(unknown))


def _reserved(label: Label) -> Deny | None:
    if not label.reserved:
        return None
    return Deny(DenyCode.NOT_COMPETENT, "reserved", "the node itself writes its control and audit feeds")


def _status(label: Label, previous: Label | None) -> Deny | None:
    """An alert that became an exercise would be taken from every port that acts on it; an exercise that became real was never looked at."""
    if previous is None or previous.status == label.status:
        return None
    words = "what is an exercise or a test and what is not do not become each other: withdraw it and write it anew"
    return Deny(DenyCode.STATUS, "status", words)


def _against_officer(officer: Officer, draft: Draft, label: Label) -> Iterator[Deny | None]:
    if draft.kind not in officer.kinds:
        yield Deny(DenyCode.NOT_COMPETENT, "kind", f"your roles here do not release {draft.kind}")
    if draft.right and draft.right not in officer.rights:
        yield Deny(
            DenyCode.NOT_COMPETENT, "step", f"this change of {draft.kind} takes the right {draft.right}"
        )
    yield above_clearance(officer.reader, label)
    if officer.concerned:
        yield Deny(DenyCode.CONFLICT, "conflict", "it concerns you, a declared relation or a close colleague")


def _against_rule(draft: Draft, label: Label, register: Register, rule: str) -> Iterator[Deny | None]:
    if not rule:
        yield Deny(DenyCode.NOT_COMPETENT, "rule", "neither an officer nor a rule releases it")
    if draft.right:
        yield Deny(DenyCode.NOT_COMPETENT, "step", f"an officer makes this change of {draft.kind}")
    if "PERSONAL" in draft.caveats:
        yield Deny(DenyCode.CAVEAT, "auto-release", "PERSONAL is never released by a rule")
    yield within_ceiling(label, register.auto_release_ceiling)


def _regime(draft: Draft, me: NodeEntry) -> Deny | None:
    if draft.regime in me.regimes:
        return None
    return Deny(
        DenyCode.REGIME, "regime", f"this node is not accredited for regime {draft.regime or '(none)'}"
    )


def _caveats(draft: Draft, label: Label) -> Deny | None:
    missing = draft.caveats - label.caveats
    if not missing:
        return None
    return Deny(DenyCode.CAVEAT, "content", "its content needs caveat " + ", ".join(sorted(missing)))


def _derived(label: Label, source: Source, me: NodeId) -> Deny | None:
    """A record is never more open than what it derives from; of what is ORCON only an answer to its origin."""
    if (refusal := _more_open(label, source, "derives from")) is not None:
        return refusal
    back = frozenset({f"node:{source.origin}"}) in label.recipients
    if "ORCON" in source.label.caveats and source.origin != me and not back:
        return Deny(
            DenyCode.CAVEAT, "orcon", "ORCON: a record it derives from is released on by its origin alone"
        )
    return None


def _more_open(label: Label, source: Source, how: str) -> Deny | None:
    """Whoever reads it may read what it names or derives from."""
    part = lower_in(label, source.label)
    if not part:
        return None
    return Deny(_CODE_OF_PART[part], WIDER, f"{part} is more open than in a record it {how}")


def _addressed(label: Label, node: NodeId, kind: str) -> Deny | None:
    """An answer goes back to its origin and a request to its owner, by name."""
    if frozenset({f"node:{node}"}) in label.recipients:
        return None
    return Deny(
        DenyCode.RECIPIENT, "addressee", f"this {kind} is for {node}: let the label name it, and it alone"
    )


# ---- the plan -----------------------------------------------------------------------------------------------------------------


def _plan(
    officer: Officer | None,
    draft: Draft,
    label: Label,
    world: World,
    rule: str,
    recipients: tuple[Recipient, ...],
    withheld: tuple[Withheld, ...],
) -> Plan:
    change = change_of(label, world.previous)
    seconds = tuple(_seconds(draft, label, world, recipients))
    version = world.register.version
    moved = _moved(label, world, recipients)
    return Plan(
        label=label,
        recipients=recipients,
        withheld=withheld,
        change=change,
        fields_out=draft.fields_out,
        fields_kept=draft.fields_kept,
        needs_second=seconds,
        digest=digest(
            parts(
                content_type=draft.content_type,
                content=draft.content,
                label=label,
                recipients=recipients,
                withheld=withheld,
                register=version,
                revision=world.revision,
                needs_second=seconds,
                change=change,
                moved=moved,
            )
        ),
        register=version,
        revision=world.revision,
        rule="officer" if officer else f"rule {rule}",
        until=_until(officer, label, world),
        gains=moved[0],
        loses=moved[1],
        people_gain=moved[2],
        people_lose=moved[3],
    )


def _moved(
    label: Label, world: World, recipients: tuple[Recipient, ...]
) -> tuple[tuple[NodeId, ...], tuple[NodeId, ...], tuple[str, ...], tuple[str, ...]]:
    """Nodes that gain and lose, people here that gain and lose; nobody where the label stays or is the first."""
    if world.previous is None or world.previous == label:
        return (), (), (), ()
    before = {r.node for r in _readers(world.previous, world, world.previous_since)[0]}
    now, here, there = {r.node for r in recipients}, set(world.people), set(world.people_before)
    return (
        tuple(sorted(now - before)),
        tuple(sorted(before - now)),
        tuple(sorted(here - there)),
        tuple(sorted(there - here)),
    )


def _until(officer: Officer | None, label: Label, world: World) -> UnixMs | None:
    held = may_hold(world.me, label, now=world.now)
    leaves = may_leave(label, world.register, world.now)
    ends = [d.until for d in (held, leaves) if isinstance(d, Permit)]
    return earliest(*ends, officer.reader.until if officer else None)


def _entry(node: NodeId, world: World) -> NodeEntry:
    return world.me if node == world.me.id else world.register.nodes[node]


def _readers(
    label: Label, world: World, epoch_since: int | None
) -> tuple[tuple[Recipient, ...], tuple[Withheld, ...]]:
    """Every node of the register, on the one side or the other, by name; the own node first."""
    passes = isinstance(may_relay(label, world.register), Permit)
    recipients, withheld = [], []
    for name in sorted(world.register.nodes, key=lambda n: (n != world.me.id, n)):
        decision = may_follow(
            _entry(name, world),
            label,
            world.register,
            origin=world.me.id,
            epoch_since=epoch_since,
            now=world.now,
        )
        if isinstance(decision, Deny):
            withheld.append(Withheld(name, decision.code, decision.words))
        elif name == world.me.id:
            recipients.append(
                Recipient(name, decision.rule, "this node", passes, tuple(sorted(world.people)))
            )
        else:
            recipients.append(
                Recipient(name, decision.rule, _because(world.register.nodes[name], label), passes)
            )
    return tuple(recipients), tuple(withheld)


def _because(node: NodeEntry, label: Label) -> str:
    """By which communities it may: "in ports-be"; "in ports-be, named by the label"."""
    communities = sorted(node.communities & frozenset().union(*label.audience))
    words = "in " + ", ".join(communities)
    return words + ", named by the label" if label.recipients else words


def change_of(label: Label, previous: Label | None) -> Change:
    """Where a matter goes; what is neither wider nor the same moves as a narrowing does."""
    if previous is None:
        return Change.NEW
    if previous == label:
        return Change.SAME
    return Change.WIDER if dominates(previous, label) else Change.NARROWER


def _seconds(draft: Draft, label: Label, world: World, recipients: tuple[Recipient, ...]) -> Iterator[Second]:
    """Why two persons; never for life safety, nor for the end of a ban that tells nobody more: those must not wait."""
    if draft.life_safety:
        return
    change = change_of(label, world.previous)
    gains = world.previous is not None and _gains(world.previous, label, world, recipients)
    if draft.lift and not gains:
        return
    if gains:
        yield Second.WIDER
    elif change is Change.NARROWER:
        return
    for reason, holds in (
        (Second.RED, label.tlp is Tlp.RED),
        (Second.CLASSIFIED, label.level >= Level.CONFIDENTIAL),
        (Second.SOURCE, "SOURCE" in label.caveats),
        (Second.JUDICIAL, "JUDICIAL" in label.caveats),
        (Second.BAN, draft.kind == "port_ban" and draft.by_hand),
        (Second.SUBJECT, draft.kind == "indicator" and draft.subject_type in GUARDED_SUBJECTS),
    ):
        if holds:
            yield reason


def _gains(previous: Label, label: Label, world: World, recipients: tuple[Recipient, ...]) -> bool:
    """Whether somebody could read it who could not before, by the labels or at a node that the old one left out, or under less than before."""
    if previous == label:
        return False
    if freed_in(label, previous):
        return True
    before, _ = _readers(previous, world, world.previous_since)
    more_here = not dominates(label, previous) and not set(world.people) <= set(world.people_before)
    return (
        dominates(previous, label)
        or more_here
        or not {r.node for r in recipients} <= {r.node for r in before}
    )
