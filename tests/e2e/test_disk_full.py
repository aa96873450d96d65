"""A disk that is full: nothing acknowledged is lost, it is said once, the peer is told and tries again, and with room again
everything goes on by itself. A node whose data is a small file system of its own, filled to the last byte.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from officers_there import alert, signed_in, titles, written
from running import ANTWERP, LIEGE, Federation, Running, Starter, looking, until
from store_state import state_lines
from whole import acknowledged

from node.demo.check.forms import form_to
from node.demo.check.visitor import Visitor

FULL = "the disk is full: nothing new is stored until there is room"
SHORT = "less room than limits.disk_reserve: nothing is fetched in bulk"
REFUSED = "the peer did not take something"


@dataclass
class Scene:
    """Antwerp on the machine's disk, Liège on a small one, and room that is taken away and given back."""

    federation: Federation
    starter: Starter
    inside: Path
    scratch: Path

    def antwerp(self, *, first: int = 0) -> Running:
        """Releases when it is told to; `first` entries before it opens."""
        port = self.federation.port(ANTWERP)
        words = [str(port.config), "1", "0", "0", str(first)]
        sender = self.federation.starters[0]
        return sender.start("streaming:main", words, out=port.folder / "said.out", log=port.log)

    def liege(self, *, log: str = "") -> Running:
        """`port2port run`; `log` puts its log on the small disk too."""
        port = self.federation.port(LIEGE)
        words = ["run", "--config", str(port.config)]
        path = port.folder / "data" / log if log else port.log
        return self.starter.start("node.cli:main", words, out=port.folder / "node.out", log=path)

    def officer(self, running: Running) -> Visitor:
        """An officer of Liège, signed in while there is room."""
        port = self.federation.port(LIEGE)
        person = port.officers[0]
        out, log = self.scratch / "link.out", self.scratch / "link.log"
        words = f"officer add --config {port.config} --login {person.login} --name X --site {person.site} --role {person.roles[0]}"
        made = self.starter.start("node.cli:main", words.split(), out=out, log=log)
        until("a link", lambda: made.ended() is not None)
        visitor = Visitor(port)
        visitor.sign_in(out.read_text().split()[-1])
        assert running.ended() is None
        return visitor

    def state(self, *claims: str) -> Any:
        """What Liège holds, all of it whole, and what was claimed in it."""
        return self.starter.look(self._database(LIEGE), *claims, folder=self.scratch)

    def state_there(self) -> list[str]:
        """What Antwerp holds."""
        with looking(self._database(ANTWERP)) as reader:
            return state_lines(reader)

    def acknowledged(self) -> list[str]:
        """What Liège has cosigned, by what Antwerp keeps."""
        with looking(self._database(ANTWERP)) as reader:
            return [f"{feed.hex()}:{size}:{root.hex()}" for feed, size, root in acknowledged(reader, LIEGE)]

    def _database(self, node: str) -> Path:
        return next(p for p in self.federation.plan.ports if p.node == node).folder / "data" / "node.db"

    def fill(self, *, leave: int = 0) -> None:
        """Take all room of the small disk but `leave` bytes."""
        free = os.statvfs(self.inside)
        size = free.f_bavail * free.f_frsize - leave
        with (self.inside / "ballast").open("ab", buffering=0) as ballast, contextlib.suppress(OSError):
            while size > 0:
                size -= ballast.write(bytes(min(size, 1 << 16)))
            while leave == 0:
                ballast.write(bytes(512))

    def make_room(self) -> None:
        (self.inside / "ballast").unlink()


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with Federation.founded(tmp_path / "ports") as federation:
        federation.acquainted(ANTWERP, LIEGE)
        for node in (ANTWERP, LIEGE):
            federation.add(node, "web", 'cancel_window = "0s"')
        federation.starter()
        starter, inside = federation.on_a_disk_of("40m", LIEGE)
        yield Scene(federation, starter, inside, tmp_path)


def reserve(scene: Scene, size: str) -> None:
    scene.federation.edit(LIEGE, lambda text: text.replace('"64MiB"', f'"{size}"'))


def commit(sender: Running, times: int) -> None:
    """So many commits, one after the other."""
    sender.wait_said("ready")
    for _ in range(times):
        lines = len(said(sender)) + 1
        os.kill(sender.pid, signal.SIGUSR1)
        wait_lines(sender, lines)


def wait_lines(sender: Running, lines: int) -> None:
    until("a commit", lambda: len(said(sender)) >= lines)


def said(sender: Running) -> list[str]:
    return sender.out.read_text().splitlines()


def followed(scene: Scene, sender: Running) -> Running:
    """Liège runs and has everything that Antwerp said until now."""
    liege = scene.liege()
    liege.wait_said("ready")
    commit(sender, 5)
    until("the first records", lambda: scene.state()["state"] == scene.state_there())
    liege.wait_said(
        "told what was done about withdrawn alerts"
    )  # one of them was: nothing more is written by itself
    return liege


