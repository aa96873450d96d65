"""Put one version of a record into the log of its label. Everything was decided before; this is the act itself.

Guarantees: entry, checkpoint and audit entry are in the caller's one transaction. The content is the bytes that were decided
on; nothing is serialised here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from node.commands.append import Appended, append
from node.commands.audit import Act, audit
from node.commands.context import Context
from node.store.feeds import FeedRow
from node.store.unit import Tx
from protocol.entry import SALT, build_publish
from protocol.ids import RecordId, UnixMs
from protocol.label import Label
from protocol.record import kind_of
from protocol.register_view import Register


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a record as it leaves: exact content, and what its header says. `expires_ms` 0: never."""

    record: RecordId
    version: int
    content_type: str
    content: bytes
    expires_ms: UnixMs
    retain_until_ms: UnixMs


@dataclass(frozen=True, slots=True)
class Released:
    """Where a version stands in the log, after the transaction."""

    record: RecordId
    version: int
    feed: FeedRow
    index: int
    kind: str = ""


def publish(
    tx: Tx,
    ctx: Context,
    label: Label,
    version: Version,
    register: Register,
    *,
    act: Act | None,
    now: UnixMs | None = None,
) -> Released:
    """Append the version to this node's feed of `label`; `act` None only where the act is audited as a whole elsewhere.

    `now`: from when its ends were counted. It is issued then: the clock may have gone on since, and what ends is judged by its issue.
    """
    entry = build_publish(
        record_id=version.record,
        version=version.version,
        content_type=version.content_type,
        content=version.content,
        salt=ctx.random(SALT),
        issued_ms=ctx.now() if now is None else now,
        retain_until_ms=version.retain_until_ms,
        register=register.version,
        expires_ms=version.expires_ms,
    )
    appended: Appended = append(tx, ctx, label, [entry], register)
    if act is not None:
        audit(tx, ctx, replace(act, feed=appended.feed.feed), register)
    kind = kind_of(version.content_type)
    return Released(version.record, version.version, appended.feed, appended.first, kind)
