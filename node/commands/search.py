"""What an officer may see, as lists: the newest records, and what changed since a moment.

Guarantees: the set of feeds is decided once (`readable.py`), then one indexed query; never a check a record. Of a withdrawn
record there is kind, times, reason and origin, and neither title nor text. What concerns the reader himself, his declared relations
or close colleagues, or refers to such a record (`reach.py`), is not the reader's (`policies/conflicts.py`), nor what is in a case in which he is not (`policies/need.py`). What is not the reader's changes nothing in what
is returned, its length and its order included.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from google.protobuf.message import DecodeError

from node.commands.address import Address, address_of, firsts, resolve
from node.commands.context import Context
from node.commands.need import stays_open
from node.commands.reach import Reach
from node.commands.readable import Readable
from node.store import ahead, attachments, cases, entries, feeds, holds, lists, unheard
from node.store.entries import EntryRow, Listing, Standing, index_of
from node.store.feeds import FeedRow, last_arrival
from node.store.unit import Reader
from policies.clearance import Reader as Reading
from policies.need import Key
from policies.readership import reads
from protocol.errors import ProtocolError
from protocol.ids import RecordId, UnixMs
from protocol.label import parse
from protocol.operation import Op
from protocol.record import Record, kind_of, validate
from protocol.v1 import records_pb2 as pb

CHANGES_MAX = 200
TOUCHED_MAX = 50
BAN = "port2port/port_ban;"
INDICATOR = "port2port/indicator;"


class State(StrEnum):
    """How a record stands, computed by this node. A withdrawn record stays withdrawn when it lapses: it stays sealed."""

    CURRENT = "current"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    RETRACTED = "retracted"
    ERASED = "erased"


_STATES: Mapping[int, State] = {
    Standing.CURRENT: State.CURRENT,
    Standing.SUPERSEDED: State.SUPERSEDED,
    Standing.RETRACTED: State.RETRACTED,
}


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """When (by the origin's clock), why (RetractReason), and where the entry stands in the same feed lineage."""

    at_ms: UnixMs
    reason: int
    feed: int
    index: int


@dataclass(frozen=True, slots=True)
class Found:
    """A record's row. `record` is None where it is withdrawn, or its content is not held. `address`: what finds it again."""

    feed: FeedRow
    row: EntryRow
    state: State
    record: Record | None
    address: Address
    withdrawal: Withdrawal | None = None
    contested: bool = False
    """A person it concerns says that it is wrong: shown as that, and not matched."""
    silent: bool = False
    """A look-out of another port that is to leave no trace on screens here, withdrawn or not."""

    @property
    def id(self) -> RecordId:
        """The record's id."""
        assert self.row.record is not None
        return RecordId(self.row.record)

    @property
    def personal(self) -> bool:
        """Whether reading it is audited: lists then give neither its title nor whom it is about."""
        return "PERSONAL" in self.feed.label or (self.record is not None and self.record.personal)

    @property
    def index(self) -> int:
        """Where this version stands in the feed."""
        return self.row.at

    @property
    def kind(self) -> str:
        """The record kind."""
        return kind_of(self.row.kind)


@dataclass(frozen=True, slots=True)
class Listed:
    """Rows, newest first, complete up to the change `last`. `older`: continue with this as `before`; None at the end."""

    rows: tuple[Found, ...]
    last: int
    older: int | None


@dataclass(frozen=True, slots=True)
class Changed:
    """Records that changed, oldest first, up to the change `last`. `touched`: only who holds them changed.

    `behind`: more than is replayed; read the list again.
    """

    rows: tuple[Found, ...]
    touched: tuple[Address, ...]
    last: int
    behind: bool = False
    gone: bool = False
    """Something that this reader could read was put into a case in which he is not."""


def newest(
    reader: Reader,
    ctx: Context,
    readable: Readable,
    reading: Reading,
    *,
    limit: int = 50,
    before: int | None = None,
    listings: Collection[Listing] = lists.ALL,
    within: Callable[[FeedRow], bool] | None = None,
    silent: bool = True,
) -> Listed:
    """The newest records that this reader may read; `within`: of which feeds; `silent`: silent look-outs too."""
    mine = readable.feeds(reader, reading)
    wanted = [number for number, feed in mine.items() if within is None or within(feed)]
    rows: list[EntryRow] = []
    reach = Reach(reader)
    while True:  # a page is full whatever is left out: else its length would tell
        page = lists.newest(reader, wanted, limit=limit, before=before, listings=listings)
        rows += [
            row
            for row in page
            if not kept_from(reach, reading, mine[row.feed], row)
            and (silent or not is_silent(mine[row.feed], row))
        ]
        if len(page) < limit or len(rows) >= limit:
            break
        before = page[-1].arrival
    older = rows[limit - 1].arrival if len(rows) >= limit else None
    return Listed(as_found(reader, ctx, mine, rows[:limit]), last_arrival(reader), older)


def changes(
    reader: Reader,
    ctx: Context,
    readable: Readable,
    reading: Reading,
    after: int,
    *,
    limit: int = CHANGES_MAX,
    silent: bool = True,
) -> Changed:
    """What changed after a change number, each record once, as it stands now; `silent`: silent look-outs too."""
    mine, last = readable.feeds(reader, reading), last_arrival(reader)
    if any(number in mine for number, _ in unheard.heard_since(reader, after)):
        return Changed((), (), last, behind=True)
    events = lists.changed(reader, mine.keys(), after, limit=limit + 1)
    if len(events) > limit:
        return Changed((), (), last, behind=True)
    moved = cases.moved(reader, {feed.lineage for feed in mine.values()}, after)
    records = list(dict.fromkeys([*((mine[feed].lineage, record) for _, feed, record in events), *moved]))
    shown = (_shown(reader, mine, lineage, record) for lineage, record in records)
    reach = Reach(reader)
    his = [
        row
        for row in shown
        if row is not None
        and not conflicts(reach, reading, row)
        and (silent or not is_silent(mine[row.feed], row))
    ]
    rows = [row for row in his if needed(reach, reading, mine[row.feed], row)]
    kept = {row.key for row in rows}
    lost = ((mine[row.feed].lineage, RecordId(row.record or b"")) for row in his if row.key not in kept)
    gone = any(key in moved and _was_there(reader, mine, key, after) for key in lost)
    touched = _touched(reach, mine, reading, after, silent)
    return Changed(as_found(reader, ctx, mine, rows), touched, last, gone=gone)


def found(
    reader: Reader, ctx: Context, readable: Readable, reading: Reading, address: Address
) -> Found | None:
    """One record as its row; None where it is absent or not the reader's."""
    mine = readable.feeds(reader, reading)
    lineage = resolve(reader, mine, address)
    row = _shown(reader, mine, lineage, address.record) if lineage is not None else None
    if row is None or kept_from(Reach(reader), reading, mine[row.feed], row):
        return None
    return as_found(reader, ctx, mine, [row])[0]


def kept_from(reach: Reach, reading: Reading, feed: FeedRow, row: EntryRow) -> bool:
    """Whether a record under a label that its reader may read is as absent for him all the same: the one place where single records
    are decided. `row` as it is kept, not as it is shown.
    """
    return conflicts(reach, reading, row) or not needed(reach, reading, feed, row)


def conflicts(reach: Reach, reading: Reading, row: EntryRow) -> bool:
    """Whether a record concerns its reader, a declared relation or a close colleague, itself or by what it refers to: then it is as
    absent, withdrawn or not.

    A sealed record's content still tells; of one whose content is gone there is nothing left to see.
    """
    return bool(reading.conflicts) and reading.conflicts.touched(reach.of(row.content))


def needed(reach: Reach, reading: Reading, feed: FeedRow, row: EntryRow) -> bool:
    """Whether the cases of a record, and of all that it refers to, let this reader read it for a purpose for which its label does.

    `row` as it is kept: no case keeps an alert of danger to life, a ban or a security level from anybody.
    """
    if not reading.need or row.record is None:
        return True
    inside = reading.need.inside.cases((feed.lineage, RecordId(row.record)), reach.drawn(row.content))
    purposes = reading.need.reads(inside)
    return (
        purposes is None or stays_open(row) or reads(reading, parse(feed.label), purposes & reading.purposes)
    )


def is_silent(feed: FeedRow, row: EntryRow) -> bool:
    """Whether this is a look-out of another port that leaves no trace on screens here; `row` as it is kept, not as it is shown.

    Sealed content still tells. One whose content is gone, or is of a form of tomorrow, may have been silent: so it is.
    """
    if feed.own or not row.kind.startswith(INDICATOR):
        return False
    if row.content is None:
        return True
    try:
        return pb.Record.FromString(row.content).indicator.on_hit == pb.Indicator.ON_HIT_SILENT
    except DecodeError:
        return True


def ever_silent(reader: Reader, lineage: bytes, record: RecordId) -> bool:
    """Whether any version of a record is, or may have been, a silent look-out of another port; also of what is in no list."""
    feed = feeds.of_lineage(reader, lineage)
    keys = [row.key for row in entries.versions(reader, lineage, record)]
    return feed is not None and any(is_silent(feed, row) for row in entries.by_key(reader, keys).values())


def state_of(row: EntryRow, now: UnixMs, *, in_doubt: bool = False) -> State:
    """How a version stands at this moment; while the clock is in doubt no ban ends by it."""
    state = _STATES.get(row.standing, State.ERASED)
    if in_doubt and row.kind.startswith(BAN):
        return state
    if state is not State.RETRACTED and 0 < row.retain_until_ms <= now:
        return State.ERASED
    if state is State.CURRENT and 0 < row.expires_ms <= now:
        return State.EXPIRED
    return state


def _shown(reader: Reader, mine: Mapping[int, FeedRow], lineage: bytes, record: bytes) -> EntryRow | None:
    return lists.shown_of(reader, [n for n, feed in mine.items() if feed.lineage == lineage], record)


def _was_there(reader: Reader, mine: Mapping[int, FeedRow], key: Key, after: int) -> bool:
    """Whether anything of a record had come by that change."""
    lineage, record = key
    same = [number for number, feed in mine.items() if feed.lineage == lineage]
    return any(row.arrival <= after for row in lists.versions_of(reader, same, record))


def _touched(
    reach: Reach, mine: Mapping[int, FeedRow], reading: Reading, after: int, silent: bool
) -> tuple[Address, ...]:
    """Records of which a file or a holder's note came since, and the newest below the sizes that were confirmed since."""
    reader, touched = reach.reader, list[tuple[RecordId, bytes]]()

    def hidden(row: EntryRow) -> bool:
        return (
            row.shown < 0
            or kept_from(reach, reading, mine[row.feed], row)
            or (not silent and is_silent(mine[row.feed], row))
        )

    noted = [*attachments.came(reader, mine.keys(), after), *ahead.came_since(reader, mine.keys(), after)]
    for feed, index in noted:
        row = entries.get(reader, feed, index)
        if row is not None and row.record and not hidden(row):
            touched.append((RecordId(row.record), mine[feed].lineage))
    for feed, size in lists.confirmed(reader, mine.keys(), after):
        rows = lists.newest(reader, [feed], limit=TOUCHED_MAX)
        touched += [
            (RecordId(row.record), mine[feed].lineage)
            for row in rows
            if row.record and row.at < size and not hidden(row)
        ]
    plain = firsts(reader, mine, [record for record, _ in touched])
    return tuple(address_of(record, lineage, plain) for record, lineage in touched)


def as_found(
    reader: Reader, ctx: Context, mine: Mapping[int, FeedRow], rows: Sequence[EntryRow]
) -> tuple[Found, ...]:
    """Rows of these feeds as their reader may have them; what is not his was left out before."""
    now, doubt = ctx.now(), ctx.in_doubt()
    plain = firsts(reader, mine, [RecordId(row.record) for row in rows if row.record is not None])
    made, contested = [], holds.contested_here(reader)
    for row in rows:
        state = state_of(row, now, in_doubt=doubt)
        sealed = state in {State.RETRACTED, State.ERASED}
        made.append(
            Found(
                feed=mine[row.feed],
                row=row._replace(content=None, salt=None) if sealed else row,
                state=state,
                record=None if sealed else read(row),
                address=address_of(RecordId(row.record or b""), mine[row.feed].lineage, plain),
                withdrawal=_withdrawal(reader, mine, row) if state is State.RETRACTED else None,
                contested=(mine[row.feed].lineage, row.record) in contested,
                silent=is_silent(mine[row.feed], row),
            )
        )
    return tuple(made)


def read(row: EntryRow) -> Record | None:
    """The record in an entry; None where its content is not held or, by rules of today, not readable."""
    if row.content is None:
        return None
    try:
        return validate(row.kind, row.content, now=UnixMs(row.issued_ms), accepting=True)
    except ProtocolError:
        return None


def _withdrawal(reader: Reader, mine: Mapping[int, FeedRow], row: EntryRow) -> Withdrawal | None:
    """The first withdrawal that covers this version, in the log's order."""
    lineage = mine[row.feed].lineage
    same = [number for number, feed in mine.items() if feed.lineage == lineage]
    for one in lists.versions_of(reader, same, row.record or b""):
        if one.op == Op.RETRACT and one.version >= row.version:
            return Withdrawal(UnixMs(one.issued_ms), one.reason, one.feed, index_of(one.key))
    return None
