"""What was done at this node, for its auditor: lines of the audit feed, newest first, and whether the log is whole.

Guarantees: only for the right to audit; reading is audited before anything is shown, with what was asked for; a line says no more
than the entry does. Codes, ids and numbers: what they are called is the screens' business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from node.commands.audit import Act, audit
from node.commands.audit_chain import Chain, Vouched, check, own_feeds
from node.commands.context import Context
from node.commands.people import Visitor
from node.store import entries
from node.store.feeds import FeedRow
from node.store.unit import Reader, Tx
from policies.officers import Right
from protocol.errors import ProtocolError
from protocol.ids import FeedId, UnixMs
from protocol.operation import Op
from protocol.record import validate
from protocol.v1 import records_pb2 as pb

AT_ONCE = 256
_ID = re.compile("[0-9a-f]{32}")
_NAMES = ("record", "draft", "replaces", "before")
"""Details that name a record: a draft has the id of the record that it becomes."""
SEEN_MAX = 5_000
"""So many of the newest entries are looked through for the acts and actors that a screen offers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One entry. `body` is None where its content was destroyed at the end of its time: that it was there is all that is left."""

    feed: FeedId
    epoch: int
    index: int
    at_ms: UnixMs
    body: pb.Audit | None


@dataclass(frozen=True, slots=True)
class Place:
    """An entry, as a page goes on from it."""

    epoch: int
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which lines: of this act ("": of every), by this actor, about this record, from and before these times, older than a place; at
    most so many.
    """

    act: str = ""
    actor: str = ""
    record: bytes = b""
    since_ms: int = 0
    until_ms: int = 0
    before: Place | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True)
class Page:
    """Lines, newest first. `older`: where the next page goes on; None at the end."""

    lines: tuple[Line, ...]
    older: Place | None
    chain: Chain


def may_read(officer: Visitor) -> bool:
    """Whether this officer reads the audit; for screens."""
    return Right.AUDIT in officer.rights


def note(tx: Tx, ctx: Context, asked: Asked, *, officer: Visitor, how: str, console: str = "") -> bool:
    """Audit that the audit is about to be read, and how ("screen", "cli"); False, and nothing, without the right to it.

    `console`: who is known to ask where nobody signed in, the operator; the officer is then whom he claims to ask for.
    """
    if not may_read(officer):
        return False
    details = {"how": how, "limit": str(asked.limit)}
    details |= {"claimed": officer.id} if console else {}
    details |= {"act": asked.act} if asked.act else {}
    details |= {"person": asked.actor} if asked.actor else {}
    details |= {"record": asked.record.hex()} if asked.record else {}
    details |= {"since": str(asked.since_ms)} if asked.since_ms else {}
    details |= {"until": str(asked.until_ms)} if asked.until_ms else {}
    audit(
        tx,
        ctx,
        Act(act="audit_read", actor=console or officer.id, rule=Right.AUDIT, details=details),
        ctx.register,
    )
    return True


def page(reader: Reader, ctx: Context, asked: Asked, known: Vouched | None = None) -> Page:
    """What was asked for, and the check of the whole chain, in one snapshot. Call `note` before, in a transaction that is over.

    Of what is `known` to fit, only what stands on the page is looked at again.
    """
    lines: list[Line] = []
    for line in _down(reader, ctx, asked):
        if _fits(line, asked):
            lines.append(line)
        if len(lines) > asked.limit:
            break
    more = len(lines) > asked.limit
    shown = tuple(lines[: asked.limit])
    older = Place(shown[-1].epoch, shown[-1].index) if more else None
    return Page(shown, older, check(reader, ctx, known, [(line.feed, line.index) for line in shown]))


def seen(reader: Reader, ctx: Context) -> tuple[Sequence[str], Sequence[str]]:
    """The acts among the newest entries, and who did them: codes, in order."""
    newest = [line.body for line in islice(_down(reader, ctx, Asked()), SEEN_MAX) if line.body is not None]
    return sorted({body.act for body in newest}), sorted({body.actor for body in newest})


def about(body: pb.Audit) -> Sequence[bytes]:
    """The records that an act was done with. Reading the audit is done with none, whatever it asked for."""
    if body.act == "audit_read":
        return ()
    named = [body.details[name] for name in _NAMES if name in body.details]
    ids = [bytes.fromhex(one) for one in named if _ID.fullmatch(one)]
    return tuple(dict.fromkeys(filter(None, (body.record.record_id, *ids))))


def _marks(asked: Asked) -> Sequence[tuple[bytes, ...]]:
    """What stands in the bytes of each line that fits, one of each: of most others nothing more is looked at."""
    wanted = [(one.encode(),) for one in (asked.act, asked.actor) if one]
    return [*wanted, (asked.record, asked.record.hex().encode())] if asked.record else wanted


def _fits(line: Line, asked: Asked) -> bool:
    if asked.until_ms and line.at_ms >= asked.until_ms:
        return False
    if not (asked.act or asked.actor or asked.record):
        return True
    body = line.body
    return (
        body is not None
        and asked.act in {"", body.act}
        and asked.actor in {"", body.actor}
        and (not asked.record or asked.record in about(body))
    )


def _down(reader: Reader, ctx: Context, asked: Asked) -> Iterator[Line]:
    """Newest first, as far back as is asked for; without most of those that cannot fit."""
    before, marks = asked.before, _marks(asked)
    for feed in reversed(own_feeds(reader, ctx)):
        if before is not None and feed.epoch > before.epoch:
            continue
        end = before.index if before is not None and feed.epoch == before.epoch else feed.size
        while end > 0:
            first = max(0, end - AT_ONCE)
            for row in reversed(entries.between(reader, feed.number, first, end)):
                if row.op != Op.PUBLISH:
                    continue
                if row.issued_ms < asked.since_ms:
                    return  # the log is in the order of the clock that wrote it
                if _has(row.content, marks):
                    yield _line(feed, row)
            end = first


def _has(content: bytes | None, marks: Sequence[tuple[bytes, ...]]) -> bool:
    return content is None or all(any(one in content for one in either) for either in marks)


def _line(feed: FeedRow, row: entries.EntryRow) -> Line:
    body = None
    if row.content is not None:
        try:
            body = validate(row.kind, row.content, now=UnixMs(row.issued_ms), accepting=True).body
        except ProtocolError:
            body = None  # the chain says that it is not what was written
    return Line(
        feed=feed.feed,
        epoch=feed.epoch,
        index=row.at,
        at_ms=UnixMs(row.issued_ms),
        body=body,
    )
