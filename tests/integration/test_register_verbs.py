"""`port2port register …` and `port2port keys …`: the ceremony as people do it, on files, with papers carried between them."""

from __future__ import annotations

import json
import shutil
import tomllib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from federations import HOLDERS, founded, keys_of, real_now, specification
from locations import ROOT
from tuf.api.metadata import Metadata

from node.ceremony import found_federation, load
from node.ceremony.roles import KeyRing
from node.ceremony.specification import merged, read
from node.cli import main
from node.clock import SystemClock
from node.exits import Refused
from node.register import BadRegister, RegisterStore
from protocol.errors import ProtocolError

DOCUMENT = ROOT / "policies" / "federation" / "be.toml"
PORTS = ("port-antwerp-bruges", "north-sea-port", "port-limburg", "port-liege")
CLAIM = """
kind = "port"
address = "127.0.0.1:7401"
level = { BE = "NONE" }
regimes = ["gdpr", "judicial"]
sites = [{ id = "ghent", country = "BE", unlocode = "BEGNE", name = "Ghent" }]
"""
CLAIMS = "".join(
    f"""
    [nodes.{node}]
    kind = "port"
    level = {{ BE = "NONE" }}
    regimes = ["gdpr"]
    sites = [{{ id = "quay", country = "BE", unlocode = "BEANR", name = "Quay" }}]
    """
    for node in PORTS
)


@pytest.fixture
def folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    (tmp_path / "claims.toml").write_text(CLAIMS)
    assert main(["register", "init", "--from", str(DOCUMENT), "--out", str(tmp_path / "c"), "--plain"]) == 0
    capsys.readouterr()
    return tmp_path / "c"


def said(capsys: pytest.CaptureFixture[str], *words: str | Path, code: int = 0) -> str:
    assert main([str(word) for word in words]) == code
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return out if code == 0 else err


def result(capsys: pytest.CaptureFixture[str], *words: str | Path) -> Any:
    """The JSON of a verb, held against the schema it names."""
    found = json.loads(said(capsys, *words, "--json"))
    name = found["schema"].split("/")[1]
    schema = json.loads((ROOT / "docs" / "cli" / f"{name}.schema.json").read_text())
    assert schema["$id"] == found["schema"]
    jsonschema.validate(found, schema, cls=jsonschema.Draft202012Validator)
    return found


def card(capsys: pytest.CaptureFixture[str], folder: Path, node: str) -> Path:
    result(capsys, "keys", "init", "--node", node, "--dir", folder, "--plain")
    return folder / "card.json"


def holders_only(folder: Path, copy: Path, *names: str) -> Path:
    """Another body's copy of the folder: the same papers, its own keys."""
    shutil.copytree(folder, copy)
    for path in (copy / "keys").iterdir():
        if path.name.removesuffix(".key") not in names:
            path.unlink()
    return copy


