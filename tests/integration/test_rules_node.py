"""A node on the disk and its file of rules: one person at the machine changes what is proposed, never what leaves."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import demo_node
import pytest
from jumping import found, without_sensors
from structlog.testing import capture_logs

from node.checked import checked
from node.cli import main
from node.commands import rules_in_force
from node.config_file import load
from node.demo.people import invite_all
from node.demo.plan import Plan
from node.ground import open_ground
from node.store import rules_texts
from node.store.feeds import FeedRole
from node.store.unit import Reader
from policies.auto_release import AutoRelease, parse_rules
from protocol.operation import Op

HOUR_MS = 3_600_000


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    plan = demo_node.founded(tmp_path)
    without_sensors(plan.ports[0])
    return plan


def released(reader: Reader) -> int:
    """Records that the node published."""
    sql = "SELECT count(*) FROM entry JOIN feed f ON f.number = entry.feed WHERE f.origin = ? AND f.role = ? AND op = ?"
    return int(reader.all(sql, "port-antwerp-bruges", FeedRole.RECORDS, Op.PUBLISH)[0][0])


def leaves(plan: Plan, *, later_ms: int) -> int:
    """Start the node, let it find a jump, and stop it: how many more records have left by then."""
    config = plan.ports[0].config
    with closing(open_ground(checked(config), config)) as ground:
        before = ground.store.read(released)
        assert found(ground, config, later_ms=later_ms) == 1
        return ground.store.read(released) - before


def another_file(plan: Plan) -> bytes:
    """What one person does: another file, which lets less serious findings go. Its text."""
    config = plan.ports[0].config
    rules = load(config).release.auto_rules
    assert rules is not None
    text = rules.read_bytes().replace(b"Moderate", b"Minor")
    (config.parent / "mine.toml").write_bytes(text)
    head, _, rest = config.read_text("utf-8").partition("auto_rules = ")
    config.write_text(f'{head}auto_rules = "mine.toml"\n{rest.partition(chr(10))[2]}', "utf-8")
    return text


def checks(plan: Plan, capture: pytest.CaptureFixture[str]) -> list[str]:
    """What `config check` says of what is in order."""
    capture.readouterr()
    assert main(["config", "check", str(plan.ports[0].config), "--json"]) == 0
    told = json.loads(capture.readouterr().out)
    assert told["ok"]
    return list(told["notes"])


def test_a_node_releases_by_what_two_agreed_on_and_a_file_that_one_changed_changes_nothing(
    plan: Plan, capsys: pytest.CaptureFixture[str]
) -> None:
    assert leaves(plan, later_ms=0) == 0
    (waits,) = checks(plan, capsys)
    assert "until then nothing is released by rule" in waits
    invite_all(plan)  # in the demonstration two of its people agree
    assert checks(plan, capsys) == []
    assert leaves(plan, later_ms=2 * HOUR_MS) == 1
    mine = another_file(plan)
    (waits,) = checks(plan, capsys)
    assert "the rules that two persons agreed on last stay in force" in waits
    config = plan.ports[0].config
    with capture_logs() as lines, closing(open_ground(checked(config), config)) as ground:
        standing = ground.store.read(lambda r: rules_in_force.standing(r, ground.ctx, ground.model))
        assert standing.file == mine
        assert standing.agreed is not None
        assert standing.agreed.text != mine
        assert ground.store.read(rules_in_force.in_force) == parse_rules(standing.agreed.text)
    assert any("waits for two persons" in str(line) for line in lines)


def test_a_node_that_takes_the_file_as_it_is_would_be_seen(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted fault: what was right before."""
    file = load(plan.ports[0].config).release.auto_rules
    assert file is not None

    def as_it_is(_: Reader) -> AutoRelease:
        return parse_rules(file.read_bytes())

    monkeypatch.setattr("node.senses.in_force", as_it_is)
    assert leaves(plan, later_ms=0) == 1


def test_the_demonstrations_two_people_are_in_the_store_and_a_proposal_of_somebody_is_left_alone(
    plan: Plan,
) -> None:
    invite_all(plan)
    config = plan.ports[0].config
    with closing(open_ground(checked(config), config)) as ground:
        row = ground.store.read(rules_texts.agreed)
        assert row is not None
        assert row.proposed_by != row.agreed_by
        mine = rules_texts.RulesRow(b"version = 1\n", bytes(32), row.agreed_by, ground.ctx.now())
        ground.store.write(lambda tx: rules_texts.propose(tx, mine)).result()
    another_file(plan)
    invite_all(plan)
    with closing(open_ground(checked(config), config)) as ground:
        assert ground.store.read(rules_texts.agreed) == row
        assert ground.store.read(rules_texts.waiting) == mine
