"""What the leading platform of this field was measured to get wrong must hold here: real processes, and the view of an officer
who reads at the port that receives.

Antwerp says something, Liège and Limburg read it. Liège stays in the community of the Scheldt's ports, Limburg is in that of all
ports only; Liège is also the third port over which something could still come to Limburg. The ninth failure, a receiver that is
killed in the middle of a transfer, is `test_kill_hundred.py`; the third over a port that is behind with the register is
`test_third_port_behind.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from clocked import DAY_MS, moved
from officers_there import alert, signed_in
from running import ANTWERP, LIEGE, LIMBURG, Federation, Running, Starter, looking, until

from node.commands import accounts
from node.commands.accounts import NewOfficer
from node.commands.context import Context
from node.commands.people import Account
from node.demo.check.alerts import release
from node.demo.check.forms import form_to, forms_of
from node.demo.check.visitor import Visitor
from node.demo.people import invite_all
from protocol.ids import NodeId, UnixMs

pytestmark = pytest.mark.processes

PORTS = (ANTWERP, LIEGE, LIMBURG)
YEARS_MS = 6 * 365 * DAY_MS
SECRET = "QX-ONLY-HERE-71"
"""In the titles: where it stands on a page, somebody reads what was taken back."""


@dataclass
class Scene:
    """Three ports that run, and an officer at each."""

    federation: Federation
    starter: Starter
    running: dict[NodeId, Running]
    officers: dict[NodeId, Visitor]

    def row(self, node: NodeId, record: str) -> dict[str, Any] | None:
        """A record's row as the officer there has it; None where there is none for them."""
        found = self.officers[node].json(f"/api/v1/records/{record}")
        return found["row"] if found else None

    def state(self, node: NodeId, record: str) -> str:
        row = self.row(node, record)
        return row["state"] if row else ""

    def wait_state(self, record: str, state: str, *nodes: NodeId) -> None:
        for node in nodes:
            until(f"{record} is {state} at {node}", lambda node=node: self.state(node, record) == state)  # type: ignore[misc]

    def wait_read(self, record: str, title: str, *nodes: NodeId) -> None:
        """An officer there reads it; whether it is still in force is told by the reader's clock."""
        for node in nodes:
            until(f"{record} is read at {node}", lambda node=node: title in str(self.row(node, record)))  # type: ignore[misc]

    def shows(self, node: NodeId, words: str, record: str) -> list[str]:
        """The pages on which the words stand, of all that could show them."""
        paths = ("/", "/library", f"/records/{record}", "/api/v1/records", f"/api/v1/records/{record}")
        return [path for path in paths if words in self.officers[node].get(path).text]

    def alert(self, title: str, *, audience: str = "ports-be") -> str:
        """An alert of Antwerp that has left."""
        return alert(self.officers[ANTWERP], title, audience=audience).record

    def withdraw(self, record: str) -> None:
        path = f"/records/{record}/withdraw"
        form = form_to(self.officers[ANTWERP].page(path), "").fill(reason="1")
        assert self.officers[ANTWERP].send(form, at=path).status == 200

    def correct(self, record: str, title: str, **ticked: str) -> None:
        """Its next version, released."""
        officer, path = self.officers[ANTWERP], f"/records/{record}/correct"
        form = form_to(officer.page(path), path).fill(title=title, change_reason="It was wrong.", **ticked)
        release(officer, officer.send(form, at=path).path)

    def move(self, record: str, audience: str) -> str:
        """To another community; the new record."""
        officer, path = self.officers[ANTWERP], f"/records/{record}/audience"
        form = form_to(officer.page(path), "").fill(audience=audience, tlp="AMBER")
        return release(officer, officer.send(form, at=path).path).record

    def restart(self, node: NodeId, offset_ms: int | str = 0) -> None:
        """Stop a port and start it on a machine whose clock is so wrong, or still; its officer signs in again."""
        assert self.running[node].stop() == 0
        port = self.federation.port(node)
        words = [str(offset_ms), "run", "--config", str(port.config)]
        self.running[node] = self.starter.start(
            "clocked:main", words, out=port.folder / "node.out", log=port.log
        )
        self.running[node].wait_said("ready")
        with moved(offset_ms if isinstance(offset_ms, int) else 0):
            self.officers[node] = signed_in(self.federation, node)


