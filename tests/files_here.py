"""Records with files, for tests: an alert that lists some bytes, put on the disk of the port that publishes it."""

from __future__ import annotations

import hashlib
from typing import Any

from ports import AMBER, Port
from record_examples import example

from node.blobs import of_entry
from node.commands import fetch
from node.commands.audit import Act
from node.commands.publish import Released, publish
from node.store import attachments, entries, feeds
from node.store.attachments import State
from node.store.unit import Tx
from protocol.attachment import Attachment
from protocol.label import parse
from protocol.v1 import records_pb2 as pb


def listed(data: bytes, name: str = "camera 4.jpg", media_type: str = "image/jpeg") -> Attachment:
    """What a record says of these bytes."""
    return Attachment(hashlib.sha256(data).digest(), len(data), media_type, name)


def with_files(*files: Attachment, kind: str = "alert", **changes: Any) -> pb.Record:
    """A record that lists them."""
    message = example(kind, **changes)
    message.common.attachments.extend(pb.Blob(**one._asdict()) for one in files)
    return message


def put(at: Port, key: int, data: bytes) -> None:
    """The bytes are an entry's, whole."""
    sha256 = hashlib.sha256(data).digest()
    at.ctx.blobs.add(of_entry(key), sha256, 0, data)
    at.ctx.blobs.finish(of_entry(key), sha256, len(data))


def release(
    at: Port, *contents: bytes, label: str = AMBER, media_type: str = "image/jpeg", **changes: Any
) -> Released:
    """Publish an alert with these files, deciding nothing; in one transaction, as a release does."""
    files = [listed(data, media_type=media_type) for data in contents]
    one = at.version(with_files(*files, **changes))

    def act(tx: Tx) -> Released:
        released = publish(
            tx, at.ctx, parse(label), one, at.ctx.register, act=Act(act="release", record=one.record)
        )
        key = entries.key_of(released.feed.number, released.index)
        for data in contents:
            put(at, key, data)
        attachments.add(tx, key, files, alert=True, held=True)
        return released

    return at.store.write(act).result()


def key_of(at: Port, released: Released) -> int:
    """The key of a released entry at this port or another."""
    feed = at.store.read(lambda r: feeds.find(r, released.feed.feed))
    assert feed is not None, "the feed is not here"
    return entries.key_of(feed.number, released.index)


def has(at: Port, released: Released, data: bytes) -> bool:
    """Whether a port has the file, by its store and on its disk."""
    key, sha256 = key_of(at, released), hashlib.sha256(data).digest()
    here = at.store.read(lambda r: attachments.held(r, key))
    return sha256 in here and at.ctx.blobs.read(of_entry(key), sha256, 0, len(data) + 1) == data


def come(at: Port, data: bytes) -> None:
    """A file that a port waits for arrives there."""
    sha256 = hashlib.sha256(data).digest()
    asked = "SELECT key FROM attachment WHERE sha256 = ? AND state = ?"
    ((key,),) = at.store.read(lambda r: r.all(asked, sha256, State.WANTED))
    put(at, key, data)
    row = at.store.read(lambda r: attachments.get(r, key, sha256))
    assert row is not None
    assert at.store.write(lambda tx: fetch.arrived(tx, row)).result()
