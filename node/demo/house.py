"""The demonstration's processes as one: simulated receivers and nodes, started together, stopped in order.

Guarantees that no port is taken before all are known to be free, that a node is started only after its receiver listens, and that
after `stop` nothing that was started here runs, whatever it did.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from node.demo.leash import Leash
from node.demo.plan import Plan, Port
from node.demo.processes import Child, Family, Program
from node.exits import Busy
from node.lock import DataLock
from protocol.ids import NodeId

CONNECT_S = 30.0
_CONNECTED = "peer connected"

GoingOn = Callable[[], bool]


class House:
    """One start of a demonstration. Holds its folder from the beginning to `release`."""

    def __init__(self, plan: Plan) -> None:
        plan.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.plan = plan
        self._lock = DataLock(plan.folder)
        try:
            self._leash = Leash(plan.folder)
        except BaseException:
            self._lock.release()
            raise
        self.family = Family(self._leash)
        self.receivers: list[Child] = []
        self.nodes: list[Child] = []

    def open(self, going_on: GoingOn) -> None:
        """Start everything and return when every process is ready, or when `going_on` says no."""
        check_free(self.plan)
        self.receivers = self.family.start(_receivers(self.plan))
        self.nodes = self.family.start(_node(port) for port in self.plan.ports)
        self.family.wait_ready([*self.receivers, *self.nodes], going_on=going_on)

    def connect(self, going_on: GoingOn, *, wait_s: float = CONNECT_S) -> dict[NodeId, set[str]]:
        """Return when every node has heard every other, or after `wait_s`; whom each has not heard."""
        everybody = {str(port.node) for port in self.plan.ports}
        missing = {port.node: everybody - {str(port.node)} for port in self.plan.ports}
        deadline = time.monotonic() + wait_s
        while any(missing.values()) and going_on() and time.monotonic() < deadline:
            for child, port in zip(self.nodes, self.plan.ports, strict=True):
                missing[port.node] -= _heard(child)
            time.sleep(0.1)
        return {node: lacking for node, lacking in missing.items() if lacking}

    def stop(self) -> None:
        """Stop the nodes, then what they listened to."""
        self.family.stop(self.nodes)
        self.family.stop()

    def release(self) -> None:
        """Let go of the folder."""
        self._leash.release()
        self._lock.release()

    def ended(self) -> list[Child]:
        """Processes that should run and do not."""
        return self.family.ended()


def check_free(plan: Plan) -> None:
    """Busy with every address of the plan that somebody listens on."""
    taken = [f"{address} ({words})" for address, words in plan.addresses() if not _free(address)]
    if taken:
        raise Busy(
            f"already in use: {', '.join(taken)}; stop what listens there, or give another --base-port"
        )


def free_base(count: int, *, tries: int = 200) -> int:
    """The first of `count` port numbers in a row that are free now, above the usual services, below what clients are given."""
    from random import SystemRandom

    for _ in range(tries):
        base = SystemRandom().randrange(20_000, 32_000 - count)
        if all(_free(f"127.0.0.1:{base + at}") for at in range(count)):
            return base
    raise Busy(f"no {count} free ports in a row between 20000 and 32000")


def _free(address: str) -> bool:
    host, _, port = address.rpartition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except OSError:
            return False
    return True


def _receivers(plan: Plan) -> Iterator[Program]:
    for port in plan.ports:
        if port.receiver:
            words = ("simulate", "ais", "--listen", port.receiver.listen, "--area", port.receiver.area)
            where = ("--vessels", str(plan.files.vessels), "--geo", str(plan.files.geo))
            yield Program(
                f"AIS for {port.node}",
                (*words, *where, "--speed", str(plan.speed)),
                port.folder / "receiver.log",
            )


def _node(port: Port) -> Program:
    return Program(str(port.node), ("run", "--config", str(port.config)), port.log)


def _heard(child: Child) -> set[str]:
    return {
        str(line.get("peer"))
        for line in events(child.program.log, child.log_from)
        if line.get("event") == _CONNECTED
    }


def events(log: Path, start: int = 0) -> Iterator[dict[str, object]]:
    """The JSON lines of a log from a byte on; other lines are passed over."""
    with log.open("rb") as lines:
        lines.seek(start)
        for raw in lines:
            try:
                found = json.loads(raw)
            except ValueError:
                continue
            if isinstance(found, dict):
                yield found
