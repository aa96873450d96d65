"""Each rule of reading and following, alone: one who may, one who may not, and the code that says why."""

from __future__ import annotations

from dataclasses import replace

import pytest
import registers

from policies.clearance import Reader, above_clearance, may_follow, may_hold, may_read, reader_at
from policies.decision import Decision, Deny, DenyCode, Permit
from policies.lattice import dominates, join
from protocol.errors import BadLabel
from protocol.ids import NodeId, UnixMs
from protocol.label import Label, Level, audit_label, control_label, parse
from protocol.members import Membership, NodeEntry, Standing
from protocol.register import Register, build_register

REGISTER = registers.register()
ANTWERP = REGISTER.nodes[NodeId("port-antwerp-bruges")]
GHENT = REGISTER.nodes[NodeId("north-sea-port")]
LIEGE = REGISTER.nodes[NodeId("port-liege")]
POLICE = REGISTER.nodes[NodeId("police-limburg")]
OFFICER = "00000000-0000-4000-8000-000000000001"
BEFORE = UnixMs(1_877_471_999_999)
AFTER = UnixMs(1_877_472_000_000)
"""The start of the day on which the police node's approval ends."""

READER = reader_at(
    replace(POLICE, roles=frozenset({"police"})),
    site="hasselt",
    officer=OFFICER,
    roles=frozenset({"police"}),
    communities=["ports-be"],
    purposes=frozenset({"port-security", "crisis"}),
    clearance={"BE": Level.SECRET},
    compartments=frozenset({"DRUGS", "X1"}),
)


def code(decision: Decision) -> DenyCode | None:
    return decision.code if isinstance(decision, Deny) else None


def label(rest: str, head: str = "BE:NONE//TLP:AMBER") -> Label:
    return parse(f"{head}//{rest}")


def follow(node: NodeEntry, what: Label, **more: UnixMs | int) -> DenyCode | None:
    return code(may_follow(node, what, REGISTER, origin=NodeId("somebody-else"), **more))  # type: ignore[arg-type]


# ---- a decision ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("decision", [Permit("rule"), Deny(DenyCode.LEVEL, "rule", "words")])
def test_a_decision_is_no_truth_value(decision: Decision) -> None:
    with pytest.raises(TypeError, match="isinstance"):
        bool(decision)


# ---- persons ------------------------------------------------------------------------------------------------------------------


def test_a_reader_is_never_more_than_the_node() -> None:
    greedy = reader_at(
        LIEGE,
        site="antwerp",
        officer=OFFICER,
        roles=frozenset({"pfso"}),
        communities=["ports-be", "lcmb-antwerp", "pfso-network"],
        purposes=frozenset(),
        clearance={"BE": Level.SECRET},
        compartments=frozenset({"DRUGS"}),
    )
    assert greedy.memberships == {"ports-be": Standing.MEMBER, "pfso-network": Standing.CLIENT}
    assert greedy.compartments == frozenset()
    assert greedy.country == ""
    assert greedy.recipients == {"node:port-liege", f"officer:port-liege/{OFFICER}"}


def test_a_readers_end_is_the_earliest() -> None:
    assert READER.until == AFTER
    permit = may_read(READER, label("AUD ports-be"), "crisis")
    assert isinstance(permit, Permit)
    assert permit.until == AFTER


