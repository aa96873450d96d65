"""Destroy what was erased, once its cooling is over: content, salt, the draft it came from, and the files of both.

Guarantees that an erasure cools by this node's own clock, counted from when it came here, or not at all under a good signature by
an erase key of its origin's organisation; that what an authority's hold covers stays, and its origin is told so; that the list
outside the database has it before the database does; and that DESTROYED is said only when nothing of it is left in any file of this
node. The steps are the caller's (`node/upkeep.py`): `due`, `destroy`, drop the files, scrub, `confirm`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from node.blobs import Owner, of_draft, of_entry
from node.commands import control
from node.commands.context import Context
from node.erasure_list import Gone
from node.store import attachments, drafts, entries, erasures, feeds, holds
from node.store.entries import INDEX_BITS, Listing, Standing
from node.store.erasures import Erasure, Signed, State
from node.store.unit import Reader, Tx
from protocol.attachment import listed
from protocol.control import Fate, build_destroyed, erase_signed
from protocol.entry import Entry
from protocol.header import parse_header
from protocol.ids import NodeId, RecordId
from protocol.operation import Op
from protocol.v1 import records_pb2 as pb

AT_ONCE = 64
COUNTED = "erasures"
"""In `meta`: how many lines of the list outside this database knows."""


_APART = frozenset({Standing.QUARANTINED, Standing.VOID})
"""How these stand is not an erasure's to say; their content goes all the same."""


@dataclass(frozen=True, slots=True)
class Due:
    """Erasures to look at now, by key; `next`: where to go on, 0 at the end."""

    keys: tuple[int, ...]
    next: int


@dataclass(slots=True)
class Dropped:
    """What is in no table any more: how many erasures, and the files (owner, SHA-256) to destroy."""

    erasures: int = 0
    files: list[tuple[Owner, bytes]] = field(default_factory=list)


def due(reader: Reader, ctx: Context, after: int = 0, *, limit: int = AT_ONCE) -> Due:
    """The next erasures whose time has come, or whose signature is to be looked at."""
    rows = [
        *erasures.waiting(reader, State.COOLING, after, limit),
        *erasures.waiting(reader, State.HELD, after, limit),
    ]
    rows.sort()
    looked = rows[:limit]
    keys = tuple(row.key for row in looked if row.signed != Signed.NONE or _cooled(ctx, row))
    return Due(keys, looked[-1].key if len(rows) >= limit else 0)


def destroy(tx: Tx, ctx: Context, keys: Sequence[int]) -> Dropped:
    """Destroy what these erasures name. OSError where the list outside cannot be written: then nothing is."""
    dropped = Dropped()
    going: list[Erasure] = []
    held: list[Erasure] = []
    for row in erasures.by_key(tx, keys):
        if not _ready(tx, ctx, row):
            continue
        (held if holds.held(tx, row.lineage, row.record) else going).append(row)
    if going:
        ctx.gone.append(Gone(row.lineage, row.record, row.version) for row in going)
        _count(tx, len(going))
    for row in going:
        dropped.files += drop(tx, ctx, row.lineage, row.record, row.version)
    erasures.move(tx, [row.key for row in going], State.DROPPED)
    dropped.erasures = len(going)
    news = [row for row in held if row.state != State.HELD]
    erasures.move(tx, [row.key for row in news], State.HELD)
    _say(tx, ctx, news, Fate.HELD)
    return dropped


def drop(tx: Tx, ctx: Context, lineage: bytes, record: RecordId, version: int) -> list[tuple[Owner, bytes]]:
    """Nothing of a record up to a version is in any table any more; the files that were its."""
    files: list[tuple[Owner, bytes]] = []
    rows = entries.versions(tx, lineage, record)
    for row in rows:
        if row.version > version or row.op not in {Op.PUBLISH, Op.RETRACT}:
            continue
        files += [(of_entry(row.key), sha256) for sha256 in attachments.forget(tx, row.key)]
        if row.has_content:
            entries.drop(tx, row.key)
        if row.op == Op.PUBLISH and row.standing not in _APART:
            entries.set_standing(tx, row.key, Standing.ERASED, Listing.NONE)
    feed = feeds.of_lineage(tx, lineage)
    if feed is not None and feed.own and feed.origin == ctx.me:
        text = drafts.forget(tx, record, version)
        texts = [(record, text)] if text is not None else []
        if version >= max((row.version for row in rows if row.op == Op.PUBLISH), default=0):
            texts += drafts.forget_going_on(tx, record)
        for draft, content in texts:
            files += files_of_text(draft, content)
    return files


