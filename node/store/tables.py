"""The tables of a node's database, declared once; the migrations create exactly these (a test compares both).

Times are integers: `_ms` unix milliseconds, `_us` unix microseconds. Ids and hashes are raw bytes. Nothing here validates
and the hot path does not use these classes: it runs the SQL of the files beside this one. Importing this costs half a
second of start-up, so only migrations and tests do.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import Column, Float, Index, Integer, LargeBinary, String, Text, text
from sqlmodel import Field, SQLModel


def _blob(size: int | None = None, **options: Any) -> Any:
    return Field(sa_column=Column(LargeBinary(size), nullable=False, **options))


def _blob_or_none(size: int | None = None) -> Any:
    return Field(default=None, sa_column=Column(LargeBinary(size), nullable=True))


def _integer(**options: Any) -> Any:
    return Field(sa_column=Column(Integer, nullable=False, **options))


def _real() -> Any:
    return Field(sa_column=Column(Float, nullable=False))


def _text(size: int | None = None, **options: Any) -> Any:
    return Field(sa_column=Column(String(size) if size else Text, nullable=False, **options))


def _text_or_none(size: int | None = None) -> Any:
    return Field(default=None, sa_column=Column(String(size) if size else Text, nullable=True))


class Meta(SQLModel, table=True):
    """What the database says of itself: `schema`, `compat`, and `arrival`, the last change number given."""

    __tablename__: ClassVar[Any] = "meta"
    name: str = _text(40, primary_key=True)
    value: int = _integer()


class Feed(SQLModel, table=True):
    """One epoch of one origin's log under one label, as far as it is held here."""

    __tablename__: ClassVar[Any] = "feed"
    __table_args__: ClassVar[Any] = (Index("feed_newest", "newest", "number"),)
    number: int = _integer(primary_key=True)
    feed: bytes = _blob(32, unique=True)
    origin: str = _text(40)
    epoch: int = _integer()
    lineage: bytes = _blob(16, index=True)
    salt: bytes = _blob(16)
    label: str = _text()
    rules: int = _integer()
    register_version: int = _integer()
    role: int = _integer()
    own: int = _integer()
    state: int = _integer()
    size: int = _integer()
    root: bytes = _blob(32)
    frontier: bytes = _blob()
    checkpoint_size: int = _integer()
    checkpoint_root: bytes = _blob(32)
    checkpoint_signature: bytes = _blob(68)
    newest: int = _integer()
    beats: int = _integer(server_default="0")
    unheard: int = _integer(server_default="0")
    heard: int = _integer(server_default="0")


class Entry(SQLModel, table=True):
    """One leaf: `key` is feed number << 40 | index; `nodes` the tree nodes this leaf completes, level 0 first."""

    __tablename__: ClassVar[Any] = "entry"
    __table_args__: ClassVar[Any] = (
        Index("entry_list", "feed", "shown", "arrival"),
        Index("entry_record", "record"),
        Index("entry_undoing", "key", sqlite_where=text("op IN (3, 4)")),
    )
    key: int = _integer(primary_key=True)
    feed: int = _integer()
    arrival: int = _integer()
    arrived_us: int = _integer()
    op: int = _integer()
    record: bytes | None = _blob_or_none(16)
    version: int = _integer()
    standing: int = _integer()
    shown: int = _integer()
    kind: str = _text(100)
    issued_ms: int = _integer()
    expires_ms: int = _integer()
    retain_until_ms: int = _integer()
    register_version: int = _integer()
    reason: int = _integer()
    header: bytes = _blob()
    content: bytes | None = _blob_or_none()
    salt: bytes | None = _blob_or_none(32)
    nodes: bytes = _blob()


class Pending(SQLModel, table=True):
    """A checkpoint of an origin that came ahead of what is held of its feed: what comes must reach exactly this size and root."""

    __tablename__: ClassVar[Any] = "pending"
    feed: int = _integer(primary_key=True)
    size: int = _integer(primary_key=True)
    root: bytes = _blob(32)
    signature: bytes = _blob(68)
    came_ms: int = _integer(server_default="0")


