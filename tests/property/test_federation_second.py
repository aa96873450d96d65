"""A second person at another port, through real sessions: links break, the ports stop at a write point, and still one question is
answered once, counts at who asked, and no third port is handed a byte of it before the release.
"""

from __future__ import annotations

import pytest
from elsewhere import Elsewhere
from histories import breaks, hold
from matters import alert
from ports import ANTWERP, LIEGE, NORTH_SEA
from simulator import Node, World

from node.commands import entitled, second_heard, second_here
from node.commands.publish import Released
from node.store.drafts import DraftState
from node.store.seconds import State
from policies.decision import Deny, Permit

CANARY = "Een woord dat nergens anders staat"


async def asked_and_answered(seed: int) -> None:
    world = World(seed, (ANTWERP, NORTH_SEA, LIEGE))
    world.echoes = world.random.choice([0.0, 0.4])
    here, there = world.nodes[ANTWERP], world.nodes[NORTH_SEA]
    two = Elsewhere(origin=here.port, there=there.port, message=alert(description=CANARY))
    one = two.asked()
    await troubled(world, there)
    assert [each.row.question for each in two.waiting()] == [one.question], "the question did not arrive"
    if world.random.random() < 0.2:
        answered = two.answer(one.question, reason="Which quay?")
        assert isinstance(answered, second_here.Answered)
        await troubled(world, here)
        assert two.state(one.question).state is State.RETURNED
        assert isinstance(two.release(), Deny)
        one = two.asked()
        await troubled(world, there)
    assert isinstance(two.release(), Deny), "it left without a second person"
    assert isinstance(two.answer(one.question), second_here.Answered)
    await troubled(world, here)
    assert two.now.state is DraftState.APPROVED, "the answer did not count"
    assert two.waiting() == []
    handed = b"".join(world.got[LIEGE])
    assert CANARY.encode() not in handed, "a third port has the draft"
    assert b"port2port/approval" not in handed, "a third port knows of a question"
    assert isinstance(two.release(), Released)
    await world.settle()
    assert CANARY.encode() in b"".join(world.got[LIEGE]), "it did not leave"


async def troubled(world: World, node: Node) -> None:
    """Time passes, with a link that breaks or a receiver that stops at some write point and starts again."""
    trouble = world.random.choice(["none", "cut", "crash"])
    if trouble == "cut":
        world.cut(ANTWERP, NORTH_SEA)
        await world.settle()
        world.heal()
    elif trouble == "crash":
        node.port.store.crash_at(world.random.randint(1, 30))
    await world.settle()
    world.restart_all()
    await world.settle()


def test_a_question_and_its_answer_arrive_and_go_to_nobody_else() -> None:
    hold(asked_and_answered, of=5)


def test_a_question_that_is_served_to_others_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entitled, "follows", lambda *_: Permit("label"))
    assert breaks(asked_and_answered, of=2, seeing="a third port")


def test_an_answer_that_nobody_listens_to_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_heard, "_answered", lambda *_: None)
    assert breaks(asked_and_answered, of=2, seeing="did not count")
