"""What a register must prove before it is believed: thresholds, keys, exact bytes, sizes, and no more than was given."""

from __future__ import annotations

import contextlib
import json
import os
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from federations import HOLDERS, forced, founded, keys_of, opened, real_now
from hypothesis import given, settings
from hypothesis import strategies as st
from nacl.signing import SigningKey
from securesystemslib.formats import encode_canonical
from tuf.api.metadata import Delegations, Metadata, Root, Targets  # type: ignore[attr-defined]

from node.ceremony import Ceremony
from node.ceremony.papers import Papers, target
from node.ceremony.roles import KeyRing, RoleKey
from node.certificates import certify
from node.register import Outcome, RegisterStore, bundle, chain, content
from node.register.bundle import BadRegister
from node.register.content import BOARD
from node.register.view import view
from protocol.errors import BadSignature, ProtocolError, TooLarge
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


# ---- Exact bytes and sizes ------------------------------------------------------------------------------------------------


def test_other_bytes_than_listed_are_refused(ceremony: Ceremony) -> None:
    files = bundle.unpack(ceremony.bundle())
    for name in ("1.north-sea-port.json", "1.snapshot.json", "1.targets.json"):
        with pytest.raises(BadRegister, match=f"{name}: the bytes whose SHA-256"):
            chain.verify({**files, name: files[name] + b" "}, trusted_root=files["1.root.json"])
        short = {key: data for key, data in files.items() if key != name}
        with pytest.raises(BadRegister, match=f"{name}: a file that the set contains"):
            chain.verify(short, trusted_root=files["1.root.json"])


def test_files_of_two_versions_do_not_mix(ceremony: Ceremony) -> None:
    old = bundle.unpack(ceremony.bundle())
    ceremony.remove_node(GHENT, real_now())
    new = bundle.unpack(ceremony.bundle())
    mixed = {**new, "2.north-sea-port.json": old["1.north-sea-port.json"]}
    with pytest.raises(BadRegister, match=r"2\.north-sea-port\.json: the bytes whose SHA-256"):
        chain.verify(mixed, trusted_root=old["1.root.json"])
    with pytest.raises(BadRegister, match=r"2\.snapshot\.json"):
        chain.verify({**old, "timestamp.json": new["timestamp.json"]}, trusted_root=old["1.root.json"])
    with pytest.raises(BadRegister, match=r"1\.snapshot\.json"):
        chain.verify({**new, "timestamp.json": old["timestamp.json"]}, trusted_root=old["1.root.json"])


def test_an_older_file_that_is_listed_by_hash_alone_is_refused(ceremony: Ceremony) -> None:
    """A snapshot whose line says another version than the file has inside."""
    from tuf.api.metadata import MetaFile, Snapshot, Timestamp  # type: ignore[attr-defined]

    files = bundle.unpack(ceremony.bundle())
    snapshot: Snapshot = ceremony.papers.published("snapshot")
    snapshot.meta["north-sea-port.json"].version = 2
    root: Root = ceremony.papers.published("root")
    duty = root.roles["timestamp"].keyids

    def signed(content: Snapshot | Timestamp) -> bytes:
        paper: Metadata[Any] = Metadata(content)
        ceremony.papers.ring.sign(paper, duty)
        return paper.to_bytes()

    files["2.north-sea-port.json"] = files["1.north-sea-port.json"]
    files["1.snapshot.json"] = signed(snapshot)
    line = MetaFile.from_data(1, files["1.snapshot.json"], ["sha256"])
    files["timestamp.json"] = signed(Timestamp(expires=snapshot.expires, snapshot_meta=line))
    with pytest.raises(BadRegister, match=r"2\.north-sea-port\.json: version 2 inside"):
        chain.verify(files, trusted_root=files["1.root.json"])


def test_too_large_is_refused_before_parsing(monkeypatch: pytest.MonkeyPatch) -> None:
    def parsed(*given: object) -> None:
        raise AssertionError("parsed")

    monkeypatch.setattr(Metadata, "from_bytes", parsed)
    with pytest.raises(TooLarge, match="register bundle: at most 32 MiB"):
        bundle.unpack(bytes(bundle.BUNDLE_MAX + 1))
    for name, cap in (("timestamp.json", 16_384), ("1.root.json", 512_000), ("1.port-x.json", 256_000)):
        with pytest.raises(TooLarge, match=f"{name}: at most {cap} bytes"):
            bundle.unpack(bundle.pack({name: bytes(cap + 1)}))
        assert bundle.unpack(bundle.pack({name: bytes(cap)}))
    many = {f"{version}.root.json": b"" for version in range(1, bundle.FILES_MAX + 2)}
    with pytest.raises(TooLarge, match="at most 4096 files"):
        bundle.unpack(bundle.pack(many))