def test_from_the_founding_document_to_a_node_that_starts(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for node in PORTS:
        made = card(capsys, tmp_path / node, node)
        done = result(
            capsys,
            "register",
            "add-node",
            "--dir",
            folder,
            "--card",
            made,
            "--claim",
            tmp_path / "claims.toml",
        )
        assert done["waiting"] == []
    assert done["version"] == 5
    shown = result(capsys, "register", "show", "--dir", folder)
    nodes = {n["id"]: n for organisation in shown["organisations"] for n in organisation["nodes"]}
    assert set(nodes) == set(PORTS)
    assert "ports-be" in nodes["port-limburg"]["serves"]
    assert "ports-scheldt" not in nodes["port-limburg"]["serves"]
    assert [r["threshold"] for r in shown["roles"]] == [3, 2, 1]
    anchor = folder / "public" / "root.json"
    held = RegisterStore.open(tmp_path / "register", trusted_root=anchor, now=real_now())
    assert held.current.version == 5
    assert held.current.hash.hex() == shown["hash"]


def test_show_speaks_to_people_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = said(capsys, "register", "show", "--dir", folder)
    assert out.startswith("register 1 (demo, CURRENT, expires ")
    assert "root: 3 of port-antwerp-bruges, north-sea-port, " in out


def test_a_node_needs_its_organisations_key(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = card(capsys, tmp_path / "k", "north-sea-port")
    claim = tmp_path / "claim.toml"
    claim.write_text(CLAIM)
    other = holders_only(folder, tmp_path / "other", "organisation.port-liege", "duty.namb")
    done = result(capsys, "register", "add-node", "--dir", other, "--card", made, "--claim", claim)
    assert done["version"] == 1
    assert done["waiting"] == [{"role": "north-sea-port", "needed": 1, "could_sign": ["north-sea-port"]}]
    (other / "keys" / "organisation.north-sea-port.key").write_bytes(
        (folder / "keys" / "organisation.north-sea-port.key").read_bytes()
    )
    (other / "keys" / "organisation.north-sea-port.key").chmod(0o600)
    out = said(capsys, "register", "sign", "north-sea-port", "--dir", other)
    assert "published as register 2" in out


def test_what_was_not_granted_is_said_at_once(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = card(capsys, tmp_path / "k", "north-sea-port")
    claim = tmp_path / "claim.toml"
    claim.write_text(CLAIM)
    out = said(capsys, "register", "add-node", "--dir", folder, "--card", made, "--claim", claim)
    assert "not granted: regime judicial: not given to its organisation" in out
    assert "north-sea-port: added" in out
    again = said(capsys, "register", "add-node", "--dir", folder, "--card", made, "--claim", claim)
    assert "north-sea-port: replaced" in again


def test_the_board_is_two_of_three_in_two_places(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fragment = tmp_path / "zeebrugge.toml"
    fragment.write_text(
        """
        [board.organisations.port-rotterdam]
        name = "Port of Rotterdam"
        kinds = ["partner"]
        countries = ["NL"]
        level = { BE = "NONE" }
        regimes = ["gdpr"]
        nodes = 1
        [board.communities.pfso-network.clients]
        port-rotterdam = "next"
        """
    )
    first = holders_only(folder, tmp_path / "first", "board.port-antwerp-bruges", "duty.port-antwerp-bruges")
    done = result(capsys, "register", "add-organisation", "--dir", first, "--from", fragment, "--plain")
    assert done["version"] == 1
    assert done["waiting"] == [{"role": "targets", "needed": 1, "could_sign": ["namb", "north-sea-port"]}]
    assert "new standings count from register 22 on" in done["changes"]
    shown = result(capsys, "register", "show", "--dir", first)
    assert "port-rotterdam" not in [o["id"] for o in shown["organisations"]]
    (first / "keys" / "board.port-antwerp-bruges.key").unlink()  # carried on, the key stays at home
    shutil.copy(folder / "keys" / "board.namb.key", first / "keys")
    done = result(capsys, "register", "sign", "board", "--dir", first)
    assert (
        done["version"] == 22
    )  # the one that the new client's standing was dated with, since it was to wait
    register = load(first, passphrase=None, random=bytes).register()
    assert register.communities["pfso-network"].clients["port-rotterdam"] == 22  # type: ignore[index]
    assert register.communities["pfso-network"].members["north-sea-port"] == 1  # type: ignore[index]


def test_nothing_is_published_without_a_duty_key(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alone = holders_only(folder, tmp_path / "alone", "organisation.port-liege")
    made = card(capsys, tmp_path / "k", "port-liege")
    out = said(
        capsys, "register", "add-node", "--dir", alone, "--card", made, "--claim", tmp_path / "claims.toml"
    )
    assert "waits for one duty key" in out
    shutil.copy(folder / "keys" / "duty.namb.key", alone / "keys")
    assert "published as register 2" in said(capsys, "register", "sign", "duty", "--dir", alone)


def test_remove_node_leaves_a_stone(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = card(capsys, tmp_path / "k", "port-liege")
    result(
        capsys, "register", "add-node", "--dir", folder, "--card", made, "--claim", tmp_path / "claims.toml"
    )
    done = result(capsys, "register", "remove-node", "port-liege", "--dir", folder)
    assert done["changes"][0] == "port-liege: removed (port-liege signs)"
    err = said(capsys, "register", "remove-node", "port-liege", "--dir", folder, code=4)
    assert err == "port2port: port-liege: is not in the register\n"


def test_rotate_revoke_and_withdraw_as_people_do_it(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = card(capsys, tmp_path / "k1", "port-liege"), card(capsys, tmp_path / "k2", "port-liege")
    there = ("--dir", folder)
    result(capsys, "register", "add-node", *there, "--card", first, "--claim", tmp_path / "claims.toml")
    done = result(
        capsys, "register", "rotate", "root", "--holder", "namb", "--to", "crisis-centre", "--plain", *there
    )
    assert (done["verb"], done["waiting"], done["version"]) == ("rotate", [], 3)
    assert (folder / "keys" / "root.crisis-centre.key").is_file()
    result(capsys, "register", "rotate", "duty", "--holder", "namb", "--plain", *there)
    [later] = (folder / "keys").glob("duty.namb.*.key")
    again = result(capsys, "register", "rotate", "duty", "--holder", "namb", "--plain", *there)
    assert again["version"] == 5  # the key in the file with the longer name was found and replaced
    assert later.is_file()
    result(capsys, "register", "rotate", "port-liege", "--plain", *there)
    result(capsys, "register", "rotate", "port-liege", "--card", second, *there)
    old = json.loads(first.read_text())["log"][0]
    done = result(capsys, "register", "revoke", "port-liege", "--key", old.upper(), *there)
    assert "new epoch" in done["changes"][-1]
    done = result(capsys, "register", "rotate", "port-liege", "--card", second, "--finish", *there)
    assert any("port-liege: hold: dropped" in words for words in done["changes"])
    done = result(capsys, "register", "withdraw", "port-liege", "--until", "2999-01-01", *there)
    assert done["changes"][0] == "port-liege: withdrawn until 2999-01-01 00:00 UTC (the board signs)"
    result(capsys, "register", "withdraw", "port-liege", "--cancel", *there)
    shown = result(capsys, "register", "show", *there)
    [liege] = [o for o in shown["organisations"] if o["id"] == "port-liege"]
    assert liege["nodes"][0]["revoked"] == [old]
    assert shown["roles"][0]["holders"][-1] == "crisis-centre"


@pytest.mark.parametrize("role", ["root", "board", "duty", "port-liege"])
def test_sign_renews_a_role(folder: Path, capsys: pytest.CaptureFixture[str], role: str) -> None:
    done = result(capsys, "register", "sign", role, "--dir", folder)
    assert done["version"] == 2
    assert done["waiting"] == []


def test_any_copy_of_a_register_can_be_looked_at(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = tmp_path / "c"
    result(capsys, "register", "init", "--from", DOCUMENT, "--out", made, "--plain")
    whole = result(capsys, "register", "show", "--dir", made)
    data = tmp_path / "data"
    RegisterStore.open(
        data / "register", trusted_root=made / "public" / "root.json", now=SystemClock().now_ms()
    )
    for folder in (made / "public", data / "register"):
        assert result(capsys, "register", "show", "--dir", folder) == whole
    elsewhere = data / "register" / "current"
    (elsewhere / "snapshot.json").write_bytes(b"{}")
    assert said(capsys, "register", "show", "--dir", data / "register", code=4).count("\n") <= 1
    err = said(capsys, "register", "show", "--dir", data, code=4)
    assert f"its copy of the register is in {data / 'register'}" in err
    err = said(capsys, "register", "sign", "duty", "--dir", data / "register", code=4)
    assert "a node's own copy of the register" in err


def test_a_passphrase_that_can_be_guessed_seals_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = tmp_path / "passphrase"
    secret.write_text("elevenchars\n")
    secret.chmod(0o600)
    for words in (
        ("keys", "init", "--node", "port-x", "--dir", tmp_path / "k"),
        ("register", "init", "--from", DOCUMENT, "--out", tmp_path / "c"),
    ):
        err = said(capsys, *words, "--passphrase-file", secret, code=4)
        assert "has 11 characters; at least 12 are needed, because whoever copies a key file" in err
    assert not list(tmp_path.rglob("*.key"))


def test_sealed_role_keys_need_their_passphrase(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    secret = tmp_path / "passphrase"
    secret.write_text("correct horse\n")
    secret.chmod(0o600)
    made = tmp_path / "c"
    result(capsys, "register", "init", "--from", DOCUMENT, "--out", made, "--passphrase-file", secret)
    assert '"plain"' not in "".join(path.read_text() for path in (made / "keys").iterdir())
    result(capsys, "register", "sign", "duty", "--dir", made, "--passphrase-file", secret)
    err = said(capsys, "register", "sign", "duty", "--dir", made, code=4)
    assert "no terminal to ask for the passphrase" in err
    secret.chmod(0o644)
    assert "has mode 0644; a passphrase needs 0600" in said(
        capsys, "register", "sign", "duty", "--dir", made, "--passphrase-file", secret, code=4
    )
    secret.write_text("wrong\n")
    secret.chmod(0o600)
    err = said(capsys, "register", "sign", "duty", "--dir", made, "--passphrase-file", secret, code=4)
    assert "the passphrase is wrong or the file was altered" in err


def test_keys_init_show_and_no_second_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = card(capsys, tmp_path / "k", "port-liege")
    assert json.loads(made.read_text()) == result(
        capsys, "keys", "show", "--node", "port-liege", "--dir", made.parent
    )
    assert "SHA-256 of the certificate" in said(
        capsys, "keys", "show", "--node", "port-liege", "--dir", made.parent
    )
    err = said(capsys, "keys", "init", "--node", "port-liege", "--dir", made.parent, "--plain", code=4)
    assert "exists; keys are never overwritten" in err


@pytest.mark.parametrize(
    ("words", "said_so"),
    [
        (
            ["register", "show", "--dir", "{tmp}/none"],
            "holds no register; begin with port2port register init",
        ),
        (["register", "sign", "duty", "--dir", "{c}/public"], "give the folder above it"),
        (["register", "init", "--from", "{tmp}/none.toml", "--out", "{tmp}/x", "--plain"], "cannot be read"),
        (["register", "init", "--from", "{doc}", "--out", "{c}", "--plain"], "holds a register already"),
        (["register", "sign", "nobody-here", "--dir", "{c}"], "no such role or organisation"),
        (["register", "add-node", "--dir", "{c}", "--card", "{doc}", "--claim", "{doc}"], "is no JSON"),
        (["register", "remove-node", "x", "--dir", "{c}"], "node id"),
        (["register", "rotate", "root", "--dir", "{c}"], "--holder is needed"),
        (
            ["register", "rotate", "root", "--holder", "x", "--finish", "--dir", "{c}"],
            "--finish does not go with that",
        ),
        (["register", "rotate", "nobody", "--dir", "{c}"], "nobody: no such organisation"),
        (["register", "rotate", "duty", "--holder", "namb", "--dir", "{c}"], "no terminal to ask"),
        (["register", "withdraw", "port-liege", "--until", "soon", "--dir", "{c}"], "a day such as"),
        (["register", "revoke", "port-liege", "--key", "00", "--dir", "{c}"], "is not in the register"),
    ],
)
def test_a_mistake_is_one_line_and_changes_nothing(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], said_so: str
) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    filled = [word.format(tmp=tmp_path, doc=DOCUMENT, c=folder) for word in words]
    err = said(capsys, *filled, code=4)
    assert said_so in err
    assert err.count("\n") == 1
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


# ---- The founding document ---------------------------------------------------------------------------------------------------


def test_the_belgian_document_reads() -> None:
    document = {**tomllib.loads(DOCUMENT.read_text()), "nodes": tomllib.loads(CLAIMS)["nodes"]}
    keys = keys_of(*PORTS)
    register = found_federation(document, [k.public_card() for k in keys.values()], now=real_now()).register()
    assert {entry.id for entry in register.nodes.values()} == set(PORTS)
    assert all(entry.refused == () for entry in register.nodes.values())


def _changed(path: str, value: object) -> dict[str, Any]:
    document = specification()
    place: Any = document
    *way, last = path.split("/")
    for step in way:
        place = place[step]
    place[last] = value
    return document


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({}, "board: required"),
        (_changed("surprise", 1), "surprise: unknown; allowed: board, expiry, nodes, roles"),
        (_changed("roles/root/threshold", 6), r"roles\.root\.threshold: 1 to 5"),
        (_changed("roles/root/threshold", 0), r"roles\.root\.threshold: 1 to 5"),
        (_changed("roles/board/holders", []), r"roles\.board\.holders: a list"),
        (_changed("roles/duty/holders", [{"id": "x", "public": "00" * 32}]), r"duty\.x: 32 bytes, canonical"),
        (_changed("roles/duty/holders", [{"id": "x"}]), r"duty\.x: 64 hexadecimal"),
        (_changed("roles/duty/holders", [7]), r"roles\.duty: a holder is a name"),
        (_changed("expiry", {"duty": "soon"}), r"expiry\.duty: a duration"),
        (_changed("board/cooling", 1.5), "no fractions"),
    ],
)
def test_a_bad_document_names_the_table(document: dict[str, Any], words: str) -> None:
    with pytest.raises(Refused, match=words):
        found_federation(document, now=real_now())


def test_a_board_no_node_would_read_is_never_published() -> None:
    with pytest.raises(BadRegister, match="register 1: status"):
        found_federation(_changed("board/status", "maybe"), now=real_now())


def test_a_card_needs_a_claim_and_good_keys() -> None:
    node = keys_of("port-liege")["port-liege"].public_card()  # type: ignore[index]
    with pytest.raises(Refused, match="port-brussels: has a card, but no claim"):
        found_federation(specification(), [{**node, "node": "port-brussels"}], now=real_now())
    ceremony = founded({})
    changes: tuple[dict[str, Any], ...] = (
        {"log": []},
        {"hold": ["00" * 32]},
        {"tls": ["x"]},
        {"node": "port-brussels"},
        {"node": "No"},
    )
    for change in changes:
        with pytest.raises((Refused, ProtocolError)):
            ceremony.add_node({**node, **change}, specification()["nodes"]["port-liege"], real_now())
        assert ceremony.papers.drafts == {}
    with pytest.raises(Refused, match="come from the card"):
        ceremony.add_node(node, {"log": ["x"]}, real_now())


def test_external_holders_sign_elsewhere() -> None:
    """A register whose root keys are all other bodies' is founded as drafts that wait for them."""
    from nacl.signing import SigningKey

    publics = [SigningKey.generate().verify_key.encode().hex() for _ in HOLDERS]
    holders = [{"id": name, "public": public} for name, public in zip(HOLDERS, publics, strict=True)]
    ceremony = found_federation(_changed("roles/root/holders", holders), now=real_now())
    assert ceremony.files == {}
    assert [(w.role, w.needed) for w in ceremony.waiting()] == [("root", 3)]


def test_merging_is_by_table() -> None:
    assert merged({"a": {"b": 1, "c": 2}, "d": [1]}, {"a": {"b": 3}, "d": [2]}) == {
        "a": {"b": 3, "c": 2},
        "d": [2],
    }
    assert read({"board": {"x": 1}}, founding=False).roles == {}


def test_a_change_that_changes_nothing_is_refused() -> None:
    ceremony = founded({})
    fragment = read({"board": {"status": "demo"}}, founding=False)
    with pytest.raises(Refused, match="the fragment changes nothing"):
        ceremony.change_board(fragment, real_now())


def test_a_demonstration_is_founded_with_one_signature_of_each_that_signs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What founding costs: root by its five holders, the board by its three, six organisations and duty once each."""
    signed: list[str] = []
    plain = KeyRing.sign

    def counted(ring: KeyRing, metadata: Metadata[Any], key_ids: Iterable[str]) -> list[str]:
        done = plain(ring, metadata, key_ids)
        signed.extend(f"{metadata.signed.type}/{holder}" for holder in done)
        return done

    monkeypatch.setattr(KeyRing, "sign", counted)
    founded(keys_of("port-antwerp-bruges", "north-sea-port", "port-limburg", "port-liege"))
    assert Counter(name.partition("/")[0] for name in signed) == {
        "root": 5,
        "targets": 3 + 6,
        "snapshot": 1,
        "timestamp": 1,
    }


@pytest.mark.parametrize(
    ("claim", "told"),
    [
        (CLAIM + "foo = 1\n", ":7: register 2: nodes.north-sea-port[0].foo: unknown key"),
        (
            CLAIM.replace('"Ghent" }', '"Ghent", foo = 1 }'),
            ":6: register 2: nodes.north-sea-port[0].sites[0].foo: unknown key",
        ),
        (
            CLAIMS + "foo = 1\n" + CLAIMS.replace("[nodes.", "[other."),
            ":25: register 2: nodes.port-liege[0].foo: unknown key",
        ),
        (CLAIM.replace('kind = "port"', ""), ": register 2: nodes.north-sea-port[0].kind: required"),
    ],
)
def test_a_claim_that_is_refused_is_named_with_its_line(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], claim: str, told: str
) -> None:
    node = "port-liege" if "port-liege" in told else "north-sea-port"
    made, file = card(capsys, tmp_path / "k", node), tmp_path / "claim.toml"
    file.write_text(claim)
    err = said(capsys, "register", "add-node", "--dir", folder, "--card", made, "--claim", file, code=4)
    assert err.startswith(f"port2port: {file}{told}")


def test_a_card_a_fragment_and_a_founding_document_that_are_refused_are_named(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, made = tmp_path / "given", card(capsys, tmp_path / "k", "port-liege")
    made.write_text(json.dumps({**json.loads(made.read_text()), "tls": ["x"]}))
    claim = tmp_path / "claims.toml"
    err = said(capsys, "register", "add-node", "--dir", folder, "--card", made, "--claim", claim, code=4)
    assert err.startswith(f"port2port: {made}: port-liege.tls: ")
    file.write_text('\n[board.organisations.port-x]\nname = "X"\n')
    words = ("register", "add-organisation", "--dir", folder, "--plain", "--from", file)
    assert said(capsys, *words, code=4).startswith(f"port2port: {file}:2: register 2: organisations.port-x.")
    file.write_text('\n\nkind = "x"\n')
    words = ("register", "init", "--out", tmp_path / "n", "--plain", "--from", file)
    assert said(capsys, *words, code=4).startswith(f"port2port: {file}:3: kind: unknown; allowed: ")