@pytest.mark.parametrize(
    ("change", "text", "expected"),
    [
        ({}, "BE:SECRET//TLP:AMBER//AUD ports-be", None),
        ({}, "BE:TOP-SECRET//TLP:AMBER//AUD ports-be", DenyCode.LEVEL),
        ({"clearance": {"BE": Level.RESTRICTED}}, "BE:SECRET//TLP:AMBER//AUD ports-be", DenyCode.LEVEL),
        ({"clearance": {}}, "BE:NONE//TLP:AMBER//AUD ports-be", None),
        ({"clearance": {}}, "BE:RESTRICTED//TLP:AMBER//AUD ports-be", DenyCode.LEVEL),
        ({"ceiling": {"BE": Level.NONE}}, "BE:SECRET//TLP:AMBER//AUD ports-be", DenyCode.LEVEL),
        ({}, "BE+EU:NONE//TLP:AMBER//AUD ports-be", None),
        ({}, "BE+NATO:NONE//TLP:AMBER//AUD ports-be", DenyCode.LEVEL),
        ({"clearance": {"BE": Level.SECRET, "EU": Level.SECRET}}, "BE+EU:SECRET//TLP:AMBER//AUD ports-be", DenyCode.LEVEL),
        ({}, "BE:NONE//TLP:AMBER//COMP DRUGS//AUD ports-be", None),
        ({}, "BE:NONE//TLP:AMBER//COMP DRUGS,X1//AUD ports-be", DenyCode.COMPARTMENT),
        ({}, "BE:NONE//TLP:AMBER//AUD ports-scheldt", DenyCode.AUDIENCE),
        ({}, "BE:NONE//TLP:AMBER//AUD ports-be & ports-scheldt", DenyCode.AUDIENCE),
        ({}, "BE:NONE//TLP:AMBER//AUD ports-be,ports-scheldt", None),
        ({}, "BE:NONE//TLP:CLEAR//AUD ports-scheldt", DenyCode.AUDIENCE),
        ({}, "BE:NONE//TLP:AMBER//AUD ports-be//CTRY BE,NL", None),
        ({}, "BE:NONE//TLP:AMBER//AUD ports-be//CTRY NL", DenyCode.COUNTRY),
        ({"country": ""}, "BE:NONE//TLP:AMBER//AUD ports-be//CTRY BE", DenyCode.COUNTRY),
        ({}, f"BE:NONE//TLP:RED//AUD ports-be//TO officer:police-limburg/{OFFICER}", None),
        ({}, "BE:NONE//TLP:RED//AUD ports-be//TO node:police-limburg", None),
        ({}, "BE:NONE//TLP:RED//AUD ports-be//TO role:police-limburg/police", None),
        ({}, "BE:NONE//TLP:RED//AUD ports-be//TO role:police-limburg/customs", DenyCode.RECIPIENT),
        ({}, "BE:NONE//TLP:RED//AUD ports-be//TO node:port-liege", DenyCode.RECIPIENT),
        ({}, "BE:NONE//TLP:GREEN//AUD ports-be//TO node:police-limburg & node:port-liege", DenyCode.RECIPIENT),
        ({}, "BE:NONE//TLP:AMBER//AUD ports-be//PURPOSE crisis,learning", None),
        ({}, "BE:NONE//TLP:AMBER//AUD ports-be//PURPOSE learning", DenyCode.PURPOSE),
        ({"purposes": frozenset({"learning"})}, "BE:NONE//TLP:AMBER//AUD ports-be", DenyCode.PURPOSE),
        ({}, "BE:NONE//TLP:AMBER//AUD ports-be//CAVEAT ORCON", None),
        ({}, "BE:NONE//TLP:AMBER//AUD ports-be//CAVEAT JUDICIAL", None),
        ({"roles": frozenset({"customs"})}, "BE:NONE//TLP:AMBER//AUD ports-be//CAVEAT JUDICIAL", DenyCode.CAVEAT),
        ({"regimes": frozenset({"gdpr"})}, "BE:NONE//TLP:AMBER//AUD ports-be//CAVEAT JUDICIAL", DenyCode.CAVEAT),
        ({}, "BE:NONE//TLP:AMBER//AUD ports-be//CAVEAT BE-ONLY", None),
        ({"country": "NL"}, "BE:NONE//TLP:AMBER//AUD ports-be//CAVEAT BE-ONLY", DenyCode.CAVEAT),
        ({"organisation_countries": frozenset({"NL"})}, "BE:NONE//TLP:AMBER//AUD ports-be//CAVEAT BE-ONLY", DenyCode.CAVEAT),
        ({}, "BE:NONE//TLP:AMBER//AUD ports-be//STATUS exercise", None),
    ],
)  # fmt: skip
def test_reading(change: dict[str, object], text: str, expected: DenyCode | None) -> None:
    reader = replace(READER, **change)  # type: ignore[arg-type]
    assert code(may_read(reader, parse(text), "crisis")) is expected


