"""Keys that change hands: of root, board and duty, of an organisation, of a node; a node's key revoked; a member that leaves."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from federations import HOLDERS, founded, keys_of, opened, real_now
from tuf.api.metadata import Root  # type: ignore[attr-defined]

from node.ceremony import (
    Ceremony,
    papers,
    rejoin,
    revoke,
    rotate_node,
    rotate_organisation,
    rotate_role,
    withdraw,
)
from node.ceremony.specification import read
from node.exits import Refused
from node.keys import NodeKeys
from node.register import BadRegister, Outcome
from protocol.errors import ProtocolError
from protocol.ids import NodeId, OrganisationId

ANTWERP, GHENT, LIEGE = NodeId("port-antwerp-bruges"), NodeId("north-sea-port"), NodeId("port-liege")
DAY = 86_400_000
SOON = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=30)
Keys = dict[NodeId, NodeKeys]


@pytest.fixture
def keys() -> Keys:
    return keys_of(ANTWERP, GHENT)


@pytest.fixture
def ceremony(keys: Keys) -> Ceremony:
    return founded(keys)


def lose(ceremony: Ceremony, use: str, *holders: str) -> None:
    """These holders' keys for this use are not at hand any more."""
    ring = ceremony.papers.ring
    ring._secrets = {
        i: (k, s) for i, (k, s) in ring._secrets.items() if k.use != use or k.holder not in holders
    }


def keep(ceremony: Ceremony, use: str, *holders: str) -> None:
    lose(ceremony, use, *(h for h in HOLDERS if h not in holders))


def holders(ceremony: Ceremony, role: str) -> list[str]:
    root: Root = ceremony.papers.published("root")
    return [
        str(root.keys[key].unrecognized_fields["x-port2port-holder"])
        for key in root.get_delegated_role(role).keyids
    ]


# ---- Who signs --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("use", "role", "holder"),
    [("root", "root", "namb"), ("board", "targets", HOLDERS[0]), ("duty", "timestamp", HOLDERS[0])],
)
def test_a_lost_key_is_replaced_without_it(
    ceremony: Ceremony, tmp_path: Path, use: str, role: str, holder: str
) -> None:
    held = opened(ceremony, tmp_path)
    lose(ceremony, use, holder)
    words = rotate_role(ceremony, use, holder, real_now())
    assert words[0].startswith(f"{use}: {holder}'s key ")
    assert words[-1].startswith("nodes: ")
    assert ceremony.waiting() == []
    assert ceremony.papers.published("root").version == 2
    assert held.apply_bundle(ceremony.bundle(), real_now()).outcome is Outcome.UPDATED
    assert held.root_version == 2
    keep(ceremony, use, holder)  # its new key is as good as any
    ceremony.sign({"root": "root", "board": "board", "duty": "duty"}[use], real_now())
    assert len(ceremony.waiting()) == (0 if use == "duty" else 1)


def test_a_departed_holder_is_replaced_by_another_body(ceremony: Ceremony) -> None:
    lose(ceremony, "root", "namb")
    rotate_role(ceremony, "root", "namb", real_now(), successor="crisis-centre")
    assert holders(ceremony, "root") == [*HOLDERS[:4], "crisis-centre"]
    assert holders(ceremony, "targets") == HOLDERS[:3]


def test_a_new_root_waits_for_the_old_threshold_and_its_own(ceremony: Ceremony) -> None:
    keep(ceremony, "root", *HOLDERS[:2])
    words = rotate_role(ceremony, "root", "namb", real_now())
    assert any("root: waits for 1 more of drug-commission, namb, police-limburg" in w for w in words), words
    assert ceremony.register().version == 1
    assert ceremony.papers.published("root").version == 1


def test_the_new_ones_alone_are_not_enough(ceremony: Ceremony) -> None:
    """Three rotated at once: the old threshold cannot be met without them, whatever the new keys sign."""
    lose(ceremony, "root", *HOLDERS[2:])
    for holder in HOLDERS[2:]:
        rotate_role(ceremony, "root", holder, real_now())
    [waiting] = ceremony.waiting()
    assert (waiting.role, waiting.needed) == ("root", 1)


def _all(ceremony: Ceremony, names: list[str]) -> None:
    for holder in names:
        rotate_role(ceremony, "root", holder, real_now())


