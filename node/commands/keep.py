"""Store a run that was verified and judged: rows, effects, quarantine, the feed's new head. Own appends and received runs
alike, so that a record stands at its origin as it stands everywhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from node.commands.settle import EFFECTS, settle
from node.high_water import Mark
from node.store import beats, entries, erasures, feeds, words
from node.store.changes import Change, ChangeKind
from node.store.entries import EntryRow, Standing
from node.store.erasures import Brake, Erasure, Signed, State
from node.store.feeds import FeedRow, FeedState
from node.store.unit import Tx
from protocol.attachment import Attachment
from protocol.checkpoint import Checkpoint
from protocol.entry import Entry
from protocol.ids import Hash, RecordId, UnixMs
from protocol.merkle import CompactRange
from protocol.operation import Header, Op
from protocol.urgent import is_urgent


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why an entry is kept aside: a `Quarantine` reason of the protocol, the field at fault, whether its content may be kept."""

    reason: int
    field: str
    keep_content: bool = True


NO_VERDICTS: Mapping[int, Verdict] = MappingProxyType({})
NOTHING_CAME: Mapping[int, EntryRow] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedRun:
    """Entries that stand in the feed at `first` and on. `checkpoint` only where it is at exactly this end."""

    first: int
    entries: Sequence[Entry]
    headers: Sequence[Header]
    completed: Sequence[tuple[Hash, ...]]
    after: CompactRange
    root: Hash
    checkpoint: Checkpoint | None
    verdicts: dict[int, Verdict] = field(default_factory=dict)
    """By place in the run: what the bytes themselves tell."""
    files: dict[int, tuple[Attachment, ...]] = field(default_factory=dict)
    """By place in the run: the files that accepted records list, where they list any."""


def keep(
    tx: Tx,
    feed: FeedRow,
    run: VerifiedRun,
    now: UnixMs,
    *,
    known: Collection[bytes],
    verdicts: Mapping[int, Verdict] = NO_VERDICTS,
    came: Mapping[int, EntryRow] = NOTHING_CAME,
) -> FeedRow:
    """Store the run at the end of `feed`; returns the feed as it is now.

    `known`: which of the run's records (`named`) anything held names already; `verdicts` by place in the run; `came`: the rows, by
    index, of what of it was here ahead of its turn, taken out of its place.
    """
    arrival = feeds.next_arrivals(tx, len(run.entries))
    rows = _rows(feed, run, arrival, now, verdicts)
    if came:
        rows = [_as_it_came(row, came.get(row.at)) for row in rows]
    unsettled = _unsettled(rows, known)
    entries.insert(tx, rows)
    words.again(tx, [row.key for row in rows if row.at in came])
    entries.quarantine(tx, [(rows[i].key, v.reason, v.field, now) for i, v in verdicts.items()])
    erasures.enrol(tx, _erasures(feed, run.headers, rows, now))
    closed = any(header.op is Op.CLOSE for header in run.headers)
    newest = arrival + len(rows) - 1
    grown = feeds.grow(
        tx,
        feed,
        held=run.after,
        root=run.root,
        checkpoint=run.checkpoint,
        newest=newest,
        state=FeedState.CLOSED if closed else feed.state,
    )
    _settle(tx, feed, unsettled)
    tell(tx, grown, newest)
    return _with_beat(tx, grown, run)


def keep_ahead(tx: Tx, feed: FeedRow, run: VerifiedRun, now: UnixMs, *, known: Collection[bytes]) -> None:
    """Store entries above the size of `feed`, without tree nodes: the size stays. `run.completed` is empty for each of them."""
    arrival = feeds.next_arrivals(tx, len(run.entries))
    rows = _rows(feed, run, arrival, now, NO_VERDICTS)
    entries.insert(tx, rows)
    erasures.enrol(tx, _erasures(feed, run.headers, rows, now))
    feeds.touch(tx, feed.number, arrival + len(rows) - 1)
    _settle(tx, feed, _unsettled(rows, known))
    tell(tx, feed, arrival + len(rows) - 1)
    _with_beat(tx, feed, run)


def _with_beat(tx: Tx, feed: FeedRow, run: VerifiedRun) -> FeedRow:
    """The feed, which has a beat from the first alert or ban on that it carries, accepted or not."""
    if feed.beats or not any(
        is_urgent(kind) for kind in {h.content_type for h in run.headers if h.record_id}
    ):
        return feed
    beats.begin(tx, feed.number)
    return replace(feed, beats=True)


