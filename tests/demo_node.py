"""A founded demonstration on disk, not running, whose first port has published something: for tests of the command line."""

from __future__ import annotations

import os
from pathlib import Path

from record_examples import example

from node.beside import beside
from node.clock import SystemClock
from node.commands.audit import Act
from node.commands.publish import Version, publish
from node.config_file import load
from node.demo.founding import found
from node.demo.plan import Plan, Port, read_plan
from node.high_water import HighWaterFile
from protocol.fields import DAY_MS
from protocol.ids import RecordId, UnixMs, new_record_id
from protocol.label import parse
from protocol.record import content_type, serialise

LABEL = "BE:NONE//TLP:AMBER//AUD ports-be"


def founded(folder: Path, *, base_port: int = 9000) -> Plan:
    """Four ports that never ran."""
    plan = read_plan(folder, base_port=base_port)
    found(plan, now=SystemClock().now_ms(), random=os.urandom, say=lambda _: None)
    return plan


def published(port: Port) -> RecordId:
    """An alert in the port's own feed, published without asking anybody."""
    HighWaterFile(load(port.config).high_water).close()  # as the node makes it at its first start
    with beside(load(port.config), port.config) as place:
        now = place.ctx.now()
        one = Version(
            record=new_record_id(now, os.urandom),
            version=1,
            content_type=content_type("alert"),
            content=serialise(example("alert")),
            expires_ms=UnixMs(now + DAY_MS),
            retain_until_ms=UnixMs(now + 30 * DAY_MS),
        )
        act = Act(act="release", record=one.record)
        register = place.ctx.register
        place.store.write(lambda tx: publish(tx, place.ctx, parse(LABEL), one, register, act=act)).result()
        return one.record
