"""What a draft says of other records, as a decision needs it: held, of the right kind, in force, under which label, whose.

Guarantees that what is not held here, or not of a kind that the field may name, is refused: nobody can follow such a reference. To who
may not know of a record it is not held here either, in the same words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from node.commands.concern import may_name
from node.commands.context import Context
from node.commands.people import Visitor
from node.commands.privy import privy
from node.store import entries, feeds
from node.store.entries import Standing, VersionRow
from node.store.feeds import FeedRow
from node.store.unit import Reader
from policies.decision import Deny, DenyCode
from policies.lattice import answering, lower_in
from policies.rules import Source
from protocol.ids import FeedId, NodeId, RecordId, UnixMs
from protocol.kind import Pointer
from protocol.kinds import known
from protocol.label import Label, parse
from protocol.operation import Op
from protocol.record import Record, kind_of
from protocol.v1 import records_pb2 as pb


@dataclass(frozen=True, slots=True)
class References:
    """`derived`: what it derives from or answers; `named`: what its readers may read too; `to`: the nodes it is for."""

    derived: tuple[Source, ...]
    named: tuple[Source, ...]
    to: frozenset[NodeId]


def references(reader: Reader, ctx: Context, record: Record, officer: Visitor | None) -> References | Deny:
    """All that a record names, for the officer who releases it, None for a rule; Deny with the first fault."""
    kind, body = known()[record.kind], record.body
    owner = NodeId(getattr(body, kind.addressee) if kind.addressee else "")
    derived, named, to = list[Source](), list[Source](), {owner} - {NodeId("")}
    wanted = [(_DERIVED, ref) for ref in record.common.derived_from]
    wanted += [(pointer, ref) for pointer in kind.pointers for ref in _refs(body, pointer.field)]
    for pointer, ref in wanted:
        source = _source(reader, ctx.now(), pointer, ref, officer)
        if isinstance(source, Deny):
            if pointer.held:
                return source
            continue
        back = pointer.back and source.origin != ctx.me
        if back:
            to.add(source.origin)
        if back or (not pointer.held and source.origin == owner):  # who hears of it reads its own
            source = replace(source, label=answering(source.label, source.origin))
        (derived if pointer.back or pointer is _DERIVED else named).append(source)
    return References(tuple(derived), tuple(named), frozenset(to))


def wider_than(reader: Reader, ctx: Context, record: Record, officer: Visitor, label: Label) -> Label | None:
    """The label of a record that this one names and whose readers `label` goes beyond; the officer reads under it. None: there is none."""
    found = references(reader, ctx, record, officer)
    named = () if isinstance(found, Deny) else (*found.derived, *found.named)
    return next((one.label for one in named if lower_in(label, one.label)), None)


def addressed(reader: Reader, ctx: Context, message: pb.Record) -> frozenset[NodeId]:
    """The nodes that a record answers or asks, as far as what it names is held here."""
    kind = known()[message.common.kind]
    body, to = getattr(message, kind.name), set[NodeId]()
    for pointer in kind.pointers:
        held = (feeds.find(reader, FeedId(ref.feed)) for ref in _refs(body, pointer.field) if pointer.back)
        to |= {feed.origin for feed in held if feed is not None and feed.origin != ctx.me}
    if kind.addressee and getattr(body, kind.addressee):
        to.add(NodeId(getattr(body, kind.addressee)))
    return frozenset(to)


_DERIVED = Pointer("derived_from")


def _refs(body: Any, field: str) -> Iterable[pb.Ref]:
    held = getattr(body, field)
    return ([held] if body.HasField(field) else []) if isinstance(held, pb.Ref) else held


def _source(
    reader: Reader, now: UnixMs, pointer: Pointer, ref: pb.Ref, officer: Visitor | None
) -> Source | Deny:
    feed, record = feeds.find(reader, FeedId(ref.feed)), RecordId(ref.record_id)
    known_to = feed is not None and (officer is None or _may_refer(reader, officer, feed, record))
    found = list(_versions(reader, feed, record)) if feed is not None and known_to else []
    if feed is None or not found:
        return _refused(pointer, "a record that it names is not held here")
    if pointer.kinds and not all(kind_of(row.kind) in pointer.kinds for row in found):
        return _refused(pointer, "names a record of another kind than " + ", ".join(sorted(pointer.kinds)))
    if pointer.current and not any(_in_force(reader, row, now) for row in found):
        return _refused(pointer, "names a record that is not in force any more")
    return Source(label=parse(feed.label), origin=feed.origin)


def _may_refer(reader: Reader, officer: Visitor, feed: FeedRow, record: RecordId) -> bool:
    return privy(reader, officer, feed, record) and may_name(reader, officer, feed.lineage, record)


def _versions(reader: Reader, feed: FeedRow, record: RecordId) -> Iterator[VersionRow]:
    rows = entries.versions(reader, feed.lineage, record)
    return (
        row
        for row in rows
        if row.op == Op.PUBLISH and row.standing is not Standing.QUARANTINED and not row.hidden
    )


def _in_force(reader: Reader, row: VersionRow, now: UnixMs) -> bool:
    if row.standing is not Standing.CURRENT:
        return False
    held = entries.by_key(reader, [row.key])[row.key]
    ends = [end for end in (held.expires_ms, held.retain_until_ms) if end]
    return all(now < end for end in ends)


def _refused(pointer: Pointer, words: str) -> Deny:
    return Deny(DenyCode.NO_ANSWER, "reference", f"{pointer.field}: {words}")
