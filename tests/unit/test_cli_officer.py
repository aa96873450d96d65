"""`port2port officer`: accounts and links, on a node that runs or does not."""

from __future__ import annotations

from pathlib import Path

import demo_node
import pytest

from node.beside import Beside, beside
from node.cli import main
from node.commands import sign_in
from node.config_file import load
from node.demo.plan import Port
from node.lock import DataLock
from node.store import feeds, people


@pytest.fixture
def port(tmp_path: Path) -> Port:
    return demo_node.founded(tmp_path / "demo").ports[0]


def officer(port: Port, verb: str, **changes: str | None) -> int:
    given: dict[str, str | None] = {"login": "an.smet", "config": str(port.config)}
    if verb == "add":
        given |= {"name": "An Smet", "site": "antwerp", "role": "security_officer"}
    given |= changes
    words = [text for name, value in given.items() if value is not None for text in (f"--{name}", value)]
    return main(["officer", verb, *words])


def used(place: Beside, link: str) -> bool:
    secret = bytes.fromhex(link.partition("code=")[2])
    return (
        place.store.write(lambda tx: sign_in.sign_in_once(tx, place.ctx, secret, client="-")).result()
        is not None
    )


def links(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [line for line in capsys.readouterr().out.splitlines() if "code=" in line]


def test_an_officer_gets_a_link_that_works_once(port: Port, capsys: pytest.CaptureFixture[str]) -> None:
    assert officer(port, "add") == 0
    (link,) = links(capsys)
    assert link.startswith(f"{port.url}/sign-in/once?code=")
    with beside(load(port.config), port.config) as place:
        assert used(place, link)
        assert not used(place, link)


def test_another_link_needs_no_stop_of_the_node(port: Port, capsys: pytest.CaptureFixture[str]) -> None:
    assert officer(port, "add") == 0
    with DataLock(port.folder / "data"), beside(load(port.config), port.config) as running:
        assert officer(port, "link") == 0
        first, second = links(capsys)
        assert used(running, first)
        assert used(running, second)


def test_links_and_accounts_are_audited_and_no_secret_is_kept(
    port: Port, capsys: pytest.CaptureFixture[str]
) -> None:
    officer(port, "add")
    (link,) = links(capsys)
    with beside(load(port.config), port.config) as place:
        audits = [f for f in place.store.read(feeds.every) if f.role is feeds.FeedRole.AUDIT]
        assert [feed.size for feed in audits] == [3]  # OPEN, account, link
        person = place.store.read(lambda reader: people.by_login(reader, "an.smet"))
        assert person is not None
        assert person.password == b""
    secret = bytes.fromhex(link.partition("code=")[2])
    for path in port.folder.rglob("*"):
        if path.is_file():
            assert secret not in path.read_bytes()
            assert secret.hex().encode() not in path.read_bytes()


WRONG = {
    "a login twice": ({}, "there is an account of this login already"),
    "a foreign site": (
        {"login": "b.b", "site": "liege"},
        "no site of port-antwerp-bruges; allowed: antwerp, zeebrugge",
    ),
    "no such role": ({"login": "b.b", "role": "king"}, "'king' is no role; allowed: security_officer"),
    "no login": ({"login": "An Smet"}, "--login: 3 to 64 of a-z"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_is_one_line(port: Port, case: str, capsys: pytest.CaptureFixture[str]) -> None:
    changes, words = WRONG[case]
    assert officer(port, "add") == 0
    assert officer(port, "add", **changes) == 4
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert words in lines[0]


def test_a_link_for_nobody_is_refused(port: Port, capsys: pytest.CaptureFixture[str]) -> None:
    assert officer(port, "link") == 4
    assert "no such account" in capsys.readouterr().err


def test_a_node_that_the_register_does_not_list_has_no_officers(
    port: Port, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = demo_node.founded(tmp_path / "demo")
    assert main(["register", "remove-node", port.node, "--dir", str(plan.ceremony)]) == 0
    root = port.folder / "register"
    for path in (plan.ceremony / "public").iterdir():
        (root / path.name).write_bytes(path.read_bytes())
    capsys.readouterr()
    assert officer(port, "add") == 4
    assert "does not list this node" in capsys.readouterr().err


def test_who_has_an_account_is_listed_with_the_roles_in_force(
    port: Port, capsys: pytest.CaptureFixture[str]
) -> None:
    assert officer(port, "add") == 0
    assert officer(port, "add", login="bo.smet", name="Bo Smet", role="analyst") == 0
    assert officer(port, "close", login="bo.smet") == 0
    capsys.readouterr()
    assert main(["officer", "list", "--config", str(port.config)]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].split() == ["LOGIN", "NAME", "SITE", "ROLES", "SIGN-IN", "SINCE"]
    lines = {line.split()[0]: line for line in told[1:]}
    assert "security_officer  links only" in lines["an.smet"]
    assert "none in force" in lines["bo.smet"]
    assert "closed" in lines["bo.smet"]
