"""Acts on drafts and on what a port raises by itself. Rows of `test_acts_crash.py`."""

from __future__ import annotations

from typing import Any

import registers
from matters import alert
from more_acts import Ready
from officers_here import everyone, officer, only
from ports import AMBER, ANTWERP, NORTH_SEA, Port, port
from record_examples import NOW, example

from node.commands import (
    auto_release,
    draft,
    leave,
)
from node.commands import release as releasing
from node.commands.hand_over import hand_over
from node.commands.send_back import send_back
from node.commands.sight import Seen, sight
from node.commands.watch_list import load
from node.detector import Detection, Sentence, Spot
from node.observation import Subject, VesselPosition
from node.store.drafts import Hand
from policies.auto_release import parse_rules
from policies.officers import Role
from policies.plan import Plan
from protocol.ids import UnixMs
from protocol.label import parse
from protocol.register import build_register
from protocol.v1 import records_pb2 as pb

RED = "BE:NONE//TLP:RED//AUD ports-be//TO node:north-sea-port"
CLI = "administrator/cli"


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


def beginning_to_leave() -> Ready:
    ready = leaving()
    at = ready.at
    who, all_here = only(at), everyone(at)
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
    who = only(at)
    return Ready(at, lambda tx: leave.undo(tx, at.ctx, record, officer=who))


def kept() -> tuple[Port, Any, Any]:
    """A port, its analyst, and a draft that the analyst keeps."""
    at = port()
    author = officer(at, "c.analyst", Role.ANALYST)
    row = at.store.write(
        lambda tx: draft.make(tx, at.ctx, alert(), owner=author.id, label=parse(AMBER), hand=Hand.KEPT)
    ).result()
    return at, author, row


def handing_over() -> Ready:
    at, author, row = kept()
    return Ready(at, lambda tx: hand_over(tx, at.ctx, row.record, officer=author))


def sending_back() -> Ready:
    at, author, row = kept()
    at.store.write(lambda tx: hand_over(tx, at.ctx, row.record, officer=author)).result()
    who = officer(at)
    return Ready(at, lambda tx: send_back(tx, at.ctx, row.record, officer=who, word="Which quay?"))


def rewriting() -> Ready:
    at, author, row = kept()
    text = alert(description="Hole of two metres.")
    return Ready(at, lambda tx: draft.rewrite(tx, at.ctx, row.record, text, editor=author.id))


def relabelling() -> Ready:
    at, author, row = kept()
    label = parse(AMBER.replace("AMBER", "GREEN"))
    return Ready(at, lambda tx: draft.relabel(tx, at.ctx, row.record, label, editor=author.id))


def leaving_when_due() -> Ready:
    ready = beginning_to_leave()
    at = ready.at
    at.store.write(ready.act).result()
    at.clock.at += 10_000
    who, all_here = only(at), everyone(at)
    ((record,),) = at.store.read(lambda r: r.all("SELECT record FROM draft"))
    return Ready(at, lambda tx: leave.leave(tx, at.ctx, record, officer=who, people=all_here))


def jump() -> Detection:
    """A ship that was in two places."""
    return Detection(
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


def raising(label: str = AMBER) -> Ready:
    at, found = port(), jump()
    rules = parse_rules(
        f'version = 1\n[[rule]]\nname = "ais-spoof"\ndetector = "impossible_speed"\nseverity_min = "Moderate"\n'
        f'certainty_min = "Likely"\nlabel = "{label}"\nexpires = "12h"\n'.encode()
    )
    return Ready(at, lambda tx: auto_release.take_detection(tx, at.ctx, found, rules))


def withholding() -> Ready:
    return raising(AMBER.replace("AMBER", "GREEN"))  # more open than the register lets a rule be


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


ACTS = (
    making,
    changing,
    discarding,
    approving,
    leaving,
    beginning_to_leave,
    undoing,
    handing_over,
    sending_back,
    rewriting,
    relabelling,
    leaving_when_due,
    raising,
    sighting,
)
