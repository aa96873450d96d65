"""What was shown before a release is what is sent: after any history of releases, corrections and moves under labels of every sort,
with members that come and go before and after each, a text is held by exactly those whom its plan named and who still may.

The plan is the one that the officer's digest stands for; who holds what is looked up in the databases of all other nodes, after everything
that may travel has, over relays that learn of a new register at different times.
"""

from __future__ import annotations

from functools import partial

import pytest
import registers
from chronicle import Chronicle
from histories import breaks_plainly, hold_plainly
from matters import Desk, alert
from ports import ANTWERP, LIEGE, port

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

NODES = tuple(NodeId(name) for name in sorted(registers.nodes()))
AUDIENCES = (
    *("ports-be", "ports-be", "ports-scheldt", "pfso-network", "pfso-network,ports-scheldt"),
    *("ports-be & ports-scheldt", "pfso-network & ports-be"),
)


class Planned(Chronicle):
    """A chronicle in which one port's officers release, and each release keeps the plan that was confirmed."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in NODES:
            if name not in self.ports:
                self.held[name] = 0
                self.ports[name] = port(name, register=partial(self.register_of, name), seed=self.seed)
        self.desk = Desk(self.ports[ANTWERP])
        self.sent: list[tuple[Released, Plan, bytes]] = []
        self.refused = 0

    def label(self) -> Label:
        """A label of some sort, of names that the register knows."""
        choose = self.random
        named = frozenset(f"node:{n}" for n in choose.sample(NODES, choose.randint(1, 3)))
        recipients = frozenset({named}) if choose.random() < 0.35 else frozenset()
        usual = [Tlp.GREEN, Tlp.AMBER, Tlp.AMBER, Tlp.AMBER_STRICT]
        clauses = choose.choice(AUDIENCES).split(" & ")
        return Label(
            policies=frozenset({"BE"}),
            level=Level.NONE,
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
        """The officer releases something new, corrects or moves what was released."""
        at, label, draw = self.desk.at, self.label(), self.random.random()
        known = [one.record for one, _, _ in self.sent]
        row: DraftRow | None
        if not known or draw < 0.5:
            message = alert()
            row = at.store.write(
                lambda tx: draft.make(tx, at.ctx, message, owner=self.desk.who.id, label=label)
            ).result()
        elif draw < 0.7:
            row = self.desk.correcting(RecordId(self.random.choice(known)))
        else:
            row = self.desk.moving(RecordId(self.random.choice(known)), label.text)
        if row is not None:
            self._leave(row)

    def _leave(self, row: DraftRow) -> None:
        plan = self.desk.plan(row)
        outcome = self.desk.leave(row)
        if not isinstance(plan, Plan) or not isinstance(outcome, Released):
            self.refused += 1
            return
        entry = self.desk.at.store.read(lambda r: r.one(_CONTENT, outcome.feed.number << 40 | outcome.index))
        assert entry is not None
        self.sent.append((outcome, plan, bytes(entry[0])))
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
    for one, plan, content in story.sent:
        row = story.ports[ANTWERP].store.read(
            lambda r, one=one: r.one(  # type: ignore[misc]
                "SELECT salt, kind, standing FROM entry WHERE key = ?", one.feed.number << 40 | one.index
            )
        )
        assert row is not None
        commit = commitment(row[0], row[1], content)
        named = {r.node for r in plan.recipients}
        still = {
            n for n in named if story._follows(n, ANTWERP, plan.label.text, one.feed.register_version, newest)
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
    monkeypatch.setattr("node.commands.examine.follows", lambda *_: Permit("label"))
    assert breaks_plainly(is_sent, of=20, seeing="did not name")


def test_labels_of_many_sorts_are_released() -> None:
    """The histories show something only where plans differ."""
    labels: set[str] = set()
    sizes: set[int] = set()
    for seed in range(1, 9):
        story = Planned(seed, crashes=False)
        story.play(22)
        labels |= {plan.label.text for _, plan, _ in story.sent}
        sizes |= {len(plan.recipients) for _, plan, _ in story.sent}
    assert len(labels) > 10
    assert len(sizes) > 2
    assert all(parse(text).text == text for text in labels)
