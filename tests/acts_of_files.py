"""Acts on attached files, and what time takes away. Rows of `test_acts_crash.py`."""

from __future__ import annotations

from acts_of_drafts import drafted
from files_here import key_of, listed, put, release
from more_acts import Ready
from officers_here import officer
from ports import ANTWERP, NORTH_SEA, port
from record_examples import NOW

from node.blobs import of_draft
from node.commands import (
    attach,
    expire,
    fetch,
)
from node.store import attachments
from protocol.fields import DAY_MS

PICTURE = b"\xff\xd8\xff a picture"
CLI = "administrator/cli"


def attaching() -> Ready:
    at = port()
    row = drafted(at, officer(at).id)
    coming = at.ctx.blobs.incoming(len(PICTURE))
    coming.write(PICTURE)
    coming.take(of_draft(row.record))
    return Ready(at, lambda tx: attach.attach(tx, at.ctx, row.record, listed(PICTURE), editor=CLI))


def detaching() -> Ready:
    ready = attaching()
    at, row = ready.at, ready.at.store.write(ready.act).result()
    sha256 = listed(PICTURE).sha256
    return Ready(at, lambda tx: attach.detach(tx, at.ctx, row.record, sha256, editor=CLI))


def arriving() -> Ready:
    origin, at = port(ANTWERP), port(NORTH_SEA)
    out = release(origin, PICTURE)
    at.pull(origin, out.feed.feed)
    key, sha256 = key_of(at, out), listed(PICTURE).sha256
    put(at, key, PICTURE)
    row = at.store.read(lambda r: attachments.get(r, key, sha256))
    assert row is not None
    return Ready(at, lambda tx: fetch.arrived(tx, row))


def giving_up() -> Ready:
    ready = arriving()
    at = ready.at
    sha256 = listed(PICTURE).sha256
    ((key,),) = at.store.read(lambda r: r.all("SELECT key FROM attachment"))
    row = at.store.read(lambda r: attachments.get(r, key, sha256))
    assert row is not None
    return Ready(at, lambda tx: fetch.give_up(tx, row))


def expiring() -> Ready:
    origin, at = port(ANTWERP), port(NORTH_SEA)
    at.pull(origin, release(origin, PICTURE).feed.feed)
    at.clock.at = NOW + 31 * DAY_MS
    due = at.store.read(lambda r: expire.look(r, at.ctx)).due
    assert due
    return Ready(at, lambda tx: expire.forget(tx, at.ctx, due))


ACTS = (
    attaching,
    detaching,
    arriving,
    giving_up,
    expiring,
)