CLIENT = replace(READER, memberships={"ports-be": Standing.CLIENT})
PARTNER = replace(READER, memberships={"ports-be": Standing.CLIENT}, partner=True)


@pytest.mark.parametrize(
    ("text", "member", "client", "partner"),
    [
        ("BE:NONE//TLP:CLEAR//AUD ports-be", None, None, None),
        ("BE:NONE//TLP:GREEN//AUD ports-be", None, None, None),
        ("BE:NONE//TLP:AMBER//AUD ports-be", None, None, None),
        ("BE:NONE//TLP:AMBER+STRICT//AUD ports-be", None, DenyCode.TLP, DenyCode.TLP),
        ("BE:NONE//TLP:RED//AUD ports-be//TO node:police-limburg", None, DenyCode.TLP, DenyCode.TLP),
        ("BE:NONE//TLP:GREEN//AUD ports-be//CAVEAT PERSONAL", None, DenyCode.CAVEAT, DenyCode.CAVEAT),
        ("BE:NONE//TLP:GREEN//AUD ports-be//CAVEAT SOURCE", None, DenyCode.CAVEAT, DenyCode.CAVEAT),
        ("BE:NONE//TLP:GREEN//AUD ports-be//CAVEAT NO-EXPORT", None, None, DenyCode.CAVEAT),
    ],
)
def test_members_clients_and_partners(
    text: str, member: DenyCode | None, client: DenyCode | None, partner: DenyCode | None
) -> None:
    found = [code(may_read(who, parse(text), "crisis")) for who in (READER, CLIENT, PARTNER)]
    assert found == [member, client, partner]


def test_a_member_of_one_and_client_of_the_other_reads_both_but_not_their_join() -> None:
    """The join is the narrower of what its text can say, never the wider."""
    mixed = replace(READER, memberships={"aa": Standing.MEMBER, "bb": Standing.CLIENT})
    strict, open_ = parse("BE:NONE//TLP:AMBER+STRICT//AUD aa"), parse("BE:NONE//TLP:GREEN//AUD bb")
    found = [code(may_read(mixed, x, "crisis")) for x in (strict, open_, join(strict, open_))]
    assert found == [None, None, DenyCode.TLP]


def test_an_audit_feed_is_read_only_by_those_let_in() -> None:
    feed = audit_label("BE", NodeId("police-limburg"))
    assert code(may_read(READER, feed, "crisis")) is DenyCode.AUDIENCE
    auditor = replace(READER, memberships={"audit": Standing.MEMBER})
    assert code(may_read(auditor, feed, "crisis")) is None
    assert code(may_read(auditor, audit_label("BE", NodeId("port-liege")), "crisis")) is DenyCode.RECIPIENT


def test_an_author_may_not_write_above_their_own_clearance() -> None:
    assert above_clearance(READER, label("AUD elsewhere//TO node:port-liege")) is None
    above = above_clearance(READER, parse("BE:TOP-SECRET//TLP:AMBER//AUD ports-be"))
    assert above is not None
    assert above.code is DenyCode.LEVEL


