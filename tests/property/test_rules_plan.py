"""Plans over random labels, origins and histories: complete, true to `may_follow`, and one digest a plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import registers
from hypothesis import given, settings
from hypothesis import strategies as st
from label_strategies import antichains, catches, subsets, with_fault

from policies.clearance import may_follow, reader_at
from policies.decision import Deny, Permit
from policies.plan import Plan, Recipient, Second, digest, parts
from policies.rules import Draft, Officer, World, may_release
from protocol.ids import NodeId, UnixMs
from protocol.label import Label, Level, Tlp, parse

NOW = UnixMs(1_800_000_000_000)
REGISTER = registers.register()
NODES = sorted(REGISTER.nodes)
AUDIENCES = antichains(sorted(REGISTER.communities), least=1)[:12]
TO = antichains([f"node:{n}" for n in NODES[:3]])[:12]
Release = Callable[..., Plan | Deny]


@st.composite
def labels(draw: st.DrawFn) -> Label:
    """Mostly what a port uses, over the names of a real register."""
    recipients = draw(st.sampled_from(TO))
    return Label(
        policies=frozenset({"BE"}),
        level=draw(st.sampled_from([Level.NONE, Level.NONE, Level.NONE, Level.RESTRICTED])),
        tlp=draw(st.sampled_from(Tlp if recipients else [x for x in Tlp if x is not Tlp.RED])),
        audience=draw(st.sampled_from(AUDIENCES)),
        recipients=recipients,
        caveats=draw(st.sampled_from(subsets(["ORCON", "PERSONAL", "SOURCE"], most=2))),
    )


@st.composite
def releases(draw: st.DrawFn) -> tuple[Draft, Label, World]:
    """A draft, a label and a world of one of the nodes."""
    me = REGISTER.nodes[NodeId(draw(st.sampled_from(NODES)))]
    draft = Draft(
        kind=draw(st.sampled_from(["alert", "incident", "indicator"])),
        content_type="port2port/alert;v=1",
        content=draw(st.binary(max_size=8)),
        regime="gdpr",
        caveats=draw(st.sampled_from([frozenset[str](), frozenset[str](), frozenset({"PERSONAL"})])),
        subject_type=draw(st.sampled_from(["", "imo", "plate"])),
        life_safety=draw(st.sampled_from([False, False, True])),
    )
    world = World(
        me=me,
        register=REGISTER,
        now=NOW,
        people=tuple(sorted(draw(st.sampled_from(subsets(["els", "jan", "tom"]))))),
        previous=draw(st.none() | labels()),
        epoch_since=draw(st.sampled_from([None, 0, 1, 2])),
    )
    return draft, draw(labels()), world


def anybody(world: World) -> Officer:
    """Somebody who may all that the node may."""
    return Officer(
        id="els",
        reader=reader_at(
            world.me,
            site=world.me.sites[0].id,
            officer="00000000-0000-4000-8000-000000000001",
            roles=frozenset({"police"}),
            communities=world.me.communities,
            purposes=frozenset({"port-security"}),
            clearance={"BE": Level.TOP_SECRET},
            compartments=frozenset({"DRUGS"}),
        ),
        kinds=frozenset({"alert", "incident", "indicator"}),
    )


# ---- complete and true ----------------------------------------------------------------------------------------------------------


def accounts_for_every_node(draft: Draft, label: Label, world: World, release: Release = may_release) -> None:
    plan = release(officer=anybody(world), draft=draft, label=label, world=world)
    if isinstance(plan, Deny):
        return
    named = [r.node for r in plan.recipients] + [w.node for w in plan.withheld]
    assert sorted(named) == NODES
    for name, entry in REGISTER.nodes.items():
        follows = may_follow(
            entry, label, REGISTER, origin=world.me.id, epoch_since=world.epoch_since, now=world.now
        )
        assert isinstance(follows, Permit) == (name in plan.nodes)
    assert all(draft.regime in REGISTER.nodes[name].regimes for name in plan.nodes)
    assert all(r.people is None for r in plan.recipients if r.node != world.me.id)


@settings(max_examples=300)
@given(releases())
def test_a_plan_accounts_for_every_node_as_may_follow_decides(case: tuple[Draft, Label, World]) -> None:
    accounts_for_every_node(*case)


def test_a_plan_that_hides_a_recipient_is_caught() -> None:
    def hiding(*, officer: Officer, draft: Draft, label: Label, world: World) -> Plan | Deny:
        plan = may_release(officer=officer, draft=draft, label=label, world=world)
        return plan if isinstance(plan, Deny) else replace(plan, recipients=plan.recipients[:1])

    catches(with_fault(accounts_for_every_node, release=hiding), releases())


def test_a_plan_by_another_rule_than_follow_is_caught() -> None:
    def without_epochs(*, officer: Officer, draft: Draft, label: Label, world: World) -> Plan | Deny:
        return may_release(officer=officer, draft=draft, label=label, world=replace(world, epoch_since=None))

    catches(with_fault(accounts_for_every_node, release=without_epochs), releases())


# ---- by rule --------------------------------------------------------------------------------------------------------------------


def a_rule_never_may_more(draft: Draft, label: Label, world: World, release: Release = may_release) -> None:
    by_rule = release(officer=None, draft=draft, label=label, world=world, rule="r")
    if isinstance(by_rule, Deny):
        return
    assert not {"PERSONAL"} & (draft.caveats | label.caveats)
    assert label.level <= REGISTER.auto_release_ceiling.level
    by_officer = may_release(officer=anybody(world), draft=draft, label=label, world=world)
    assert isinstance(by_officer, Plan)
    assert by_officer.nodes == by_rule.nodes


@settings(max_examples=300)
@given(releases())
def test_a_rule_never_releases_what_an_officer_could_not(case: tuple[Draft, Label, World]) -> None:
    a_rule_never_may_more(*case)


def test_a_rule_that_counts_as_an_officer_is_caught() -> None:
    def trusting(*, officer: None, draft: Draft, label: Label, world: World, rule: str) -> Plan | Deny:
        assert officer is None
        return may_release(officer=anybody(world), draft=draft, label=label, world=world, rule=rule)

    catches(with_fault(a_rule_never_may_more, release=trusting), releases())


# ---- one digest a plan --------------------------------------------------------------------------------------------------------


def one_digest(one: Plan, other: Plan, seal: Callable[[Plan], bytes]) -> None:
    """Plans that differ in what an officer saw have different digests, and the same plan the same."""
    assert (seal(one) == seal(other)) == (_seen(one) == _seen(other))


def _seen(plan: Plan) -> tuple[object, ...]:
    return (plan.label, plan.recipients, plan.withheld, plan.needs_second, plan.change, *_moved(plan))


def _moved(plan: Plan) -> tuple[tuple[str, ...], ...]:
    return (plan.gains, plan.loses, plan.people_gain, plan.people_lose)


def sealed(plan: Plan) -> bytes:
    return digest(
        parts(
            content_type="port2port/alert;v=1",
            content=b"",
            label=plan.label,
            recipients=plan.recipients,
            withheld=plan.withheld,
            register=plan.register,
            revision=plan.revision,
            needs_second=plan.needs_second,
            change=plan.change,
            moved=_moved(plan),
        )
    )


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Plan, Plan]:
    """Two plans for one draft, mostly of the same node and label."""
    draft, label, world = draw(releases())
    other_label = draw(st.just(label) | labels())
    people = draw(st.just(world.people) | st.sampled_from(subsets(["els", "jan", "tom"])))
    other = replace(world, people=tuple(sorted(people)), previous=draw(st.just(world.previous) | labels()))
    plans = [
        may_release(officer=anybody(w), draft=replace(draft, caveats=frozenset()), label=x, world=w)
        for x, w in ((label, world), (other_label, other))
    ]
    one, two = (plan if isinstance(plan, Plan) else simple() for plan in plans)
    return one, two


def simple() -> Plan:
    """A plan of a plain alert."""
    world = World(me=REGISTER.nodes[NodeId("port-liege")], register=REGISTER, now=NOW)
    draft = Draft(kind="alert", content_type="port2port/alert;v=1", content=b"", regime="gdpr")
    plan = may_release(
        officer=anybody(world), draft=draft, label=parse("BE:NONE//TLP:AMBER//AUD ports-be"), world=world
    )
    assert isinstance(plan, Plan)
    return plan


@settings(max_examples=200)
@given(pairs())
def test_two_plans_have_one_digest_exactly_when_they_show_the_same(case: tuple[Plan, Plan]) -> None:
    one_digest(*case, sealed)


def test_a_digest_that_forgets_people_or_reasons_is_caught() -> None:
    def without_people(plan: Plan) -> bytes:
        bare = tuple(replace(r, people=None) for r in plan.recipients)
        return sealed(replace(plan, recipients=bare))

    def without_reasons(plan: Plan) -> bytes:
        return sealed(replace(plan, needs_second=()))

    def without_moved(plan: Plan) -> bytes:
        return sealed(replace(plan, gains=(), loses=(), people_gain=(), people_lose=()))

    for broken in (without_people, without_reasons, without_moved):
        catches(with_fault(one_digest, seal=broken), pairs())


@given(st.lists(st.binary(max_size=4), max_size=5), st.lists(st.binary(max_size=4), max_size=5))
def test_no_two_lists_of_parts_have_one_digest(one: list[bytes], other: list[bytes]) -> None:
    assert (digest(iter(one)) == digest(iter(other))) == (one == other)


def test_people_and_reasons_do_not_run_into_each_other() -> None:
    """Two names are not one longer name."""

    def of(people: tuple[str, ...]) -> bytes:
        here = Recipient(NodeId("port-liege"), "origin", "this node", True, people)
        return sealed(replace(simple(), recipients=(here,), withheld=(), needs_second=(Second.RED,)))

    assert of(("jan", "els")) != of(("janels",)) != of(("ja", "nels"))
