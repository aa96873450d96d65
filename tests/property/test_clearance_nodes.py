"""Nodes: nobody reads at a node what the node may not follow, and no claim enlarges what the board gave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import registers
from hypothesis import given, settings
from hypothesis import strategies as st
from label_strategies import antichains, catches, subsets, with_fault

from policies.clearance import may_follow, may_read, reader_at
from policies.decision import Decision, Permit
from protocol.ids import NodeId, OrganisationId, UnixMs
from protocol.label import Label, Level, Tlp
from protocol.members import NodeClaim, NodeEntry, Organisation, Site, meet
from protocol.register import Register

REGISTER = registers.register()
NOW = UnixMs(1_800_000_000_000)
OFFICER = "00000000-0000-4000-8000-000000000001"
NODES = sorted(REGISTER.nodes)
Follow = Callable[..., Decision]


@st.composite
def labels(draw: st.DrawFn, entry: NodeEntry) -> Label:
    """A label over the names of a real register; whoever it names is mostly at this node."""
    to = (
        f"node:{entry.id}",
        f"role:{entry.id}/pfso",
        f"role:{entry.id}/duty-officer",
        f"officer:{entry.id}/{OFFICER}",
        "node:other",
    )
    tlp = draw(st.sampled_from(Tlp))
    audience = st.sampled_from(antichains(sorted(REGISTER.communities), least=1)[:5])
    return Label(
        policies=draw(st.sampled_from([frozenset({"BE"}), frozenset({"BE"}), frozenset({"BE", "EU"})])),
        level=draw(st.sampled_from([Level.NONE, Level.NONE, Level.RESTRICTED, Level.SECRET])),
        tlp=tlp,
        audience=draw(audience),
        compartments=draw(st.sampled_from([frozenset[str](), frozenset[str](), frozenset({"DRUGS"})])),
        countries=draw(st.sampled_from([frozenset(), *antichains(("BE", "NL"))])),
        recipients=draw(st.sampled_from(antichains(to, least=1 if tlp is Tlp.RED else 0)[:16])),
        caveats=draw(
            st.sampled_from(subsets(["BE-ONLY", "JUDICIAL", "NO-EXPORT", "PERSONAL", "SOURCE"], most=1))
        ),
    )


@st.composite
def reading(draw: st.DrawFn) -> tuple[Label, NodeEntry, str, frozenset[str]]:
    """A label, a node, one of its sites and an officer's roles there."""
    entry = REGISTER.nodes[NodeId(draw(st.sampled_from(NODES)))]
    roles = draw(st.sampled_from(subsets(["duty-officer", "pfso", "police"])))
    return draw(labels(entry)), entry, draw(st.sampled_from([site.id for site in entry.sites])), roles


def reading_needs_following(
    label: Label, entry: NodeEntry, site: str, roles: frozenset[str], follow: Follow = may_follow
) -> None:
    reader = reader_at(
        entry,
        site=site,
        officer=OFFICER,
        roles=roles,
        communities=REGISTER.communities,
        purposes=frozenset({"crisis"}),
        clearance={"BE": Level.TOP_SECRET, "EU": Level.TOP_SECRET},
        compartments=frozenset({"DRUGS"}),
    )
    if isinstance(may_read(reader, label, "crisis"), Permit):
        assert isinstance(follow(entry, label, REGISTER, origin=NodeId("other"), now=NOW), Permit)


@settings(max_examples=300)
@given(reading())
def test_nobody_reads_at_a_node_what_it_may_not_follow(
    case: tuple[Label, NodeEntry, str, frozenset[str]],
) -> None:
    reading_needs_following(*case)


def test_a_node_rule_that_forgets_roles_is_caught() -> None:
    def follow(
        entry: NodeEntry, label: Label, register: Register, *, origin: NodeId, now: UnixMs
    ) -> Decision:
        only_nodes = frozenset(
            frozenset(r for r in c if r.startswith("node:")) or frozenset({"node:none"})
            for c in label.recipients
        )
        plain = replace(
            label, recipients=frozenset(c for c in only_nodes if not any(d < c for d in only_nodes))
        )
        return may_follow(entry, plain, register, origin=origin, now=now)

    catches(with_fault(reading_needs_following, follow=follow), reading(), examples=6000)


# ---- invariant 10 -------------------------------------------------------------------------------------------------------------

LEVELS = st.dictionaries(st.sampled_from(["BE", "EU", "NATO"]), st.sampled_from(Level))
SITES = (Site("aa", "BE", "BEANR", "A"), Site("bb", "NL", "NLTNZ", "B"), Site("cc", "FR", "FRDKK", "C"))


def some(*items: str) -> st.SearchStrategy[frozenset[str]]:
    return st.sampled_from(subsets(items))


@st.composite
def claimed(draw: st.DrawFn) -> tuple[NodeClaim, Organisation]:
    """What an organisation says of a node, and what the board gave the organisation."""
    claim = replace(
        CLAIM,
        sites=tuple(s for s in SITES if draw(st.booleans())),
        levels=draw(LEVELS),
        compartments=draw(some("DRUGS", "X1")),
        regimes=draw(some("gdpr", "led", "judicial")),
        approval=draw(st.sampled_from([None, REGISTER.nodes[NodeId("police-limburg")].approval])),
    )
    grant = replace(
        REGISTER.organisations[OrganisationId("port-liege")],
        countries=draw(some("BE", "NL")),
        levels=draw(LEVELS),
        compartments=draw(some("DRUGS")),
        regimes=draw(some("gdpr", "led")),
        rights=draw(some("bans")),
    )
    return claim, grant


CLAIM = NodeClaim(
    id=NodeId("port-liege"),
    organisation=OrganisationId("port-liege"),
    kind="port",
    address="",
    sites=(),
    levels={},
    compartments=frozenset(),
    regimes=frozenset(),
    roles=frozenset(),
    tls=(),
    fingerprints=(),
    log_keys=(),
    hold_keys=(),
)

Meet = Callable[[NodeClaim, Organisation], NodeEntry]


def within_the_grant(claim: NodeClaim, grant: Organisation, meet: Meet = meet) -> None:
    entry = meet(claim, grant)
    assert entry.levels.keys() <= grant.levels.keys() & claim.levels.keys()
    assert all(level <= grant.levels[p] and level <= claim.levels[p] for p, level in entry.levels.items())
    assert claim.approval is not None or all(level is Level.NONE for level in entry.levels.values())
    assert entry.compartments == claim.compartments & grant.compartments
    assert entry.regimes == claim.regimes & grant.regimes
    assert {site.country for site in entry.sites} <= grant.countries
    assert entry.rights == grant.rights
    more = claim.compartments - grant.compartments or claim.regimes - grant.regimes
    assert not more or entry.refused


@given(claimed())
def test_no_claim_enlarges_the_rights_beyond_the_boards(case: tuple[NodeClaim, Organisation]) -> None:
    within_the_grant(*case)


def test_a_meet_that_believes_the_claim_is_caught() -> None:
    def believing(claim: NodeClaim, grant: Organisation) -> NodeEntry:
        return replace(meet(claim, grant), levels=claim.levels)

    def joining(claim: NodeClaim, grant: Organisation) -> NodeEntry:
        return replace(meet(claim, grant), regimes=claim.regimes | grant.regimes)

    catches(with_fault(within_the_grant, meet=believing), claimed())
    catches(with_fault(within_the_grant, meet=joining), claimed())
