"""The guided ceremony as people hold it: the answers of a file take their place, everything else is the product."""

from __future__ import annotations

import json
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from federations import real_now
from hypothesis import given
from hypothesis import strategies as st
from locations import ROOT

from node.ceremony import drills, guide, load, words
from node.ceremony.roles import KeyRing
from node.ceremony.words import WORDS, fingerprint, same, words_of
from node.cli import main
from node.register import RegisterStore
from node.sealed import KeyFileError

DOCUMENT = ROOT / "policies" / "federation" / "be.toml"
BODIES = {
    "port-antwerp-bruges": "An",
    "north-sea-port": "Bo",
    "police-csd-limburg": "Cleo",
    "national-drug-commission": "Dirk",
    "namb": "Els",
}
ROOM = [*BODIES.values(), "Fien", "Gust", "Hilde", "yes"]
"""Who is here for each body, who takes the keys of those who are not, keeper, witness; the machine is off every network."""
READ = [*["yes"] * 13, "(as read)"]
LOST = ["namb", "yes"]
DEPARTED = ["police-csd-limburg", "crisis-centre", "yes"]
PASSPHRASES = [f"a phrase of {body}" for body in [*BODIES, guide.ABSENT]]


@pytest.fixture(autouse=True)
def aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are made, so that what is left can be seen."""
    made = tmp_path / "aside"
    made.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(made))
    return made


def hold(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, answers: list[str], *more: str | Path, code: int = 0
) -> str:
    """Run the verb with these answers; what it said, or what it refused."""
    file = tmp_path / "answers"
    file.write_text("# one line for each question\n" + "".join(f"{line}\n" for line in answers))
    arguments = ["register", "ceremony", "--from", DOCUMENT, "--answers", file, *more]
    assert main([str(one) for one in arguments]) == code
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return out if code == 0 else err


def told(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    schema = json.loads((ROOT / "docs" / "cli" / "register-ceremony.schema.json").read_text())
    jsonschema.validate(found, schema, cls=jsonschema.Draft202012Validator)
    return found


# ---- A founding -------------------------------------------------------------------------------------------------------------


def test_a_founding_from_the_roll_call_to_the_minutes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sealed = [line for phrase in PASSPHRASES for line in (phrase, phrase)]
    made = tmp_path / "c"
    found = told(hold(capsys, tmp_path, [*ROOM, *sealed, *READ], "--dir", made, "--json"))
    assert (found["act"], found["version"], found["waiting"]) == ("founding", 1, [])
    minutes = Path(found["minutes"]).read_text()
    for body, person in BODIES.items():
        assert f"  {body.ljust(24)}  {person}" in minutes
    root = (made / "public" / "root.json").read_bytes()
    assert found["root"]["words"] == fingerprint(root)
    assert f"Hilde wrote down and typed the words of the root: {fingerprint(root)}" in minutes
    assert "Kept by  Gust" in minutes
    assert "REHEARSAL" not in minutes
    held = RegisterStore.open(tmp_path / "node", trusted_root=made / "public" / "root.json", now=real_now())
    assert held.current.version == 1
    listed = set(load(made, passphrase=None, random=bytes).papers.published("root").keys)
    assert {key["id"] for key in found["keys"]} == listed
    for phrase in PASSPHRASES:
        assert phrase not in minutes
    assert b"".join(p.read_bytes() for p in made.rglob("*.key")).count(b'"plain"') == 0


def test_each_body_takes_its_keys_under_its_own_passphrase(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sealed = [line for phrase in PASSPHRASES for line in (phrase, phrase)]
    hold(capsys, tmp_path, [*ROOM, *sealed, *READ], "--dir", tmp_path / "c")
    own = tmp_path / "c" / "holders" / "namb"
    ring = KeyRing.load(own, "a phrase of namb", random=bytes)
    assert sorted(key.use for key in ring.held()) == ["board", "duty", "organisation", "root"]
    with pytest.raises(KeyFileError, match="the passphrase is wrong"):
        KeyRing.load(own, "a phrase of north-sea-port", random=bytes)
    assert not (tmp_path / "c" / "keys").exists()


def test_a_rehearsal_of_everything_leaves_nothing(
    tmp_path: Path, aside: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = hold(capsys, tmp_path, [*ROOM, *READ, *LOST, *DEPARTED], "--rehearse")
    assert "REHEARSAL: nothing of it counts" in out
    assert "namb's old key with 2 others signs a root: a node refuses it (enough signatures" in out
    assert "drill departed-holder: police-csd-limburg replaced by crisis-centre" in out
    assert out.rstrip().endswith("Nothing of this is left on the disk.")
    assert list(aside.iterdir()) == []
    assert {path.name for path in tmp_path.iterdir()} == {"aside", "answers"}


@pytest.mark.parametrize(("drill", "answers"), [("lost-key", LOST), ("departed-holder", DEPARTED)])
def test_a_drill_alone(
    drill: str, answers: list[str], tmp_path: Path, aside: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = told(hold(capsys, tmp_path, answers, "--drill", drill, "--json"))
    assert (found["act"], found["drills"], found["minutes"]) == ("drill", [drill], "")
    assert found["version"] > 1
    assert list(aside.iterdir()) == []


# ---- What ends one ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        (["An", "An"], "An is here for another body"),
        (["An", "", "", ""], "nobody answered: Who is here for north-sea-port?"),
        ([*ROOM[:7], "An"], "An has another part already; a witness has none"),
        ([*ROOM[:8], "no"], "a machine on a network makes no keys; nothing was done"),
        ([*ROOM[:8], "y", "y", "y"], "neither yes nor no"),
        ([*ROOM, "no"], "the words differ; nothing of this ceremony is left"),
        ([*ROOM, *["yes"] * 13, "acid acid", "", "zebra"], "the root's words were not understood"),
        ([*ROOM, *["yes"] * 5], "no answer is left for: "),
        ([*ROOM, *READ, "once more"], "1 answer(s) too many"),
    ],
)
def test_what_ends_a_ceremony_leaves_nothing_of_it(
    answers: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    err = hold(capsys, tmp_path, answers, "--dir", tmp_path / "c", "--plain", code=4)
    assert words in err
    assert err.count("\n") == 1
    assert (tmp_path / "c").exists() is ("too many" in words)


@pytest.mark.parametrize(
    ("phrases", "words"),
    [
        (["short", "short", "short"], "no passphrase was given"),
        (["a long phrase", "another phrase"] * 3, "no passphrase"),
    ],
)
def test_a_passphrase_that_is_short_or_typed_otherwise_is_asked_again(
    phrases: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert words in hold(capsys, tmp_path, [*ROOM, *phrases], "--dir", tmp_path / "c", code=4)
    assert not (tmp_path / "c").exists()


def test_a_ceremony_overwrites_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "mine").write_text("x")
    assert "exists; a ceremony makes its folder" in hold(
        capsys, tmp_path, [], "--dir", tmp_path / "c", code=4
    )
    assert (tmp_path / "c" / "mine").read_text() == "x"


def test_what_is_asked_for_must_fit_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["register", "ceremony", "--from", str(DOCUMENT), "--rehearse", "--json"]) == 4
    assert "needs --answers" in capsys.readouterr().err
    assert "nobody: holds no root key" in hold(capsys, tmp_path, ["nobody"], "--drill", "lost-key", code=4)
    drill = ("--drill", "departed-holder")
    assert "holds a key already" in hold(capsys, tmp_path, ["namb", "north-sea-port"], *drill, code=4)


def test_the_document_is_named_with_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = DOCUMENT.read_text().replace('status = "demo"', 'status = "maybe"')
    (tmp_path / "x.toml").write_text(text)
    (tmp_path / "answers").write_text("\n".join(ROOM))
    where = ["--from", str(tmp_path / "x.toml"), "--answers", str(tmp_path / "answers")]
    assert main(["register", "ceremony", *where, "--dir", str(tmp_path / "c"), "--plain"]) == 4
    line = text[: text.index('status = "maybe"')].count("\n") + 1
    assert f"x.toml:{line}: register 1: status: one of demo, live" in capsys.readouterr().err


def test_a_key_that_was_exchanged_on_the_disk_is_noticed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted fault: the keys that the holders take home are not those in the root."""
    honest = guide._take_home

    def exchanged(setting: Any, ring: KeyRing, holder: str, rest: Any) -> Any:
        other = KeyRing(ring.random)
        for key in ring.only(lambda key: key.holder == holder).held():
            other.make(holder, key.use)
        return honest(setting, other, holder, rest)

    monkeypatch.setattr(guide, "_take_home", exchanged)
    err = hold(capsys, tmp_path, [*ROOM, *READ], "--dir", tmp_path / "c", "--plain", code=4)
    assert "is not in the root that lies on the disk" in err


