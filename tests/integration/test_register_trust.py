"""What a register must prove before it is believed: thresholds, keys, exact bytes, sizes, and no more than was given."""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from federations import HOLDERS, forced, founded, keys_of, opened, real_now
from nacl.signing import SigningKey
from securesystemslib.formats import encode_canonical
from tuf.api.metadata import Delegations, Root, Targets  # type: ignore[attr-defined]

from node.ceremony import Ceremony
from node.ceremony.papers import Papers, target
from node.ceremony.roles import KeyRing, RoleKey
from node.certificates import certify
from node.register import Outcome, RegisterStore, bundle, chain, content
from node.register.bundle import BadRegister
from node.register.content import BOARD
from node.register.view import view
from protocol.errors import BadSignature
from protocol.ids import NodeId
from protocol.label import Level
from protocol.register import Register

ANTWERP, GHENT, LIEGE = NodeId("port-antwerp-bruges"), NodeId("north-sea-port"), NodeId("port-liege")
LOW_ORDER = "01" + "00" * 31  # the neutral element
DAY = 86_400_000


@pytest.fixture
def ceremony() -> Ceremony:
    return founded(keys_of(ANTWERP, GHENT))


def read(ceremony: Ceremony, raw: bytes) -> Register:
    return view(chain.verify(bundle.unpack(raw), trusted_root=Papers.first_root(ceremony.files)))


def only(ceremony: Ceremony, use: str, *holders: str) -> None:
    """Leave the ceremony with the keys of these holders for this use; other uses keep theirs."""
    ring = ceremony.papers.ring
    ring._secrets = {i: (k, s) for i, (k, s) in ring._secrets.items() if k.use != use or k.holder in holders}


def redraft(ceremony: Ceremony, role: str, change: Callable[[Any], None] = lambda signed: None) -> None:
    signed = ceremony.paper(role)
    change(signed)
    ceremony.papers.draft(role, signed, real_now(), 300 * DAY)
    ceremony.papers.sign()


# ---- Thresholds -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("signatures", [0, 1, 2, 3, 4, 5])
def test_a_root_needs_three_of_five(ceremony: Ceremony, signatures: int) -> None:
    only(ceremony, "root", *HOLDERS[:signatures])
    redraft(ceremony, "root")
    if signatures >= 3:
        assert read(ceremony, forced(ceremony)).version == 2
    else:
        with pytest.raises(BadSignature, match=rf"2\.root\.json: enough signatures .*{signatures}/3"):
            read(ceremony, forced(ceremony))


@pytest.mark.parametrize("signatures", [0, 1, 2, 3])
def test_the_board_needs_two_of_three(ceremony: Ceremony, signatures: int) -> None:
    only(ceremony, "board", *HOLDERS[:signatures])
    redraft(ceremony, "targets")
    if signatures >= 2:
        assert read(ceremony, forced(ceremony)).version == 2
    else:
        with pytest.raises(BadSignature, match=rf"2\.targets\.json: enough signatures .*{signatures}/2"):
            read(ceremony, forced(ceremony))


@pytest.mark.parametrize("holder", HOLDERS[:2])
def test_any_one_duty_key_keeps_it_current(ceremony: Ceremony, holder: str) -> None:
    only(ceremony, "duty", holder)
    ceremony.sign("duty", real_now())
    assert ceremony.register().version == 2


