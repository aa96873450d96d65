"""Every act that writes, with the world stopping at each numbered write point of it: after the restart nothing of it is there, or
all of it; and done again it ends in the state of the act that nothing disturbed, the audit feed and every table included.
"""

from __future__ import annotations

import contextlib
import random
import uuid
from collections.abc import Callable
from typing import Any, cast

import acts_of_people
import more_acts
import pytest
import registers
from act_names import act_names
from clones import clone
from erasing import COOLING, HOUR, later
from erasing import erase as append_one
from files_here import key_of, listed, put, release
from matters import Desk
from more_acts import Ready
from officers_here import MODEL, everyone, hire, officer, readable
from ports import AMBER, ANTWERP, LIEGE, NORTH_SEA, RETENTION, SCHELDT, NamedKeys, Port, port
from record_examples import NOW, example

from node.blobs import of_draft
from node.commands import (
    acted,
    attach,
    audit_heads,
    auto_release,
    beat,
    burst,
    contest,
    control,
    destroy,
    draft,
    erase,
    expire,
    fetch,
    go_ahead,
    handle,
    hold,
    leave,
    move,
    people,
    purge,
    receipt,
    restored,
    retract,
    revocation,
    search,
    sign_in,
    unseal,
)
from node.commands import release as releasing
from node.commands.accept import accept_batch
from node.commands.address import Address
from node.commands.append import append
from node.commands.audit import Act
from node.commands.context import Settings
from node.commands.overtake import Overtaken, overtake
from node.commands.people import Account
from node.commands.publish import publish
from node.commands.sight import Seen, sight
from node.commands.watch_list import load
from node.detector import Detection, Sentence, Spot
from node.erasure_list import Gone
from node.high_water import Marks
from node.observation import Subject, VesselPosition
from node.store import attachments, feeds
from node.store.engine import driver_of
from node.store.inline import Crash
from node.store.unit import Reader, Tx
from policies.auto_release import parse_rules
from policies.officers import Role
from policies.plan import Plan
from protocol.fields import DAY_MS
from protocol.ids import UnixMs
from protocol.label import parse
from protocol.register import Register, build_register
from protocol.v1 import records_pb2 as pb

PICTURE = b"\xff\xd8\xff a picture"
RED = "BE:NONE//TLP:RED//AUD ports-be//TO node:north-sea-port"
NARROW = "BE:NONE//TLP:AMBER//AUD ports-be & ports-scheldt"
CLI = "administrator/cli"


def alert() -> pb.Record:
    record = example("alert")
    record.common.legal_basis = "port-security-be"
    return record


def drafted(at: Port, owner: str, label: str = AMBER) -> Any:
    return at.store.write(
        lambda tx: draft.make(tx, at.ctx, alert(), owner=owner, label=parse(label))
    ).result()


def making() -> Ready:
    at = port()
    who = officer(at)
    return Ready(at, lambda tx: draft.make(tx, at.ctx, alert(), owner=who.id, label=parse(AMBER)))


def changing() -> Ready:
    at = port()
    row = drafted(at, officer(at).id)
    return Ready(at, lambda tx: draft.change(tx, at.ctx, row.record, editor=CLI, label=parse(RED)))


def discarding() -> Ready:
    at = port()
    who = officer(at)
    row = drafted(at, who.id)
    return Ready(at, lambda tx: draft.discard(tx, at.ctx, row.record, officer=who.id))


def approving() -> Ready:
    at = port()
    first, second = officer(at), officer(at, "b.second")
    row, all_here = drafted(at, first.id, RED), everyone(at)
    plan = at.store.read(lambda r: releasing.preview(r, at.ctx, row.record, officer=first, people=all_here))
    assert isinstance(plan, Plan)
    given = {"officer": second, "people": all_here, "digest": plan.digest}
    return Ready(at, lambda tx: releasing.approve(tx, at.ctx, row.record, **given))  # type: ignore[arg-type]


def leaving() -> Ready:
    at = port()
    who = officer(at)
    row, all_here = drafted(at, who.id), everyone(at)
    plan = at.store.read(lambda r: releasing.preview(r, at.ctx, row.record, officer=who, people=all_here))
    assert isinstance(plan, Plan)
    given = {"officer": who, "people": all_here, "digest": plan.digest}
    return Ready(at, lambda tx: releasing.release(tx, at.ctx, row.record, **given))  # type: ignore[arg-type]


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


def withdrawing() -> Ready:
    ready = leaving()
    at = ready.at
    out = at.store.write(ready.act).result()
    (who,) = everyone(at)
    return Ready(at, lambda tx: retract.retract(tx, at.ctx, out.record, reason=1, officer=who))