def _settle(tx: Tx, feed: FeedRow, records: Sequence[RecordId]) -> None:
    for record in records:
        if reach := erasures.reach(tx, feed.lineage, record):
            entries.drop_upto(
                tx, feed.lineage, record, reach
            )  # in this transaction: it never touches the disk
        if settle(tx, feed.lineage, record):
            tx.note(
                Change(
                    kind=ChangeKind.RECORD, feed=feed.feed, number=feed.number, record=record, own=feed.own
                )
            )


def tell(tx: Tx, feed: FeedRow, arrival: int = 0) -> None:
    """Say that a feed is as this row; `arrival`: of its newest entry, where there are new ones."""
    tx.note(
        Change(
            kind=ChangeKind.FEED,
            feed=feed.feed,
            number=feed.number,
            size=feed.size,
            arrival=arrival,
            own=feed.own,
            mark=_mark(feed),
        )
    )


def mark_of(feed: FeedRow) -> Mark:
    """What the newest checkpoint of an own feed says."""
    return Mark(feed.feed, feed.lineage, feed.epoch, feed.checkpoint.size, feed.checkpoint.root)


def _mark(feed: FeedRow) -> Mark | None:
    """What was signed here just now; not what is taken back from others."""
    if not feed.own or feed.state is FeedState.RESTORED:
        return None
    return mark_of(feed)


def _as_it_came(row: EntryRow, before: EntryRow | None) -> EntryRow:
    """What was here ahead arrived when it came; it is no change now, unless it is kept aside."""
    if before is None:
        return row
    arrival = row.arrival if row.standing == Standing.QUARANTINED else before.arrival
    return row._replace(arrival=arrival, arrived_us=before.arrived_us)


def _rows(
    feed: FeedRow, run: VerifiedRun, arrival: int, now: UnixMs, verdicts: Mapping[int, Verdict]
) -> list[EntryRow]:
    arrived_us = now * 1000
    key = entries.key_of(feed.number, run.first)
    rows = []
    for i, (entry, header, nodes) in enumerate(zip(run.entries, run.headers, run.completed, strict=True)):
        standing, (raw, content, salt) = Standing.NONE, entry
        verdict = verdicts.get(i)
        if header.retain_until_ms and header.retain_until_ms <= now:
            content = salt = None
        if verdict is not None and not verdict.keep_content:
            content = salt = None
        if header.op is Op.PUBLISH:
            standing = _standing(header, verdict, held=content is not None, now=now)
            record, version = header.record_id, header.version
        else:
            record, version = _about(header)
        row = (
            key + i,
            feed.number,
            arrival + i,
            arrived_us,
            int(header.op),
            record,
            version,
            int(standing),
            int(entries.listing_of(header.content_type)) if standing is Standing.CURRENT else 0,
            header.content_type,
            header.issued_ms,
            header.expires_ms,
            header.retain_until_ms,
            header.register,
            header.reason,
            raw,
            content,
            salt,
            nodes[0] if len(nodes) == 1 else b"".join(nodes),
        )
        rows.append(EntryRow._make(row))
    return rows


def _erasures(
    feed: FeedRow, headers: Sequence[Header], rows: Sequence[EntryRow], now: UnixMs
) -> list[Erasure]:
    """What the run says is to be destroyed, counted from now."""
    return [
        Erasure(
            row.key,
            feed.lineage,
            header.target.record_id,
            header.target.version,
            feed.origin,
            now,
            Signed.UNPROVEN if header.erase_signature else Signed.NONE,
            Brake.NONE,
            State.COOLING,
        )
        for row, header in zip(rows, headers, strict=True)
        if header.op is Op.ERASE and header.target is not None and header.target.record_id is not None
    ]


def _standing(header: Header, verdict: Verdict | None, *, held: bool, now: UnixMs) -> Standing:
    if verdict is not None:
        return Standing.QUARANTINED
    if header.retain_until_ms <= now:
        return Standing.ERASED
    return Standing.CURRENT if held else Standing.MISSING


def named(headers: Sequence[Header]) -> set[bytes]:
    """The records that these entries are about."""
    return {record for record, _ in map(_about, headers) if record is not None}


def _about(header: Header) -> tuple[RecordId | None, int]:
    """The record whose standing this entry touches, and the version."""
    if header.record_id is not None:
        return header.record_id, header.version
    if header.op in EFFECTS and header.target is not None:
        return header.target.record_id, header.target.version
    return None, 0


def _unsettled(rows: Sequence[EntryRow], known: Collection[bytes]) -> Sequence[RecordId]:
    """Records of this run that anything else held, or in the run itself, also speaks of."""
    about = [row.record for row in rows if row.record is not None]
    if not known and len(set(about)) == len(about):
        return ()
    return [RecordId(record) for record, count in Counter(about).items() if count > 1 or record in known]
