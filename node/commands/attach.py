"""Files of drafts, and of what a reader may read: put to a draft, taken off it, gone along with its release.

Guarantees that a draft lists only files that are here, that listing or unlisting one is a change of its text and takes every
approval back, is audited, and that nothing is listed for a record that is withdrawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from node.blobs import Blob, Blobs, Owner, of_draft, of_entry
from node.commands import draft
from node.commands.audit import Act, audit
from node.commands.context import Context
from node.commands.search import Found
from node.store import attachments as rows
from node.store import drafts
from node.store.drafts import DraftRow
from node.store.entries import key_of
from node.store.feeds import FeedRow
from node.store.unit import Reader, Tx
from protocol.attachment import Attachment, attachments, listed
from protocol.errors import BadRecord, Violation
from protocol.ids import RecordId
from protocol.record import Record
from protocol.v1 import records_pb2 as pb

AT_ONCE = 500


class File(NamedTuple):
    """One file, as a reader may have it: whose it is on the disk, and whether it is here."""

    attachment: Attachment
    owner: Owner
    here: bool


def attach(tx: Tx, ctx: Context, record: RecordId, file: Attachment, *, editor: str) -> DraftRow | None:
    """List a file that was taken as `of_draft(record)`'s; None where there is no open draft. Raises BadRecord.

    The same file twice is the same one.
    """
    message = _open(tx, record)
    if message is None:
        return None
    if not ctx.blobs.held(of_draft(record), file.sha256):
        raise BadRecord((Violation(message.common.kind, "attachments", "a file that is held here"),))
    if any(one.sha256 == file.sha256 for one in message.common.attachments):
        return drafts.get(tx, record)
    message.common.attachments.append(pb.Blob(**file._asdict()))
    changed = draft.change(tx, ctx, record, editor=editor, message=message)
    _audited(tx, ctx, record, file.sha256, "added", editor)
    return changed


def detach(tx: Tx, ctx: Context, record: RecordId, sha256: bytes, *, editor: str) -> DraftRow | None:
    """List it no more; None where there is no open draft that does. The file is dropped by the caller, after the commit."""
    message = _open(tx, record)
    if message is None:
        return None
    left = [one for one in message.common.attachments if one.sha256 != sha256]
    if len(left) == len(message.common.attachments):
        return None
    del message.common.attachments[:]
    message.common.attachments.extend(left)
    changed = draft.change(tx, ctx, record, editor=editor, message=message)
    _audited(tx, ctx, record, sha256, "removed", editor)
    return changed


def _audited(tx: Tx, ctx: Context, record: RecordId, sha256: bytes, what: str, editor: str) -> None:
    """Who put a file to a draft or took it off; by its hash, a name may be somebody's."""
    details = {"record": record.hex(), "sha256": sha256.hex(), "change": what}
    audit(tx, ctx, Act(act="draft_file", actor=editor, details=details), ctx.register)


def take_along(tx: Tx, ctx: Context, row: DraftRow, checked: Record, feed: FeedRow, index: int) -> None:
    """What a released draft lists is the entry's too, on the disk before the release is. Raises BadRecord where one is not here."""
    files = attachments(checked)
    key = key_of(feed.number, index)
    for one in files:  # all of them before the first is linked: what is refused leaves nothing
        if not ctx.blobs.held(of_draft(row.record), one.sha256):
            raise BadRecord((Violation(row.kind, "attachments", "files that are held here"),))
    for one in files:
        ctx.blobs.link(of_draft(row.record), of_entry(key), one.sha256)
    rows.add(tx, key, files, alert=row.kind == "alert", held=True)


def drop_of_draft(ctx: Context, record: RecordId, files: Iterable[bytes]) -> None:
    """After a draft was discarded or released, or a file was refused or taken off: the draft's own copies are destroyed."""
    for sha256 in files:
        ctx.blobs.drop(of_draft(record), sha256)


def of_message(blobs: Blobs, record: RecordId, content: bytes) -> tuple[File, ...]:
    """The files that a draft's text lists."""
    owner = of_draft(record)
    message = pb.Record.FromString(content)
    return tuple(
        File(one, owner, blobs.held(owner, one.sha256)) for one in listed(message.common.kind, message)
    )


def of_found(reader: Reader, one: Found) -> tuple[File, ...]:
    """The files that a record lists, for whoever may read it; nothing of one that is withdrawn."""
    if one.record is None:
        return ()
    files = attachments(one.record)
    here = rows.held(reader, one.row.key) if files else frozenset()
    return tuple(File(each, of_entry(one.row.key), each.sha256 in here) for each in files)


def tidy(ctx: Context) -> int:
    """At the start, before anything is fetched or taken: destroy files that no entry and no draft that waits lists; how many.

    An entry without content lists none: a program that knew of no files may have destroyed that content.
    """
    ctx.store.write(rows.without_content).result()
    ctx.blobs.forget_incoming()
    every, gone = list(ctx.blobs.every()), 0
    for start in range(0, len(every), AT_ONCE):
        part = every[start : start + AT_ONCE]
        for blob in ctx.store.read(lambda reader, part=part: _unlisted(reader, part)):  # type: ignore[misc]
            ctx.blobs.drop(blob.owner, blob.sha256)
            gone += 1
    return gone


def _unlisted(reader: Reader, blobs: Sequence[Blob]) -> list[Blob]:
    listed = rows.named(reader, [blob.entry for blob in blobs if blob.entry is not None])
    return [
        blob
        for blob in blobs
        if (blob.entry is not None and (blob.entry, blob.sha256) not in listed)
        or (blob.draft is not None and not _lists(_waiting(reader, blob.draft), blob.sha256))
    ]


def _lists(message: pb.Record | None, sha256: bytes) -> bool:
    return message is not None and any(one.sha256 == sha256 for one in listed(message.common.kind, message))


def _open(reader: Reader, record: RecordId) -> pb.Record | None:
    row = drafts.get(reader, record)
    return pb.Record.FromString(row.content) if row is not None and row.state in drafts.OPEN else None


def _waiting(reader: Reader, record: RecordId) -> pb.Record | None:
    """The same of one that is about to leave, too: its files go along."""
    row = drafts.get(reader, record)
    return pb.Record.FromString(row.content) if row is not None and row.state in drafts.WAITING else None