def moved(label: str, *, first: str = AMBER, after: str = "") -> Ready:
    """A move that is about to leave, of a matter that `after` has another copy in."""
    desk = Desk(port())
    out = desk.release(first)
    if after:
        out = desk.move(out.record, after)
    return ready_to_leave(desk, desk.moving(out.record, label))


def ready_to_leave(desk: Desk, row: Any) -> Ready:
    at, plan = desk.at, desk.plan(row)
    assert isinstance(plan, Plan)
    given = {"people": desk.people, "digest": plan.digest}
    if plan.needs_second:
        at.store.write(
            lambda tx: releasing.approve(tx, at.ctx, row.record, officer=desk.second, **given)  # type: ignore[arg-type]
        ).result()
    return Ready(at, lambda tx: releasing.release(tx, at.ctx, row.record, officer=desk.who, **given))  # type: ignore[arg-type]


def drafting_a_move() -> Ready:
    desk = Desk(port())
    out = desk.release()
    return Ready(desk.at, lambda tx: move.begin(tx, desk.at.ctx, out.record, editor=CLI, label=parse(RED)))


def narrowing() -> Ready:
    return moved(SCHELDT)


def widening() -> Ready:
    return moved(AMBER, first=NARROW)


def narrowing_after_widening() -> Ready:
    return moved(RED, first=NARROW, after=AMBER)


def removing_a_part() -> Ready:
    desk = Desk(port())
    out = desk.move(desk.release(NARROW).record, AMBER)
    return ready_to_leave(desk, desk.correcting(out.record, removes=True))


def withdrawing_a_matter() -> Ready:
    desk = Desk(port())
    out = desk.move(desk.release(NARROW).record, AMBER)
    at = desk.at
    return Ready(at, lambda tx: retract.retract(tx, at.ctx, out.record, reason=1, officer=desk.who))


def beginning_to_leave() -> Ready:
    ready = leaving()
    at = ready.at
    (who,) = all_here = everyone(at)
    ((record,),) = at.store.read(lambda r: r.all("SELECT record FROM draft"))
    plan = at.store.read(lambda r: releasing.preview(r, at.ctx, record, officer=who, people=all_here))
    assert isinstance(plan, Plan)
    given = {"officer": who, "people": all_here, "digest": plan.digest, "after_ms": 10_000}
    return Ready(at, lambda tx: leave.begin(tx, at.ctx, record, **given))  # type: ignore[arg-type]


def undoing() -> Ready:
    ready = beginning_to_leave()
    at = ready.at
    at.store.write(ready.act).result()
    ((record,),) = at.store.read(lambda r: r.all("SELECT record FROM draft"))
    return Ready(at, lambda tx: leave.undo(tx, at.ctx, record, officer=CLI))


def leaving_when_due() -> Ready:
    ready = beginning_to_leave()
    at = ready.at
    at.store.write(ready.act).result()
    at.clock.at += 10_000
    (who,) = all_here = everyone(at)
    ((record,),) = at.store.read(lambda r: r.all("SELECT record FROM draft"))
    return Ready(at, lambda tx: leave.leave(tx, at.ctx, record, officer=who, people=all_here))


def held(step: str) -> Ready:
    """A hold at one of its steps."""
    at = port()
    out, dpo, second = at.release(), officer(at, "d.dpo", Role.DPO), officer(at, "s.second")
    where = (at.ctx, out.feed.lineage, out.record)
    steps: dict[str, Callable[[Tx], Any]] = {
        "ask": lambda tx: hold.ask(tx, *where, reference="PV 12", officer=dpo),
        "confirm": lambda tx: hold.confirm(tx, *where, reference="PV 12", officer=second),
        "ask_end": lambda tx: hold.ask_end(tx, *where, reference="PV 12", officer=dpo),
        "end": lambda tx: hold.confirm(tx, *where, reference="PV 12", officer=second),
    }
    for name, act in steps.items():
        if name == step:
            return Ready(at, act)
        at.store.write(act).result()
    raise AssertionError(step)


def asking_for_a_hold() -> Ready:
    return held("ask")


def holding() -> Ready:
    return held("confirm")


def asking_for_its_end() -> Ready:
    return held("ask_end")


def ending_a_hold() -> Ready:
    return held("end")


def contesting() -> Ready:
    at = port()
    out, dpo = at.release(), officer(at, "d.dpo", Role.DPO)
    return Ready(at, lambda tx: contest.contest(tx, at.ctx, out.feed.lineage, out.record, officer=dpo))


