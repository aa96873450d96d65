"""Answers to what asks for one by a time: a notice or a security level that names `acknowledge_by`.

Guarantees: an answer is an `outcome` with the result `acknowledged`, to the origin by name, of the version that was read; one a version and
a port, however often it is asked for. The board of the origin counts an answer where it may be read, is in force, comes from a node that
was asked, and is about the version in force; silence is never read as a no.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from node.commands import draft as drafting
from node.commands.concern import concerned, may_name
from node.commands.context import Context
from node.commands.entitled import readers
from node.commands.hand_over import Authors
from node.commands.people import Visitor
from node.commands.raise_alert import legal_basis
from node.commands.reach import Reach
from node.commands.readable import Readable
from node.commands.search import Found, State, kept_from
from node.store import drafts, feeds, lists
from node.store.drafts import DraftRow, Hand
from node.store.entries import Standing, listing_of
from node.store.unit import Reader, Tx
from policies.clearance import Reader as Reading
from policies.decision import Deny, DenyCode
from policies.lattice import answering
from protocol.codes import code_of
from protocol.ids import FeedId, NodeId, RecordId, UnixMs, organisation_of
from protocol.kinds import known
from protocol.label import parse
from protocol.marks import required_caveats
from protocol.record import content_type
from protocol.v1 import records_pb2 as pb

KIND = "outcome"
ASKS = "acknowledge_by"
ASKING = frozenset(
    name for name, kind in known().items() if any(field.name == ASKS for field in kind.table.fields)
)
"""The kinds that may ask for an answer."""


class Answered(StrEnum):
    """How a node stands to what it was asked."""

    ACKNOWLEDGED = "acknowledged"
    LATE = "late"
    EARLIER = "earlier"
    NOT_YET = "not_yet"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Asked:
    """One node that is asked. `at_ms`: when its answer arrived here; None: there is none that may be read."""

    node: NodeId
    state: Answered
    at_ms: UnixMs | None = None


@dataclass(frozen=True, slots=True)
class Ours:
    """This port's own answer: a draft that waits, or when it left; `by` an officer's uuid."""

    by: str
    draft: RecordId | None = None
    at_ms: UnixMs | None = None


def wanted_by(one: Found) -> UnixMs | None:
    """Until when it asks for an answer; None where it asks for none, or is not in force."""
    if one.record is None or one.state is not State.CURRENT or one.kind not in ASKING:
        return None
    return UnixMs(getattr(one.record.body, ASKS)) or None


def may_acknowledge(reader: Reader, ctx: Context, one: Found, officer: Visitor) -> bool:
    """Whether this officer could answer it now; for screens."""
    if one.feed.own or wanted_by(one) is None or KIND not in officer.kinds:
        return False
    if concerned(reader, officer, one.feed.lineage, one.id) is not None:
        return False
    if not may_name(reader, officer, one.feed.lineage, one.id):
        return False
    return ours(reader, ctx, one) is None


def acknowledge(tx: Tx, ctx: Context, one: Found, *, officer: Visitor) -> DraftRow | Deny | None:
    """Keep the draft of this port's answer; None where nothing asks for one. The one that waits already, where there is one.

    Raises NoLegalBasis where the register has no ground for an outcome under its law.
    """
    if one.feed.own or one.record is None or wanted_by(one) is None:
        return None
    if KIND not in officer.kinds:
        return Deny(DenyCode.NOT_COMPETENT, "acknowledge", f"your roles here do not release {KIND}")
    if (deny := concerned(tx, officer, one.feed.lineage, one.id)) is not None:
        return deny
    if not may_name(tx, officer, one.feed.lineage, one.id):
        return None
    given = ours(tx, ctx, one)
    if given is not None:
        return drafts.get(tx, given.draft) if given.draft is not None else None
    message = _message(ctx, one)
    label = answering(parse(one.feed.label), one.feed.origin)
    label = replace(label, caveats=label.caveats | required_caveats(message, known()[KIND]))
    return drafting.make(tx, ctx, message, owner=officer.id, label=label)


def ours(reader: Reader, ctx: Context, one: Found) -> Ours | None:
    """What this port answered to this version, or is about to."""
    mine, authors = frozenset(feeds.epochs(reader, one.feed.lineage)), Authors(reader, ctx)
    for row in drafts.of_kind(reader, KIND):
        if row.content and _is_about(row.content, mine, one.id) == one.row.version:
            if row.state in drafts.WAITING:
                if row.hand is Hand.KEPT and authors.still(row):
                    continue  # nobody else's yet: it stands in nobody's way
                return Ours(row.owner, draft=row.record)
            left = _left(reader, ctx, row.record)
            if left is not None:
                return Ours(row.owner, at_ms=left)
    return None


def board(reader: Reader, ctx: Context, readable: Readable, reading: Reading, one: Found) -> Sequence[Asked]:
    """Every node that is asked, as this reader may know it; empty but at the origin of what asks."""
    by = wanted_by(one)
    if by is None or not one.feed.own:
        return ()
    asked = readers(ctx, feeds.numbered(reader, one.feed.number))
    given = dict(_answers(reader, readable, reading, one, asked))
    return tuple(_asked(node, given.get(node, ()), one, by, ctx.now()) for node in sorted(asked))


def _asked(node: NodeId, given: Iterable[tuple[int, UnixMs]], one: Found, by: UnixMs, now: UnixMs) -> Asked:
    found = sorted(given)
    current = [at for version, at in found if version == one.row.version]
    if current:
        return Asked(node, Answered.LATE if current[0] > by else Answered.ACKNOWLEDGED, current[0])
    if found and now <= by:
        return Asked(node, Answered.EARLIER, found[-1][1])
    return Asked(node, Answered.OVERDUE if now > by else Answered.NOT_YET)


def _answers(
    reader: Reader, readable: Readable, reading: Reading, one: Found, asked: set[NodeId]
) -> Iterator[tuple[NodeId, tuple[tuple[int, UnixMs], ...]]]:
    """(version, when it came) of each node's answers that this reader may read."""
    mine = frozenset(feeds.epochs(reader, one.feed.lineage))
    theirs = readable.feeds(reader, reading)
    wanted = [number for number, feed in theirs.items() if feed.origin in asked]
    found: dict[NodeId, list[tuple[int, UnixMs]]] = {}
    reach = Reach(reader)
    listing = listing_of(content_type(KIND))
    for row in lists.of_kind(reader, wanted, listing, content_type(KIND)):
        if row.standing != Standing.CURRENT or row.content is None:
            continue
        if kept_from(reach, reading, theirs[row.feed], row):
            continue
        version = _is_about(row.content, mine, one.id)
        if version is not None:
            found.setdefault(theirs[row.feed].origin, []).append((version, UnixMs(row.arrived_us // 1000)))
    return ((node, tuple(each)) for node, each in found.items())


def _is_about(content: bytes, mine: frozenset[FeedId], record: RecordId) -> int | None:
    """The version of this record that an answer says was read; None where it says nothing of the sort."""
    said = pb.Record.FromString(content).outcome
    if said.result != pb.Outcome.RESULT_ACKNOWLEDGED or RecordId(said.about.record_id) != record:
        return None
    return int(said.version) if FeedId(said.about.feed) in mine else None


def _left(reader: Reader, ctx: Context, record: RecordId) -> UnixMs | None:
    """When an answer of this port left, while it stands."""
    own = [feed.number for feed in feeds.every(reader) if feed.own and feed.origin == ctx.me]
    row = lists.shown_of(reader, own, record)
    return UnixMs(row.issued_ms) if row is not None and row.standing == Standing.CURRENT else None


def _message(ctx: Context, one: Found) -> pb.Record:
    assert one.record is not None
    regime = code_of(one.record.common, "regime")
    return pb.Record(
        common=pb.Common(
            kind=KIND,
            lang="en",
            title="Read and taken up",
            occurred_from=ctx.now(),
            regime=f"REGIME_{regime.upper()}",
            controller=organisation_of(ctx.me),
            legal_basis=legal_basis(ctx.register, KIND, regime),
            statement=pb.Common.STATEMENT_FACT,
        ),
        outcome=pb.Outcome(
            about=pb.Ref(record_id=one.id, feed=one.feed.feed),
            result=pb.Outcome.RESULT_ACKNOWLEDGED,
            version=one.row.version,
        ),
    )