class StoredNote(SQLModel, table=True):
    """A holder's note that entry `at`, which went ahead of its backlog, is stored there, in the checkpoint at `size`."""

    __tablename__: ClassVar[Any] = "stored"
    feed: int = _integer(primary_key=True)
    node: str = _text(40, primary_key=True)
    at: int = _integer(primary_key=True)
    size: int = _integer()
    signature: bytes = _blob(68)
    received_ms: int = _integer()
    arrival: int = _integer(server_default="0")


class Beat(SQLModel, table=True):
    """The newest beat that counted of a feed of another: its origin's cosignature of its head at `signed_s`, counted here at `counted_ms`."""

    __tablename__: ClassVar[Any] = "beat"
    feed: int = _integer(primary_key=True)
    size: int = _integer()
    root: bytes = _blob(32)
    signature: bytes = _blob(68)
    cosignature: bytes = _blob(76)
    signed_s: int = _integer()
    counted_ms: int = _integer()


class AttachmentRow(SQLModel, table=True):
    """One file that an entry lists: `state` of `store.attachments.State`; `rank` 0 comes first; `arrival`: the change that brought it."""

    __tablename__: ClassVar[Any] = "attachment"
    __table_args__: ClassVar[Any] = (
        Index("attachment_wanted", "state", "rank", "key", "sha256"),
        Index("attachment_came", "arrival"),
    )
    key: int = _integer(primary_key=True)
    sha256: bytes = _blob(32, primary_key=True)
    size: int = _integer()
    rank: int = _integer()
    state: int = _integer()
    arrival: int = _integer()


class Quarantine(SQLModel, table=True):
    """An entry that verified and was not accepted: why, and what of it offends (a field path, never a value)."""

    __tablename__: ClassVar[Any] = "quarantine"
    key: int = _integer(primary_key=True)
    reason: int = _integer()
    field: str = _text(200)
    at_ms: int = _integer()


class Receipt(SQLModel, table=True):
    """The newest cosignature of one holder over one feed; `quarantined` are u64be indexes."""

    __tablename__: ClassVar[Any] = "receipt"
    feed: int = _integer(primary_key=True)
    node: str = _text(40, primary_key=True)
    size: int = _integer()
    root: bytes = _blob(32)
    cosignature: bytes = _blob(76)
    signed_s: int = _integer()
    received_ms: int = _integer()
    quarantined: bytes = _blob()
    arrival: int = _integer()


class Holding(SQLModel, table=True):
    """What a peer last said it holds of a feed, by receipt or list; a list is no receipt."""

    __tablename__: ClassVar[Any] = "holding"
    node: str = _text(40, primary_key=True)
    feed: int = _integer(primary_key=True)
    size: int = _integer()
    root: bytes = _blob(32)


class Refused(SQLModel, table=True):
    """A feed not taken, whole: what a peer offered, who offered it, and why not. Holds no content and no label."""

    __tablename__: ClassVar[Any] = "refused"
    feed: bytes = _blob(32, primary_key=True)
    node: str = _text(40, primary_key=True)
    origin: str = _text(40)
    code: str = _text(40)
    words: str = _text(200)
    times: int = _integer()
    first_ms: int = _integer()
    last_ms: int = _integer()


class Evidence(SQLModel, table=True):
    """Two statements of one origin on one feed that cannot both be true: a serialised `Evidence`, and who brought it."""

    __tablename__: ClassVar[Any] = "evidence"
    origin: str = _text(40, primary_key=True)
    feed: bytes = _blob(32, primary_key=True)
    message: bytes = _blob()
    node: str = _text(40)
    at_ms: int = _integer()


class Witness(SQLModel, table=True):
    """A holder's cosignature that came through others: it proves what the log was, not that the holder still has it."""

    __tablename__: ClassVar[Any] = "witness"
    feed: int = _integer(primary_key=True)
    node: str = _text(40, primary_key=True)
    size: int = _integer()
    root: bytes = _blob(32)
    cosignature: bytes = _blob(76)


class Cut(SQLModel, table=True):
    """How far an epoch is good, as the EPOCH entry of a later one says; `by` is that feed's number, `feed` the id of the one cut off."""

    __tablename__: ClassVar[Any] = "cut"
    feed: bytes = _blob(32, primary_key=True)
    by: int = _integer(primary_key=True)
    size: int = _integer()
    root: bytes = _blob(32)


