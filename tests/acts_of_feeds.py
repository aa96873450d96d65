"""Acts on feeds: what comes in its turn and ahead of it, receipts and beats, epochs, lies, and coming back. Rows of `test_acts_crash.py`."""

from __future__ import annotations

import registers
from clones import clone
from more_acts import Ready
from ports import AMBER, ANTWERP, LIEGE, NORTH_SEA, NamedKeys, Port, port
from record_examples import example

from node.commands import (
    beat,
    go_ahead,
    index,
    receipt,
    restored,
    revocation,
    unheard,
)
from node.commands.accept import accept_batch
from node.commands.audit import Act
from node.commands.overtake import Overtaken, overtake
from node.commands.publish import publish
from node.high_water import Marks
from node.store import feeds, words
from node.store.engine import driver_of
from protocol.label import parse
from protocol.register import Register, build_register


def opening_the_next_epoch() -> Ready:
    now = [registers.register(3)]
    at = port(register=lambda: now[0])
    at.release()
    board = registers.board()
    board["communities"]["ports-be"]["members"]["port-liege"] = 4
    now[0] = build_register(board, registers.nodes(), version=4, hash=bytes(32), expires_ms=registers.EXPIRES)
    one = at.version(example("alert"))
    act = Act(act="release", record=one.record)
    return Ready(at, lambda tx: publish(tx, at.ctx, parse(AMBER), one, now[0], act=act))


def taking_a_receipt() -> Ready:
    at, holder = port(ANTWERP), port(NORTH_SEA)
    feed = at.release().feed.feed
    holder.pull(at, feed)
    given = holder.receipt(feed)
    return Ready(at, lambda tx: receipt.take(tx, at.ctx, NORTH_SEA, given))


def keeping_what_is_searched() -> Ready:
    """Words and digests of what came, behind its commit."""
    at = port(ANTWERP)
    for number in range(3):
        at.release(description=f"Kraan {number}, 1-ABC-234 belt 0470 12 34 56.")
    looked = at.store.read(index.gather)
    assert len(looked.lines) == 3
    return Ready(at, lambda tx: index.keep(tx, at.ctx, looked))


def forgetting_what_is_searched() -> Ready:
    """A withdrawal takes them out, and a step writes the index anew without them."""
    ready = keeping_what_is_searched()
    at = ready.at
    at.store.write(ready.act).result()
    one = at.release(description="Kraan 4")
    more = at.store.read(index.gather)
    at.store.write(lambda tx: index.keep(tx, at.ctx, more)).result()
    at.withdraw(one)
    return Ready(at, lambda tx: words.merge(tx, begin=True))


def overtaking() -> Ready:
    """A withdrawal of what is held, ahead of what lies between."""
    origin, at = port(ANTWERP), port(NORTH_SEA)
    one = origin.release()
    at.pull(origin, one.feed.feed)
    origin.release(kind="notice")
    gone = origin.go_ahead(one.feed.feed, origin.withdraw(one), 2)
    assert gone is not None
    return Ready(at, lambda tx: overtake(tx, at.ctx, ANTWERP, gone))


def overtaking_everything() -> Ready:
    """The first that is heard of a feed."""
    origin, at = port(ANTWERP), port(NORTH_SEA)
    origin.release(kind="notice")
    alert = origin.release()
    ahead = origin.go_ahead(alert.feed.feed, alert.index)
    assert ahead is not None
    return Ready(at, lambda tx: overtake(tx, at.ctx, ANTWERP, ahead))


def taking_in_its_turn() -> Ready:
    """The backlog reaches what came ahead."""
    origin, at = port(ANTWERP), port(NORTH_SEA)
    origin.release(kind="notice")
    alert = origin.release()
    ahead = origin.go_ahead(alert.feed.feed, alert.index)
    assert ahead is not None
    at.overtake(ahead)
    batch = origin.serve(at, alert.feed.feed, 0)
    assert batch is not None
    return Ready(at, lambda tx: accept_batch(tx, at.ctx, ANTWERP, batch))


def taking_a_note() -> Ready:
    at, holder = port(ANTWERP), port(NORTH_SEA)
    alert = at.release()
    ahead = at.go_ahead(alert.feed.feed, alert.index)
    assert ahead is not None
    came = holder.overtake(ahead)
    assert isinstance(came, Overtaken)
    note = came.note
    assert note is not None
    return Ready(at, lambda tx: go_ahead.take_note(tx, at.ctx, NORTH_SEA, note))


def counting_a_beat() -> Ready:
    origin, at = port(ANTWERP), port(NORTH_SEA)
    at.pull(origin, origin.release().feed.feed)
    (one,) = origin.store.read(lambda r: beat.own(r, origin.ctx))
    return Ready(at, lambda tx: beat.count(tx, at.ctx, [one]))


