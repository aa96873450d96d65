"""What was found before a stop is not found again after the start, as long as it would not have been without the stop."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import demo_node
import pytest
from jumping import found, without_sensors

from node.checked import checked
from node.ground import open_ground
from node.store import drafts, raised
from node.store.feeds import every


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return without_sensors(demo_node.founded(tmp_path).ports[0])


def test_a_restart_does_not_raise_it_again_before_its_time(config: Path) -> None:
    made = []
    for later in (0, 60_000, 2 * 3_600_000):
        with closing(open_ground(checked(config), config)) as ground:
            made.append(found(ground, config, later_ms=later))
            entries = sum(feed.size for feed in ground.store.read(every) if feed.own)
            waiting = len(ground.store.read(drafts.waiting))
            assert entries + waiting > 0
    assert made == [1, 0, 1]


def test_what_is_over_is_forgotten(config: Path) -> None:
    with closing(open_ground(checked(config), config)) as ground:
        now = ground.ctx.now()
        for number in range(3):
            ground.store.write(lambda tx, n=number: raised.put(tx, f"k:{n}", now + n * 10, now)).result()  # type: ignore[misc]
        ground.store.write(lambda tx: raised.put(tx, "k:9", now + 100, now + 15)).result()  # type: ignore[arg-type]
        assert list(ground.store.read(lambda reader: raised.standing(reader, now))) == ["k:2", "k:9"]
