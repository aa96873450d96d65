"""Did anyone act on it? After a withdrawal each port that had the alert tells its origin what was done about it there.

Guarantees: one answer an alert, in the transaction in which it is noted that it was given; an `outcome` to the origin by name, released by
rule where `may_release` permits, else a draft for an officer. Only codes leave, no name and no verdict. Nothing is answered of
an alert that came when it was withdrawn already, unless somebody acted on it. An answer that makes no record is audited as
withheld, with why; nothing else of it is kept, and the others are given.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from node.commands import draft as drafting
from node.commands.audit import Act, audit
from node.commands.context import Context
from node.commands.raise_alert import NoLegalBasis, legal_basis
from node.commands.readable import Readable
from node.commands.release import release_by_rule
from node.commands.retention import NoRetention
from node.commands.search import Found, State, newest
from node.store import entries, feeds, handlings
from node.store.entries import EntryRow, Standing
from node.store.feeds import FeedRow
from node.store.handlings import HandlingRow, HandlingState
from node.store.unit import Reader, Tx
from policies.clearance import Reader as Reading
from policies.decision import Deny
from policies.lattice import answering
from policies.readership import NOBODY, Readership
from protocol.codes import code_of
from protocol.errors import BadRecord
from protocol.ids import NodeId, RecordId, organisation_of
from protocol.label import parse
from protocol.operation import Op
from protocol.record import kind_of
from protocol.v1 import records_pb2 as pb

OWNER = "detector/handling"
RULE = "acted_on"
AT_ONCE = 50
READ, PAGES = 500, 20
"""Of what was said to this port by name so many records at a time, and so often: an answer to anything older is on its own page."""
LATE_MS = 60_000
"""An alert that came later than this after its withdrawal was said could be acted on by nobody."""
_RESULTS = {
    HandlingState.OPEN: "no_action",
    HandlingState.CLAIMED: "acknowledged",
    HandlingState.GUARD_SENT: "under_investigation",
}
WHY: dict[type[Exception], str] = {
    NoLegalBasis: "NO_LEGAL_BASIS",
    BadRecord: "BAD_RECORD",
    NoRetention: "NO_RETENTION",
}
"""Why an answer could not be written, by the code in the audit."""


@dataclass(frozen=True, slots=True)
class Due:
    """Withdrawals to look at, and the change up to which they reach."""

    records: tuple[tuple[int, RecordId], ...]
    upto: int


def look(reader: Reader) -> Due:
    """The next withdrawals of other ports that were not looked at yet."""
    upto = handlings.told_up_to(reader)
    found = handlings.withdrawn_since(reader, upto, limit=AT_ONCE)
    last = found[-1][0] if found else upto
    return Due(tuple((feed, RecordId(record)) for _, feed, record in found), last)


def tell(tx: Tx, ctx: Context, due: Due, people: Readership = NOBODY) -> int:
    """Answer what is to be answered of these; how many left or wait as drafts."""
    told = sum(_tell(tx, ctx, feed, record, people) for feed, record in due.records)
    handlings.tell_up_to(tx, due.upto)
    return told


def answers(
    reader: Reader, ctx: Context, readable: Readable, reading: Reading, one: Found
) -> Sequence[tuple[NodeId, str]]:
    """What other ports said of a withdrawn alert of this one, as far as the reader may read it: port and result."""
    mine = set(feeds.epochs(reader, one.feed.lineage))
    me, before = f"node:{ctx.me}", None

    def names_me(feed: FeedRow) -> bool:
        return not feed.own and any(me in clause for clause in parse(feed.label).recipients)

    found: dict[NodeId, str] = {}
    for _ in range(PAGES):
        listed = newest(reader, ctx, readable, reading, limit=READ, before=before, within=names_me)
        for each in listed.rows:
            if each.kind == "outcome" and each.record is not None and each.state is State.CURRENT:
                about = each.record.message.outcome.about
                if RecordId(about.record_id) == one.id and about.feed in mine:
                    found.setdefault(each.feed.origin, code_of(each.record.message.outcome, "result"))
        if (before := listed.older) is None:
            break
    return sorted(found.items())


def _tell(tx: Tx, ctx: Context, number: int, record: RecordId, people: Readership) -> bool:
    feed = feeds.numbered(tx, number)
    row, done = _alert(tx, feed, record), handlings.get(tx, feed.lineage, record)
    if row is None or (done is not None and done.told is not None) or feed.origin not in ctx.register.nodes:
        return False
    if done is None and row.arrived_us // 1000 > _said_ms(tx, feed, record) + LATE_MS:
        return False
    done = done or HandlingRow(lineage=feed.lineage, record=record, since_ms=ctx.now())
    try:
        with tx.whole():
            _answer(tx, ctx, feed, row, done, people)
    except (NoLegalBasis, BadRecord, NoRetention) as why:  # would be so again, at each try
        _withheld(tx, ctx, feed, record, WHY[type(why)])
        return False
    return True


def _answer(
    tx: Tx, ctx: Context, feed: FeedRow, row: EntryRow, done: HandlingRow, people: Readership
) -> None:
    made = drafting.make(
        tx,
        ctx,
        _message(ctx, feed, row, done),
        owner=OWNER,
        label=answering(parse(feed.label), feed.origin),
    )
    outcome = release_by_rule(tx, ctx, made.record, rule=RULE, people=people)
    if isinstance(outcome, Deny):
        _withheld(tx, ctx, feed, done.record, outcome.code)
    handlings.put(tx, replace(done, told=made.record))


def _alert(reader: Reader, feed: FeedRow, record: RecordId) -> EntryRow | None:
    """The withdrawn alert, if its content is here."""
    rows = entries.versions(reader, feed.lineage, record)
    keys = [r.key for r in rows if r.op == Op.PUBLISH and r.standing is Standing.RETRACTED and r.has_content]
    held: Iterable[EntryRow] = entries.by_key(reader, keys).values() if keys else ()
    return max((r for r in held if kind_of(r.kind) == "alert"), key=lambda r: r.version, default=None)


def _said_ms(reader: Reader, feed: FeedRow, record: RecordId) -> int:
    row = reader.one(
        "SELECT max(issued_ms) FROM entry WHERE record = ? AND op = ? AND feed = ?",
        *(record, Op.RETRACT, feed.number),
    )
    return int(row[0]) if row and row[0] else 0


def _message(ctx: Context, feed: FeedRow, row: EntryRow, done: HandlingRow) -> pb.Record:
    said = pb.Record.FromString(row.content or b"").common
    regime, now = code_of(said, "regime"), ctx.now()
    acted = HandlingState.GUARD_SENT if done.guard_ms else done.state
    if acted is HandlingState.CLOSED:
        acted = HandlingState.CLAIMED
    return pb.Record(
        common=pb.Common(
            kind="outcome",
            lang="en",
            title="What was done about a withdrawn alert",
            occurred_from=min(now, done.since_ms),
            regime=f"REGIME_{regime.upper()}",
            controller=organisation_of(ctx.me),
            legal_basis=legal_basis(ctx.register, "outcome", regime),
            statement=pb.Common.STATEMENT_FACT,
        ),
        outcome=pb.Outcome(
            about=pb.Ref(record_id=row.record or b"", feed=feed.feed),
            result=f"RESULT_{_RESULTS[acted].upper()}",
        ),
    )


def _withheld(tx: Tx, ctx: Context, feed: FeedRow, record: RecordId, code: str) -> None:
    act = Act(act="acted_on_withheld", record=record, feed=feed.feed, rule=RULE, details={"code": str(code)})
    audit(tx, ctx, act, ctx.register)
