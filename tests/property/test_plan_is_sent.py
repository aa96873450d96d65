"""What was shown before a release is what is sent: after any history of releases, corrections and moves under labels of every sort,
with members that come and go before and after each, a text is held by exactly those whom its plan named and who still may. Two ports
release, up to what each is accredited for, to ports of which each is accredited for something else.

The plan is the one that the officer's digest stands for; who holds what is looked up in the databases of all other nodes, after everything
that may travel has, over relays that learn of a new register at different times.
"""

from __future__ import annotations

from functools import lru_cache, partial

import pytest
import registers
from chronicle import FIRST, Chronicle, Members, with_members
from histories import breaks_plainly, hold_plainly
from matters import Desk, alert
from ports import ANTWERP, LIEGE, NORTH_SEA, port

from node.commands import draft, serve
from node.commands.publish import Released
from node.store.drafts import DraftRow
from node.store.entries import Standing
from policies import rules
from policies.decision import Permit
from policies.plan import Plan
from protocol.entry import commitment
from protocol.ids import NodeId, RecordId
from protocol.label import Label, Level, Tlp, parse
from protocol.register import build_register
from protocol.register_view import Register

NODES = tuple(NodeId(name) for name in sorted(registers.nodes()))
AUDIENCES = (
    *("ports-be", "ports-be", "ports-scheldt", "pfso-network", "pfso-network,ports-scheldt"),
    *("ports-be & ports-scheldt", "pfso-network & ports-be"),
)


POLICE = NodeId("police-limburg")
ORIGINS = (ANTWERP, POLICE)
LEVELS = {ANTWERP: Level.CONFIDENTIAL, NORTH_SEA: Level.RESTRICTED, POLICE: Level.SECRET}
"""Of who is accredited for anything."""


@lru_cache(maxsize=4096)
def _register(version: int, members: Members) -> Register:
    board, nodes = with_members(members), registers.nodes()
    for name, level in LEVELS.items():
        board["organisations"][name]["level"] = nodes[name][0]["level"] = {"BE": level.name}
        nodes[name][0]["approval"] = {"number": "2027-014", "issuer": "nsa-be", "expires": "2029-06-30"}
    hash_ = bytes([version % 256] * 32)
    return build_register(board, nodes, version=version, hash=hash_, expires_ms=registers.EXPIRES)