# ---- nodes --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rest", "allowed"),
    [
        ("AUD ports-be", {"port-antwerp-bruges", "north-sea-port", "port-limburg", "port-liege", "police-limburg"}),
        ("AUD ports-scheldt", {"port-antwerp-bruges", "north-sea-port", "port-liege"}),
        ("AUD pfso-network", {"port-antwerp-bruges", "north-sea-port", "port-liege", "port-rotterdam"}),
        ("AUD pfso-network//CAVEAT NO-EXPORT", {"port-antwerp-bruges", "north-sea-port", "port-liege"}),
        ("AUD pfso-network//CAVEAT PERSONAL", {"port-antwerp-bruges", "north-sea-port"}),
        ("AUD ports-be & ports-scheldt", {"port-antwerp-bruges", "north-sea-port", "port-liege"}),
        ("AUD ports-be//CTRY NL", {"north-sea-port"}),
        ("AUD ports-be//CTRY BE & NL", set()),
        ("AUD ports-be//TO node:port-liege,role:port-antwerp-bruges/duty-officer", {"port-liege", "port-antwerp-bruges"}),
        ("AUD ports-be//TO role:port-liege/duty-officer", set()),
        ("AUD ports-be//TO officer:port-limburg/00000000-0000-4000-8000-000000000009", {"port-limburg"}),
        ("AUD ports-be//CAVEAT ORCON", {"port-antwerp-bruges", "north-sea-port", "port-limburg", "port-liege", "police-limburg"}),
        ("AUD ports-be//CAVEAT JUDICIAL", {"police-limburg"}),
        ("AUD pfso-network//CTRY BE//CAVEAT BE-ONLY", {"port-antwerp-bruges", "north-sea-port", "port-liege"}),
        ("AUD ports-be//PURPOSE learning", {"port-antwerp-bruges", "north-sea-port", "port-limburg", "port-liege", "police-limburg"}),
        ("AUD nobody-knows", set()),
        ("AUD nobody-knows,ports-scheldt", {"port-antwerp-bruges", "north-sea-port", "port-liege"}),
    ],
)  # fmt: skip
def test_who_follows(rest: str, allowed: set[str]) -> None:
    what = label(rest)
    assert {n for n, entry in REGISTER.nodes.items() if follow(entry, what) is None} == allowed


def test_be_only_asks_for_a_belgian_site_of_a_belgian_organisation() -> None:
    what = label("AUD ports-be//CAVEAT BE-ONLY")
    assert follow(GHENT, what) is None
    dutch = replace(GHENT, sites=GHENT.sites[1:])
    assert follow(dutch, what) is DenyCode.CAVEAT
    assert follow(replace(GHENT, organisation_countries=frozenset({"NL"})), what) is DenyCode.CAVEAT
    assert follow(GHENT, label("AUD ports-be//CTRY NL//CAVEAT BE-ONLY")) is DenyCode.CAVEAT


def test_amber_strict_is_for_members_nodes() -> None:
    what = parse("BE:NONE//TLP:AMBER+STRICT//AUD pfso-network")
    found = {
        n: follow(entry, what) for n, entry in REGISTER.nodes.items() if entry.communities >= {"pfso-network"}
    }
    assert found == {
        "port-antwerp-bruges": None,
        "north-sea-port": None,
        "port-liege": DenyCode.TLP,
        "port-rotterdam": DenyCode.TLP,
    }


def test_nothing_classified_without_an_approval_in_force() -> None:
    what = parse("BE:RESTRICTED//TLP:AMBER//AUD ports-be")
    assert follow(LIEGE, what, now=BEFORE) is DenyCode.LEVEL
    assert follow(POLICE, what, now=BEFORE) is None
    assert follow(POLICE, what, now=AFTER) is DenyCode.LEVEL
    assert follow(POLICE, what) is DenyCode.LEVEL
    permit = may_follow(POLICE, what, REGISTER, origin=NodeId("other"), now=BEFORE)
    assert isinstance(permit, Permit)
    assert (permit.until, permit.register) == (AFTER, 3)
    assert follow(POLICE, label("AUD ports-be"), now=AFTER) is None


def test_what_is_above_accreditation_may_not_be_held_whoever_is_addressed() -> None:
    above = may_hold(POLICE, parse("BE:TOP-SECRET//TLP:AMBER//AUD nobody"), now=BEFORE)
    assert isinstance(above, Deny)
    assert above.rule == "level"
    assert code(may_hold(LIEGE, parse("BE:SECRET//TLP:AMBER//AUD nobody"), now=BEFORE)) is DenyCode.LEVEL
    assert code(may_hold(LIEGE, label("COMP DRUGS//AUD nobody"))) is DenyCode.COMPARTMENT
    assert code(may_hold(LIEGE, label("AUD nobody//CAVEAT JUDICIAL"))) is DenyCode.CAVEAT
    assert code(may_hold(LIEGE, label("AUD nobody"))) is None
    assert code(may_hold(POLICE, parse("BE:SECRET//TLP:AMBER//COMP DRUGS//AUD nobody"), now=BEFORE)) is None


