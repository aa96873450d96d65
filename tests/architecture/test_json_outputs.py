"""Every command with --json is run, and its output held to its schema in docs/cli; a new command has to be added here."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import demo_node
import jsonschema
import pytest
from claims import claimed_base
from command_tree import Words, commands_with_json
from locations import ROOT

from node import config_file
from node.cli import main
from node.demo.plan import read_plan
from protocol.ids import RecordId

SCHEMAS = ROOT / "docs" / "cli"
FOUNDING = str(ROOT / "policies" / "federation" / "be.toml")


class Desk:
    """Runs commands one after the other over a copy of one founded demonstration, whose first port published something."""

    def __init__(
        self, folder: Path, made: tuple[Path, RecordId], capture: pytest.CaptureFixture[str]
    ) -> None:
        self.folder, self._capture = folder, capture
        self.plan = read_plan(shutil.copytree(made[0], folder / "demo", symlinks=True))
        self.port = self.plan.ports[0]
        self.record = made[1].hex()

    def run(self, *words: str | Path, code: int = 0) -> dict[str, Any]:
        """The one JSON document that a command prints."""
        self._capture.readouterr()
        assert main([*map(str, words), "--json"]) == code
        told = self._capture.readouterr()
        assert told.err == ""
        assert told.out.count("\n") == 1
        document: dict[str, Any] = json.loads(told.out)
        return document


def config_check(desk: Desk) -> Iterator[dict[str, Any]]:
    yield desk.run("config", "check", desk.port.config)
    broken = desk.folder / "broken.toml"
    broken.write_text("config_version = 2\n")
    yield desk.run("config", "check", broken, code=3)


def bundle_export(desk: Desk) -> Iterator[dict[str, Any]]:
    words = (
        "--to",
        desk.plan.ports[1].node,
        "--out",
        desk.folder / "media.bundle",
        "--config",
        desk.port.config,
    )
    found = desk.run("bundle", "export", *words)
    assert found["entries"]
    assert (desk.folder / "media.bundle").stat().st_mode & 0o777 == 0o600
    yield found


def bundle_import(desk: Desk) -> Iterator[dict[str, Any]]:
    next(bundle_export(desk))
    words = ("--config", desk.plan.ports[1].config, "--wait", "0")
    yield desk.run("bundle", "import", desk.folder / "media.bundle", *words, code=1)


def keys_init(desk: Desk) -> Iterator[dict[str, Any]]:
    yield desk.run("keys", "init", "--node", "port-ostend", "--dir", desk.folder / "keys", "--plain")


def keys_show(desk: Desk) -> Iterator[dict[str, Any]]:
    yield desk.run("keys", "show", "--node", desk.port.node, "--dir", desk.port.folder / "data" / "keys")


def keys_rotate(desk: Desk) -> Iterator[dict[str, Any]]:
    where = ("--node", desk.port.node, "--dir", desk.port.folder / "data" / "keys")
    yield desk.run("keys", "rotate", *where)


def officer_add(desk: Desk) -> Iterator[dict[str, Any]]:
    words = ("--login", "an.smet", "--name", "An Smet", "--site", "antwerp", "--role", "analyst")
    yield desk.run("officer", "add", "--config", desk.port.config, *words)


def officer_link(desk: Desk) -> Iterator[dict[str, Any]]:
    next(officer_add(desk))
    yield desk.run("officer", "link", "--config", desk.port.config, "--login", "an.smet")


def officer_list(desk: Desk) -> Iterator[dict[str, Any]]:
    next(officer_add(desk))
    found = desk.run("officer", "list", "--config", desk.port.config)
    assert "an.smet" in [one["login"] for one in found["officers"]]
    yield found


def officer_due(desk: Desk) -> Iterator[dict[str, Any]]:
    next(officer_add(desk))
    role = ("--login", "an.smet", "--role", "police", "--until", _day(desk, 5))
    assert main(["officer", "give", "--config", str(desk.port.config), *role]) == 0
    found = desk.run("officer", "due", "--config", desk.port.config)
    assert [one["within_days"] for one in found["due"]] == [7]
    yield found


def roster_list(desk: Desk) -> Iterator[dict[str, Any]]:
    next(officer_add(desk))
    shift = ("--login", "an.smet", "--from", _day(desk, 1), "--until", _day(desk, 2))
    assert main(["roster", "add", "--config", str(desk.port.config), *shift]) == 0
    found = desk.run("roster", "list", "--config", desk.port.config)
    assert len(found["shifts"]) == 1
    yield found


def _day(_: Desk, after: int) -> str:
    return (datetime.now(UTC) + timedelta(days=after)).strftime("%Y-%m-%d")


def audit_show(desk: Desk) -> Iterator[dict[str, Any]]:
    who = ("--login", "r.auditor", "--name", "R. Auditor", "--site", "antwerp", "--role", "auditor")
    desk.run("officer", "add", "--config", desk.port.config, *who)
    words = ("audit", "show", "--login", "r.auditor", "--config", desk.port.config)
    found = desk.run(*words)
    assert [line["act"] for line in found["lines"]][:1] == ["audit_read"]
    yield found
    by = desk.run(*words, "--by", "administrator/cli", "--act", "audit_read")
    assert [line["act"] for line in by["lines"]] == ["audit_read"] * 2
    assert not desk.run(*words, "--by", "r.auditor")["lines"], "the console's readings are not hers"
    assert not desk.run(*words, "--record", "ab" * 16)["lines"]
    assert main([*map(str, words), "--by", "r.auditer"]) == 4, "who has no account did not do nothing"
    assert main([*map(str, words), "--record", "ab"]) == 2
    with sqlite3.connect(config_file.load(desk.port.config).database) as database:
        database.execute("DELETE FROM entry WHERE key = (SELECT number << 40 | 1 FROM feed WHERE role = 2)")
    broken = desk.run(*words, "--act", "person_add", code=1)
    assert broken["chain"]["from"] == 1
    yield broken


def privacy_report(desk: Desk) -> Iterator[dict[str, Any]]:
    found = desk.run("privacy", "report", "--config", desk.port.config)
    (alerts,) = [kind for kind in found["kinds"] if kind["kind"] == "alert"]
    assert alerts["versions"]["in_force"] == 1
    yield found


def policy_install(desk: Desk) -> Iterator[dict[str, Any]]:
    """With a stand-in for the server, which `tests/integration/test_relations_node.py` has."""
    from node import policy_install as installing

    lines = '\n[relations]\nengine = "openfga"\nurl = "http://127.0.0.1:1"\n'
    desk.port.config.write_text(desk.port.config.read_text() + lines)
    made = installing.Installed("0" * 26, "1" * 26, made_store=True, made_model=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(installing, "install", lambda *_, **__: made)
        yield desk.run("policy", "install", "--config", desk.port.config)


def record_prove(desk: Desk) -> Iterator[dict[str, Any]]:
    out = desk.folder / "proof.json"
    yield desk.run("record", "prove", desk.record, "--config", desk.port.config, "--out", out)


def proof_verify(desk: Desk) -> Iterator[dict[str, Any]]:
    next(record_prove(desk))
    file, register = desk.folder / "proof.json", desk.plan.ceremony / "public"
    yield desk.run("proof", "verify", file, "--register", register)
    file.write_bytes(file.read_bytes().replace(b'"index":1', b'"index":2'))
    yield desk.run("proof", "verify", file, "--register", register, code=1)


def register_init(desk: Desk) -> Iterator[dict[str, Any]]:
    out = desk.folder / "ceremony"
    yield desk.run("register", "init", "--from", FOUNDING, "--out", out, "--plain")


def register_show(desk: Desk) -> Iterator[dict[str, Any]]:
    yield desk.run("register", "show", "--dir", desk.plan.ceremony)


def register_add_node(desk: Desk) -> Iterator[dict[str, Any]]:
    next(register_init(desk))
    next(keys_init(desk))
    claim = desk.folder / "claim.toml"
    claim.write_text(
        'kind = "port"\nlevel = { BE = "NONE" }\nregimes = ["gdpr"]\n'
        'sites = [{ id = "ostend", country = "BE", unlocode = "BEOST", name = "Ostend" }]\n'
    )
    words = ("--card", desk.folder / "keys" / "card.json", "--claim", claim)
    yield desk.run("register", "add-node", *words, "--dir", desk.folder / "ceremony")


def register_remove_node(desk: Desk) -> Iterator[dict[str, Any]]:
    yield desk.run("register", "remove-node", "port-liege", "--dir", desk.plan.ceremony)


def register_add_organisation(desk: Desk) -> Iterator[dict[str, Any]]:
    next(register_init(desk))
    fragment = desk.folder / "fragment.toml"
    fragment.write_text(
        '[board.organisations.port-genk]\nname = "Port of Genk"\nkinds = ["port"]\ncountries = ["BE"]\n'
        'level = { BE = "NONE" }\nregimes = ["gdpr"]\nnodes = 1\n'
    )
    words = ("--from", fragment, "--dir", desk.folder / "ceremony", "--plain")
    yield desk.run("register", "add-organisation", *words)


def register_sign(desk: Desk) -> Iterator[dict[str, Any]]:
    yield desk.run("register", "sign", "duty", "--dir", desk.plan.ceremony)


def _aside(desk: Desk, name: str) -> Path:
    """A copy of the ceremony: what is changed in it reaches no node."""
    return Path(shutil.copytree(desk.plan.ceremony, desk.folder / name))


def register_rotate(desk: Desk) -> Iterator[dict[str, Any]]:
    words = ("--holder", desk.port.node, "--plain", "--dir", _aside(desk, "rotated"))
    yield desk.run("register", "rotate", "duty", *words)


def register_revoke(desk: Desk) -> Iterator[dict[str, Any]]:
    old = next(keys_show(desk))["log"][0]
    next(_card(desk))
    words = ("--key", old, "--card", desk.folder / "new" / "card.json", "--dir", _aside(desk, "revoked"))
    yield desk.run("register", "revoke", desk.port.node, *words)


def _card(desk: Desk) -> Iterator[dict[str, Any]]:
    """New keys of a node, beside those it has."""
    yield desk.run("keys", "init", "--node", desk.port.node, "--dir", desk.folder / "new", "--plain")


def register_ceremony(desk: Desk) -> Iterator[dict[str, Any]]:
    answers = desk.folder / "answers"
    answers.write_text("namb\nyes\n")
    yield desk.run("register", "ceremony", "--from", FOUNDING, "--drill", "lost-key", "--answers", answers)


def register_withdraw(desk: Desk) -> Iterator[dict[str, Any]]:
    yield desk.run(
        "register", "withdraw", "port-liege", "--until", "2999-01-01", "--dir", _aside(desk, "withdrawn")
    )


def register_load(desk: Desk) -> Iterator[dict[str, Any]]:
    next(register_sign(desk))
    words = (desk.plan.ceremony / "public", "--config", desk.port.config)
    yield desk.run("register", "load", *words)
    yield desk.run("register", "load", *words)


CASES: dict[Words, Callable[[Desk], Iterator[dict[str, Any]]]] = {
    ("bundle", "export"): bundle_export,
    ("bundle", "import"): bundle_import,
    ("config", "check"): config_check,
    ("keys", "init"): keys_init,
    ("keys", "rotate"): keys_rotate,
    ("keys", "show"): keys_show,
    ("officer", "add"): officer_add,
    ("officer", "link"): officer_link,
    ("officer", "list"): officer_list,
    ("officer", "due"): officer_due,
    ("audit", "show"): audit_show,
    ("policy", "install"): policy_install,
    ("privacy", "report"): privacy_report,
    ("roster", "list"): roster_list,
    ("proof", "verify"): proof_verify,
    ("record", "prove"): record_prove,
    ("register", "add-node"): register_add_node,
    ("register", "add-organisation"): register_add_organisation,
    ("register", "init"): register_init,
    ("register", "load"): register_load,
    ("register", "remove-node"): register_remove_node,
    ("register", "show"): register_show,
    ("register", "ceremony"): register_ceremony,
    ("register", "revoke"): register_revoke,
    ("register", "rotate"): register_rotate,
    ("register", "sign"): register_sign,
    ("register", "withdraw"): register_withdraw,
}
IN_ITS_OWN_TEST: dict[Words, str] = {("demo",): "demo-selfcheck"}
"""Four ports for it are started once: `tests/e2e/test_demo_selfcheck.py` holds what it prints to this schema."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RecordId]:
    folder = tmp_path_factory.mktemp("once") / "demo"
    return folder, demo_node.published(demo_node.founded(folder).ports[0])


