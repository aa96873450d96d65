"""Acts of erasing and purging, and the heads of the audit log. Rows of `test_acts_crash.py`."""

from __future__ import annotations

import registers
from acts_of_feeds import taking_a_receipt
from erasing import COOLING, HOUR, later
from erasing import erase as append_one
from files_here import release
from more_acts import Ready
from officers_here import officer
from ports import ANTWERP, NORTH_SEA, RETENTION, Port, port

from node.commands import (
    audit_heads,
    burst,
    control,
    destroy,
    erase,
    purge,
)
from node.commands.accept import accept_batch
from node.commands.context import Settings
from node.erasure_list import Gone
from policies.officers import Role

PICTURE = b"\xff\xd8\xff a picture"
CLI = "administrator/cli"


def asking_for_an_erase() -> Ready:
    at = port()
    one, who = at.release(), officer(at, "dpo", Role.DPO)
    return Ready(at, lambda tx: erase.request_erase(tx, at.ctx, one.record, reason=2, officer=who))


def erasing() -> Ready:
    ready = asking_for_an_erase()
    at = ready.at
    asked = at.store.write(ready.act).result()
    who = officer(at, "captain", Role.PORT_CAPTAIN)
    return Ready(
        at, lambda tx: erase.approve_erase(tx, at.ctx, asked.record, officer=who, digest=asked.digest)
    )


def erased() -> Port:
    """A holder at which an erasure is due."""
    origin, at = port(ANTWERP), port(NORTH_SEA)
    one = release(origin, PICTURE)
    append_one(origin, one)
    at.pull(origin, one.feed.feed)
    later(COOLING, at)
    return at


def destroying() -> Ready:
    at = erased()
    due = at.store.read(lambda r: destroy.due(r, at.ctx)).keys
    assert due
    return Ready(at, lambda tx: destroy.destroy(tx, at.ctx, due))


def confirming_what_was_destroyed() -> Ready:
    ready = destroying()
    ready.at.store.write(ready.act).result()
    return Ready(ready.at, lambda tx: destroy.confirm(tx, ready.at.ctx))


def replaying_what_was_destroyed() -> Ready:
    at = erased()
    row = at.store.read(lambda r: r.one("SELECT lineage, record, version FROM erasure"))
    assert row is not None
    at.ctx.gone.append([Gone(*row)])
    return Ready(at, lambda tx: destroy.replay(tx, at.ctx))


def lost() -> Port:
    """A holder that may not follow a feed any more of which it has a record with a file."""
    held = [registers.register()]
    origin, at = port(ANTWERP), port(NORTH_SEA, register=lambda: held[0])
    at.pull(origin, release(origin, PICTURE).feed.feed)
    held[0] = registers.changed(registers.swap("board/communities/ports-be/serving", [ANTWERP]))
    return at


def beginning_a_purge() -> Ready:
    at = lost()
    numbers = at.store.read(lambda r: purge.lost(r, at.ctx))
    assert numbers
    return Ready(at, lambda tx: purge.begin(tx, at.ctx, numbers))


def purging() -> Ready:
    ready = beginning_a_purge()
    ready.at.store.write(ready.act).result()
    return Ready(ready.at, lambda tx: purge.step(tx, ready.at.ctx))


def confirming_a_purge() -> Ready:
    ready = purging()
    ready.at.store.write(ready.act).result()
    return Ready(ready.at, lambda tx: purge.confirm(tx, ready.at.ctx))


def bursting() -> Ready:
    origin = port(ANTWERP)
    at = port(NORTH_SEA, settings=Settings(retention=RETENTION, origin_erasures_per_hour=1))
    for _ in range(2):
        append_one(origin, one := origin.release())
    batch = origin.serve(at, one.feed.feed, 0)
    assert batch is not None
    return Ready(at, lambda tx: accept_batch(tx, at.ctx, ANTWERP, batch))


def letting_a_burst_pass() -> Ready:
    ready = bursting()
    ready.at.store.write(ready.act).result()
    return Ready(ready.at, lambda tx: burst.release(tx, ready.at.ctx, ANTWERP, actor=CLI))


def asking_for_a_purge() -> Ready:
    ready = taking_a_receipt()
    at = ready.at
    at.store.write(ready.act).result()
    without = registers.changed(registers.swap("board/communities/ports-be/serving", [ANTWERP]))
    object.__setattr__(at.ctx, "registers", lambda: without)
    lost = at.store.read(lambda r: control.lost_readers(r, at.ctx))
    assert lost
    return Ready(at, lambda tx: control.ask(tx, at.ctx, lost))


def taking_a_head() -> Ready:
    at = port()
    at.release()
    later(HOUR, at)
    return Ready(at, lambda tx: audit_heads.take(tx, at.ctx))


def telling_a_head() -> Ready:
    ready = taking_a_head()
    head = ready.at.store.write(ready.act).result()
    return Ready(ready.at, lambda tx: audit_heads.tell(tx, ready.at.ctx, head, most=2))


ACTS = (
    asking_for_an_erase,
    erasing,
    destroying,
    confirming_what_was_destroyed,
    replaying_what_was_destroyed,
    beginning_a_purge,
    purging,
    confirming_a_purge,
    bursting,
    letting_a_burst_pass,
    asking_for_a_purge,
    taking_a_head,
    telling_a_head,
)