class Planned(Chronicle):
    """A chronicle in which one port's officers release, and each release keeps the plan that was confirmed."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in NODES:
            if name not in self.ports:
                self.held[name] = 0
                self.ports[name] = port(name, register=partial(self.register_of, name), seed=self.seed)
        self.desks = {name: Desk(self.ports[name], level=LEVELS[name]) for name in ORIGINS}
        self.sent: list[tuple[NodeId, Released, Plan, bytes]] = []
        self.refused = 0

    def register(self, index: int) -> Register:
        return _register(FIRST + index, self.history[index])

    def label(self, top: Level) -> Label:
        """A label of some sort, up to a level, of names that the register knows."""
        choose = self.random
        named = frozenset(f"node:{n}" for n in choose.sample(NODES, choose.randint(1, 3)))
        recipients = frozenset({named}) if choose.random() < 0.35 else frozenset()
        usual = [Tlp.GREEN, Tlp.AMBER, Tlp.AMBER, Tlp.AMBER_STRICT]
        clauses = choose.choice(AUDIENCES).split(" & ")
        return Label(
            policies=frozenset({"BE"}),
            level=choose.choice([Level.NONE, *(one for one in Level if one <= top)]),
            tlp=choose.choice([*usual, Tlp.RED] if recipients else usual),
            audience=frozenset(frozenset(one.split(",")) for one in clauses),
            recipients=recipients,
            countries=frozenset({frozenset({choose.choice(["BE", "NL"])})})
            if choose.random() < 0.2
            else frozenset(),
            caveats=frozenset(
                choose.sample(["ORCON", "NO-EXPORT", "BE-ONLY", "SOURCE"], choose.choice([0, 0, 1, 2]))
            ),
        )

    def speak(self) -> None:
        """An officer releases something new, corrects or moves what his port released."""
        name = self.random.choice(ORIGINS)
        desk, draw = self.desks[name], self.random.random()
        at, label = desk.at, self.label(LEVELS[name])
        known = [one.record for origin, one, _, _ in self.sent if origin == name]
        row: DraftRow | None
        if not known or draw < 0.5:
            message = alert()
            row = at.store.write(
                lambda tx: draft.make(tx, at.ctx, message, owner=desk.who.id, label=label)
            ).result()
        elif draw < 0.7:
            row = desk.correcting(RecordId(self.random.choice(known)))
        else:
            row = desk.moving(RecordId(self.random.choice(known)), label.text)
        if row is not None:
            self._leave(name, row)

    def _leave(self, name: NodeId, row: DraftRow) -> None:
        desk = self.desks[name]
        plan, outcome = desk.plan(row), desk.leave(row)
        if not isinstance(plan, Plan) or not isinstance(outcome, Released):
            self.refused += 1
            return
        entry = desk.at.store.read(lambda r: r.one(_CONTENT, outcome.feed.number << 40 | outcome.index))
        assert entry is not None
        self.sent.append((name, outcome, plan, bytes(entry[0])))
        self.acts.append(f"{plan.label.text} to {', '.join(sorted(r.node for r in plan.recipients))}")

    def holders(self, content: bytes, commit: bytes) -> set[NodeId]:
        """Who holds this text of this entry."""
        found = set()
        for name, at in self.ports.items():
            rows = at.store.read(lambda r: r.all("SELECT salt, kind FROM entry WHERE content = ?", content))
            if any(commitment(salt, kind, content) == commit for salt, kind in rows):
                found.add(name)
        return found


_CONTENT = "SELECT content FROM entry WHERE key = ?"


def is_sent(seed: int) -> None:
    story = Planned(seed, crashes=False)
    story.play(22)
    story.end_well()
    newest = len(story.history) - 1
    for origin, one, plan, content in story.sent:
        row = story.ports[origin].store.read(
            lambda r, one=one: r.one(  # type: ignore[misc]
                "SELECT salt, kind, standing FROM entry WHERE key = ?", one.feed.number << 40 | one.index
            )
        )
        assert row is not None
        commit = commitment(row[0], row[1], content)
        named = {r.node for r in plan.recipients}
        still = {
            n for n in named if story._follows(n, origin, plan.label.text, one.feed.register_version, newest)
        }
        held = story.holders(content, commit)
        taken_back = row[2] not in {Standing.CURRENT, Standing.SUPERSEDED}
        more, less = sorted(held - named), [] if taken_back else sorted(still - held)
        assert not more, f"{more[0]} holds what its plan did not name it for: {story.tale()}"
        assert not less, f"{less[0]} lacks what its plan named it for, {plan.label.text}: {story.tale()}"


def test_what_nodes_hold_is_what_the_plans_said() -> None:
    hold_plainly(is_sent, of=80)


def test_a_plan_that_forgets_somebody_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    told = rules._readers

    def forgetful(label: Label, world: rules.World, since: int | None) -> object:
        recipients, withheld = told(label, world, since)
        return tuple(r for r in recipients if r.node != LIEGE), withheld

    monkeypatch.setattr(rules, "_readers", forgetful)
    assert breaks_plainly(is_sent, of=20, seeing="did not name")


def test_a_node_that_serves_whom_the_plan_withheld_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "may_serve", lambda *_: True)
    monkeypatch.setattr("node.commands.admit.follows", lambda *_: Permit("label"))
    assert breaks_plainly(is_sent, of=20, seeing="did not name")


def test_labels_of_many_sorts_are_released() -> None:
    """The histories show something only where plans differ."""
    labels: set[str] = set()
    sizes: set[int] = set()
    levels: set[tuple[NodeId, Level]] = set()
    for seed in range(1, 9):
        story = Planned(seed, crashes=False)
        story.play(22)
        labels |= {plan.label.text for *_, plan, _ in story.sent}
        sizes |= {len(plan.recipients) for *_, plan, _ in story.sent}
        levels |= {(origin, plan.label.level) for origin, _, plan, _ in story.sent}
    assert len(labels) > 10
    assert len(sizes) > 2
    assert {(ANTWERP, Level.CONFIDENTIAL), (POLICE, Level.SECRET), (POLICE, Level.NONE)} <= levels
    assert all(parse(text).text == text for text in labels)