class Draft(SQLModel, table=True):
    """A record that is not released: local, never shared. `approved`: the digest of the plan that `approver` agreed to.

    `replaces`: the record of this port that it moves to another label; `removes`: what it corrects is erased with its release;
    `leaver`: on whose word it leaves at `leaves_ms`, under the plan `leaving`.
    """

    __tablename__: ClassVar[Any] = "draft"
    record: bytes = _blob(16, primary_key=True)
    version: int = _integer()
    lineage: bytes | None = _blob_or_none(16)
    kind: str = _text(40)
    content_type: str = _text(100)
    content: bytes = _blob()
    label: str | None = _text_or_none()
    lasts_ms: int = _integer()
    state: str = _text(20, index=True)
    owner: str = _text(80)
    editor: str = _text(80)
    approver: str | None = _text_or_none(80)
    approved: bytes | None = _blob_or_none(32)
    detector: str | None = _text_or_none(80)
    rule: str | None = _text_or_none(80)
    created_ms: int = _integer()
    updated_ms: int = _integer()
    revision: int = _integer()
    replaces: bytes | None = _blob_or_none(16)
    replaces_version: int = _integer()
    removes: int = _integer()
    leaves_ms: int = _integer()
    leaver: str | None = _text_or_none(80)
    leaving: bytes | None = _blob_or_none(32)
    trouble: str = _text(40)
    hand: str = _text(10)
    word: str = _text(400)


class Sibling(SQLModel, table=True):
    """Which records of this port are one matter: it was moved from label to label, under a new id each time."""

    __tablename__: ClassVar[Any] = "sibling"
    record: bytes = _blob(16, primary_key=True)
    matter: bytes = _blob(16, index=True)


class Person(SQLModel, table=True):
    """An account of this node; `site` is where the person works."""

    __tablename__: ClassVar[Any] = "person"
    id: bytes = _blob(16, primary_key=True)
    login: str = _text(64, unique=True)
    name: str = _text(80)
    language: str = _text(8)
    site: str = _text(40)
    password: bytes = _blob()
    disabled: int = _integer()
    created_ms: int = _integer()
    changed_ms: int = _integer()


class Clearance(SQLModel, table=True):
    """What a person may hold under one policy marking, until when, and who verified it. `purposes` are comma-separated."""

    __tablename__: ClassVar[Any] = "clearance"
    person: bytes = _blob(16, primary_key=True)
    policy: str = _text(8, primary_key=True)
    level: int = _integer()
    compartments: str = _text()
    purposes: str = _text()
    until_ms: int = _integer()
    verified_by: str = _text(80)


class Interest(SQLModel, table=True):
    """What concerns a person: a keyed digest of a subject (`policies/conflicts.py`), of himself, a relation or a colleague. `kind`: the type
    of the subject; `declared_by`: as in the audit; both empty where they were not noted yet. `seen`: the person said so, or declared it.
    """

    __tablename__: ClassVar[Any] = "interest"
    person: bytes = _blob(16, primary_key=True)
    digest: bytes = _blob(32, primary_key=True)
    whose: str = _text(20)
    declared_ms: int = _integer()
    kind: str = _text(40, server_default="")
    declared_by: str = _text(80, server_default="")
    seen: int = _integer(server_default="0")


class TieNote(SQLModel, table=True):
    """Since when, and by whose word, another is a relation or close colleague of a person: one for each of the two. That they are, is a relation."""

    __tablename__: ClassVar[Any] = "tie_note"
    person: bytes = _blob(16, primary_key=True)
    other: bytes = _blob(16, primary_key=True)
    tie: str = _text(20, primary_key=True)
    declared_ms: int = _integer()
    declared_by: str = _text(80)
    seen: int = _integer()


class InterestKey(SQLModel, table=True):
    """The key of those digests, made with the first of them."""

    __tablename__: ClassVar[Any] = "interest_key"
    id: int = _integer(primary_key=True)
    key: bytes = _blob(32)