def test_an_origin_holds_its_own_whatever_the_label() -> None:
    what = parse("NATO:TOP-SECRET//TLP:RED//AUD nobody//TO node:port-limburg")
    assert isinstance(may_follow(LIEGE, what, REGISTER, origin=LIEGE.id), Permit)


def test_who_joined_later_does_not_get_what_began_before() -> None:
    community = registers.board()["communities"]
    community["ports-be"]["members"]["port-liege"] = 3
    register = registers.register(communities=community)
    liege = register.nodes[LIEGE.id]
    what = label("AUD ports-be")

    def epoch(since: int) -> Decision:
        return may_follow(liege, what, register, origin=ANTWERP.id, epoch_since=since)

    assert [code(epoch(since)) for since in (2, 3, 4)] == [DenyCode.AUDIENCE, None, None]
    late = epoch(2)
    assert isinstance(late, Deny)
    assert late.rule == "since"
    either = label("AUD ports-be,ports-scheldt")
    assert code(may_follow(liege, either, register, origin=ANTWERP.id, epoch_since=2)) is None


def test_a_control_feed_is_for_the_node_it_names_alone() -> None:
    what = control_label("BE", LIEGE.id)
    assert {n for n, entry in REGISTER.nodes.items() if follow(entry, what) is None} == {LIEGE.id}
    assert follow(LIEGE, control_label("EU", LIEGE.id)) is DenyCode.LEVEL


def test_who_is_leaving_gets_control_feeds_until_the_day_and_nothing_else() -> None:
    leaving = replace(LIEGE, withdrawn_until=AFTER)
    assert follow(leaving, label("AUD ports-be")) is DenyCode.SUSPENDED
    assert follow(leaving, control_label("BE", LIEGE.id), now=BEFORE) is None
    assert follow(leaving, control_label("BE", LIEGE.id), now=AFTER) is DenyCode.SUSPENDED


def test_an_audit_feed_is_served_to_nobody() -> None:
    what = audit_label("BE", LIEGE.id)
    assert {follow(entry, what) for entry in REGISTER.nodes.values()} == {DenyCode.AUDIENCE}
    assert isinstance(may_follow(LIEGE, what, REGISTER, origin=LIEGE.id), Permit)


# ---- joins that do not exist --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("BE:SECRET//TLP:AMBER//AUD aa", "NATO:NONE//TLP:AMBER//AUD aa"),
        ("BE:NONE//TLP:AMBER//AUD aa//STATUS exercise", "BE:NONE//TLP:AMBER//AUD aa"),
        ("BE:NONE//TLP:AMBER//AUD aa//PURPOSE crisis", "BE:NONE//TLP:AMBER//AUD aa//PURPOSE learning"),
        ("BE:NONE//TLP:RED//AUD control//TO node:port-liege", "BE:NONE//TLP:AMBER//AUD aa"),
    ],
)
def test_no_join_where_no_label_says_it(one: str, other: str) -> None:
    with pytest.raises(BadLabel):
        join(parse(one), parse(other))


def test_a_join_over_the_cap_is_refused() -> None:
    def many(start: int) -> Label:
        return label("AUD " + " & ".join(f"community-{i:04},zz" for i in range(start, start + 80)))

    with pytest.raises(BadLabel):
        join(many(0), many(80))


def test_an_alternative_is_lower_and_a_further_clause_higher() -> None:
    a, either, both = label("AUD aa"), label("AUD aa,bb"), label("AUD aa & bb")
    assert dominates(a, either)
    assert not dominates(either, a)
    assert dominates(both, a)
    assert join(either, a) == a


def test_a_reader_has_no_default_rights() -> None:
    nobody = Reader(
        node=NodeId("port-x"),
        country="",
        organisation_countries=frozenset(),
        ceiling={},
        memberships={},
        recipients=frozenset(),
        purposes=frozenset(),
    )
    assert code(may_read(nobody, parse("BE:NONE//TLP:CLEAR//AUD ports-be"), "crisis")) is DenyCode.LEVEL