def test_a_drill_that_proves_nothing_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted fault: a rotation that leaves the lost key in the root."""
    monkeypatch.setattr(
        drills, "rotate_role", lambda ceremony, use, holder, now, **more: ceremony.sign("duty", now)
    )
    err = hold(capsys, tmp_path, LOST, "--drill", "lost-key", code=4)
    assert "a node takes what the old key signed; the drill failed" in err


# ---- Words ------------------------------------------------------------------------------------------------------------------


def test_the_words_are_256_and_none_is_heard_as_another() -> None:
    assert len(WORDS) == len({word[:3] for word in WORDS}) == 256
    assert all(word.isascii() and word.islower() and 3 <= len(word) <= 8 for word in WORDS)


@given(st.binary(min_size=8, max_size=32))
def test_words_say_the_first_64_bits(digest: bytes) -> None:
    said = words_of(digest)
    assert bytes(WORDS.index(word) for word in said.split()) == digest[:8]
    assert same(said.upper(), said)
    assert same(", ".join(word[:3] for word in said.split()), said)
    flipped = bytes([digest[0] ^ 1]) + digest[1:]
    assert not same(words_of(flipped), said)
    assert not same(said.rpartition(" ")[0], said)


def test_the_list_never_changes() -> None:
    """Two people with two releases must read the same words."""
    assert fingerprint(" ".join(WORDS).encode()) == "circle ribbon lever kayak kitten meadow napkin banjo"
    assert words.READ == 8


def test_the_founding_document_needs_the_answers_of_the_page() -> None:
    roles = tomllib.loads(DOCUMENT.read_text())["roles"]
    assert set(roles["root"]["holders"]) == set(BODIES)