class Shift(SQLModel, table=True):
    """When a person is on duty, from and until. A person with a shift, past ones too, is on duty in shifts alone."""

    __tablename__: ClassVar[Any] = "shift"
    person: bytes = _blob(16, primary_key=True)
    from_ms: int = _integer(primary_key=True)
    until_ms: int = _integer()


class Session(SQLModel, table=True):
    """A signed-in browser. The key is the hash of the secret the browser holds."""

    __tablename__: ClassVar[Any] = "session"
    hash: bytes = _blob(32, primary_key=True)
    person: bytes = _blob(16, index=True)
    purpose: str = _text(40)
    csrf: bytes = _blob(32)
    created_ms: int = _integer()
    seen_ms: int = _integer()


class OneTime(SQLModel, table=True):
    """A sign-in that works once. The key is the hash of its secret."""

    __tablename__: ClassVar[Any] = "one_time"
    hash: bytes = _blob(32, primary_key=True)
    person: bytes = _blob(16)
    expires_ms: int = _integer()


class Attempt(SQLModel, table=True):
    """A failed sign-in, by account and by address, both hashed."""

    __tablename__: ClassVar[Any] = "attempt"
    number: int = _integer(primary_key=True)
    subject: bytes = _blob(32, index=True)
    at_ms: int = _integer()


class Budget(SQLModel, table=True):
    """What one origin has brought lately: entries and bytes, draining from `at_ms` on."""

    __tablename__: ClassVar[Any] = "budget"
    origin: str = _text(40, primary_key=True)
    entries: float = _real()
    bytes: float = _real()
    at_ms: int = _integer()
    braked: int = _integer()


class Raised(SQLModel, table=True):
    """A finding that was raised, by its detector's key, until it may be again."""

    __tablename__: ClassVar[Any] = "raised"
    key: str = _text(primary_key=True)
    until_ms: int = _integer(index=True)


class RelationTuple(SQLModel, table=True):
    """One relation: `user` has `relation` to `object`, under a condition or none. Sorted both ways by its two indexes."""

    __tablename__: ClassVar[Any] = "relation"
    __table_args__: ClassVar[Any] = (Index("relation_user", "user", "relation", "object"),)
    object: str = _text(200, primary_key=True)
    relation: str = _text(60, primary_key=True)
    user: str = _text(200, primary_key=True)
    condition: str = _text(60)
    context: str = _text()


class ErasureRow(SQLModel, table=True):
    """One ERASE that came, by its entry's key: when, and how far its destruction is here (`store.erasures.State`)."""

    __tablename__: ClassVar[Any] = "erasure"
    key: int = _integer(primary_key=True)
    lineage: bytes = _blob(16)
    record: bytes = _blob(16, index=True)
    version: int = _integer()
    origin: str = _text(40)
    arrived_ms: int = _integer()
    signed: int = _integer()
    braked: int = _integer()
    state: int = _integer(index=True)


class EraseRequest(SQLModel, table=True):
    """An erasure of an own matter that one person asked for and a second one has not agreed to. `digest`: what is agreed to."""

    __tablename__: ClassVar[Any] = "erase_request"
    record: bytes = _blob(16, primary_key=True)
    reason: int = _integer()
    digest: bytes = _blob(32)
    asked_by: str = _text(80)
    asked_ms: int = _integer()


class ConfirmedRow(SQLModel, table=True):
    """A holder's word that a record of an own feed (`record` empty: all of it) is destroyed there, or held: `fate`."""

    __tablename__: ClassVar[Any] = "confirmed"
    feed: int = _integer(primary_key=True)
    record: bytes = _blob(16, primary_key=True)
    node: str = _text(40, primary_key=True)
    version: int = _integer()
    fate: int = _integer()
    at_ms: int = _integer()
    arrival: int = _integer(server_default="0")
    register_version: int = _integer(server_default="0")


class Asked(SQLModel, table=True):
    """A purge of an own feed that a node was asked to confirm."""

    __tablename__: ClassVar[Any] = "asked"
    feed: int = _integer(primary_key=True)
    node: str = _text(40, primary_key=True)
    asked_ms: int = _integer()


class AsideThere(SQLModel, table=True):
    """An entry of an own feed that a peer kept aside: `at` its index, `reason` a QuarantineReason."""

    __tablename__: ClassVar[Any] = "aside_there"
    feed: int = _integer(primary_key=True)
    at: int = _integer(primary_key=True)
    node: str = _text(40, primary_key=True)
    reason: int = _integer()
    at_ms: int = _integer()