def held_to_its_schema(document: dict[str, Any]) -> str:
    name = str(document["schema"]).removeprefix("port2port/").removesuffix("/v1")
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text("utf-8"))
    assert schema["$id"] == document["schema"]
    jsonschema.Draft202012Validator(schema).validate(document)
    return name


def test_no_command_with_json_is_forgotten_here() -> None:
    assert set(commands_with_json()) == CASES.keys() | IN_ITS_OWN_TEST.keys()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("proof", "verify", "{missing}", "--register", "{missing}"), 4),
        (("register", "show", "--dir", "{missing}"), 4),
        (("demo",), 2),
        (("proof", "verify"), 2),
    ],
)
def test_what_cannot_begin_is_one_line_on_standard_error_and_no_document(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: Words, code: int
) -> None:
    assert main([*(word.format(missing=tmp_path / "missing") for word in words), "--json"]) == code
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("port2port")
    assert told.err.count("\n") == 1


@pytest.mark.processes
def test_every_output_fits_its_schema_and_every_schema_is_used(
    tmp_path: Path, made: tuple[Path, RecordId], capsys: pytest.CaptureFixture[str]
) -> None:
    used = {_ready(tmp_path / "running"), *IN_ITS_OWN_TEST.values()}
    for at, (words, case) in enumerate(CASES.items()):
        folder = tmp_path / str(at)
        folder.mkdir()
        desk = Desk(folder, made, capsys)
        outputs = [held_to_its_schema(document) for document in case(desk)]
        assert outputs, words
        used.update(outputs)
    assert used == {path.name.removesuffix(".schema.json") for path in SCHEMAS.glob("*.schema.json")}


def _ready(folder: Path) -> str:
    """`run` always speaks JSON: its one line on standard output."""
    plan = demo_node.founded(folder, base_port=claimed_base(12))
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "node", "run", "--config", str(plan.ports[3].config)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert process.stdout.read() == b""
    return held_to_its_schema(json.loads(line))


def test_a_document_that_lacks_a_key_or_has_one_more_is_refused(
    tmp_path: Path, made: tuple[Path, RecordId], capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Desk(tmp_path, made, capsys)
    document = next(config_check(desk))
    for wrong in ({**document, "more": 1}, {k: v for k, v in document.items() if k != "ok"}):
        with pytest.raises(jsonschema.ValidationError):
            held_to_its_schema(wrong)
