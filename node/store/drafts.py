"""Drafts: records that are not released. Local, never shared; what was released keeps its owner here.

States: draft, review, approved, leaving, released, discarded. Every edit counts up `revision`, so that a plan names exactly one text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from node.store.unit import Reader, Row, Tx
from protocol.ids import RecordId, UnixMs

# ruff: noqa: S608 - what varies in a statement is a column list or question marks of this file, never a value
_COLUMNS = (
    "record, version, lineage, kind, content_type, content, label, lasts_ms, state, owner, editor, approver, approved, detector, rule, "
    "created_ms, updated_ms, revision, replaces, replaces_version, removes, leaves_ms, leaver, leaving, trouble, hand, word"
)


class DraftState(StrEnum):
    """Local states of a record."""

    DRAFT = "draft"
    REVIEW = "review"
    APPROVED = "approved"
    LEAVING = "leaving"
    RELEASED = "released"
    DISCARDED = "discarded"


class Hand(StrEnum):
    """In whose hands a draft is whose author may draft its kind and not publish it; of every other draft none is written."""

    NONE = ""
    KEPT = "kept"
    OVER = "over"


OF_ONE_OWNER = 100
"""What makes drafts without end must not hide what others wrote."""

OPEN = (DraftState.DRAFT, DraftState.REVIEW, DraftState.APPROVED)
"""What may still be changed."""
WAITING = (*OPEN, DraftState.LEAVING)
"""What has not left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRow:
    """One draft. `owner` and `editor` are an officer's uuid or "detector/<rule>"; `label` canonical text, None while none is chosen.

    `version` above 1 continues a record of the feed `lineage`. `lasts_ms`: how long after its release it is in force; 0: as
    its kind says. `content` is empty where its time was over. `approved`: digest of the plan that `approver` agreed to.

    `replaces`, `replaces_version`: it moves that version of another record of this port, of the feed `lineage`, to its own label.
    `removes`: with its release the versions before it are erased. While it leaves: `leaves_ms`, on whose word (`leaver`) and
    under which plan (`leaving`, a digest). `trouble`: the code of what stopped it the last time. `hand`: kept by its author, or handed
    over to who may publish it; `word`: why it was sent back, until it is handed over again.
    """

    record: RecordId
    version: int = 1
    lineage: bytes | None = None
    kind: str
    content_type: str
    content: bytes
    label: str | None
    lasts_ms: int
    state: DraftState = DraftState.DRAFT
    owner: str
    editor: str
    approver: str | None = None
    approved: bytes | None = None
    detector: str | None = None
    rule: str | None = None
    created_ms: UnixMs
    updated_ms: UnixMs
    revision: int = 1
    replaces: RecordId | None = None
    replaces_version: int = 0
    removes: bool = False
    leaves_ms: UnixMs | None = None
    leaver: str | None = None
    leaving: bytes | None = None
    trouble: str = ""
    hand: Hand = Hand.NONE
    word: str = ""


def taken_up(row: DraftRow) -> Hand:
    """In whose hands it is once somebody else than its author has a hand in it."""
    return Hand.OVER if row.hand is Hand.KEPT else row.hand


def onward(row: DraftRow | None) -> Hand:
    """In whose hands what goes on from a released record is: what was once handed over is theirs who publish it."""
    return Hand.OVER if row is not None and row.hand is Hand.OVER else Hand.NONE


def put(tx: Tx, row: DraftRow) -> None:
    """Store a new draft, or this record's next version in place of the one released."""
    tx.run(
        f"INSERT OR REPLACE INTO draft ({_COLUMNS}) VALUES (?{', ?' * 26})",
        *(
            row.record,
            row.version,
            row.lineage,
            row.kind,
            row.content_type,
            row.content,
            row.label,
            row.lasts_ms,
        ),
        *(row.state, row.owner, row.editor, row.approver, row.approved, row.detector, row.rule),
        *(row.created_ms, row.updated_ms, row.revision, row.replaces, row.replaces_version, row.removes),
        *(row.leaves_ms or 0, row.leaver, row.leaving, row.trouble, row.hand, row.word),
    )


def get(reader: Reader, record: RecordId) -> DraftRow | None:
    """One draft, in whatever state."""
    row = reader.one(f"SELECT {_COLUMNS} FROM draft WHERE record = ?", record)
    return _draft(row) if row else None


def waiting(reader: Reader, *, each: int = OF_ONE_OWNER) -> Sequence[DraftRow]:
    """What waits for somebody here: people's drafts before detectors', each newest first, of one owner at most the `each` newest of
    those in the same hands: what somebody keeps hides nothing that he handed over.
    """
    rows = reader.all(
        f"SELECT {_COLUMNS} FROM draft WHERE record IN (SELECT record FROM (SELECT record, row_number() OVER "
        "(PARTITION BY owner, hand ORDER BY created_ms DESC, record DESC) AS place FROM draft WHERE state IN (?, ?, ?, ?)) "
        "WHERE place <= ?) ORDER BY instr(owner, '/') > 0, created_ms DESC, record DESC",
        *(*WAITING, each),
    )
    return [_draft(row) for row in rows]


def of_kind(reader: Reader, kind: str) -> Sequence[DraftRow]:
    """What waits here and what was released of one kind, the newest first."""
    rows = reader.all(
        f"SELECT {_COLUMNS} FROM draft WHERE kind = ? AND state <> ? ORDER BY created_ms DESC, record DESC",
        *(kind, DraftState.DISCARDED),
    )
    return [_draft(row) for row in rows]