class AuditHead(SQLModel, table=True):
    """A head of the own audit log that peers were told of, with the salt that stays here."""

    __tablename__: ClassVar[Any] = "audit_head"
    feed: int = _integer(primary_key=True)
    size: int = _integer(primary_key=True)
    head: bytes = _blob(32)
    salt: bytes = _blob(32)
    at_ms: int = _integer()


class HeadTold(SQLModel, table=True):
    """The last head of the own audit log that a peer was told."""

    __tablename__: ClassVar[Any] = "head_told"
    node: str = _text(40, primary_key=True)
    head: bytes = _blob(32)


class Purge(SQLModel, table=True):
    """A feed of another that this node may not follow any more: `done_ms` when nothing of it was left here (0: not yet), `said` to its origin."""

    __tablename__: ClassVar[Any] = "purge"
    feed: int = _integer(primary_key=True)
    began_ms: int = _integer()
    done_ms: int = _integer()
    said: int = _integer()


class Watch(SQLModel, table=True):
    """Which sighting answers which indicator at this node, so that a later match supersedes it."""

    __tablename__: ClassVar[Any] = "watch"
    indicator: bytes = _blob(16, primary_key=True)
    lineage: bytes = _blob(16, primary_key=True)
    sighting: bytes = _blob(16)
    version: int = _integer()
    count: int = _integer()
    first_seen_ms: int = _integer()
    last_seen_ms: int = _integer()
    opened_ms: int = _integer()


class Hold(SQLModel, table=True):
    """A record that an authority asked to keep as it is, by its reference: asked for by one person, in force by the yes of another."""

    __tablename__: ClassVar[Any] = "hold"
    lineage: bytes = _blob(16, primary_key=True)
    record: bytes = _blob(16, primary_key=True)
    state: str = _text(20)
    reference: str = _text(80, primary_key=True)
    asked_by: str = _text(80)
    asked_ms: int = _integer()
    confirmed_by: str | None = _text_or_none(80)
    since_ms: int = _integer()


class Contested(SQLModel, table=True):
    """A record whose content somebody it concerns contests: kept, shown as contested, not matched."""

    __tablename__: ClassVar[Any] = "contested"
    lineage: bytes = _blob(16, primary_key=True)
    record: bytes = _blob(16, primary_key=True)
    by: str = _text(80)
    since_ms: int = _integer()


class Handling(SQLModel, table=True):
    """What this port does about one alert; `told`: the record with which it told the origin of a withdrawal."""

    __tablename__: ClassVar[Any] = "handling"
    lineage: bytes = _blob(16, primary_key=True)
    record: bytes = _blob(16, primary_key=True)
    state: str = _text(20)
    by: str = _text(80)
    since_ms: int = _integer()
    guard_ms: int = _integer()
    verdict: str = _text(20)
    told: bytes | None = _blob_or_none(16)


class Named(SQLModel, table=True):
    """Something that a record names, by a keyed digest of its form: which entry, of which feed, under which change number.

    Beside it stands what SQLModel cannot declare: `words`, an index of FTS5 over the records' words (migration 17).
    """

    __tablename__: ClassVar[Any] = "named"
    digest: bytes = _blob(16, primary_key=True)
    arrival: int = _integer(primary_key=True, index=True)
    key: int = _integer()
    feed: int = _integer()


class Indexed(SQLModel, table=True):
    """Up to which change the words of a feed's records are in the index."""

    __tablename__: ClassVar[Any] = "indexed"
    feed: int = _integer(primary_key=True)
    arrival: int = _integer()


class IndexAgain(SQLModel, table=True):
    """An entry that stands otherwise than when its feed was looked through."""

    __tablename__: ClassVar[Any] = "index_again"
    key: int = _integer(primary_key=True)


