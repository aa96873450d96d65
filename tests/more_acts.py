"""Acts that tests look at beside those of `test_acts_crash.py`: consultations, and what a node writes down of others."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import registers
from clones import clone
from matters import Desk
from officers_here import officer, readable
from ports import AMBER, ANTWERP, LIEGE, NORTH_SEA, NamedKeys, Port, port
from record_examples import NOW, example

from node.commands import acted, carry, contest, detail, draft, find, hold, prove, revocation, sign_in
from node.commands.accept import accept_batch
from node.commands.address import Address
from node.commands.batch import Batch
from node.commands.publish import Version, publish
from node.store.unit import Tx
from policies.officers import Role
from protocol.fields import DAY_MS
from protocol.ids import FeedId, NodeId, UnixMs, new_record_id
from protocol.label import parse
from protocol.record import content_type, serialise
from protocol.register import build_register
from protocol.v1 import records_pb2 as pb

PERSONAL = AMBER + "//CAVEAT PERSONAL"
CLI = "administrator/cli"


@dataclass(frozen=True)
class Ready:
    """A port just before an act, and the act."""

    at: Port
    act: Callable[[Tx], Any]


def about_a_plate() -> pb.Record:
    record = example("alert")
    record.common.legal_basis = "port-security-be"
    record.common.subjects.add(type="plate", value="BE:1ABC234")
    record.common.subject_category.append(pb.Common.SUBJECT_CATEGORY_OTHER)
    return record


def opening() -> Ready:
    at = port()
    who, out = officer(at), at.publish(about_a_plate(), PERSONAL)
    asked = (readable(at), who.reading, Address(out.record))
    shown = at.store.read(lambda r: detail.detail(r, at.ctx, *asked))
    assert shown is not None
    assert shown.audited
    return Ready(at, lambda tx: detail.opened(tx, at.ctx, shown, officer=who.id, purposes=["port-security"]))


def searching_by_a_plate() -> Ready:
    at = port()
    who = officer(at)
    asked = find.Asked(by="plate", typed="1-ABC-234", purpose="port-security")
    return Ready(at, lambda tx: find.begin(tx, at.ctx, asked, officer=who))


def opening_a_draft() -> Ready:
    at = port()
    who = officer(at)
    row = at.store.write(
        lambda tx: draft.make(tx, at.ctx, about_a_plate(), owner=who.id, label=parse(PERSONAL))
    ).result()
    assert draft.is_personal(row)
    return Ready(at, lambda tx: draft.opened(tx, at.ctx, row, officer=who.id))


def exporting_a_proof() -> Ready:
    at = port()
    out = at.release()
    return Ready(at, lambda tx: prove.exported(tx, at.ctx, Address(out.record), actor=CLI))


def exporting_a_bundle() -> Ready:
    at = port()
    carried = carry.Carried(1, 2)
    return Ready(at, lambda tx: carry.exported(tx, at.ctx, NORTH_SEA, carried, actor=CLI))


def correcting() -> Ready:
    desk = Desk(port())
    out, at = desk.release(), desk.at
    text = about_a_plate()
    text.common.change_reason = "another quay"
    return Ready(at, lambda tx: draft.supersede(tx, at.ctx, out.record, text, editor=CLI))


def failing_to_sign_in() -> Ready:
    at = port()
    return Ready(at, lambda tx: sign_in.failed(tx, at.ctx))


def taking_back_a_hold() -> Ready:
    at = port()
    out, dpo = at.release(), officer(at, "d.dpo", Role.DPO)
    where = (out.feed.lineage, out.record)
    at.store.write(lambda tx: hold.ask(tx, at.ctx, *where, officer=dpo, reference="GBA-2026-1")).result()
    return Ready(at, lambda tx: hold.ask_end(tx, at.ctx, *where, officer=dpo, reference="GBA-2026-1"))


def keeping_a_hold() -> Ready:
    ready = taking_back_a_hold()
    at = ready.at
    ((lineage, record),) = at.store.read(lambda r: r.all("SELECT lineage, record FROM hold"))
    dpo, second = officer(at, "e.dpo", Role.DPO), officer(at, "s.second")
    where = {"lineage": lineage, "record": record, "reference": "GBA-2026-1"}
    for step, who in ((hold.confirm, second), (hold.ask_end, dpo)):
        at.store.write(lambda tx, step=step, who=who: step(tx, at.ctx, **where, officer=who)).result()  # type: ignore[misc]
    return Ready(at, lambda tx: hold.keep_on(tx, at.ctx, **where, officer=dpo))


def contesting_no_more() -> Ready:
    at = port()
    out, dpo = at.release(), officer(at, "d.dpo", Role.DPO)
    where = (out.feed.lineage, out.record)
    at.store.write(lambda tx: contest.contest(tx, at.ctx, *where, officer=dpo)).result()
    return Ready(at, lambda tx: contest.contest(tx, at.ctx, *where, officer=dpo, contested=False))


def coming(at: Port, origin: Port, feed: FeedId, first: int = 0, *, sender: NodeId = LIEGE) -> Ready:
    batch = origin.serve(at, feed, first)
    assert batch is not None
    return brought(at, batch, sender)


def brought(at: Port, batch: Batch, sender: NodeId) -> Ready:
    return Ready(at, lambda tx: accept_batch(tx, at.ctx, sender, batch))


def refusing() -> Ready:
    at, origin = port(ANTWERP), port(LIEGE)
    batch = origin.serve(at, origin.release().feed.feed, 0)
    assert batch is not None
    run = list(batch.entries)
    run[1] = run[1]._replace(header=run[1].header[:-1] + bytes([run[1].header[-1] ^ 1]))
    return brought(at, dataclasses.replace(batch, entries=tuple(run)), LIEGE)


def keeping_aside() -> Ready:
    at, origin = port(ANTWERP), port(LIEGE)
    message = example("alert")
    one = Version(
        record=new_record_id(UnixMs(NOW), origin.ctx.random),
        version=1,
        content_type=content_type("alert"),
        content=serialise(message),
        expires_ms=UnixMs(NOW + DAY_MS),
        retain_until_ms=UnixMs(NOW + 40 * 365 * DAY_MS),
    )
    register = origin.ctx.register
    out = origin.store.write(
        lambda tx: publish(tx, origin.ctx, parse(AMBER), one, register, act=None)
    ).result()
    return coming(at, origin, out.feed.feed)


def noticing_an_id_used_twice() -> Ready:
    at, origin = port(ANTWERP), port(LIEGE)
    one = origin.release(AMBER)
    at.pull(origin, one.feed.feed)
    twice = origin.release(AMBER.replace("AMBER", "GREEN"), record=one.record)
    return coming(at, origin, twice.feed.feed)


def finding_two_histories() -> Ready:
    origin, at = port(ANTWERP), port(NORTH_SEA)
    common = origin.release()
    other = clone(origin)
    for _ in range(2):
        origin.release()
        other.release(severity=pb.Alert.SEVERITY_SEVERE)
    at.pull(origin, common.feed.feed)
    return coming(at, other, common.feed.feed, common.index + 1)


def answering_without_a_ground() -> Ready:
    """The register has no basis for an outcome: nothing is told, and that is written down."""
    origin, at = port(ANTWERP), port(NORTH_SEA)
    out = origin.release()
    at.pull(origin, out.feed.feed)
    origin.withdraw(out)
    at.pull(origin, out.feed.feed)
    due = at.store.read(acted.look)
    return Ready(at, lambda tx: acted.tell(tx, at.ctx, due))


def cutting_its_feeds_off() -> Ready:
    held = [registers.register()]
    at = port(ANTWERP, register=lambda: held[0])
    at.release()
    nodes = registers.nodes()
    (entry,) = nodes["port-antwerp-bruges"]
    entry |= {"log": [registers.public_key("log another")], "revoked": entry["log"]}
    held[0] = build_register(
        registers.board(), nodes, version=4, hash=bytes([4] * 32), expires_ms=registers.EXPIRES
    )
    object.__setattr__(at.ctx, "keys", NamedKeys("another"))
    return Ready(at, lambda tx: revocation.follow(tx, at.ctx))


ACTS = (
    *(answering_without_a_ground, cutting_its_feeds_off),
    *(opening, opening_a_draft, exporting_a_proof, exporting_a_bundle, correcting, failing_to_sign_in),
    *(searching_by_a_plate, taking_back_a_hold, keeping_a_hold, contesting_no_more),
    *(refusing, keeping_aside, noticing_an_id_used_twice, finding_two_histories),
)
