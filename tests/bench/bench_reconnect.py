"""Target 3, second part: meeting again when nothing is new, with 20,000 feeds on both sides: one digest each way and a word."""

from __future__ import annotations

import shutil
import subprocess
from typing import Any

from bench_control import Child
from bench_report import Figure, Report
from bench_stage import Stage
from bench_world import SENDER

HANDSHAKES = 10


def run(stage: Stage) -> None:
    """Meet once to know of each other, then again and again, and once more after both were started anew."""
    held = stage.pair("feeds", "feeds", stage.size.feeds)
    stage.put(held)
    with stage.both() as (_, receiver):
        first = receiver.ask("dial", peer=SENDER)
        receiver.ask("hang_up")
        shakes = [receiver.ask("handshake", peer=SENDER)["seconds"] * 1e3 for _ in range(HANDSHAKES)]
        again = [_again(receiver, stage.world.sender.address) for _ in range(stage.size.reconnects)]
    with stage.both() as (_, receiver):
        cold = receiver.ask("dial", peer=SENDER)
    _told(stage.report, stage.size.feeds, first, again, cold, shakes)


def _again(receiver: Child, address: str) -> dict[str, Any]:
    met = receiver.ask("dial", peer=SENDER)
    met["socket_bytes"] = _socket_bytes(address)
    receiver.ask("hang_up")
    return met


def _socket_bytes(address: str) -> int | None:
    """What the kernel has counted on the open connection to this address, both ways, TLS included; None without `ss`."""
    ss = shutil.which("ss")
    if ss is None:
        return None
    told = subprocess.run([ss, "-tinH", "dst", address], capture_output=True, text=True, check=False).stdout
    words = told.replace("\n", " ").split()
    counted = [
        int(word.partition(":")[2]) for word in words if word.startswith(("bytes_sent:", "bytes_received:"))
    ]
    return sum(counted) or None


def _told(
    report: Report,
    feeds: int,
    first: dict[str, Any],
    again: list[dict[str, Any]],
    cold: dict[str, Any],
    shakes: list[float],
) -> None:
    report.floor("handshake", 3, "mutual TLS alone, to a node of a register with 102", "ms", shakes)
    report.floor("digest", 3, "one digest each way", "bytes", [64.0])
    nothing_new = f"meeting again with {feeds:,} feeds and nothing new"
    for figure in (
        Figure(
            id="reconnect.time",
            target=3,
            what=f"{nothing_new}, from dialling to both ready",
            unit="ms",
            samples=[one["seconds"] * 1e3 for one in again],
            limit=50.0,
            floor="handshake",
        ),
        Figure(
            id="reconnect.bytes",
            target=3,
            what=f"{nothing_new}, frames both ways",
            unit="bytes",
            samples=[float(one["frame_bytes"]) for one in again],
            limit=4096.0,
            floor="digest",
        ),
        Figure(
            id="reconnect.socket",
            target=3,
            what=f"{nothing_new}, all bytes of the connection, its TLS handshake included",
            unit="bytes",
            samples=[float(one["socket_bytes"]) for one in again if one["socket_bytes"]],
        ),
        Figure(
            id="reconnect.cpu",
            target=3,
            what=f"{nothing_new}, the dialling side",
            unit="ms CPU",
            samples=[one["cpu"] * 1e3 for one in again],
        ),
        Figure(
            id="reconnect.cold",
            target=3,
            what=f"{nothing_new}, both nodes just started",
            unit="ms",
            samples=[cold["seconds"] * 1e3],
            floor="handshake",
        ),
        Figure(
            id="reconnect.first",
            target=3,
            what=f"meeting for the first time with {feeds:,} feeds: both lists in full",
            unit="ms",
            samples=[first["seconds"] * 1e3],
            floor="handshake",
        ),
    ):
        report.figure(figure)