class SecondAsked(SQLModel, table=True):
    """A question about a draft of this port to a second person at another: what was asked of whom, and what was answered.

    `leaf`: of the question's entry; `plan`: digest of the plan; `label`, `nodes` (ids, blank between), `register_version`,
    `revision`, `text` (SHA-256 of the content): what to say of a plan that moved since; `why`: a code of what made it void.
    """

    __tablename__: ClassVar[Any] = "second_asked"
    question: bytes = _blob(16, primary_key=True)
    draft: bytes = _blob(16, index=True)
    node: str = _text(40)
    feed: int = _integer()
    at: int = _integer()
    leaf: bytes = _blob(32)
    plan: bytes = _blob(32)
    began: int = _integer()
    label: str = _text()
    nodes: str = _text()
    register_version: int = _integer()
    revision: str = _text(64)
    text: bytes = _blob(32)
    barred: str = _text()
    asked_by: str = _text(80)
    asked_ms: int = _integer()
    until_ms: int = _integer()
    state: str = _text(20)
    why: str = _text(40)
    officer: str = _text(80)
    roles: str = _text()
    reason: str = _text()
    answered_ms: int = _integer()


class SecondQuestion(SQLModel, table=True):
    """A question of another port to a second person here, by its entry; its content is there as long as it waits."""

    __tablename__: ClassVar[Any] = "second_question"
    key: int = _integer(primary_key=True)
    question: bytes = _blob(16, index=True)
    origin: str = _text(40)
    until_ms: int = _integer()
    state: str = _text(20)
    officer: str = _text(80)
    answered_ms: int = _integer()


class CaseFile(SQLModel, table=True):
    """A case of this node: who may read what is in it are relations (`policies/cases.py`). `closed_ms` 0: open. `opener`: the person who
    opened it; none where that was not noted yet.
    """

    __tablename__: ClassVar[Any] = "case_file"
    id: bytes = _blob(16, primary_key=True)
    name: str = _text(80)
    opened_ms: int = _integer()
    closed_ms: int = _integer()
    opener: bytes | None = _blob_or_none(16)


class CaseRecord(SQLModel, table=True):
    """Which case a record is in; none any more where `file` is empty. `arrival`: the change with which that came about."""

    __tablename__: ClassVar[Any] = "case_record"
    lineage: bytes = _blob(16, primary_key=True)
    record: bytes = _blob(16, primary_key=True)
    file: bytes | None = _blob_or_none(16)
    arrival: int = _integer()


class Succession(SQLModel, table=True):
    """What a record of another port that is not here yet comes of, where that is marked here: a case, a hold, a contest."""

    __tablename__: ClassVar[Any] = "succession"
    origin: str = _text(40, primary_key=True)
    successor: bytes = _blob(16, primary_key=True)
    lineage: bytes = _blob(16, primary_key=True)
    record: bytes = _blob(16, primary_key=True)


class Conduct(SQLModel, table=True):
    """What somebody did with a case that is told until it is reviewed, by the audit entry that says so; and the review of it. `lead`: who
    leads the case, and said what he found before the review.
    """

    __tablename__: ClassVar[Any] = "conduct"
    __table_args__: ClassVar[Any] = (
        Index(
            "conduct_waits",
            *("act", "file", "person", "tied", "kind", "origin"),
            sqlite_where=text("reviewer IS NULL"),
        ),
    )
    number: int = _integer(primary_key=True)
    entry: bytes = _blob(16)
    act: str = _text(16)
    file: bytes = _blob(16)
    person: bytes = _blob(16)
    at_ms: int = _integer()
    reason: str = _text(400)
    until_ms: int = _integer()
    kind: str = _text(40)
    origin: str = _text(40)
    reviewer: bytes | None = _blob_or_none(16)
    reviewed_ms: int = _integer()
    words: str = _text(400)
    tied: str = _text(server_default="")
    lead: bytes | None = _blob_or_none(16)
    lead_words: str = _text(400, server_default="")


class RulesText(SQLModel, table=True):
    """A text of the rules of release without an officer: who proposed it, and who agreed; `agreed_by` is empty while it waits."""

    __tablename__: ClassVar[Any] = "rules_text"
    number: int = _integer(primary_key=True)
    text: bytes = _blob()
    digest: bytes = _blob(32)
    proposed_by: str = _text(40)
    proposed_ms: int = _integer()
    agreed_by: str = _text(40)
    agreed_ms: int = _integer()
