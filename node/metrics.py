"""What a node tells a monitoring system, in the text exposition format of Prometheus, version 0.0.4.

Whoever reads it has no clearance. So it is made of nothing that a record, a feed or a person moves: what this node is, its register,
its certificate, who of the register has a session with it, whom it turned away at the door, and what its sensors heard. Not of
entries, bytes, transactions, memory, time or room on the disk, for these move with what is above the reader too. Which figure
may stand here and why is docs/adr/0027-what-metrics-may-tell.md; two worlds that differ above the reader are compared in the tests. Does not hide
when a session ended for a fault of what its peer sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from federation.tls import Stranger
from node.commands.context import Context
from node.peers import PeerBoard
from node.sensor import SensorHealth
from protocol.ids import UnixMs

Labels = tuple[tuple[str, str], ...]
TURNED_AWAY: Mapping[tuple[str, str], str] = {
    **{("stranger", why.value): why.value for why in Stranger},
    ("turned_away", "NO_CALL"): "no_call",
    ("wrong_server", "HANDSHAKE"): "wrong_server",
}
"""The counters of an exchange that are about who never came to speak, and so about no feed, and their `code` here."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One family: its name behind `port2port_`, `gauge` or `counter`, one line of help, and its samples."""

    name: str
    type: str
    help: str
    samples: tuple[tuple[Labels, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Where the figures are read; all of it is in memory, so that asking costs no one a transaction.

    `counters` are an exchange's; `sensors` how each is, with those of its counters that its input alone moves.
    """

    ctx: Context
    board: PeerBoard
    counters: Mapping[tuple[str, str], int]
    sensors: Callable[[], Iterable[tuple[SensorHealth, Mapping[str, int]]]]
    version: str
    started_ms: UnixMs
    certificate_ends_ms: UnixMs

    def text(self) -> str:
        """What is served now."""
        return text([*self._node(), *self._peers(), *self._sensors()])

    def _node(self) -> Iterable[Metric]:
        me, register = self.ctx.me, self.ctx.register
        about = (("node", str(me)), ("version", self.version))
        yield Metric("info", "gauge", "This node and the version of its program.", ((about, 1),))
        yield _one("start_time_seconds", "When this process opened, unix time.", self.started_ms / 1000)
        yield _one(
            "certificate_expires_timestamp_seconds",
            "When this node's own certificate ends, unix time.",
            self.certificate_ends_ms / 1000,
        )
        yield _one("register_version", "The register in force here.", register.version)
        yield _one(
            "register_expires_timestamp_seconds",
            "When this node becomes STALE without a newer register, unix time.",
            register.expires_ms / 1000,
        )
        yield _one("register_lists_node", "1 while the register lists this node.", self.ctx.listed(register))

    def _peers(self) -> Iterable[Metric]:
        peers = [self.board.of(peer) for peer in sorted(self.ctx.register.nodes) if peer != self.ctx.me]
        yield Metric(
            "peer_connected",
            "gauge",
            "1 while a node of the register has a session with this one.",
            tuple(((("peer", str(one.peer)),), one.connected) for one in peers),
        )
        yield Metric(
            "peer_register_version",
            "gauge",
            "The register that a node last said it has; 0 before it said one.",
            tuple(((("peer", str(one.peer)),), one.register) for one in peers),
        )
        yield _one(
            "clock_ahead_seconds",
            "How far connected peers' clocks are ahead of this node's, in the median.",
            self.board.ahead_ms() / 1000,
        )
        yield Metric(
            "turned_away_total",
            "counter",
            "Connections that ended before there was a session, by why.",
            tuple(((("code", code),), self.counters.get(key, 0)) for key, code in TURNED_AWAY.items()),
        )

    def _sensors(self) -> Iterable[Metric]:
        found = list(self.sensors())
        for name, help_, value in (
            ("sensor_connected", "1 while a sensor is connected to its source.", _connected),
            ("sensor_silent", "1 while a connected sensor hears nothing.", _silent),
            ("sensor_heard_timestamp_seconds", "When it last heard something, unix time; 0 before.", _heard),
        ):
            samples = tuple(((("sensor", one.name),), value(one)) for one, _ in found)
            yield Metric(name, "gauge", help_, samples)
        yield Metric(
            "sensor_input_total",
            "counter",
            "What came in at a sensor since it was opened, by what it was.",
            tuple(
                ((("sensor", one.name), ("what", what)), count)
                for one, counts in found
                for what, count in counts.items()
            ),
        )


def text(metrics: Sequence[Metric]) -> str:
    """The exposition format: families in this order, one without samples left out."""
    lines: list[str] = []
    for metric in metrics:
        if metric.samples:
            name = f"port2port_{metric.name}"
            lines += [f"# HELP {name} {metric.help}", f"# TYPE {name} {metric.type}"]
            lines += [f"{name}{_labels(labels)} {_number(value)}" for labels, value in metric.samples]
    return "".join(f"{line}\n" for line in lines)


def _one(name: str, help_: str, value: float) -> Metric:
    return Metric(name, "gauge", help_, (((), value),))


def _labels(labels: Labels) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:.3f}"


def _connected(sensor: SensorHealth) -> float:
    return sensor.connected


def _silent(sensor: SensorHealth) -> float:
    return sensor.silent


def _heard(sensor: SensorHealth) -> float:
    return (sensor.last_heard or 0) / 1000