def files_of_text(draft: RecordId, content: bytes) -> list[tuple[Owner, bytes]]:
    """The files that a draft's text listed as the draft's own; none of one whose text is gone."""
    if not content:
        return []
    message = pb.Record.FromString(content)
    return [(of_draft(draft), one.sha256) for one in listed(message.common.kind, message)]


def confirm(tx: Tx, ctx: Context, *, limit: int = AT_ONCE) -> int:
    """Say DESTROYED of what is in no file any more; how many, 0 when all is said."""
    rows = erasures.waiting(tx, State.DROPPED, 0, limit)
    erasures.move(tx, [row.key for row in rows], State.DESTROYED)
    _say(tx, ctx, rows, Fate.DESTROYED)
    return len(rows)


def unfinished(reader: Reader) -> bool:
    """Whether something is in no table any more, and it is not known yet that it is in no file."""
    return bool(erasures.waiting(reader, State.DROPPED, 0, 1))


def replay(tx: Tx, ctx: Context) -> Dropped:
    """At the start, before anything is shown: what the list outside names and this database does not know of is destroyed again.

    So a restored backup brings nothing back.
    """
    lines = ctx.gone.read()
    row = tx.one("SELECT value FROM meta WHERE name = ?", COUNTED)
    known = int(row[0]) if row else 0
    dropped = Dropped()
    for one in lines[known if known <= len(lines) else 0 :]:
        if not holds.held(tx, one.lineage, one.record):
            dropped.files += drop(tx, ctx, one.lineage, one.record, one.version)
            dropped.erasures += 1
    if known != len(lines):
        tx.run("UPDATE meta SET value = ? WHERE name = ?", len(lines), COUNTED)
    return dropped


def _ready(tx: Tx, ctx: Context, row: Erasure) -> bool:
    if row.state not in {State.COOLING, State.HELD} or row.braked == erasures.Brake.ON:
        return False
    signed = row.signed
    if signed == Signed.UNPROVEN:
        signed = Signed.GOOD if _proven(tx, ctx, row) else Signed.NONE
        erasures.prove(tx, row.key, signed)
    return signed == Signed.GOOD or _cooled(ctx, row)


def _cooled(ctx: Context, row: Erasure) -> bool:
    return row.arrived_ms + ctx.register.cooling_ms <= ctx.now()


def _proven(reader: Reader, ctx: Context, row: Erasure) -> bool:
    entry = entries.by_key(reader, [row.key]).get(row.key)
    origin = ctx.register.nodes.get(row.origin)
    if entry is None or origin is None:
        return False
    return erase_signed(
        parse_header(entry.header).erase_signature,
        feeds=feeds.epochs(reader, row.lineage),
        record=row.record,
        version=row.version,
        publics=origin.erase_keys,
    )


def _say(tx: Tx, ctx: Context, rows: Sequence[Erasure], fate: Fate) -> None:
    """To each origin, in one append."""
    register, said = ctx.register, dict[NodeId, list[Entry]]()
    for row in rows:
        if row.origin == ctx.me:
            continue
        entry = build_destroyed(
            feed=feeds.numbered(tx, row.key >> INDEX_BITS).feed,
            record=row.record,
            version=row.version,
            fate=fate,
            issued_ms=ctx.now(),
            register=register.version,
        )
        said.setdefault(row.origin, []).append(entry)
    for origin, run in said.items():
        control.say(tx, ctx, origin, run)


def _count(tx: Tx, more: int) -> None:
    tx.run("UPDATE meta SET value = value + ? WHERE name = ?", more, COUNTED)