@pytest.mark.processes
def test_a_full_disk_loses_nothing_acknowledged_and_what_was_refused_comes_when_there_is_room(
    scene: Scene,
) -> None:
    reserve(scene, "1MiB")
    sender = scene.antwerp()
    liege = followed(scene, sender)
    claims, before = scene.acknowledged(), scene.state()
    assert len(claims) >= 2
    scene.fill()
    commit(sender, 25)
    liege.wait_said(FULL)
    sender.wait_said(REFUSED, code="NO_SPACE")
    assert scene.state(*claims)["state"] == before["state"], "what was refused is half there"
    assert scene.acknowledged() == claims, "something was acknowledged that is not stored"
    assert [line["event"] for line in loud(liege)] == [FULL]
    assert liege.ended() is None
    scene.make_room()
    commit(sender, 1)
    until("all that was refused", lambda: scene.state(*claims)["state"] == scene.state_there())
    until("its receipts", lambda: len(scene.acknowledged()) == 3)
    assert len(liege.said("opened")) == 1, "it went on by itself"
    assert [line["event"] for line in loud(liege)] == [FULL]


@pytest.mark.processes
def test_killed_on_a_full_disk_a_node_starts_there_where_it_was(scene: Scene) -> None:
    reserve(scene, "1MiB")
    sender = scene.antwerp()
    liege = followed(scene, sender)
    claims, before = scene.acknowledged(), scene.state()
    scene.fill()
    commit(sender, 5)
    liege.wait_said(FULL)
    liege.kill()
    again = scene.liege()
    again.wait_said("opened", entries=before["entries"])
    again.wait_said("ready")
    again.wait_said(FULL)
    assert scene.state(*claims)["state"] == before["state"]
    scene.make_room()
    until("all that was refused", lambda: scene.state(*claims)["state"] == scene.state_there())
    assert again.ended() is None


@pytest.mark.processes
def test_on_a_full_disk_officers_read_on_and_a_release_that_cannot_be_is_words(scene: Scene) -> None:
    reserve(scene, "1MiB")
    sender = scene.antwerp()
    liege = followed(scene, sender)
    visitor = scene.officer(liege)
    seen = titles(visitor)
    assert seen
    draft = written(visitor, "Written while there was room")
    before = scene.state()
    scene.fill()
    form = form_to(visitor.page(draft), f"{draft}/release")
    answer = visitor.send(form)
    assert answer.status == 503
    assert "disk of this node is full" in answer.text
    assert "Traceback" not in answer.text
    assert titles(visitor) == seen
    assert scene.state()["state"] == before["state"]
    scene.make_room()
    assert visitor.send(form_to(visitor.page(draft), f"{draft}/release")).status == 200
    until("the release", lambda: "Written while there was room" in titles(visitor))
    there = signed_in(scene.federation, ANTWERP)
    until("it at Antwerp", lambda: "Written while there was room" in titles(there))


@pytest.mark.processes
def test_below_the_reserve_bulk_waits_while_releases_and_withdrawals_go_on(scene: Scene) -> None:
    reserve(scene, "24MiB")
    sender = scene.antwerp(first=1200)
    sender.wait_said("ready")
    scene.fill(leave=16 << 20)
    liege = scene.liege()
    liege.wait_said("peer connected")
    liege.wait_said(SHORT)
    there, here = signed_in(scene.federation, ANTWERP), scene.officer(liege)
    record = alert(there, "Live in spite of it", audience="ports-scheldt").record
    until("what is live", lambda: titles(here) == {"Live in spite of it"})
    withdraw(there, record)
    until("its withdrawal", lambda: states(here) == {record: "retracted"})
    alert(here, "From here")
    until("what is released here", lambda: "From here" in titles(there))
    time.sleep(3)  # longer than a waiting gap takes to be looked at again
    assert sum(scene.state()["sizes"].values()) < 10, "bulk was taken below the reserve"
    assert len(liege.said(SHORT)) == 1
    scene.make_room()
    until("the backlog", lambda: len(scene.state()["state"]) > 1200)
    assert liege.ended() is None
    assert [line["event"] for line in loud(liege)] == [SHORT]


@pytest.mark.processes
def test_with_its_log_on_the_full_disk_a_node_goes_on(scene: Scene) -> None:
    reserve(scene, "1MiB")
    sender = scene.antwerp()
    liege = scene.liege(log="node.log")
    log = scene.inside / "node.log"
    until("a start", lambda: b'"ready"' in log.read_bytes())
    commit(sender, 3)
    until("the first records", lambda: scene.state()["state"] == scene.state_there())
    scene.fill()
    commit(sender, 5)
    sender.wait_said(REFUSED, code="NO_SPACE")
    sender.kill()
    sender = scene.antwerp()
    sender.wait_said("peer connected")  # Liège had much to say that found no room
    assert liege.ended() is None
    scene.make_room()
    until("all that was refused", lambda: scene.state()["state"] == scene.state_there())
    assert liege.stop() == 0


def withdraw(visitor: Visitor, record: str) -> None:
    path = f"/records/{record}/withdraw"
    form = form_to(visitor.page(path), "")
    reason = next(value for name, value in sorted(form.offered) if name == "reason")
    assert visitor.send(form.fill(reason=reason), at=path).status == 200


def states(visitor: Visitor) -> dict[str, str]:
    return {row["id"]: row["state"] for row in visitor.json("/api/v1/records")["records"]}


def loud(running: Running) -> list[dict[str, Any]]:
    """What an operator is told."""
    return [line for line in running.events() if line.get("level") in {"warning", "error"}]