@pytest.fixture(scope="module")
def federation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Federation]:
    folder = tmp_path_factory.mktemp("ports")
    with Federation.founded(
        folder, ago_ms=10 * DAY_MS
    ) as made:  # certificates that begin before any clock here
        made.acquainted(*PORTS)
        for node in PORTS:
            made.add(node, "web", 'cancel_window = "0s"')
        with moved(-3 * DAY_MS), pytest.MonkeyPatch.context() as patched:
            patched.setattr(accounts, "account_of", lasting)
            invite_all(made.plan)
        yield made


def lasting(ctx: Context, officer: NewOfficer, verified_by: str, usual: Any = accounts.account_of) -> Account:
    """An account whose roles have begun on every clock here, and end on none."""
    made: Account = usual(ctx, officer, verified_by)
    until = UnixMs(ctx.now() + YEARS_MS)
    return replace(
        made, valid_ms=YEARS_MS, clearance=tuple(replace(c, until_ms=until) for c in made.clearance)
    )


@pytest.fixture(scope="module")
def scene(federation: Federation) -> Scene:
    starter = federation.starter()
    running = {node: federation.fork(starter, node) for node in PORTS}
    for node in PORTS:
        running[node].wait_said("ready")
    return Scene(federation, starter, running, {node: signed_in(federation, node) for node in PORTS})


@pytest.mark.parametrize("case", ["withdrawn", "unpublished"])
def test_1_2_what_its_origin_withdraws_disappears_at_every_holder(scene: Scene, case: str) -> None:
    title = f"{SECRET} {case}"
    record = scene.alert(title)
    scene.wait_state(record, "current", *PORTS)
    scene.withdraw(record)
    scene.wait_state(record, "retracted", *PORTS)
    for node in PORTS:
        assert scene.shows(node, title, record) == [], f"{node} still shows it"


def test_each_holder_of_a_withdrawn_alert_tells_its_origin_whether_anyone_acted(scene: Scene) -> None:
    record = scene.alert("Somebody acts on this one")
    scene.wait_state(record, "current", *PORTS)
    officer, path = scene.officers[LIEGE], f"/records/{record}"
    claim = next(f for f in forms_of(officer.page(path)) if ("step", "claim") in f.values)
    assert officer.send(claim, at=path).status == 200
    scene.withdraw(record)
    scene.wait_state(record, "retracted", *PORTS)
    assert "had claimed this before it was withdrawn" in officer.page(path)

    answers = (
        "Port of Liège: Somebody had claimed it",
        "Host of the Limburg port facilities: Nothing was done",
    )

    def page() -> str:
        return scene.officers[ANTWERP].page(path)

    until("both ports have answered", lambda: all(one in page() for one in answers))


def test_3_a_narrowed_audience_is_narrow_at_every_holder(scene: Scene) -> None:
    title = f"{SECRET} narrowed"
    wide = scene.alert(title)
    scene.wait_state(wide, "current", *PORTS)
    narrow = scene.move(wide, "ports-scheldt")
    scene.wait_state(narrow, "current", ANTWERP, LIEGE)
    until("it is gone at Limburg", lambda: not scene.shows(LIMBURG, title, wide))
    assert scene.row(LIMBURG, narrow) is None
    assert scene.state(LIEGE, wide) != "current", "two of one matter stand at Liège"


def test_4_a_part_that_is_removed_is_removed_everywhere(scene: Scene) -> None:
    part = f"{SECRET}-4"
    title = f"{part} in a part"
    record = scene.alert(title)
    scene.wait_state(record, "current", *PORTS)
    scene.correct(record, "Without that part", removes="yes")
    for node in PORTS:
        scene.wait_read(record, "Without that part", node)
        assert scene.shows(node, part, record) == [], f"{node} still shows the part"


def test_8_two_edits_of_one_moment_both_count_in_their_order(scene: Scene) -> None:
    scene.restart(ANTWERP, "still")
    record = scene.alert("As it was first said")
    scene.wait_read(record, "As it was first said", LIEGE, LIMBURG)
    scene.correct(record, "Corrected once")
    scene.correct(record, "Corrected twice")
    scene.wait_read(record, "Corrected twice", LIEGE, LIMBURG)
    for node in (LIEGE, LIMBURG):
        with looking(scene.federation.port(node).folder / "data" / "node.db") as reader:
            rows = reader.all(
                "SELECT version, issued_ms FROM entry WHERE record = ? AND op = 2 ORDER BY key",
                bytes.fromhex(record),
            )
        assert [version for version, _ in rows] == [1, 2, 3]
        assert len({issued for _, issued in rows}) == 1, "the clock did not stand still: this shows nothing"
    scene.restart(ANTWERP)