def test_without_the_old_threshold_a_usurper_would_take_over(
    ceremony: Ceremony, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted fault: the papers ask the new root alone. What they then publish, no node takes."""
    lose(ceremony, "root", *HOLDERS[2:])
    monkeypatch.setattr(
        papers.Papers,
        "_delegators",
        lambda self, role: [self.newest("root" if role != "root" else role).signed],
    )
    with pytest.raises(ProtocolError, match=r"2\.root\.json: enough signatures"):
        _all(ceremony, HOLDERS[2:])


def test_so_many_boards_keys_change_that_its_paper_is_signed_anew(ceremony: Ceremony) -> None:
    before = ceremony.papers.published("targets").version
    rotate_role(ceremony, "board", HOLDERS[0], real_now())
    assert ceremony.papers.published("targets").version == before  # two of three signatures are left
    words = rotate_role(ceremony, "board", HOLDERS[1], real_now())
    assert any("signed anew" in w for w in words)
    assert ceremony.papers.published("targets").version == before + 1


def test_a_holder_may_go_without_a_successor_while_the_threshold_holds(ceremony: Ceremony) -> None:
    rotate_role(ceremony, "root", "namb", real_now(), drop=True)
    assert holders(ceremony, "root") == HOLDERS[:4]
    rotate_role(ceremony, "root", HOLDERS[3], real_now(), drop=True)
    with pytest.raises(Refused, match=r"root: 2 key\(s\) cannot make a threshold of 3"):
        rotate_role(ceremony, "root", HOLDERS[2], real_now(), drop=True)
    with pytest.raises(Refused, match="nobody: holds 0 of these keys; holders are"):
        rotate_role(ceremony, "root", "nobody", real_now())


def test_a_new_threshold_is_asked_of_the_next_root(ceremony: Ceremony) -> None:
    rotate_role(ceremony, "root", "namb", real_now(), threshold=4)
    keep(ceremony, "root", *HOLDERS[:3])
    ceremony.sign("root", real_now())
    assert [(w.role, w.needed) for w in ceremony.waiting()] == [("root", 1)]


def test_the_old_duty_key_keeps_nothing_current_any_more(ceremony: Ceremony, tmp_path: Path) -> None:
    held = opened(ceremony, tmp_path)
    thief = founded({})
    thief.papers.files, thief.papers.ring = dict(ceremony.files), ceremony.papers.ring
    rotate_role(ceremony, "duty", HOLDERS[0], real_now(), drop=True)
    held.apply_bundle(ceremony.bundle(), real_now())
    keep(thief, "duty", HOLDERS[0])
    for _ in range(3):
        thief.sign("duty", real_now())
    with pytest.raises(ProtocolError, match=r"timestamp\.json: enough signatures"):
        held.apply_bundle(thief.bundle(), real_now())


def test_duty_keeps_the_register_current_while_others_sign(ceremony: Ceremony) -> None:
    lose(ceremony, "board", *HOLDERS[1:])
    ceremony.sign("board", real_now())
    words = ceremony.sign("duty", real_now())
    assert any(w.startswith("published as register 2") for w in words)
    assert words[-1].startswith("targets: waits for 1 more of")
    assert [w.role for w in ceremony.waiting()] == ["targets"]


# ---- An organisation, a node ------------------------------------------------------------------------------------------------


def test_an_organisations_key_changes_with_its_file_signed_anew(ceremony: Ceremony, tmp_path: Path) -> None:
    held = opened(ceremony, tmp_path)
    lose(ceremony, "organisation", GHENT)
    rotate_organisation(ceremony, GHENT, real_now())
    assert ceremony.waiting() == []
    assert held.apply_bundle(ceremony.bundle(), real_now()).outcome is Outcome.UPDATED
    assert GHENT in held.current.nodes
    ceremony.remove_node(GHENT, real_now())  # by the new key
    assert GHENT not in ceremony.register().nodes
    with pytest.raises(Refused, match="nobody: no such organisation"):
        rotate_organisation(ceremony, "nobody", real_now())


def test_a_nodes_keys_are_both_listed_until_the_rotation_is_finished(ceremony: Ceremony, keys: Keys) -> None:
    fresh = keys_of(GHENT)[GHENT]
    rotate_node(ceremony, GHENT, fresh.public_card(), real_now())
    entry = ceremony.register().nodes[GHENT]
    assert entry.log_keys == (fresh.log_public, keys[GHENT].log_public)
    assert entry.hold_keys == (fresh.hold_public, keys[GHENT].hold_public)
    assert len(entry.tls) == 2
    rotate_node(ceremony, GHENT, fresh.public_card(), real_now(), finish=True)
    entry = ceremony.register().nodes[GHENT]
    assert (entry.log_keys, entry.hold_keys, len(entry.tls)) == ((fresh.log_public,), (fresh.hold_public,), 1)
    with pytest.raises(Refused, match="the card changes nothing"):
        rotate_node(ceremony, GHENT, fresh.public_card(), real_now())
    with pytest.raises(Refused, match="port-liege: is not in the register"):
        rotate_node(ceremony, LIEGE, fresh.public_card(), real_now())


def test_a_revoked_key_is_named_for_good(ceremony: Ceremony, keys: Keys) -> None:
    stolen, fresh = keys[GHENT].log_public, keys_of(GHENT)[GHENT]
    with pytest.raises(Refused, match="is its only log key; give --card"):
        revoke(ceremony, GHENT, stolen.hex(), real_now())
    words = revoke(ceremony, GHENT, stolen.hex(), real_now(), card=fresh.public_card())
    assert "each of its feeds goes on in a new epoch" in words[-1]
    entry = ceremony.register().nodes[GHENT]
    assert entry.revoked == {stolen}
    assert entry.log_keys == (fresh.log_public,)
    claim = {k: v for k, v in ceremony.listed(GHENT).items() if k in {"kind", "address", "sites", "level"}}
    ceremony.add_node(fresh.public_card(), claim, real_now())  # replaced, it does not come back
    assert ceremony.register().nodes[GHENT].revoked == {stolen}
    assert stolen.hex() in ceremony.listed(GHENT)["proof"]
    with pytest.raises(BadRegister, match="a key that it revoked is among its keys"):
        ceremony.add_node(keys[GHENT].public_card(), claim, real_now())


def test_a_revoked_certificate_is_known_by_name(ceremony: Ceremony, keys: Keys, tmp_path: Path) -> None:
    held, fresh = opened(ceremony, tmp_path), keys_of(GHENT)[GHENT]
    [old] = held.current.nodes[GHENT].fingerprints
    revoke(ceremony, GHENT, old.hex(), real_now(), card=fresh.public_card())
    held.apply_bundle(ceremony.bundle(), real_now())
    assert old not in held.current.by_fingerprint
    assert held.former[old].node == GHENT
    assert held.current.nodes[GHENT].revoked == frozenset()
    with pytest.raises(Refused, match="has no key or certificate"):
        revoke(ceremony, GHENT, "00" * 32, real_now())


# ---- A member that leaves ---------------------------------------------------------------------------------------------------


def test_a_member_leaves_and_what_it_leaves_behind_is_said(ceremony: Ceremony) -> None:
    words = withdraw(ceremony, ANTWERP, SOON, real_now())
    register = ceremony.register()
    assert register.organisations[OrganisationId(ANTWERP)].withdrawn_until is not None
    assert register.nodes[ANTWERP].communities == frozenset()
    assert register.member(ANTWERP, real_now())
    assert not register.member(ANTWERP, real_now() + 31 * DAY)  # type: ignore[arg-type]
    assert "communities.ports-be: it is the steward; name another (register add-organisation)" in words
    assert [w.partition(":")[0] for w in words if "holds a key" in w] == ["root", "board", "duty"]
    with pytest.raises(Refused, match="is past"):
        withdraw(ceremony, GHENT, dt.date(2020, 1, 1), real_now())
    with pytest.raises(Refused, match="nobody: no such organisation"):
        withdraw(ceremony, "nobody", SOON, real_now())


def test_who_comes_back_belongs_anew(ceremony: Ceremony) -> None:
    with pytest.raises(Refused, match="is not withdrawn"):
        rejoin(ceremony, GHENT, real_now())
    withdraw(ceremony, GHENT, SOON, real_now())
    rejoin(ceremony, GHENT, real_now())
    register = ceremony.register()
    assert {m.since for m in register.nodes[GHENT].memberships.values()} == {3}
    assert {m.since for m in register.nodes[ANTWERP].memberships.values()} == {1}


# ---- Since when -------------------------------------------------------------------------------------------------------------


def _board(ceremony: Ceremony, **communities: Any) -> list[str]:
    return ceremony.change_board(read({"board": {"communities": communities}}, founding=False), real_now())


def test_a_standing_is_dated_by_the_tool_alone(ceremony: Ceremony) -> None:
    ceremony.sign("duty", real_now())
    _board(ceremony, **{"pfso-network": {"members": {"port-liege": "next"}}})
    network = ceremony.register().communities["pfso-network"]
    assert (network.members["port-liege"], network.clients["port-liege"]) == (3, 1)  # type: ignore[index]
    _board(ceremony, **{"ports-be": {"members": {"port-liege": "next"}, "title": "Ports"}})
    assert ceremony.register().communities["ports-be"].members["port-liege"] == 1  # type: ignore[index]
    for value in (1, 2, 4, 0, True, "soon"):
        with pytest.raises(
            Refused, match=r"communities\.pfso-network\.members\.port-liege: is not dated by hand"
        ):
            _board(ceremony, **{"pfso-network": {"members": {"port-liege": value}}})
    with pytest.raises(Refused, match='write "next"'):
        _board(ceremony, **{"ports-scheldt": {"members": {"port-limburg": 1}}})


def test_what_a_change_of_the_board_costs_a_node_is_said(ceremony: Ceremony) -> None:
    words = ceremony.change_board(
        read({"board": {"vocabulary": {"roles": ["pfso"]}}}, founding=False), real_now()
    )
    [costs] = [w for w in words if w.startswith("this costs ")]
    assert costs == (
        "this costs port-antwerp-bruges: left out: nodes.port-antwerp-bruges[0].roles[0]: not in the register's vocabulary"
    )
    assert ANTWERP not in ceremony.register().nodes
    assert not any(w.startswith("this costs") for w in ceremony.sign("duty", real_now()))  # said once


def test_who_leaves_a_community_begins_anew_and_its_nodes_serve_it_no_more(ceremony: Ceremony) -> None:
    _board(ceremony, **{"ports-be": {"members": {GHENT: "leaves"}}})
    assert "ports-be" not in ceremony.register().nodes[GHENT].communities
    assert GHENT not in ceremony.board()["communities"]["ports-be"]["serving"]
    _board(ceremony, **{"ports-be": {"members": {GHENT: "next"}}})
    assert ceremony.register().communities["ports-be"].members[GHENT] == 3  # type: ignore[index]


def test_a_member_that_becomes_a_client_keeps_its_since(ceremony: Ceremony) -> None:
    _board(ceremony, **{"ports-be": {"members": {GHENT: "leaves"}, "clients": {GHENT: "next"}}})
    community = ceremony.register().communities["ports-be"]
    assert {str(name): since for name, since in community.clients.items()} == {str(GHENT): 1}
    assert GHENT not in map(str, community.members)
    assert GHENT in community.serving


def test_a_standing_counts_from_the_register_it_appears_in(ceremony: Ceremony) -> None:
    """Signed over days, while others are published: dated ahead, and the version goes there in one step."""
    away = dict(ceremony.papers.ring._secrets)
    keep(ceremony, "board", HOLDERS[0])
    assert "new standings count from register 22 on" in _board(
        ceremony, **{"ports-scheldt": {"members": {"port-limburg": "next"}}}
    )
    for _ in range(3):
        ceremony.sign("duty", real_now())
    assert ceremony.register().version == 4
    ceremony.papers.ring._secrets.update(away)
    ceremony.sign("board", real_now())
    register = ceremony.register()
    assert register.version == register.communities["ports-scheldt"].members["port-limburg"] == 22  # type: ignore[index]
    ceremony.sign("duty", real_now())
    assert ceremony.register().version == 23


def test_too_late_it_is_made_again(ceremony: Ceremony, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise it would be given what was said while it was no member yet."""
    away = dict(ceremony.papers.ring._secrets)
    keep(ceremony, "board", HOLDERS[0])
    monkeypatch.setattr("node.ceremony.steps.RESERVED", 1)
    _board(ceremony, **{"ports-scheldt": {"members": {"port-limburg": "next"}}})
    for _ in range(3):
        ceremony.sign("duty", real_now())
    ceremony.papers.ring._secrets.update(away)
    with pytest.raises(Refused, match="dated with register 3, and 5 is the next one"):
        ceremony.sign("board", real_now())
    assert ceremony.register().version == 4


def test_without_that_a_newcomer_would_be_given_history(
    ceremony: Ceremony, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted fault."""
    away = dict(ceremony.papers.ring._secrets)
    keep(ceremony, "board", HOLDERS[0])
    monkeypatch.setattr("node.ceremony.steps.RESERVED", 0)
    monkeypatch.setattr("node.ceremony.memberships.newest", lambda published, board: 0)
    _board(ceremony, **{"ports-scheldt": {"members": {"port-limburg": "next"}}})
    ceremony.sign("duty", real_now())
    ceremony.papers.ring._secrets.update(away)
    ceremony.sign("board", real_now())
    register = ceremony.register()
    assert register.communities["ports-scheldt"].members["port-limburg"] < register.version  # type: ignore[index]
