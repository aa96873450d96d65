"""Plans of a release in a node with very many people, in a federation of very many nodes. In this process, its store in memory."""

from __future__ import annotations

import hashlib
import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import officers_here
import ports
import registers
from officers_here import MODEL
from record_examples import example

from node.commands import draft, people, release
from node.commands.everyone import readership
from node.store import people as rows
from node.store.drafts import DraftRow
from node.store.people import ClearanceRow, PersonRow
from node.store.tuples import WritingTuples
from node.store.unit import Reader, Tx
from policies import officers
from policies.officers import Role
from policies.plan import Plan
from policies.readership import reads
from policies.relations import Tuple
from protocol.fields import DAY_MS
from protocol.ids import UnixMs, organisation_of
from protocol.label import parse
from protocol.register_view import Register

ROLES = (Role.SECURITY_OFFICER, Role.ANALYST, Role.PORT_CAPTAIN, Role.POLICE, Role.CUSTOMS)
PURPOSES = (frozenset({"port-security"}), frozenset({"port-security", "enforcement"}), frozenset({"crisis"}))
ALONE = 100


@dataclass(frozen=True, slots=True)
class Found:
    """CPU ms of each: the plan as a screen makes it, after a change of somebody, for one person alone, and the floor."""

    plan: list[float]
    changed: list[float]
    alone: list[float]
    names: list[float]


def measured(*, people: int, nodes: int, times: int) -> Found:
    """Found the node, fill it, and make plans."""
    at = ports.port(register=federation(nodes))
    ids = [uuid.UUID(int=number + 1, version=4) for number in range(people)]
    at.store.write(lambda tx: _hired(tx, at, ids)).result()
    who = officers_here.officer(at)
    row = _drafted(at, who.id)

    def plan(row: DraftRow) -> None:
        def ask(reader: Reader) -> object:
            return release.preview(
                reader, at.ctx, row.record, officer=who, people=readership(reader, at.ctx, MODEL)
            )

        found = at.store.read(ask)
        assert isinstance(found, Plan)
        assert len(found.recipients[0].people or ()) > people // 2
        assert len(found.recipients) + len(found.withheld) == nodes

    plan(row)
    return Found(
        plan=_timed(lambda: plan(row), times),
        changed=_timed(lambda: plan(row), min(times, 5), before=lambda: _changes(at)),
        alone=_timed(lambda: _alone(at, ids), 3, share=ALONE),
        names=_timed(partial(_names, [str(one) for one in reversed(ids)]), times),
    )


def federation(nodes: int) -> Register:
    """The test federation with as many nodes more, all in one community."""
    board, listed = registers.board(), registers.nodes()
    more = [f"port-x{number:03d}" for number in range(nodes - len(listed))]
    for name in more:
        board["organisations"][name] = registers.organisation(name)
        listed[name] = [registers.node(name, [registers.site("here", "BEANR")])]
        board["communities"]["ports-be"]["members"][name] = 1
        board["communities"]["ports-be"]["serving"].append(name)
    return registers.built(board, listed)


def _hired(tx: Tx, at: ports.Port, ids: list[uuid.UUID]) -> None:
    """Accounts, clearances and tuples as hiring makes them, each with ends of its own, without an audit entry for each."""
    draw, now, me = random.Random(1), at.ctx.now(), at.ctx.me
    sites = [site.id for site in at.ctx.entry(at.ctx.register).sites]
    given: list[Tuple] = []
    for number, one in enumerate(ids):
        person = PersonRow(
            id=one.bytes, login=f"p{number}", name="P.", language="nl", site=draw.choice(sites), password=b"",
            disabled=False, created_ms=now, changed_ms=now,
        )  # fmt: skip
        rows.add(tx, person)
        ends = UnixMs(now + draw.randrange(DAY_MS, 300 * DAY_MS))
        cleared = ClearanceRow(
            policy="BE", level=0, compartments=frozenset(), purposes=draw.choice(PURPOSES), until_ms=ends, verified_by="nsa-be"
        )  # fmt: skip
        rows.clear(tx, one.bytes, cleared)
        period, who = officers.membership(now, ends), str(one)
        given += [officers.role(who, draw.choice(ROLES), me, period), officers.home(who, me)]
        given += [officers.duty(who, me, period), officers.employment(who, organisation_of(me), period)]
    WritingTuples(tx).change(given, [])


def _changes(at: ports.Port) -> None:
    at.store.write(rows.touched).result()


def _drafted(at: ports.Port, owner: str) -> DraftRow:
    message = example("alert")
    message.common.legal_basis = "port-security-be"
    return at.store.write(
        lambda tx: draft.make(tx, at.ctx, message, owner=owner, label=parse(ports.AMBER))
    ).result()


def _alone(at: ports.Port, ids: list[uuid.UUID]) -> None:
    label = parse(ports.AMBER)
    for one in ids[:ALONE]:
        found = at.store.read(lambda r, who=one.bytes: people.visitor(r, at.ctx, MODEL, who))  # type: ignore[misc]
        assert found is not None
        reads(found.reading, label)


def _names(names: list[str]) -> None:
    hashlib.sha256(b"".join(name.encode() for name in sorted(names))).digest()


def _timed(
    act: Callable[[], None], times: int, *, before: Callable[[], None] = lambda: None, share: int = 1
) -> list[float]:
    found = []
    for _ in range(times):
        before()
        began = time.process_time()
        act()
        found.append((time.process_time() - began) * 1e3 / share)
    return found
