"""Questions to a second person at another port, at both ends: what this port asked, and what it was asked. Local, never shared.

What was asked stands in the log as an entry; here is what became of it. Rows hold no text of a draft.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from node.store.unit import Reader, Row, Tx
from protocol.ids import Hash, NodeId, RecordId, UnixMs

# ruff: noqa: S608 - what varies in a statement is a column list of this file, never a value
_ASKED = (
    "question, draft, node, feed, at, leaf, plan, began, label, nodes, register_version, revision, text, barred, asked_by, asked_ms, "
    "until_ms, state, why, officer, roles, reason, answered_ms"
)
_CAME = "key, question, origin, until_ms, state, officer, answered_ms"


class State(StrEnum):
    """`OPEN`: waits; a lapsed one still is, its time says so. `VOID`: an answer that does not count, or what was asked about moved."""

    OPEN = "open"
    APPROVED = "approved"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    VOID = "void"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedRow:
    """What this port asked of `node`. `feed`, `at`, `leaf`: where the question stands; `began`: as in the question.

    `plan`, `label`, `nodes` (who would get it), `register`, `revision`, `text` (SHA-256 of the content): the plan that was asked about.
    `barred`: who is no second person; `officer`, `roles`, `reason`: of who answered there; `why`: what made it void.
    """

    question: RecordId
    draft: RecordId
    node: NodeId
    feed: int
    at: int
    leaf: Hash
    plan: bytes
    began: int
    label: str
    nodes: tuple[NodeId, ...]
    register: int
    revision: str
    text: bytes
    barred: frozenset[str]
    asked_by: str
    asked_ms: UnixMs
    until_ms: UnixMs
    state: State = State.OPEN
    why: str = ""
    officer: str = ""
    roles: tuple[str, ...] = ()
    reason: str = ""
    answered_ms: UnixMs | None = None

    @property
    def approver(self) -> str:
        """Who answered, as this port writes it down: by the answering node's own id of the person."""
        return approver(self.node, self.officer)


@dataclass(frozen=True, slots=True, kw_only=True)
class CameRow:
    """What this port was asked: by its entry's key."""

    key: int
    question: RecordId
    origin: NodeId
    until_ms: UnixMs
    state: State = State.OPEN
    officer: str = ""
    answered_ms: UnixMs | None = None


def approver(node: NodeId, officer: str) -> str:
    """A person of another node: "officer:<node>/<uuid>", which no id of a person here is."""
    return f"officer:{node}/{officer}"


def put_asked(tx: Tx, row: AskedRow) -> None:
    """Keep it, in place of what stood of it."""
    tx.run(
        f"INSERT OR REPLACE INTO second_asked ({_ASKED}) VALUES (?{', ?' * 22})",
        *(row.question, row.draft, row.node, row.feed, row.at, row.leaf, row.plan, row.began, row.label),
        *(" ".join(row.nodes), row.register, row.revision, row.text, " ".join(sorted(row.barred))),
        *(row.asked_by, row.asked_ms, row.until_ms, row.state, row.why, row.officer, " ".join(row.roles)),
        *(row.reason, row.answered_ms or 0),
    )


def asked(reader: Reader, question: RecordId) -> AskedRow | None:
    """One question of this port."""
    row = reader.one(f"SELECT {_ASKED} FROM second_asked WHERE question = ?", question)
    return _asked(row) if row else None


def of_draft(reader: Reader, draft: RecordId) -> Sequence[AskedRow]:
    """Every question about a draft, the newest first."""
    rows = reader.all(
        f"SELECT {_ASKED} FROM second_asked WHERE draft = ? ORDER BY asked_ms DESC, question DESC", draft
    )
    return [_asked(row) for row in rows]


def open_at(reader: Reader, node: NodeId, now: UnixMs) -> int:
    """How many questions of this port wait at a node."""
    row = reader.one(
        "SELECT count(*) FROM second_asked WHERE node = ? AND state = ? AND until_ms > ?",
        *(node, State.OPEN, now),
    )
    return int(row[0]) if row else 0


def put_came(tx: Tx, row: CameRow) -> None:
    """Keep it, in place of what stood of it."""
    tx.run(
        f"INSERT OR REPLACE INTO second_question ({_CAME}) VALUES (?, ?, ?, ?, ?, ?, ?)",
        *(row.key, row.question, row.origin, row.until_ms, row.state, row.officer, row.answered_ms or 0),
    )


def came_as(reader: Reader, question: RecordId) -> Sequence[CameRow]:
    """Questions of other ports with this id."""
    rows = reader.all(f"SELECT {_CAME} FROM second_question WHERE question = ? ORDER BY key", question)
    return [_came(row) for row in rows]


def waiting(reader: Reader, now: UnixMs, *, most: int) -> Sequence[CameRow]:
    """What other ports ask and nobody answered, the soonest to lapse first."""
    rows = reader.all(
        f"SELECT {_CAME} FROM second_question WHERE state = ? AND until_ms > ? ORDER BY until_ms, key LIMIT ?",
        *(State.OPEN, now, most),
    )
    return [_came(row) for row in rows]


def open_of(reader: Reader, origin: NodeId, now: UnixMs) -> int:
    """How many questions of a port wait here."""
    row = reader.one(
        "SELECT count(*) FROM second_question WHERE origin = ? AND state = ? AND until_ms > ?",
        *(origin, State.OPEN, now),
    )
    return int(row[0]) if row else 0


def done_with(tx: Tx, key: int, now: UnixMs) -> None:
    """The content of this question or answer is kept no longer: the next pass over the store destroys it."""
    tx.run("UPDATE entry SET retain_until_ms = ? WHERE key = ? AND retain_until_ms > ?", now, key, now)


def forget(tx: Tx, before: UnixMs) -> int:
    """Rows whose question lapsed before a time are gone; the audit and the log keep that it was."""
    gone = tx.run("DELETE FROM second_asked WHERE until_ms <= ?", before)
    return gone + tx.run("DELETE FROM second_question WHERE until_ms <= ?", before)


def any_before(reader: Reader, before: UnixMs) -> bool:
    """Whether there are such rows."""
    tables = ("second_asked", "second_question")
    return any(reader.one(f"SELECT 1 FROM {t} WHERE until_ms <= ? LIMIT 1", before) for t in tables)


def _asked(row: Row) -> AskedRow:
    return AskedRow(
        question=RecordId(row[0]),
        draft=RecordId(row[1]),
        node=NodeId(row[2]),
        feed=row[3],
        at=row[4],
        leaf=Hash(row[5]),
        plan=row[6],
        began=row[7],
        label=row[8],
        nodes=tuple(map(NodeId, row[9].split())),
        register=row[10],
        revision=row[11],
        text=row[12],
        barred=frozenset(row[13].split()),
        asked_by=row[14],
        asked_ms=UnixMs(row[15]),
        until_ms=UnixMs(row[16]),
        state=State(row[17]),
        why=row[18],
        officer=row[19],
        roles=tuple(row[20].split()),
        reason=row[21],
        answered_ms=UnixMs(row[22]) if row[22] else None,
    )


def _came(row: Row) -> CameRow:
    return CameRow(
        key=row[0],
        question=RecordId(row[1]),
        origin=NodeId(row[2]),
        until_ms=UnixMs(row[3]),
        state=State(row[4]),
        officer=row[5],
        answered_ms=UnixMs(row[6]) if row[6] else None,
    )
