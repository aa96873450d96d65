"""What stays open to everybody though it is of a case: read and acted on by all, while nothing that a screen offers or refuses tells who
is not in the case that there is one.
"""

from __future__ import annotations

import pytest
from all_kinds import record, register
from cases_here import opened, overseen, puts, seen
from drafters_here import World, posted
from form_web import stands
from officers_here import MODEL, hire, visitor
from ports import ANTWERP, NORTH_SEA, Port, port
from record_examples import example

from node.commands import acknowledge, people, references
from node.commands.publish import Released
from policies.officers import Role
from protocol.fields import DAY_MS
from protocol.v1 import records_pb2 as pb
from web.offices import composing

NOT_HELD = "/records/ffffffffffffffffffffffffffffffff"


class Scene:
    """An alert in a case of the captain's, which is then one of danger to life; an officer who is in no case."""

    def __init__(self) -> None:
        self.world = World()
        at = self.world.port
        self.danger = at.publish(alert("Guard hurt"))
        overseen(at)
        self.case = opened(at, self.world.names["captain"])
        puts(at, self.world.names["captain"], self.case, self.danger)
        at.publish(
            alert("Guard hurt, shots", life_safety=True, severity=pb.Alert.SEVERITY_SEVERE),
            record=self.danger.record,
            version=2,
        )
        self.beside = at.publish(alert("Beside"))

    def page(self, who: str, released: Released) -> str:
        return self.world.browser(who).get(address(released)).text

    def incident(self, who: str, about: str) -> tuple[int, str]:
        """What comes of an incident that names this record: the status, and what the form says."""
        browser, form = self.world.browser(who), "/write/incident"
        given = {
            "title": "Guard is well",
            "type": "theft",
            "status": "suspected",
            "narrative": "He walked out.",
        }
        given |= {"audience": "ports-be", "tlp": "AMBER", "linked": about}
        answer = browser.submit(form, form, **{**stands(browser.get(form).text), **given})
        return answer.status_code, answer.text.partition("<main")[2].replace(about, "")


def alert(title: str, **changes: object) -> pb.Record:
    record = example("alert", **changes)
    record.common.title = title
    record.common.legal_basis = "port-security-be"
    return record


def address(released: Released) -> str:
    return f"/records/{released.record.hex()}"


@pytest.fixture(name="scene", scope="module")
def one_scene() -> Scene:
    return Scene()


def test_who_is_not_in_the_case_reads_it_and_is_offered_nothing_that_would_be_of_the_case(
    scene: Scene,
) -> None:
    assert "Guard hurt, shots" in scene.page("officer", scene.danger)
    assert "/write/incident" in scene.page("officer", scene.beside)
    for words in ("/write/incident", "/correct", "Put it into a case"):
        assert words not in scene.page("officer", scene.danger)
    assert "/write/incident" in scene.page("captain", scene.danger)


def test_what_he_writes_about_it_is_answered_as_about_a_record_that_is_not_here(scene: Scene) -> None:
    told = scene.incident("officer", address(scene.danger))
    assert told[0] == 422
    assert told == scene.incident("officer", NOT_HELD)
    for who, about in (("officer", scene.beside), ("captain", scene.danger)):
        assert scene.incident(who, address(about))[0] == 303


def test_by_hand_he_corrects_nothing_of_it(scene: Scene) -> None:
    assert posted(scene.world.browser("officer"), f"{address(scene.danger)}/correct", title="x") == 404


def test_he_answers_nothing_that_refers_to_it() -> None:
    """A security level of another port refers to what is inside: everybody reads it, and those in the case answer."""
    rules = register()
    at, other = port(NORTH_SEA, register=rules), port(ANTWERP, register=rules)
    at.store.write(lambda tx: people.sync_register(tx, at.ctx, MODEL, at.ctx.register)).result()
    lead, outside = (hire(at, name, Role.PORT_CAPTAIN) for name in ("a.lead", "b.outside"))
    inside = at.publish(alert("Inside"))
    case = opened(at, lead)
    puts(at, lead, case, inside)
    level = record("security_level", acknowledge_by=at.ctx.now() + DAY_MS)
    level.common.derived_from.add(record_id=inside.record, feed=inside.feed.feed)
    ordered = other.publish(level)
    at.pull(other, ordered.feed.feed)
    assert [may_answer(at, who, ordered) for who in (outside, lead)] == [False, True]


def may_answer(at: Port, who: str, asked: Released) -> bool:
    officer = visitor(at, who)
    one = seen(at, officer, asked.record)
    assert one is not None
    offered = at.store.read(lambda r: acknowledge.may_acknowledge(r, at.ctx, one, officer))
    done = at.store.write(lambda tx: acknowledge.acknowledge(tx, at.ctx, one, officer=officer)).result()
    assert (done is not None) is offered
    return offered


def test_a_node_that_offers_it_would_be_seen(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(composing, "may_name", lambda *_: True)
    monkeypatch.setattr(references, "may_name", lambda *_: True)
    monkeypatch.setattr(acknowledge, "may_name", lambda *_: True)
    for check in (
        test_who_is_not_in_the_case_reads_it_and_is_offered_nothing_that_would_be_of_the_case,
        test_what_he_writes_about_it_is_answered_as_about_a_record_that_is_not_here,
    ):
        with pytest.raises(AssertionError):
            check(scene)
    with pytest.raises(AssertionError):
        test_he_answers_nothing_that_refers_to_it()