# ---- words --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reader", "text", "words"),
    [
        (READER, "BE:TOP-SECRET//TLP:AMBER//AUD ports-be", "BE TOP-SECRET is above what it may hold"),
        (READER, "BE:NONE//TLP:AMBER//COMP DRUGS,X1//AUD ports-be", "not read into X1"),
        (READER, "BE:NONE//TLP:AMBER//AUD aa,bb", "in none of aa, bb"),
        (READER, "BE:NONE//TLP:AMBER//AUD ports-be//CTRY NL", "no site in a country that the label names"),
        (READER, "BE:NONE//TLP:AMBER//AUD ports-be//PURPOSE learning", "only for learning"),
        (CLIENT, "BE:NONE//TLP:AMBER+STRICT//AUD ports-be", "a client; TLP:AMBER+STRICT is for members only"),
        (
            CLIENT,
            "BE:NONE//TLP:AMBER//AUD ports-be//CAVEAT ORCON,SOURCE",
            "a client; SOURCE is for members only",
        ),
        (
            PARTNER,
            "BE:NONE//TLP:AMBER//AUD ports-be//CAVEAT NO-EXPORT,ORCON",
            "NO-EXPORT is not for partners",
        ),
    ],
)
def test_a_refusal_says_why_in_one_sentence(reader: Reader, text: str, words: str) -> None:
    refusal = may_read(reader, parse(text), "crisis")
    assert isinstance(refusal, Deny)
    assert refusal.words == words


def test_what_is_not_classified_does_not_end_with_an_approval() -> None:
    permit = may_follow(POLICE, label("AUD ports-be"), REGISTER, origin=NodeId("other"), now=BEFORE)
    assert isinstance(permit, Permit)
    assert permit.until is None


# ---- Since when -------------------------------------------------------------------------------------------------------------


def _standing_changed(clients: dict[str, int], members: dict[str, int]) -> Register:
    """The federation in register 9, with Liège in the PFSO network as these say."""
    board = registers.board()
    network = board["communities"]["pfso-network"]
    network["clients"] = {"port-rotterdam": 1, **clients}
    network["members"].update(members)
    return build_register(board, registers.nodes(), version=9, hash=bytes(32), expires_ms=registers.EXPIRES)


OPEN_TO_CLIENTS = parse("BE:NONE//TLP:GREEN//AUD pfso-network")
FOR_MEMBERS = parse("BE:NONE//TLP:AMBER+STRICT//AUD pfso-network")


@pytest.mark.parametrize(
    ("clients", "members", "label", "epochs"),
    [
        (
            {"port-liege": 1},
            {"port-liege": 5},
            OPEN_TO_CLIENTS,
            {1, 4, 5, 9},
        ),  # what it had as a client it keeps
        ({"port-liege": 1}, {"port-liege": 5}, FOR_MEMBERS, {5, 9}),  # and is given no history as a member
        ({}, {"port-liege": 5}, OPEN_TO_CLIENTS, {5, 9}),
        ({"port-liege": 5}, {}, OPEN_TO_CLIENTS, {5, 9}),
        ({"port-liege": 5}, {}, FOR_MEMBERS, set()),
        ({"port-liege": 5}, {"port-liege": 3}, OPEN_TO_CLIENTS, {4, 5, 9}),
    ],
)
def test_a_client_that_becomes_a_member_keeps_what_it_had(
    clients: dict[str, int], members: dict[str, int], label: Label, epochs: set[int]
) -> None:
    register = _standing_changed(clients, members)
    node = register.nodes[NodeId("port-liege")]
    followed = {
        epoch
        for epoch in (1, 4, 5, 9)
        if isinstance(may_follow(node, label, register, origin=ANTWERP.id, epoch_since=epoch), Permit)
    }
    assert followed == epochs


def test_with_one_since_for_both_standings_a_promotion_would_take_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The planted fault: the older one forgotten."""
    monkeypatch.setattr(
        Membership, "at", lambda self, version: self.standing if self.since <= version else None
    )
    register = _standing_changed({"port-liege": 1}, {"port-liege": 5})
    node = register.nodes[NodeId("port-liege")]
    asked = may_follow(node, OPEN_TO_CLIENTS, register, origin=ANTWERP.id, epoch_since=4)
    assert code(asked) is DenyCode.AUDIENCE
