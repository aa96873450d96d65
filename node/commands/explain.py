"""Why somebody may read a record, or may not: each condition of label, relations, purpose and cases by itself, in words.

Guarantees that the answer is the one that reading gives, and that it holds nothing of the record but how it stands: a label, codes, no
title, no text. It is for whoever runs the node; nobody else is told of what they may not read. It opens a record's label and a person's
rights, so each answer is audited in its transaction: who asked, of which record, and of whom.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from node.commands import people
from node.commands.address import Address, resolve
from node.commands.audit import Act, audit
from node.commands.context import Context
from node.commands.entitled import follows
from node.commands.people import Visitor
from node.commands.reach import Reach
from node.commands.search import State, conflicts, ever_silent, needed, state_of
from node.store import feeds, holds, lists
from node.store import people as accounts
from node.store.entries import EntryRow
from node.store.feeds import FeedRole, FeedRow, FeedState
from node.store.unit import Reader, Tx
from policies.clearance import for_node, for_reader
from policies.decision import Deny
from policies.fga_model import Model
from policies.officers import Role
from protocol.ids import NodeId
from protocol.label import parse


@dataclass(frozen=True, slots=True)
class Line:
    """One condition. `part`: record, relations, label, purpose, conflict, case; `holds`: whether it lets the reader through."""

    part: str
    holds: bool
    words: str


@dataclass(frozen=True, slots=True)
class Explained:
    """Everything that was asked, and what came of it: permitted where each condition holds."""

    lines: tuple[Line, ...]

    @property
    def permitted(self) -> bool:
        """Whether all of it lets the reader through."""
        return all(line.holds for line in self.lines)


def explain(
    tx: Tx, ctx: Context, model: Model, where: Address, whom: str, *, node: bool, actor: str
) -> Explained | None:
    """Of an officer of this node by login, or of a `node`; audited where there is an answer."""
    found = _record(tx, where)
    if node:
        told, of = explain_node(tx, ctx, where, NodeId(whom)), {"node": str(whom)}
    else:
        told = explain_person(tx, ctx, model, where, whom)
        person = accounts.by_login(tx, whom)
        of = {"person": str(uuid.UUID(bytes=person.id))} if person else {}
    if told is None or found is None:
        return None
    act = Act(act="policy_explain", actor=actor, record=where.record, feed=found[0].feed, details=of)
    audit(tx, ctx, act, ctx.register)
    return told


def explain_person(
    reader: Reader, ctx: Context, model: Model, where: Address, login: str
) -> Explained | None:
    """Of an officer of this node; None where there is no such account, or no such record here."""
    found, person = _record(reader, where), accounts.by_login(reader, login)
    if found is None or person is None:
        return None
    feed, row = found
    who = people.visitor(reader, ctx, model, person.id)
    lines = [_named(feed), *_standing(reader, ctx, feed, row)]
    if who is None:
        return Explained(
            (*lines, Line("relations", False, "the account is closed, or this node is no member"))
        )
    if Role.INTEGRITY_OFFICER not in who.roles and ever_silent(reader, feed.lineage, where.record):
        lines.append(
            Line("record", False, "a silent look-out of another port: integrity officers alone see it")
        )
    roles = ", ".join(sorted(who.roles))
    lines.append(Line("relations", bool(roles), f"roles: {roles}" if roles else "no role in force here"))
    lines += _label(feed, who)
    concerned = row is not None and conflicts(Reach(reader), who.reading, row)
    lines.append(
        Line("conflict", not concerned, "it concerns them" if concerned else "it does not concern them")
    )
    apart = row is None or needed(Reach(reader), who.reading, feed, row)
    words = "no case keeps it from them" if apart else "it is in a case, and they are not read into it"
    lines.append(Line("case", apart, words))
    return Explained(tuple(lines))


def explain_node(reader: Reader, ctx: Context, where: Address, node: NodeId) -> Explained | None:
    """Of a node: what the register says of it and the label; None where there is no such node, or no such record here."""
    found, entry = _record(reader, where), ctx.register.nodes.get(node)
    if found is None or entry is None:
        return None
    feed, _ = found
    if node == feed.origin:
        return Explained((_named(feed), Line("label", True, "an origin always holds its own feeds")))
    conditions = for_node(entry, parse(feed.label), epoch_since=feed.register_version, now=ctx.now())
    lines = [_named(feed), *(_line("label", name, refusal) for name, refusal in conditions)]
    decision = follows(entry, feed, ctx.register, ctx.now())
    if isinstance(decision, Deny) and all(line.holds for line in lines):
        lines.append(Line("label", False, decision.words))
    return Explained(tuple(lines))


def _record(reader: Reader, where: Address) -> tuple[FeedRow, EntryRow | None] | None:
    """The newest feed of the record's lineage, and the row that stands for it, if one does."""
    every = {feed.number: feed for feed in feeds.every(reader) if feed.role is FeedRole.RECORDS}
    lineage = resolve(reader, every, where)
    newest = feeds.of_lineage(reader, lineage) if lineage is not None else None
    if newest is None:
        return None
    same = [number for number, feed in every.items() if feed.lineage == lineage]
    row = lists.shown_of(reader, same, where.record)
    return (every[row.feed] if row is not None else newest), row


def _standing(reader: Reader, ctx: Context, feed: FeedRow, row: EntryRow | None) -> Iterator[Line]:
    if row is not None and holds.held(reader, feed.lineage, row.record or b""):
        yield Line("record", False, "it is on hold")
    elif row is None:
        yield Line(
            "record",
            False,
            "no version of it is shown: superseded, erased, on hold, not accepted, or not heard since a restore",
        )
    elif (state := state_of(row, ctx.now())) in {State.RETRACTED, State.ERASED}:
        yield Line("record", False, f"it is {state}: its line shows, its text does not")
    else:
        yield Line("record", True, f"it is {state}")
    if feed.state is FeedState.PURGED:
        yield Line("record", False, "this node lost the feed and destroyed it")


def _label(feed: FeedRow, who: Visitor) -> Iterator[Line]:
    """Under the purpose that lets them through, else under each of theirs."""
    label, purposes = parse(feed.label), sorted(who.reading.purposes) or [""]
    asked = {purpose: for_reader(who.reading, label, purpose) for purpose in purposes}
    best = min(purposes, key=lambda p: sum(refusal is not None for _, refusal in asked[p]))
    for name, refusal in asked[best]:
        yield _line(
            "purpose" if name == "purpose" else "label",
            f"{name} ({best})" if name == "purpose" else name,
            refusal,
        )


def _line(part: str, name: str, refusal: Deny | None) -> Line:
    return Line(part, refusal is None, name if refusal is None else f"{name}: {refusal.words}")


def _named(feed: FeedRow) -> Line:
    return Line("record", True, f"of {feed.origin}, under {feed.label}")