def unsealing() -> Ready:
    at = port()
    out, who = at.release(), officer(at, "c.captain", Role.PORT_CAPTAIN)
    at.withdraw(out)
    where = {"readable": readable(at), "address": Address(out.record)}
    return Ready(at, lambda tx: unseal.unseal(tx, at.ctx, **where, reason=1, officer=who))  # type: ignore[arg-type]


def handling(step: str) -> Ready:
    """A step about an alert of another port."""
    origin, at = port(ANTWERP, register=with_outcomes()), port(NORTH_SEA, register=with_outcomes())
    out, who = origin.release(), officer(at)
    at.pull(origin, out.feed.feed)
    memory, where = readable(at), Address(out.record)
    one = at.store.read(lambda r: search.found(r, at.ctx, memory, who.reading, where))
    assert one is not None
    steps: dict[str, Callable[[Tx], Any]] = {
        "claim": lambda tx: handle.claim(tx, at.ctx, one, officer=who),
        "guard": lambda tx: handle.send_guard(tx, at.ctx, one, officer=who),
        "close": lambda tx: handle.close(tx, at.ctx, one, verdict="true", officer=who),
    }
    for name, act in steps.items():
        if name == step:
            return Ready(at, act)
        at.store.write(act).result()
    origin.withdraw(out)
    at.pull(origin, out.feed.feed)
    due = at.store.read(acted.look)
    return Ready(at, lambda tx: acted.tell(tx, at.ctx, due))


def with_outcomes() -> Register:
    board = registers.board()
    board["processing"][0]["kinds"] = ["alert", "outcome"]
    return build_register(board, registers.nodes(), version=3, hash=bytes(32), expires_ms=registers.EXPIRES)


def claiming() -> Ready:
    return handling("claim")


def sending_a_guard() -> Ready:
    return handling("guard")


def closing_an_alert() -> Ready:
    return handling("close")


def telling_what_was_done() -> Ready:
    return handling("tell")


def raising(label: str = AMBER) -> Ready:
    at = port()
    found = Detection(
        detector="impossible_speed",
        version="1",
        rule="R11",
        category="vessel_anomaly",
        severity="Severe",
        certainty="Likely",
        urgency="Immediate",
        title=Sentence("speed", "DEMO ALPHA moves impossibly fast"),
        explanation=(Sentence("jump", "62 km in 40 s, 3 010 kn"),),
        observations=(seen(200123456),),
        subjects=(Subject("mmsi", "200123456"),),
        place=Spot(51.3, 4.3),
        occurred_from=UnixMs(NOW),
        occurred_to=UnixMs(NOW),
        score=0.9,
        key="mmsi:200123456",
        rearm_ms=600_000,
    )
    rules = parse_rules(
        f'version = 1\n[[rule]]\nname = "ais-spoof"\ndetector = "impossible_speed"\nseverity_min = "Moderate"\n'
        f'certainty_min = "Likely"\nlabel = "{label}"\nexpires = "12h"\n'.encode()
    )
    return Ready(at, lambda tx: auto_release.take_detection(tx, at.ctx, found, rules))


def withholding() -> Ready:
    return raising(AMBER.replace("AMBER", "GREEN"))  # more open than the register lets a rule be


def adding_an_account() -> Ready:
    at = port()
    site = at.ctx.entry(at.ctx.register).sites[0].id
    account = Account(login="e.jansen", name="E. Jansen", site=site, roles=(Role.ANALYST,), clearance=())
    return Ready(at, lambda tx: people.add(tx, at.ctx, MODEL, account, actor=CLI))


def person(at: Port) -> bytes:
    return uuid.UUID(hire(at, "e.jansen")).bytes


def inviting() -> Ready:
    at = port()
    who = person(at)
    return Ready(at, lambda tx: sign_in.invite(tx, at.ctx, who, actor=CLI))


def setting_a_password() -> Ready:
    at = port()
    who = person(at)
    return Ready(at, lambda tx: people.set_password(tx, at.ctx, who, b"$argon2id$", actor=CLI))


def closing_an_account() -> Ready:
    at = port()
    who = person(at)
    at.store.write(lambda tx: sign_in.open_session(tx, at.ctx, who, how="once")).result()
    return Ready(at, lambda tx: people.close(tx, at.ctx, who, actor=CLI))


def attempting() -> Ready:
    at = port()
    return Ready(at, lambda tx: sign_in.begin(tx, at.ctx, "e.jansen", "192.0.2.1"))


