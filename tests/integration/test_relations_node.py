"""A node that asks an OpenFGA server: installed by `policy install`, in order, and with the server away."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import openfga_here
import pytest
from demo_node import founded

from node.beside import beside
from node.cli import main
from node.commands.accounts import NewOfficer
from node.config_file import ConfigError, load
from node.demo.plan import Port
from node.ground import Ground, open_ground
from node.invitations import add, link
from node.openfga_calls import Calls, Place
from node.peers import PeerBoard
from node.relations_mirror import AWAY, IN_ORDER
from policies.officers import Role
from web import views
from web.office import NodeOffice


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with openfga_here.server() as found:
        yield found


@pytest.fixture
def port(tmp_path: Path) -> Port:
    """A node with one officer."""
    made = founded(tmp_path / "demo").ports[0]
    officer = NewOfficer(
        login="an.smet", name="An Smet", language="nl", site="antwerp", roles=(Role.SECURITY_OFFICER,)
    )
    with beside(load(made.config), made.config) as place:
        add(place, officer)
    return made


def relations(port: Port, **keys: str) -> None:
    lines = "".join(f'{key} = "{value}"\n' for key, value in {"engine": "openfga", **keys}.items())
    before = port.config.read_text().partition("\n[relations]\n")[0]
    port.config.write_text(f"{before}\n[relations]\n{lines}")


def install(port: Port, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    capsys.readouterr()
    assert main(["policy", "install", "--config", str(port.config), "--json", *words]) == 0
    told: dict[str, object] = json.loads(capsys.readouterr().out)
    return told


def refused(port: Port, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert main(["policy", "install", "--config", str(port.config), *words]) == 4
    return capsys.readouterr().err


@contextmanager
def opened(port: Port) -> Iterator[tuple[Ground, NodeOffice]]:
    ground = open_ground(load(port.config), port.config)
    try:
        yield (
            ground,
            NodeOffice(ground=ground, board=PeerBoard(), relations=lambda: ground.relations.standing),
        )
    finally:
        ground.close()


async def seen(office: NodeOffice, code: str) -> tuple[views.Session, dict[str, str]]:
    """Who signs in with a link, and what the Health screen says."""
    session = await office.sign_in_once(code, client="192.0.2.1")
    assert isinstance(session, views.Session)
    return session, dict((await office.health(session)).facts)


def code(port: Port) -> str:
    with beside(load(port.config), port.config) as place:
        return link(place, "an.smet").url.partition("code=")[2]


@pytest.mark.engines
def test_installing_twice_changes_nothing_and_the_node_answers_by_it(
    port: Port, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    relations(port, url=url)
    first = install(port, capsys)
    assert (first["made_store"], first["made_model"]) == (True, True)
    again = install(port, capsys)
    assert again == {**first, "made_store": False, "made_model": False}
    relations(port, url=url, store=str(first["store"]), model=str(first["model"]))
    assert main(["policy", "install", "--config", str(port.config)]) == 0
    assert "needs" not in capsys.readouterr().out
    one_time = code(port)
    with opened(port) as (_, office):
        session, facts = asyncio.run(seen(office, one_time))
    assert session.roles == ("security_officer",)
    assert "raise_alert" in session.may
    assert facts["relations"] == IN_ORDER


@pytest.mark.engines
def test_another_model_is_never_passed_over_in_silence(
    port: Port, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = Calls(Place(url=url))
    store = bare.make_store("of somebody else")
    others = Calls(Place(url=url, store=store))
    theirs = others.make_model({"schema_version": "1.1", "type_definitions": [{"type": "user"}]})
    relations(port, url=url, store=store)
    assert "holds 1 other model(s) and not this program's" in refused(port, capsys)
    assert [one["id"] for one in others.models()] == [theirs]
    told = install(port, capsys, "--beside")
    assert told["made_model"]
    assert [one["id"] for one in others.models()] == [told["model"], theirs]
    assert install(port, capsys) == {**told, "made_model": False}
    for one in (bare, others):
        one.close()


@pytest.mark.engines
def test_two_stores_of_one_name_are_not_guessed_between(
    port: Port, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = Calls(Place(url=url))
    for _ in range(2):
        bare.make_store(f"port2port {port.node}")
    bare.close()
    relations(port, url=url)
    assert "name one in relations.store" in refused(port, capsys)


def test_without_a_server_everybody_is_nobody_and_health_says_so(port: Port) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        url = f"http://127.0.0.1:{gone.getsockname()[1]}"
    one_time = code(port)
    relations(port, url=url, store="0" * 26, model="0" * 26, timeout="200ms")
    with opened(port) as (_, office):
        session, facts = asyncio.run(seen(office, one_time))
        assert session.roles == ()
        assert session.may == frozenset()
        assert facts["relations"].startswith(f"{AWAY}: the server ")


def test_what_a_server_needs_is_said_before_the_node_opens(
    port: Port, capsys: pytest.CaptureFixture[str]
) -> None:
    relations(port, url="http://127.0.0.1:1")
    with pytest.raises(ConfigError) as refused:
        open_ground(load(port.config), port.config)
    store, model = refused.value.problems
    assert "relations.store: missing; `port2port policy install" in store
    assert "relations.model: missing" in model
    capsys.readouterr()
    assert main(["config", "check", str(port.config)]) == 3
    assert "relations.model: missing" in capsys.readouterr().err


def test_a_node_without_a_server_never_loads_its_sdk() -> None:
    """30 MB and more than a second; planted: the same question after it was loaded."""
    asked = "import sys; import node.main, node.cli_policy; {0}; print(sorted({{'openfga_sdk', 'aiohttp'}} & set(sys.modules)))"
    for words, loaded in (("None", "[]"), ("import openfga_sdk", "['aiohttp', 'openfga_sdk']")):
        done = subprocess.run(
            [sys.executable, "-P", "-c", asked.format(words)], capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == loaded


WRONG = {
    "no url": ("", "needs url"),
    "a server in the clear": ('url = "http://fga.example:8080"', "must be https"),
    "a path": ('url = "https://fga.example/x"', "https://host"),
    "no id": ('url = "https://fga.example"\nstore = "one"', "26 characters"),
    "too long": ('url = "https://fga.example"\ntimeout = "30s"', '"200ms" to "10s"'),
    "no token": ('url = "https://fga.example"\ntoken_file = "nowhere"', "which does not exist"),
}


@pytest.mark.parametrize("case", WRONG)
def test_each_wrong_key_is_named(port: Port, case: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines, words = WRONG[case]
    port.config.write_text(f'{port.config.read_text()}\n[relations]\nengine = "openfga"\n{lines}\n')
    capsys.readouterr()
    assert main(["config", "check", str(port.config)]) == 3
    assert words in capsys.readouterr().err


def test_the_engine_in_the_program_takes_no_servers_keys(
    port: Port, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "nothing is installed" in refused(port, capsys)
    port.config.write_text(f'{port.config.read_text()}\n[relations]\nurl = "https://fga.example"\n')
    assert main(["config", "check", str(port.config)]) == 3
    assert "asks no server: url would do nothing" in capsys.readouterr().err