def test_without_the_signature_check_too_few_would_pass(
    ceremony: Ceremony, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted fault."""
    only(ceremony, "root", HOLDERS[0])
    redraft(ceremony, "root")
    monkeypatch.setattr(chain, "_signed_by", lambda *given: None)
    assert read(ceremony, forced(ceremony)).version == 2


def test_a_new_root_needs_the_old_ones_holders_too(ceremony: Ceremony) -> None:
    usurper = KeyRing(os.urandom)
    keys = [usurper.make(name, "root") for name in HOLDERS]

    def take_over(root: Root) -> None:
        for key in keys:
            root.add_key(key.entry(), "root")
        for old in [k for k in root.roles["root"].keyids if k not in {key.id for key in keys}]:
            root.revoke_key(old, "root")

    redraft(ceremony, "root", take_over)
    paper = ceremony.papers.drafts["root"]
    paper.signatures.clear()
    usurper.sign(paper, [key.id for key in keys])
    with pytest.raises(BadSignature, match=r"2\.root\.json: enough signatures .*0/3"):
        read(ceremony, forced(ceremony))
    ceremony.papers.sign()  # with the old holders' keys it is a rotation
    assert read(ceremony, forced(ceremony)).version == 2


def test_a_gap_in_the_roots_is_refused(ceremony: Ceremony) -> None:
    for _ in range(2):
        ceremony.sign("root", real_now())
    files = bundle.unpack(ceremony.bundle())
    del files["2.root.json"]
    with pytest.raises(BadRegister, match=r"3\.root\.json: every root after version 1"):
        chain.verify(files, trusted_root=files["1.root.json"])


# ---- Keys -----------------------------------------------------------------------------------------------------------------


def test_one_key_under_two_ids_does_not_count_twice(ceremony: Ceremony) -> None:
    root = ceremony.paper("root")
    only(ceremony, "board", HOLDERS[0])
    own = next(k for k, _ in ceremony.papers.ring._secrets.values() if k.use == "board")
    twin = own.entry()
    twin.keyid = "ab" * 32

    def twice(root: Root) -> None:
        root.keys[twin.keyid] = twin
        root.roles["targets"].keyids.append(twin.keyid)

    redraft(ceremony, "root", twice)
    ceremony.papers.draft("targets", ceremony.paper("targets"), real_now(), DAY)
    paper = ceremony.papers.drafts["targets"]
    ceremony.papers.ring.sign(paper, [own.id])
    signature = next(iter(paper.signatures.values()))
    paper.signatures[twin.keyid] = type(signature)(twin.keyid, signature.signature)
    with pytest.raises(BadRegister, match="a key that occurs once in the register"):
        read(ceremony, forced(ceremony))
    assert len(root.roles["targets"].keyids) == 3


@pytest.mark.parametrize("public", [LOW_ORDER, "00" * 32, "ff" * 32, "zz" * 32, "ab" * 31])
def test_a_role_key_that_is_no_good_key_is_refused(ceremony: Ceremony, public: str) -> None:
    def weaken(root: Root) -> None:
        key = RoleKey("weak", "root", bytes(32)).entry()
        key.keyval["public"] = public
        root.add_key(key, "root")

    redraft(ceremony, "root", weaken)
    with pytest.raises(BadRegister, match=r"2\.root\.json: key "):
        read(ceremony, forced(ceremony))


def test_an_rsa_or_ecdsa_role_key_is_refused(ceremony: Ceremony) -> None:
    from securesystemslib.signer import CryptoSigner  # type: ignore[attr-defined]

    redraft(ceremony, "root", lambda root: root.add_key(CryptoSigner.generate_ecdsa().public_key, "root"))
    with pytest.raises(BadRegister, match="an Ed25519 key"):
        read(ceremony, forced(ceremony))


def _entry(ceremony: Ceremony, node: NodeId, change: Callable[[dict[str, Any]], None]) -> bytes:
    """A bundle in which the organisation itself signed a changed entry of its node."""

    def alter(signed: Targets) -> None:
        path = f"organisations/{node}/{node}"
        custom = dict(signed.targets[path].custom)
        change(custom)
        signed.targets[path] = target(path, custom)

    redraft(ceremony, node, alter)
    return forced(ceremony)


@pytest.mark.parametrize(
    ("use", "value", "rule"),
    [
        ("log", [LOW_ORDER], "north-sea-port.log: 32 bytes, canonical"),
        ("hold", ["ff" * 32], "north-sea-port.hold: 32 bytes, canonical"),
        ("log", [], "north-sea-port.log: a list of texts"),
        ("hold", "x", "north-sea-port.hold: a list of texts"),
        ("id", "port-liege", "north-sea-port: a table with the id of its path"),
    ],
)
def test_a_node_with_a_bad_key_is_left_out_and_said_so(
    ceremony: Ceremony, use: str, value: object, rule: str
) -> None:
    register = read(ceremony, _entry(ceremony, GHENT, lambda entry: entry.update({use: value})))
    assert set(register.nodes) == {ANTWERP}  # the others do not pay for it
    assert any(words.startswith(rule) for words in register.refused)


def test_a_certificate_that_may_sign_others_is_refused_at_admission(ceremony: Ceremony) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    authority = certify(key, GHENT, serial=7, now=real_now(), ca=True).decode()
    register = read(ceremony, _entry(ceremony, GHENT, lambda entry: entry.update(tls=[authority])))
    assert set(register.nodes) == {ANTWERP}
    assert "north-sea-port.tls: CA:FALSE, stated as a basic constraint" in register.refused


def test_a_certificate_of_an_unknown_version_costs_its_node_alone(ceremony: Ceremony) -> None:
    der = bytearray(ssl.PEM_cert_to_DER_cert(ceremony.register().nodes[GHENT].tls[0]))
    der[der.index(b"\xa0\x03\x02\x01\x02") + 4] = 7
    odd = ssl.DER_cert_to_PEM_cert(bytes(der))
    register = read(ceremony, _entry(ceremony, GHENT, lambda entry: entry.update(tls=[odd])))
    assert set(register.nodes) == {ANTWERP}
    assert "north-sea-port.tls: exactly one PEM certificate" in register.refused


def test_a_role_key_may_not_be_a_nodes_key(ceremony: Ceremony) -> None:
    duty = next(k for k, _ in ceremony.papers.ring._secrets.values() if k.use == "duty")
    register = read(ceremony, _entry(ceremony, GHENT, lambda entry: entry.update(log=[duty.public.hex()])))
    assert set(register.nodes) == {ANTWERP}


def test_copying_anothers_key_costs_the_copier(ceremony: Ceremony) -> None:
    other = ceremony.register().nodes[ANTWERP].log_keys[0].hex()
    register = read(ceremony, _entry(ceremony, GHENT, lambda entry: entry.update(log=[other])))
    assert set(register.nodes) == {ANTWERP}
    assert any(
        "a key or certificate that port-antwerp-bruges lists too" in words for words in register.refused
    )


# ---- A file of an organisation's that does not read ---------------------------------------------------------------------------


def _written(ceremony: Ceremony, change: Callable[[dict[str, Any]], object], *, by: str = GHENT) -> bytes:
    """A bundle with a file of Ghent's that says what python-tuf would not write, signed as it is."""
    redraft(ceremony, GHENT)
    paper = json.loads(ceremony.papers.drafts[GHENT].to_bytes())
    change(paper["signed"])
    key, seed = next(
        held
        for held in ceremony.papers.ring._secrets.values()
        if (held[0].holder, held[0].use) == (by, "organisation")
    )
    payload = encode_canonical(paper["signed"]) or ""
    paper["signatures"] = [{"keyid": key.id, "sig": SigningKey(seed).sign(payload.encode()).signature.hex()}]
    del ceremony.papers.drafts[GHENT]
    ceremony.papers.files["2.north-sea-port.json"] = json.dumps(paper).encode()
    return forced(ceremony)


@pytest.mark.parametrize(
    "change",
    [
        lambda signed: signed.update(targets=7),
        lambda signed: signed.update(_type="root"),
        lambda signed: signed.update(expires="soon"),
        lambda signed: signed.update(delegations=[]),
        lambda signed: signed.pop("spec_version"),
    ],
)
def test_an_organisations_unreadable_file_costs_that_organisation(
    ceremony: Ceremony, tmp_path: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    held = opened(ceremony, tmp_path)
    raw = _written(ceremony, change)
    assert set(read(ceremony, raw).nodes) == {ANTWERP}
    assert held.apply_bundle(raw, real_now()).outcome is Outcome.UPDATED
    again = RegisterStore.open(tmp_path / "register", now=real_now()).current
    assert (again.version, set(again.nodes)) == (2, {ANTWERP})
    assert "2.north-sea-port.json: what it signed is no TUF targets" in again.refused


def test_an_unreadable_file_that_others_signed_refuses_the_register(ceremony: Ceremony) -> None:
    """Who holds a duty key alone must not be able to put an organisation out."""
    with pytest.raises(BadRegister, match=r"2\.north-sea-port\.json: TUF metadata as JSON"):
        read(ceremony, _written(ceremony, lambda signed: signed.update(targets=7), by="port-liege"))


def test_an_unreadable_file_of_another_version_than_listed_refuses_the_register(ceremony: Ceremony) -> None:
    with pytest.raises(BadRegister, match=r"2\.north-sea-port\.json: TUF metadata as JSON"):
        read(ceremony, _written(ceremony, lambda signed: signed.update(targets=7, version=1)))


# ---- No more than was given (invariant 10) ----------------------------------------------------------------------------------


def test_an_organisation_does_not_accredit_itself(ceremony: Ceremony) -> None:
    def widen(entry: dict[str, Any]) -> None:
        entry["level"] = {"BE": "SECRET", "NATO": "SECRET"}
        entry["approval"] = {"number": "1", "issuer": "self", "expires": "2099-01-01"}
        entry["compartments"] = ["DRUGS"]
        entry["regimes"] = ["gdpr", "judicial", "intel"]
        entry["sites"] = [
            {"id": "ghent", "country": "BE", "unlocode": "BEGNE", "name": "Ghent"},
            {"id": "paris", "country": "FR", "unlocode": "FRPAR", "name": "Paris"},
        ]

    before = ceremony.register().nodes[GHENT]
    register = read(ceremony, _entry(ceremony, GHENT, widen))
    after = register.nodes[GHENT]
    assert dict(after.levels) == {"BE": Level.NONE}
    assert after.compartments == frozenset()
    assert after.regimes == frozenset({"gdpr"})
    assert [site.id for site in after.sites] == ["ghent"]
    assert after.rights == before.rights
    assert after.communities == before.communities
    assert len(after.refused) >= 5  # each is shown


@pytest.mark.parametrize(
    "path",
    [
        "federation/board",
        "organisations/port-liege/port-liege",
        "organisations/north-sea-port/port-liege",
        "organisations/north-sea-port/port-liege--x",
        "organisations/north-sea-port/deeper/north-sea-port--x",
        "organisations/north-sea-port/../port-liege/port-liege",
        "organisations/north-sea-port/",
        "north-sea-port--x",
    ],
)
def test_an_organisation_lists_nothing_outside_its_folder(ceremony: Ceremony, path: str) -> None:
    keys = keys_of("port-liege")[LIEGE].public_card()

    def reach(signed: Targets) -> None:
        own = dict(signed.targets[f"organisations/{GHENT}/{GHENT}"].custom)
        name = path.rpartition("/")[2]
        signed.targets[path] = target(path, {**own, **keys, "id": name, "schema": "", "node": ""})

    redraft(ceremony, GHENT, reach)
    register = read(ceremony, forced(ceremony))
    assert set(register.nodes) == {ANTWERP, GHENT}
    assert register.organisations == ceremony.register().organisations
    assert any(words.startswith("north-sea-port") for words in register.refused)


def test_without_the_path_check_it_would_list_anothers_node(
    ceremony: Ceremony, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted fault: what is listed outside is refused by that check."""
    keys = keys_of("port-liege")[LIEGE].public_card()

    def reach(signed: Targets) -> None:
        own = dict(signed.targets[f"organisations/{GHENT}/{GHENT}"].custom)
        entry = {**own, "id": str(LIEGE), **{use: keys[use] for use in ("tls", "log", "hold")}}
        signed.targets[f"organisations/{GHENT}/{LIEGE}"] = target("x", entry)

    redraft(ceremony, GHENT, reach)
    raw = forced(ceremony)
    assert LIEGE not in read(ceremony, raw).nodes
    monkeypatch.setattr(
        content, "organisation_of", lambda node: GHENT if node == LIEGE else node.partition("--")[0]
    )
    monkeypatch.setattr(chain, "delegated", lambda targets: iter(targets.delegations.roles))
    assert LIEGE in read(ceremony, raw).nodes


def test_an_organisation_does_not_delegate(ceremony: Ceremony) -> None:
    redraft(ceremony, GHENT, lambda signed: setattr(signed, "delegations", Delegations({}, {})))
    assert "north-sea-port: may not delegate" in read(ceremony, forced(ceremony)).refused


def test_an_organisations_file_needs_its_own_key(ceremony: Ceremony) -> None:
    only(ceremony, "organisation", "port-liege")
    redraft(ceremony, GHENT)
    ring = ceremony.papers.ring
    ring.sign(
        ceremony.papers.drafts[GHENT], [k.id for k, _ in ring._secrets.values() if k.holder == "port-liege"]
    )
    with pytest.raises(BadSignature, match=r"2\.north-sea-port\.json: enough signatures"):
        read(ceremony, forced(ceremony))


@pytest.mark.parametrize(
    "paths", [["organisations/*/*"], ["*"], ["organisations/north-sea-port/*", "federation/*"]]
)
def test_a_delegation_wider_than_the_folder_is_refused(ceremony: Ceremony, paths: list[str]) -> None:
    def wide(targets: Targets) -> None:
        assert targets.delegations is not None
        assert targets.delegations.roles is not None
        targets.delegations.roles[GHENT].paths = paths

    redraft(ceremony, "targets", wide)
    with pytest.raises(BadRegister, match="its own folder only"):
        read(ceremony, forced(ceremony))


def test_a_board_that_does_not_read_is_refused_whole(ceremony: Ceremony) -> None:
    def break_it(targets: Targets) -> None:
        board = dict(targets.targets[BOARD].custom)
        targets.targets[BOARD] = target(BOARD, {**board, "status": "perhaps"})

    redraft(ceremony, "targets", break_it)
    with pytest.raises(BadRegister, match="register 2: status"):
        read(ceremony, forced(ceremony))
    del ceremony.papers.drafts["targets"]
    redraft(ceremony, "targets", lambda targets: targets.targets.clear())
    with pytest.raises(BadRegister, match="one target federation/board"):
        read(ceremony, forced(ceremony))