def test_6_a_clock_two_days_back_loses_no_change(scene: Scene) -> None:
    before = scene.alert("Said at the right time")
    scene.wait_state(before, "current", LIEGE)
    scene.restart(ANTWERP, -2 * DAY_MS)
    late = scene.alert("Said two days ago, it says")
    scene.wait_read(late, "Said two days ago", LIEGE, LIMBURG)
    scene.correct(late, "Corrected two days ago, it says")
    scene.wait_read(late, "Corrected two days ago", LIEGE, LIMBURG)
    narrow = scene.move(late, "ports-scheldt")
    scene.wait_read(narrow, "Corrected two days ago", LIEGE)
    until("it is gone at Limburg", lambda: not scene.shows(LIMBURG, "Corrected two days ago", late))
    scene.withdraw(before)
    scene.wait_state(before, "retracted", LIEGE, LIMBURG)
    scene.restart(ANTWERP)
    after = scene.alert("Said at the right time again")
    scene.wait_state(after, "current", LIEGE, LIMBURG)
    scene.withdraw(narrow)
    scene.wait_state(narrow, "retracted", LIEGE)


def test_7_a_record_stamped_five_years_ahead_does_not_block_its_own_correction(scene: Scene) -> None:
    scene.wait_state(scene.alert("Opens the feed while the register is fresh"), "current", LIEGE)
    scene.restart(ANTWERP, 5 * 365 * DAY_MS)
    record = scene.alert(f"{SECRET}-7 five years ahead")
    scene.wait_state(record, "current", LIEGE, LIMBURG)
    scene.restart(ANTWERP)
    scene.correct(record, "Corrected at the right time")
    for node in (LIEGE, LIMBURG):
        scene.wait_read(record, "Corrected at the right time", node)
        assert scene.shows(node, f"{SECRET}-7", record) == []
    scene.withdraw(record)
    scene.wait_state(record, "retracted", LIEGE, LIMBURG)
    scene.wait_state(scene.alert("And the next one comes"), "current", LIEGE, LIMBURG)


def test_3_5_a_narrowed_community_shrinks_at_every_holder_and_an_ex_member_reads_nothing_more(
    scene: Scene, tmp_path: Path
) -> None:
    title = f"{SECRET}-5 for all ports"
    before = scene.alert(title)
    scene.wait_state(before, "current", *PORTS)
    ceremony = scene.federation.plan.ceremony
    stays = [str(port.node) for port in scene.federation.plan.ports if port.node != LIMBURG]
    fragment = tmp_path / "fragment.toml"
    fragment.write_text(f"[board.communities.ports-be]\nserving = {stays}\n".replace("'", '"'))
    run = scene.federation.command
    changed = run("register", "add-organisation", "--from", str(fragment), "--dir", str(ceremony), "--plain")
    assert changed.returncode == 0, changed.stderr
    config = str(scene.federation.port(ANTWERP).config)
    assert run("register", "load", str(ceremony / "public"), "--config", config).returncode == 0
    scene.running[LIMBURG].wait_said("a new register is in force")
    until("it is gone at Limburg", lambda: not scene.shows(LIMBURG, title, before))
    after = scene.alert(f"{SECRET}-5 after Limburg left")
    scene.wait_state(after, "current", ANTWERP, LIEGE)
    assert scene.row(LIMBURG, after) is None
    database = scene.federation.port(LIMBURG).folder / "data" / "node.db"
    until("its content is destroyed at Limburg", lambda: not _held(database, f"{SECRET}-5"))
    assert scene.running[LIEGE].stop() == 0  # all that the third port had to send, it has sent
    assert not _held(database, f"{SECRET}-5"), "it came over the third port"


def _held(database: Path, words: str) -> int:
    with looking(database) as reader:
        row = reader.one("SELECT count(*) FROM entry WHERE instr(content, ?) > 0", words.encode())
    return int(row[0]) if row else 0