@pytest.mark.parametrize(
    "name",
    ["../x.json", "root.json", "0.root.json", "01.root.json", "1.root.json/", "1.A.json", "/etc/passwd", "", "1.a.json",
     "timestamp.json\n", "1.root.txt", "9999999999.root.json"],
)  # fmt: skip
def test_a_name_that_no_register_has_is_refused(name: str) -> None:
    with pytest.raises(BadRegister, match="a name such as"):
        bundle.unpack(bundle.pack({name: b"{}"}))


def test_a_file_twice_is_refused() -> None:
    raw = bundle.pack({"timestamp.json": b"{}"})
    with pytest.raises(BadRegister, match=r"timestamp\.json: once"):
        bundle.unpack(raw + raw)


@given(st.binary(max_size=300))
def test_garbage_is_one_error(raw: bytes) -> None:
    for read_it in (bundle.unpack, lambda data: chain.verify({"timestamp.json": data}, trusted_root=data)):
        try:
            read_it(raw)
        except ProtocolError:
            continue


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b"[" * 100_000, b'{"signed": {"_type": "root"}}', b"null", b"\xff"]
)
def test_metadata_that_is_none_is_refused(ceremony: Ceremony, data: bytes) -> None:
    files = bundle.unpack(ceremony.bundle())
    root = files["1.root.json"]
    with pytest.raises(BadRegister, match="trusted root: TUF metadata as JSON"):
        chain.verify(files, trusted_root=data)
    with pytest.raises(BadRegister, match=r"timestamp\.json: TUF metadata as JSON"):
        chain.verify({**files, "timestamp.json": data}, trusted_root=root)
    with pytest.raises(BadRegister, match=r"timestamp\.json: timestamp metadata, not snapshot"):
        chain.verify({**files, "timestamp.json": files["1.snapshot.json"]}, trusted_root=root)
    assert chain.peek_version({"timestamp.json": data}) == 0


ODD: list[Any] = [None, True, 1.5, -1, 10**30, "", "\ud800", "x" * 50, [], {}, [[]], {"a": 1.5}, float("nan")]


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    if isinstance(value, dict):
        for key, item in value.items():
            found += _leaves(item, (*path, key))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            found += _leaves(item, (*path, place))
    return found


FUZZED = founded(keys_of(ANTWERP, GHENT))


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_no_odd_value_anywhere_is_another_error(data: st.DataObject) -> None:
    """Hash checks off, so that every parser behind them is reached; only a refusal or an accepted register comes out."""
    files = dict(bundle.unpack(FUZZED.bundle()))
    root = files["1.root.json"]
    name = data.draw(st.sampled_from(sorted(files)))
    tree = json.loads(files[name])
    *way, last = data.draw(st.sampled_from(_leaves(tree)))
    place = tree
    for step in way:
        place = place[step]
    place[last] = data.draw(st.sampled_from(ODD))
    files[name] = json.dumps(tree).encode()
    with mock.patch.object(chain, "_exact", lambda files, name, meta: chain._data(files, name)):
        for trusted in (root, files["1.root.json"]):
            with contextlib.suppress(ProtocolError):
                view(chain.verify(files, trusted_root=trusted))
            with (
                mock.patch.object(chain, "_signed_by", return_value=None),
                contextlib.suppress(ProtocolError),
            ):
                view(chain.verify(files, trusted_root=trusted))


@pytest.mark.parametrize("depth", [100, 300, 900, 5000])
def test_deep_nesting_is_refused(ceremony: Ceremony, depth: int) -> None:
    files = dict(bundle.unpack(ceremony.bundle()))
    deep = b'{"x":' * depth + b"1" + b"}" * depth
    files["timestamp.json"] = files["timestamp.json"].replace(
        b'"version":', b'"deep":' + deep + b',"version":', 1
    )
    with pytest.raises(ProtocolError):
        chain.verify(files, trusted_root=files["1.root.json"])


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
