"""Acts on what a port said: moved, corrected, withdrawn, held, contested, opened, handled. Rows of `test_acts_crash.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import registers
from acts_of_drafts import leaving
from matters import Desk
from more_acts import Ready
from officers_here import officer, only, readable
from ports import AMBER, ANTWERP, NORTH_SEA, SCHELDT, port

from node.commands import (
    acted,
    contest,
    handle,
    hold,
    move,
    retract,
    search,
    unseal,
)
from node.commands import release as releasing
from node.commands.address import Address
from node.store.unit import Tx
from policies.officers import Role
from policies.plan import Plan
from protocol.label import parse
from protocol.register import Register, build_register

RED = "BE:NONE//TLP:RED//AUD ports-be//TO node:north-sea-port"
NARROW = "BE:NONE//TLP:AMBER//AUD ports-be & ports-scheldt"
CLI = "administrator/cli"


def withdrawing() -> Ready:
    ready = leaving()
    at = ready.at
    out = at.store.write(ready.act).result()
    who = only(at)
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


ACTS = (
    withdrawing,
    drafting_a_move,
    narrowing,
    widening,
    narrowing_after_widening,
    removing_a_part,
    withdrawing_a_matter,
    asking_for_a_hold,
    holding,
    asking_for_its_end,
    ending_a_hold,
    contesting,
    unsealing,
    claiming,
    sending_a_guard,
    closing_an_alert,
    telling_what_was_done,
)