def move(
    tx: Tx,
    row: DraftRow,
    state: DraftState,
    now: UnixMs,
    *,
    approver: str | None = None,
    approved: bytes | None = None,
) -> DraftRow:
    """The draft in another state; its text is the same, so its revision is too. What is released nobody keeps any more."""
    after = replace(
        row,
        state=state,
        updated_ms=now,
        approver=approver or row.approver,
        approved=approved or row.approved,
        word="" if state is DraftState.RELEASED else row.word,
        hand=taken_up(row) if state is DraftState.RELEASED else row.hand,
    )
    put(tx, after)
    return after


def leaving(reader: Reader) -> Sequence[DraftRow]:
    """What is about to leave, the next one first."""
    rows = reader.all(
        f"SELECT {_COLUMNS} FROM draft WHERE state = ? ORDER BY leaves_ms, record", DraftState.LEAVING
    )
    return [_draft(row) for row in rows]


def going_on(reader: Reader, record: RecordId) -> Sequence[DraftRow]:
    """What goes on from a record, as its next version or as its move to another label, and has not left."""
    rows = reader.all(
        f"SELECT {_COLUMNS} FROM draft WHERE state IN (?, ?, ?, ?) AND (record = ? OR replaces = ?) ORDER BY record",
        *(*WAITING, record, record),
    )
    return [_draft(row) for row in rows]


def under_rule(tx: Tx, record: RecordId, rule: str) -> None:
    """Which rule of this node spoke for this draft."""
    tx.run("UPDATE draft SET rule = ? WHERE record = ?", rule, record)


def of_rule(reader: Reader, rule: str, since: UnixMs) -> tuple[int, int]:
    """How many drafts of a rule were made since then: released, and not released."""
    first = since.to_bytes(6, "big") + bytes(
        10
    )  # ids count up with the time: no more than the window is read
    row = reader.one(
        "SELECT count(*), coalesce(sum(state = ?), 0) FROM draft WHERE record >= ? AND rule = ?",
        *(DraftState.RELEASED, first, rule),
    )
    return (int(row[1]), int(row[0] - row[1])) if row else (0, 0)


def any_of_rule(reader: Reader, rule: str, since: UnixMs) -> bool:
    """Whether a draft of a rule was made since then, whatever became of it."""
    return sum(of_rule(reader, rule, since)) > 0


def owner_of(reader: Reader, record: RecordId) -> str | None:
    """Who made a record of this port; None where it is not known any more."""
    row = reader.one("SELECT owner FROM draft WHERE record = ?", record)
    return str(row[0]) if row else None


def blank(tx: Tx, record: RecordId, version: int) -> bytes:
    """The text of a released draft up to this version is gone, its owner stays known; what it was, empty where there was none."""
    row = get(tx, record)
    if row is None or row.version > version or row.state is not DraftState.RELEASED:
        return b""
    tx.run("UPDATE draft SET content = x'' WHERE record = ?", record)
    return row.content


def discarded(reader: Reader, before: UnixMs) -> Sequence[DraftRow]:
    """What was discarded before a time, or at it, and still has its text."""
    rows = reader.all(
        f"SELECT {_COLUMNS} FROM draft WHERE state = ? AND updated_ms <= ? AND length(content) > 0",
        *(DraftState.DISCARDED, before),
    )
    return [_draft(row) for row in rows]


def forget_discarded(tx: Tx, row: DraftRow) -> None:
    """A draft that never left is gone whole; of one that went on from a record the text is, for the row knows that record's owner."""
    if row.version == 1:
        tx.run("DELETE FROM draft WHERE record = ?", row.record)
    else:
        tx.run("UPDATE draft SET content = x'' WHERE record = ?", row.record)


def forget(tx: Tx, record: RecordId, version: int) -> bytes | None:
    """A record's own draft is gone if it is of this version or an earlier one, or was discarded; the text it had, else None."""
    rows = tx.all(
        "DELETE FROM draft WHERE record = ? AND (version <= ? OR state = ?) RETURNING content",
        *(record, version, DraftState.DISCARDED),
    )
    return rows[0][0] if rows else None


def forget_going_on(tx: Tx, record: RecordId) -> list[tuple[RecordId, bytes]]:
    """What goes on from a record of which nothing is left, and never left itself, is gone: its drafts' records and texts."""
    rows = tx.all(
        "DELETE FROM draft WHERE (record = ? OR replaces = ?) AND state <> ? RETURNING record, content",
        *(record, record, DraftState.RELEASED),
    )
    return [(RecordId(row[0]), row[1]) for row in rows]


def _draft(row: Row) -> DraftRow:
    return DraftRow(
        record=row[0],
        version=row[1],
        lineage=row[2],
        kind=row[3],
        content_type=row[4],
        content=row[5],
        label=row[6],
        lasts_ms=row[7],
        state=DraftState(row[8]),
        owner=row[9],
        editor=row[10],
        approver=row[11],
        approved=row[12],
        detector=row[13],
        rule=row[14],
        created_ms=row[15],
        updated_ms=row[16],
        revision=row[17],
        replaces=RecordId(row[18]) if row[18] else None,
        replaces_version=row[19],
        removes=bool(row[20]),
        leaves_ms=UnixMs(row[21]) if row[21] else None,
        leaver=row[22],
        leaving=row[23],
        trouble=row[24],
        hand=Hand(row[25]),
        word=row[26],
    )
