"""Garbage from an AIS source over TCP, at a real node: every kind of it is counted, said by reason and without a byte of it,
nothing becomes of it, and the next good sentence is heard on the same connection.
"""

from __future__ import annotations

import queue
import random
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
from ais_samples import checksum, sentences, tagged
from officers_there import signed_in
from running import ANTWERP, LIEGE, Federation, Running, looking, until
from store_state import state_lines

from node.demo.check.visitor import Visitor

pytestmark = pytest.mark.processes

CANARY = b"QXZ731ZZ"
EVENT = "some of a source is not usable"
GOOD = b"".join(line + b"\r\n" for line in sentences(mmsi=200_000_001))
LONG = sentences(5, mmsi=200_000_001, shipname="DEMO GARBAGE", destination="NOWHERE")
OTHER = sentences(5, mmsi=200_000_002, shipname="DEMO OTHER", destination="NOWHERE")


class Source:
    """A receiver that sends what it is told to the one who listens."""

    def __init__(self, address: str) -> None:
        host, _, number = address.rpartition(":")
        self._listener = socket.create_server((host, int(number)))
        self._to_send: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self.connections = 0
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def send(self, data: bytes) -> None:
        self._to_send.put(data)

    def close(self) -> None:
        self._to_send.put(None)
        self._thread.join(10)
        self._listener.close()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        self.connections += 1
        with connection:
            while (data := self._to_send.get()) is not None:
                connection.sendall(data)


@dataclass
class Scene:
    federation: Federation
    node: Running
    source: Source
    officer: Visitor

    def state(self) -> list[str]:
        with looking(self.federation.port(ANTWERP).folder / "data" / "node.db") as reader:
            return state_lines(reader)

    def refused(self) -> dict[str, Any]:
        """The newest line about what was not usable."""
        lines = self.node.said(EVENT)
        return lines[-1] if lines else {}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with Federation.founded(tmp_path_factory.mktemp("ais") / "ports", ais=True) as federation:
        federation.acquainted(ANTWERP, LIEGE)
        receiver = federation.port(ANTWERP).receiver
        assert receiver is not None
        source = Source(receiver.listen)
        starter = federation.starter()
        node = federation.fork(starter, ANTWERP)
        peer = federation.fork(starter, LIEGE)
        node.wait_said("ais source connected")
        peer.wait_said("peer connected")
        yield Scene(federation, node, source, signed_in(federation, ANTWERP))
        source.close()


def sentence(body: bytes) -> bytes:
    """With the checksum that belongs to it: what is wrong is inside."""
    return b"!" + body + b"*" + checksum(body) + b"\r\n"


def spoilt_checksum() -> bytes:
    line = sentences(mmsi=200_000_001)[0]
    return line[:-2] + (b"00" if line[-2:] != b"00" else b"01") + b"\r\n"


# The longest first: each is sent more than twice as often as all before, so that it is time for a line.
CASES = (
    ("line-without-end", b"!AIVDM,1,1,,A," + CANARY * 25_000 + b"\n", "too_long"),
    ("binary", random.Random(5).randbytes(4000).replace(b"\n", b" ") + b"\n", "too_long"),
    ("nothing-but-nul", bytes(3000) + b"\n", "too_long"),
    ("garbage", b"GET / HTTP/1.1 " + CANARY + b"\r\n", "garbage"),
    ("utf-16", "!AIVDM,1,1,,A,x,0*00\r\n".encode("utf-16") + b"\n", "refused"),
    ("bad-checksum", spoilt_checksum(), "bad_checksum"),
    ("fields-missing", sentence(b"AIVDM,1,1"), "malformed"),
    ("numbers-no-numbers", sentence(b"AIVDM,x,y,,A," + CANARY + b",0"), "malformed"),
    ("payload-out-of-alphabet", sentence(b"AIVDM,1,1,,A,\x7f~~~,0"), "refused"),
    ("part-without-its-rest", LONG[0] + b"\r\n" + OTHER[0] + b"\r\n", "incomplete"),
    ("second-part-first", LONG[1] + b"\r\n", ""),
    ("tag-block-spoilt", tagged(sentences()[0], c=1).replace(b"c:1", b"c:2") + b"\r\n", "refused"),
)


@pytest.mark.parametrize(("sent", "reason"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_garbage_is_counted_and_the_next_good_sentence_is_heard(
    scene: Scene, sent: bytes, reason: str
) -> None:
    before, heard = scene.state(), last_heard(scene)
    lines, refused = len(scene.node.said(EVENT)), scene.refused().get("refused", 0)
    scene.source.send(sent * (2 * refused + 1) + GOOD)
    until("the next good sentence", lambda: last_heard(scene) > heard)
    if reason:
        until(f"a line about {reason}", lambda: len(scene.node.said(EVENT)) > lines)
        assert scene.refused()[reason] > refused
    assert scene.source.connections == 1
    assert scene.node.ended() is None
    assert scene.state() == before
    assert len(scene.node.said("peer connected")) == 1
    assert [line for line in scene.node.events() if line.get("level") == "error"] == []
    assert CANARY not in scene.node.log.read_bytes()


def test_what_was_not_usable_is_said_a_few_times_and_by_reason(scene: Scene) -> None:
    lines = scene.node.said(EVENT)
    assert 1 < len(lines) < 30
    assert all(two["refused"] >= 2 * one["refused"] for one, two in pairwise(lines))
    assert {"garbage", "too_long", "bad_checksum", "malformed"} <= set(lines[-1])


def last_heard(scene: Scene) -> float:
    """When the sensor last understood something, as the health page says it."""
    page = scene.officer.page("/health")
    return max((float(at) for at in _moments(page)), default=0.0)


def _moments(page: str) -> list[str]:
    sensors = page.partition("Sensors")[2].partition("</table>")[0]
    return [part.partition('"')[0] for part in sensors.split('data-ms="')[1:]]