def signing_in() -> Ready:
    at = port()
    who = person(at)
    at.store.write(lambda tx: sign_in.begin(tx, at.ctx, "e.jansen", "192.0.2.1")).result()
    given = {"how": "password", "login": "e.jansen", "client": "192.0.2.1"}
    return Ready(at, lambda tx: sign_in.open_session(tx, at.ctx, who, **given))


def signing_in_once() -> Ready:
    ready = inviting()
    at, secret = ready.at, ready.at.store.write(ready.act).result()
    return Ready(at, lambda tx: sign_in.sign_in_once(tx, at.ctx, secret, client="192.0.2.1"))


def signing_out() -> Ready:
    ready = signing_in()
    at, opened = ready.at, ready.at.store.write(ready.act).result()
    return Ready(at, lambda tx: sign_in.sign_out(tx, at.ctx, opened.secret))


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


def taking_a_receipt() -> Ready:
    at, holder = port(ANTWERP), port(NORTH_SEA)
    feed = at.release().feed.feed
    holder.pull(at, feed)
    given = holder.store.read(lambda r: receipt.own_receipt(r, holder.ctx, feed))
    assert given is not None
    return Ready(at, lambda tx: receipt.take(tx, at.ctx, NORTH_SEA, given))


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


def syncing_the_register() -> Ready:
    at = port()
    return Ready(at, lambda tx: people.sync_register(tx, at.ctx, MODEL, at.ctx.register))


def sighting() -> Ready:
    board = registers.board()
    board["processing"][0]["kinds"] = ["alert", "incident", "indicator", "sighting"]
    register = build_register(
        board, registers.nodes(), version=3, hash=bytes(32), expires_ms=registers.EXPIRES
    )
    origin, at = (port(name, register=register) for name in (NORTH_SEA, ANTWERP))
    value = pb.IndicatorValue(type="mmsi", value="205123456")
    at.pull(origin, origin.publish(example("indicator", value=value)).feed.feed)
    (lookout,) = at.store.read(lambda r: load(r, at.ctx)).match([("mmsi", "205123456")], UnixMs(NOW + 1))
    found = Seen(count=1, first=UnixMs(NOW), last=UnixMs(NOW + 1000), newest=seen(205123456))
    return Ready(at, lambda tx: sight(tx, at.ctx, lookout, found))


def seen(mmsi: int) -> VesselPosition:
    return VesselPosition(
        sensor="vts",
        site="antwerp",
        at=UnixMs(NOW),
        station="",
        mmsi=mmsi,
        lat=51.3,
        lon=4.3,
        ship_class="A",
        accuracy_m=10,
    )


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


ACTS = (
    *(cutting_off, being_cut_off, finding_a_lie, looking_after_a_restore, taking_back),
    *(asking_for_an_erase, erasing, destroying, confirming_what_was_destroyed, replaying_what_was_destroyed),
    *(beginning_a_purge, purging, confirming_a_purge, taking_a_head, telling_a_head),
    *(bursting, letting_a_burst_pass, asking_for_a_purge),
    *(
        making,
        changing,
        discarding,
        approving,
        leaving,
        withdrawing,
        raising,
        sighting,
        opening_the_next_epoch,
    ),
    *(adding_an_account, inviting, setting_a_password, closing_an_account),
    *(attempting, signing_in, signing_in_once, signing_out),
    *(drafting_a_move, narrowing, widening, narrowing_after_widening, removing_a_part, withdrawing_a_matter),
    *(beginning_to_leave, undoing, leaving_when_due),
    *(claiming, sending_a_guard, closing_an_alert, telling_what_was_done),
    *(asking_for_a_hold, holding, asking_for_its_end, ending_a_hold, contesting, unsealing),
    *(overtaking, overtaking_everything, taking_in_its_turn, taking_a_note, counting_a_beat),
    *(attaching, detaching, arriving, giving_up, expiring, taking_a_receipt, syncing_the_register),
)


def everything(at: Port) -> dict[str, list[str]]:
    """Every row of every table."""
    named = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"

    def look(reader: Reader) -> dict[str, list[str]]:
        tables = [str(row[0]) for row in reader.all(named)]
        return {table: sorted(map(repr, reader.all(f"SELECT * FROM {table}"))) for table in tables}

    return at.store.read(look)


def stopped(make: Callable[[], Ready]) -> int:
    """Stop the world at each point of the act; how many there are."""
    whole = make()
    before = everything(whole.at)
    whole.at.store.crash_at(None)
    whole.at.store.write(whole.act).result()
    points, after = whole.at.store.points, everything(whole.at)
    assert after != before
    for point in range(1, points + 1):
        ready = make()
        draws = cast("random.Random", ready.at.ctx.random.__self__)  # type: ignore[attr-defined]
        drawn = draws.getstate()
        ready.at.store.crash_at(point)
        with pytest.raises(Crash):
            ready.at.store.write(ready.act)
        ready.at.store.reopen()
        assert everything(ready.at) == (after if point == points else before), (
            point
        )  # the last is after the commit
        if point < points:
            draws.setstate(drawn)
            ready.at.store.write(ready.act).result()
            assert everything(ready.at) == after, point
    return points


