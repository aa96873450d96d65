"""What people and detectors of this node work on: drafts, questions, handling, cases."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import Index, text
from sqlmodel import SQLModel

from node.store.tables.columns import blob, blob_or_none, integer, string, string_or_none


class Draft(SQLModel, table=True):
    """A record that is not released: local, never shared. `approved`: the digest of the plan that `approver` agreed to.

    `replaces`: the record of this port that it moves to another label; `removes`: what it corrects is erased with its release;
    `leaver`: on whose word it leaves at `leaves_ms`, under the plan `leaving`.
    """

    __tablename__: ClassVar[Any] = "draft"
    record: bytes = blob(16, primary_key=True)
    version: int = integer()
    lineage: bytes | None = blob_or_none(16)
    kind: str = string(40)
    content_type: str = string(100)
    content: bytes = blob()
    label: str | None = string_or_none()
    lasts_ms: int = integer()
    state: str = string(20, index=True)
    owner: str = string(80)
    editor: str = string(80)
    approver: str | None = string_or_none(80)
    approved: bytes | None = blob_or_none(32)
    detector: str | None = string_or_none(80)
    rule: str | None = string_or_none(80)
    created_ms: int = integer()
    updated_ms: int = integer()
    revision: int = integer()
    replaces: bytes | None = blob_or_none(16)
    replaces_version: int = integer()
    removes: int = integer()
    leaves_ms: int = integer()
    leaver: str | None = string_or_none(80)
    leaving: bytes | None = blob_or_none(32)
    trouble: str = string(40)
    hand: str = string(10)
    word: str = string(400)


class Raised(SQLModel, table=True):
    """A finding that was raised, by its detector's key, until it may be again."""

    __tablename__: ClassVar[Any] = "raised"
    key: str = string(primary_key=True)
    until_ms: int = integer(index=True)


class SecondAsked(SQLModel, table=True):
    """A question about a draft of this port to a second person at another: what was asked of whom, and what was answered.

    `leaf`: of the question's entry; `plan`: digest of the plan; `label`, `nodes` (ids, blank between), `register_version`,
    `revision`, `text` (SHA-256 of the content): what to say of a plan that moved since; `why`: a code of what made it void.
    """

    __tablename__: ClassVar[Any] = "second_asked"
    question: bytes = blob(16, primary_key=True)
    draft: bytes = blob(16, index=True)
    node: str = string(40)
    feed: int = integer()
    at: int = integer()
    leaf: bytes = blob(32)
    plan: bytes = blob(32)
    began: int = integer()
    label: str = string()
    nodes: str = string()
    register_version: int = integer()
    revision: str = string(64)
    text: bytes = blob(32)
    barred: str = string()
    asked_by: str = string(80)
    asked_ms: int = integer()
    until_ms: int = integer()
    state: str = string(20)
    why: str = string(40)
    officer: str = string(80)
    roles: str = string()
    reason: str = string()
    answered_ms: int = integer()


class SecondQuestion(SQLModel, table=True):
    """A question of another port to a second person here, by its entry; its content is there as long as it waits."""

    __tablename__: ClassVar[Any] = "second_question"
    key: int = integer(primary_key=True)
    question: bytes = blob(16, index=True)
    origin: str = string(40)
    until_ms: int = integer()
    state: str = string(20)
    officer: str = string(80)
    answered_ms: int = integer()


class Handling(SQLModel, table=True):
    """What this port does about one alert; `told`: the record with which it told the origin of a withdrawal."""

    __tablename__: ClassVar[Any] = "handling"
    lineage: bytes = blob(16, primary_key=True)
    record: bytes = blob(16, primary_key=True)
    state: str = string(20)
    by: str = string(80)
    since_ms: int = integer()
    guard_ms: int = integer()
    verdict: str = string(20)
    told: bytes | None = blob_or_none(16)


class Watch(SQLModel, table=True):
    """Which sighting answers which indicator at this node, so that a later match supersedes it."""

    __tablename__: ClassVar[Any] = "watch"
    indicator: bytes = blob(16, primary_key=True)
    lineage: bytes = blob(16, primary_key=True)
    sighting: bytes = blob(16)
    version: int = integer()
    count: int = integer()
    first_seen_ms: int = integer()
    last_seen_ms: int = integer()
    opened_ms: int = integer()


class CaseFile(SQLModel, table=True):
    """A case of this node: who may read what is in it are relations (`policies/cases.py`). `closed_ms` 0: open. `opener`: the person who
    opened it; none where that was not noted yet.
    """

    __tablename__: ClassVar[Any] = "case_file"
    id: bytes = blob(16, primary_key=True)
    name: str = string(80)
    opened_ms: int = integer()
    closed_ms: int = integer()
    opener: bytes | None = blob_or_none(16)


class CaseRecord(SQLModel, table=True):
    """Which case a record is in; none any more where `file` is empty. `arrival`: the change with which that came about. `entry`: of the
    act of `conduct` by which it is in it.
    """

    __tablename__: ClassVar[Any] = "case_record"
    lineage: bytes = blob(16, primary_key=True)
    record: bytes = blob(16, primary_key=True)
    file: bytes | None = blob_or_none(16)
    arrival: int = integer()
    entry: bytes | None = blob_or_none(16)


class Conduct(SQLModel, table=True):
    """What somebody did with a case that is told until it is reviewed, by the audit entry that says so; and the review of it. `lead`: who
    leads the case, and said what he found before the review. `lineage`, `record`: what was put in; `taken_ms`: when a review
    took it out, 0: none did.
    """

    __tablename__: ClassVar[Any] = "conduct"
    __table_args__: ClassVar[Any] = (
        Index(
            "conduct_waits",
            *("act", "file", "person", "tied", "kind", "origin"),
            sqlite_where=text("reviewer IS NULL"),
        ),
    )
    number: int = integer(primary_key=True)
    entry: bytes = blob(16)
    act: str = string(16)
    file: bytes = blob(16)
    person: bytes = blob(16)
    at_ms: int = integer()
    reason: str = string(400)
    until_ms: int = integer()
    kind: str = string(40)
    origin: str = string(40)
    reviewer: bytes | None = blob_or_none(16)
    reviewed_ms: int = integer()
    words: str = string(400)
    tied: str = string(server_default="")
    lead: bytes | None = blob_or_none(16)
    lead_words: str = string(400, server_default="")
    lineage: bytes | None = blob_or_none(16)
    record: bytes | None = blob_or_none(16)
    taken_ms: int = integer(server_default="0")


class Taking(SQLModel, table=True):
    """Who took out what he may of a line of `conduct` that was reviewed, by the entry of its newest act, whatever came out; and when, the last time."""

    __tablename__: ClassVar[Any] = "taking"
    entry: bytes = blob(16, primary_key=True)
    taker: bytes = blob(16, primary_key=True)
    at_ms: int = integer()


class RulesText(SQLModel, table=True):
    """A text of the rules of release without an officer: who proposed it, and who agreed; `agreed_by` is empty while it waits."""

    __tablename__: ClassVar[Any] = "rules_text"
    number: int = integer(primary_key=True)
    text: bytes = blob()
    digest: bytes = blob(32)
    proposed_by: str = string(40)
    proposed_ms: int = integer()
    agreed_by: str = string(40)
    agreed_ms: int = integer()
