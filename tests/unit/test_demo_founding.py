"""Founding: once, finished if it was interrupted, and changed by the ceremony's own steps."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from node import ceremony
from node.checked import checked
from node.demo.founding import RENEW_BEFORE_MS, found
from node.demo.plan import Plan, read_plan
from node.keys import NodeKeys
from node.register import RegisterStore
from protocol.ids import UnixMs

NOW = UnixMs(1_795_000_000_000)
DAY = 86_400_000


def founded(folder: Path, *, base_port: int = 9000, now: int = NOW) -> tuple[Plan, list[str]]:
    said: list[str] = []
    plan = read_plan(folder, base_port=base_port)
    found(plan, now=UnixMs(now), random=os.urandom, say=said.append)
    return plan, said


def held(plan: Plan, at: int = 0) -> RegisterStore:
    """A port's first start, as the node does it."""
    port = plan.ports[at]
    root = port.folder / "register" / "root.json"
    return RegisterStore.open(port.folder / "data" / "register", trusted_root=root, now=NOW)


def test_four_ports_with_the_register_that_was_asked_for(tmp_path: Path) -> None:
    plan, said = founded(tmp_path)
    register = held(plan).current
    assert register.status == "demo"
    assert register.version == 1
    assert {str(node) for node in register.nodes} == {str(port.node) for port in plan.ports}
    assert not any(entry.refused for entry in register.nodes.values())
    assert "port-limburg" not in register.communities["ports-scheldt"].members
    assert {"ports-be", "ports-scheldt", "lcmb-limburg"} <= register.communities.keys()
    assert "register founded: root 3 of 5 holders, board 2 of 3" in "\n".join(said)


def test_each_configuration_is_in_order_and_each_secret_this_users_alone(tmp_path: Path) -> None:
    plan, _ = founded(tmp_path)
    for port in plan.ports:
        assert checked(port.config).demo.enabled
        NodeKeys.load(port.folder / "data" / "keys", port.node)
    secrets = list(tmp_path.rglob("*.key"))
    assert len(secrets) > 3 * len(plan.ports)
    assert {stat.S_IMODE(path.stat().st_mode) for path in secrets} == {0o600}


def test_a_second_start_uses_everything_again(tmp_path: Path) -> None:
    plan, _ = founded(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    _, said = founded(tmp_path)
    assert said == []
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert plan.ports


def test_other_ports_are_listed_anew_and_given_to_every_node(tmp_path: Path) -> None:
    plan, _ = founded(tmp_path)
    assert held(plan).current.version == 1
    plan, said = founded(tmp_path, base_port=9500)
    store = held(plan)
    assert {entry.address for entry in store.current.nodes.values()} == {
        port.federation for port in plan.ports
    }
    assert store.current.version > 1
    assert any("now at 127.0.0.1:9500" in words for words in said)


def test_a_register_near_its_end_is_renewed(tmp_path: Path) -> None:
    plan, _ = founded(tmp_path)
    later = held(plan).current.expires_ms - RENEW_BEFORE_MS + DAY
    plan, said = founded(tmp_path, now=later)
    assert "register renewed" in said
    assert held(plan, 1).current.expires_ms > later + RENEW_BEFORE_MS


@pytest.mark.parametrize(
    "lost",
    ["register/public/timestamp.json", "port-liege/data/keys/tls.pem", "port-liege/register/timestamp.json"],
)
def test_a_founding_that_was_interrupted_is_finished(tmp_path: Path, lost: str) -> None:
    plan, _ = founded(tmp_path)
    if lost.startswith("port-liege/data"):  # before the register was founded
        (tmp_path / "register" / "public" / "timestamp.json").unlink()
    (tmp_path / lost).unlink()
    plan, _ = founded(tmp_path)
    for at in range(len(plan.ports)):
        assert held(plan, at).current.version == 1
    keys = NodeKeys.load(plan.ports[3].folder / "data" / "keys", plan.ports[3].node)
    register = ceremony.load(plan.ceremony, passphrase=None, random=os.urandom).register()
    assert keys.log_public in register.nodes[plan.ports[3].node].log_keys