@pytest.mark.parametrize("make", ACTS, ids=lambda make: make.__name__)
def test_the_world_may_stop_at_every_write_point_of_an_act(make: Callable[[], Ready]) -> None:
    assert stopped(make) >= 3  # a statement, and both sides of the commit


def test_an_act_of_two_transactions_would_be_seen() -> None:
    """The planted fault: the account is kept in one transaction, and what it may do in another."""

    def torn() -> Ready:
        ready = adding_an_account()
        at = ready.at

        def act(tx: Tx) -> None:
            ready.act(tx)
            tx.run("COMMIT")
            tx.run("BEGIN IMMEDIATE")
            tx.run("SAVEPOINT job")
            ((who,),) = tx.all("SELECT id FROM person")
            people.close(tx, at.ctx, who, actor=CLI)

        return Ready(at, act)

    with pytest.raises(AssertionError):
        stopped(torn)


# ---- The same acts, and those of `more_acts.py`, with an audit that fails ----------------------------------------------------

AUDITED = (*ACTS, withholding, *more_acts.ACTS, *acts_of_people.ACTS)
SILENT = {
    *("changing", "attempting", "arriving", "giving_up", "expiring", "taking_a_receipt"),
    *("destroying", "confirming_what_was_destroyed", "replaying_what_was_destroyed"),
    *("beginning_a_purge", "purging", "confirming_a_purge", "taking_a_head", "telling_a_head"),
    "asking_for_a_purge",
    *("overtaking", "overtaking_everything", "taking_in_its_turn", "taking_a_note", "counting_a_beat"),
}
"""What is no act of anybody by policy: a text that is still being written, an attempt that was only reserved, and what a node does by
the clock or on a peer's word, which the log, its control feeds or the table itself keeps."""


class Unwritten(Exception):
    """The audit entry could not be written."""


class Audit:
    """Stands before the append of audit entries: passes on the first `most`, then fails."""

    def __init__(self) -> None:
        self.most: int | None = None
        self.count = 0
        self.failed = False

    def __call__(self, *given: Any) -> Any:
        self.count += 1
        self.failed = self.most is not None and self.count > self.most
        if self.failed:
            raise Unwritten
        return append(*given)


def codes_of(make: Callable[[], Ready], monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Do the act with its first, second, … audit entry failing, and find nothing of it; then do it. The codes it audited."""
    ready, gate = make(), Audit()
    at = ready.at
    before, already = everything(at), len(at.audits())
    monkeypatch.setattr("node.commands.audit.append", gate)
    most = 0
    while True:
        gate.most, gate.count, gate.failed = most, 0, False
        try:
            at.store.write(ready.act).result()
        except Unwritten:
            assert everything(at) == before, f"something of it was kept without audit entry {most + 1}"
            most += 1
        else:
            assert not gate.failed, f"it went on without audit entry {most + 1}"
            break
    monkeypatch.undo()
    said = [one.act for one in at.audits()[already:]]
    assert len(said) == most, "an audit entry that failed was swallowed"
    return set(said)


@pytest.mark.parametrize("make", AUDITED, ids=lambda make: make.__name__)
def test_where_the_audit_fails_there_is_no_act(
    make: Callable[[], Ready], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = codes_of(make, monkeypatch)
    assert bool(said) is (make.__name__ not in SILENT)
    SAID.update(said)


SAID: set[str] = set()


def test_every_act_in_the_code_has_a_row(request: pytest.FixtureRequest) -> None:
    """Who adds an act adds a builder to ACTS here or in `more_acts.py`. Needs the rows above: not asked where they were left out."""
    if sum("test_where_the_audit_fails" in item.nodeid for item in request.session.items) < len(AUDITED):
        return
    assert act_names().keys() - SAID == set()
    assert SAID - act_names().keys() == set()


def test_an_audit_that_is_written_apart_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault: an act that goes on where its audit entry could not be written."""

    def careless() -> Ready:
        ready = making()

        def act(tx: Tx) -> None:
            tx.run("DELETE FROM draft")
            with contextlib.suppress(Unwritten):
                ready.act(tx)

        return Ready(ready.at, act)

    with pytest.raises(AssertionError):
        codes_of(careless, monkeypatch)