def void_key() -> Register:
    """Antwerp signs with another key, and the one it had is void."""
    nodes = registers.nodes()
    (antwerp,) = nodes["port-antwerp-bruges"]
    antwerp |= {"log": [registers.public_key("log another")], "revoked": antwerp["log"]}
    return build_register(registers.board(), nodes, version=4, hash=bytes(32), expires_ms=registers.EXPIRES)


def with_another_key() -> tuple[list[Register], Port]:
    """Antwerp, and the register that all here have: its one element."""
    now = [registers.register(3)]
    at = port(register=lambda: now[0])
    at.release()
    return now, at


def turn(now: list[Register], at: Port) -> None:
    now[0] = void_key()
    object.__setattr__(at.ctx, "keys", NamedKeys("another"))


def cutting_off() -> Ready:
    now, at = with_another_key()
    turn(now, at)
    return Ready(at, lambda tx: revocation.follow(tx, at.ctx))


def being_cut_off() -> Ready:
    now, origin = with_another_key()
    at = port(NORTH_SEA, register=lambda: now[0])
    thief = clone(origin)
    false = thief.release()
    thief.withdraw(false)
    at.pull(thief, false.feed.feed)
    turn(now, origin)
    origin.store.write(lambda tx: revocation.follow(tx, origin.ctx)).result()
    after = origin.store.read(lambda r: feeds.current(r, ANTWERP, AMBER))
    assert after is not None
    batch = origin.serve(at, after.feed, 0)
    assert batch is not None
    return Ready(at, lambda tx: accept_batch(tx, at.ctx, ANTWERP, batch))


def finding_a_lie() -> Ready:
    origin, at = port(ANTWERP), port(NORTH_SEA)
    first = origin.release()
    other = clone(origin)
    for one in (origin, origin, other):
        one.release()
    at.pull(origin, first.feed.feed)
    batch = other.serve(at, first.feed.feed, 0)
    assert batch is not None
    return Ready(at, lambda tx: accept_batch(tx, at.ctx, LIEGE, batch))


def looking_after_a_restore() -> Ready:
    high = Marks()
    before = port(high=high)
    before.store.write(lambda tx: restored.look(tx, before.ctx)).result()
    before.release()
    image = driver_of(before.store._connection).serialize()
    before.release()
    at = port(high=high)
    driver_of(at.store._connection).deserialize(image)
    return Ready(at, lambda tx: restored.look(tx, at.ctx))


def taking_back() -> Ready:
    high = Marks()
    before, north = port(high=high), port(NORTH_SEA)
    first = before.release()
    image = driver_of(before.store._connection).serialize()
    before.release()
    north.pull(before, first.feed.feed)
    at = port(high=high)
    driver_of(at.store._connection).deserialize(image)
    at.store.write(lambda tx: restored.look(tx, at.ctx)).result()
    batch = north.serve(at, first.feed.feed, 2)
    assert batch is not None
    return Ready(at, lambda tx: accept_batch(tx, at.ctx, NORTH_SEA, batch))


def copied_listener() -> tuple[Port, Port]:
    """Ghent's reader on an older disk, before it looks; and Ghent."""
    high, origin = Marks(), port(NORTH_SEA)
    before = port(high=high)
    first = origin.release()
    before.pull(origin, first.feed.feed)
    image = driver_of(before.store._connection).serialize()
    origin.withdraw(first)
    before.pull(origin, first.feed.feed)
    before.ctx.high.note([before.store.read(restored.taken)])
    at = port(high=high)
    driver_of(at.store._connection).deserialize(image)
    return at, origin


def hiding_what_others_said() -> Ready:
    at, _ = copied_listener()
    return Ready(at, lambda tx: restored.look(tx, at.ctx))


def hearing_a_port_again() -> Ready:
    at, origin = copied_listener()
    at.store.write(lambda tx: restored.look(tx, at.ctx)).result()
    for row in origin.store.read(feeds.every):
        at.pull(origin, row.feed)
    said = origin.store.read(lambda r: beat.own(r, origin.ctx))
    return Ready(at, lambda tx: beat.count(tx, at.ctx, said))


def reading_on_an_operators_word() -> Ready:
    at, origin = copied_listener()
    at.store.write(lambda tx: restored.look(tx, at.ctx)).result()
    return Ready(
        at, lambda tx: unheard.by_operator(tx, at.ctx, origin.name, "gone", actor="command/restored")
    )


ACTS = (
    keeping_what_is_searched,
    forgetting_what_is_searched,
    opening_the_next_epoch,
    taking_a_receipt,
    overtaking,
    overtaking_everything,
    taking_in_its_turn,
    taking_a_note,
    counting_a_beat,
    cutting_off,
    being_cut_off,
    finding_a_lie,
    looking_after_a_restore,
    taking_back,
    hiding_what_others_said,
    hearing_a_port_again,
    reading_on_an_operators_word,
)
