"""Hostile bytes from a member with a valid certificate, at a real node that has an honest peer: each refused with one precise
code and place, nothing of it stored, the process and the honest peer's stream undisturbed.

One table; a row spoils one thing. The node is Antwerp-Bruges, the honest peer Liège, the hostile one North Sea Port.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hostile import GOOD_HEADS, Forged, Heard, Hostile, framed, now_ms
from record_examples import example
from running import ANTWERP, LIEGE, NORTH_SEA, Federation, Running, looking, until

from federation.rpc import FEDERATION, REGISTER
from node.keys import NodeKeys
from node.register import RegisterStore
from node.store.feeds import FeedRole
from node.store.state import state_lines
from protocol.entry import Entry
from protocol.limits import FRAME_MAX
from protocol.v1 import federation_pb2 as pb
from protocol.v1 import records_pb2 as records

pytestmark = pytest.mark.processes

CANARY = "QXZ731ZZ"
"""In every record that is refused, as a person's text might be: it may be in no file, line or answer of the node."""

SAYS = {"description": f"Iemand zag {CANARY}."}
Frames = Callable[[Hostile], Sequence[bytes]]


@dataclass(frozen=True)
class Case:
    """What is sent after (or in place of) the greeting; the refusal's code and field, or the status and words it ends with."""

    name: str
    frames: Frames = lambda _: ()
    opening: Frames | None = None
    code: str = ""
    where: str = ""
    status: str = "INVALID_ARGUMENT"
    words: str = ""
    goes_on: bool = False
    """The stream stands, and what was refused is refused whole, for all who might send it."""
    event: str = "bytes that are not acceptable end a session"
    logged: bool = True


def spoilt(part: str, change: Callable[[bytes], bytes]) -> Frames:
    """A good batch of three entries with one part of one entry or of the checkpoint changed."""

    def frames(hostile: Hostile) -> Sequence[bytes]:
        batch = hostile.feed().alert(**SAYS).alert(**SAYS).batch()
        owner: Any = batch.checkpoint if part in {"root", "signature"} else batch.entries[1]
        setattr(owner, part, change(getattr(owner, part)))
        return [framed(batch)]

    return frames


def flipped(raw: bytes, at: int = 9) -> bytes:
    return raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]


def of_another(hostile: Hostile) -> Sequence[bytes]:
    """A feed that says it is the victim's honest peer's, signed by the hostile member."""
    return [framed(hostile.feed(origin=LIEGE).alert(**SAYS).batch())]


def another_id(hostile: Hostile) -> Sequence[bytes]:
    batch = hostile.feed().alert(**SAYS).batch()
    batch.feed = flipped(batch.feed)
    return [framed(batch)]


def under(label: str) -> Frames:
    return lambda hostile: [framed(hostile.feed(label).alert(**SAYS).batch())]


def labelled(old: bytes, new: bytes) -> Frames:
    """A label that no port of this version could write, of the same length, in a feed whose id is right."""

    def frames(hostile: Hostile) -> Sequence[bytes]:
        feed = hostile.feed()
        assert old in feed.run[0].header
        assert len(old) == len(new)
        feed.run[0] = Entry(feed.run[0].header.replace(old, new))
        feed.label = feed.label.replace(old.decode(), new.decode())
        return [framed(feed.alert(**SAYS).batch())]

    return frames


def wrong_size(hostile: Hostile) -> Sequence[bytes]:
    batch = hostile.feed().alert(**SAYS).batch()
    batch.checkpoint.size += 1
    return [framed(batch)]


def unknown_op(hostile: Hostile) -> Sequence[bytes]:
    feed = hostile.feed()
    header = b"\x08\x0e" + pb.Header(issued_ms=now_ms(), register=feed.register).SerializeToString()
    feed.run.append(Entry(header))
    return [framed(feed.batch())]


def second_open(hostile: Hostile) -> Sequence[bytes]:
    feed = hostile.feed()
    feed.run.append(feed.run[0])
    return [framed(feed.batch())]


def from_the_future(hostile: Hostile) -> Sequence[bytes]:
    return [framed(Forged(hostile.keys, hostile.register.version + 5).alert(**SAYS).batch())]


def without_its_start(hostile: Hostile) -> Sequence[bytes]:
    return [framed(hostile.feed().alert(**SAYS).alert(**SAYS).batch(first=1))]


def crowded(hostile: Hostile) -> Sequence[bytes]:
    batch = hostile.feed().alert(**SAYS).batch()
    batch.entries.extend([batch.entries[1]] * 300)
    return [framed(batch)]


def heads(count: int, size: int = 32) -> bytes:
    listed = [pb.Head(feed=os.urandom(size), size=1, root=bytes(32)) for _ in range(count)]
    return pb.Frame(heads=pb.Heads(heads=listed, complete=True)).SerializeToString()


def receipt(**changes: Any) -> Frames:
    """A receipt for the honest feed that the victim itself wrote."""

    def frames(hostile: Hostile) -> Sequence[bytes]:
        said = {"feed": bytes(32), "size": 1, "root": bytes(32), "cosignature": bytes(76)}
        return [pb.Frame(receipt=pb.Receipt(**{**said, **changes})).SerializeToString()]

    return frames


CASES = (
    # ---- Frames that are none -------------------------------------------------------------------------------------------
    Case("garbage", lambda _: [b"\xff\x00 no frame"], code="MALFORMED", where="frame"),
    Case("empty-frame", lambda _: [b""], code="MALFORMED", where="frame"),
    Case("body-unknown", lambda _: [b"\xfa\x07\x01x"], code="MALFORMED", where="frame"),
    Case(
        "cut-short", lambda h: [framed(h.feed().alert(**SAYS).batch())[:-7]], code="MALFORMED", where="frame"
    ),
    Case("oversized", lambda _: [b"\x1a" + bytes(FRAME_MAX)], code="TOO_LARGE", where="frame"),
    Case("oversized-list", lambda _: [heads(9000)], code="TOO_LARGE", where="frame"),
    Case("list-too-long", lambda _: [heads(4500, 4)], code="TOO_LARGE", where="heads"),
    Case("id-too-short", lambda _: [heads(1, 31)], code="MALFORMED", where="heads.feed"),
    Case(
        "beyond-grpc",
        lambda _: [bytes(3 * FRAME_MAX)],
        status="RESOURCE_EXHAUSTED",
        words="larger than max",
        logged=False,
    ),
    # ---- Not what is due now --------------------------------------------------------------------------------------------
    Case(
        "no-hello",
        opening=lambda _: [GOOD_HEADS],
        status="FAILED_PRECONDITION",
        words="the first frame must be hello",
        logged=False,
    ),
    Case("garbage-for-hello", opening=lambda _: [b"\x00\x01\x02"], code="MALFORMED", where="frame"),
    Case(
        "hello-cut-short",
        opening=lambda h: [h.hello(digest=b"short")],
        code="MALFORMED",
        where="hello.digest",
    ),
    Case(
        "other-protocol",
        opening=lambda h: [h.hello(protocol_min=7, protocol_max=9)],
        status="FAILED_PRECONDITION",
        words="this node speaks protocol 1",
        logged=False,
    ),
    Case(
        "register-of-other-bytes",
        opening=lambda h: [h.hello(register_hash=os.urandom(32))],
        status="FAILED_PRECONDITION",
        words="differs between the two nodes",
        event="evidence: one register version with two contents",
        logged=False,
    ),
    Case("call-from-who-dialled", lambda _: [_call()], code="MALFORMED", where="call"),
    # ---- Batches that do not verify -------------------------------------------------------------------------------------
    Case("bit-in-header", spoilt("header", flipped), code="BAD_PROOF", where="consistency"),
    Case("bit-in-content", spoilt("content", flipped), code="BAD_PROOF", where="content"),
    Case("bit-in-salt", spoilt("salt", flipped), code="BAD_PROOF", where="content"),
    Case("salt-gone", spoilt("salt", lambda _: b""), code="BAD_PROOF|MALFORMED", where="salt"),
    Case("bit-in-root", spoilt("root", flipped), code="BAD_SIGNATURE|BAD_PROOF", where=""),
    Case("bit-in-signature", spoilt("signature", lambda raw: flipped(raw, 40)), code="BAD_SIGNATURE"),
    Case("signature-cut-short", spoilt("signature", lambda raw: raw[:20]), code="BAD_SIGNATURE|MALFORMED"),
    Case(
        "header-too-long", spoilt("header", lambda raw: raw + bytes(5000)), code="TOO_LARGE", where="header"
    ),
    Case("content-too-long", spoilt("content", lambda _: bytes(300_000)), code="TOO_LARGE", where="content"),
    Case("checkpoint-of-another-size", wrong_size, code="BAD_SIGNATURE|BAD_PROOF"),
    Case("signed-by-another", of_another, code="BAD_SIGNATURE"),
    Case("feed-of-another-id", another_id, code="BAD_PROOF", where="feed"),
    Case("opened-twice", second_open, code="MALFORMED", where="entries[1]"),
    Case("too-many-entries", crowded, code="TOO_LARGE", where="batch.entries"),
    Case("no-entries", lambda _: [framed(pb.Batch(feed=bytes(32)))], code="TOO_LARGE", where="batch.entries"),
    # ---- What verifies and may not be had here --------------------------------------------------------------------------
    Case(
        "unknown-audience",
        under("BE:NONE//TLP:AMBER//AUD nobody-knows"),
        code="UNKNOWN_LABEL",
        where="label",
        goes_on=True,
    ),
    Case(
        "unknown-compartment",
        under("BE:NONE//TLP:AMBER//COMP ZEBRA//AUD ports-be"),
        code="UNKNOWN_LABEL",
        where="label",
        goes_on=True,
    ),
    Case(
        "no-such-level",
        labelled(b"NONE", b"PINK"),
        code="UNKNOWN_LABEL",
        where="entries[0].level",
        goes_on=True,
    ),
    Case(
        "no-such-marking",
        labelled(b"BE:", b"XX:"),
        code="UNKNOWN_LABEL",
        where="entries[0].policy",
        goes_on=True,
    ),
    Case(
        "label-out-of-form",
        labelled(b"//AUD", b"//aud"),
        code="UNKNOWN_LABEL",
        where="entries[0]",
        goes_on=True,
    ),
    Case(
        "above-accreditation",
        under("BE:SECRET//TLP:AMBER//AUD ports-be"),
        code="ABOVE_ACCREDITATION",
        where="label",
        goes_on=True,
    ),
    Case(
        "for-another",
        under(f"BE:NONE//TLP:RED//AUD ports-be//TO node:{LIEGE}"),
        code="ABOVE_ACCREDITATION",
        where="label",
        goes_on=True,
    ),
    Case(
        "audit-of-another",
        under(f"BE:NONE//TLP:RED//AUD audit//TO node:{NORTH_SEA}"),
        code="ABOVE_ACCREDITATION",
        where="label",
        goes_on=True,
    ),
    Case("unknown-operation", unknown_op, code="UNKNOWN_OP", where="header.op", goes_on=True, logged=False),
    Case(
        "under-a-later-register",
        from_the_future,
        code="OLD_REGISTER",
        where="header.register",
        goes_on=True,
        logged=False,
    ),
    Case("without-its-start", without_its_start, code="GAP", where="first", goes_on=True, logged=False),
    # ---- Receipts ---------------------------------------------------------------------------------------------------------
    Case("receipt-short", receipt(cosignature=b"x"), code="MALFORMED", where="receipt.cosignature"),
    Case("receipt-out-of-order", receipt(quarantined=[3, 2]), code="MALFORMED", where="receipt.quarantined"),
)


def _call() -> bytes:
    return pb.Frame(call=pb.Call(id=1, backfill=pb.BackfillRequest())).SerializeToString()


@dataclass
class Scene:
    """The node, its honest peer, and the hostile one."""

    federation: Federation
    node: Running
    honest: Running
    hostile: Hostile

    def state(self) -> list[str]:
        """What the node holds, but for what the two honest nodes tell each other of themselves when its time has come."""
        with looking(self.federation.port(ANTWERP).folder / "data" / "node.db") as reader:
            rows = reader.all(
                "SELECT feed FROM feed WHERE role != ? OR origin = ? ORDER BY feed",
                FeedRole.CONTROL,
                NORTH_SEA,
            )
            return [line for (feed,) in rows for line in state_lines(reader, feed=feed)]

    def audits(self) -> list[records.Audit]:
        """What the node's audit feed says."""
        with looking(self.federation.port(ANTWERP).folder / "data" / "node.db") as reader:
            rows = reader.all(
                "SELECT e.content FROM entry e JOIN feed f ON f.number = e.feed WHERE f.role = 2 AND e.op = 2 ORDER BY e.key"
            )
        return [records.Record.FromString(row[0]).audit for row in rows]

    def leaks(self) -> list[str]:
        """Where a canary came out: the node's files, its log, the other port's log."""
        folder = self.federation.port(ANTWERP).folder
        files = [path for path in folder.rglob("*") if path.is_file()]
        return [path.name for path in (*files, self.honest.log) if CANARY.encode() in path.read_bytes()]

    def honest_streams(self) -> list[dict[str, Any]]:
        """Every stream that the node has had with the honest peer."""
        return self.node.said("peer connected", peer=LIEGE)

    def assert_undisturbed(self) -> None:
        """The process runs, the honest stream is the one it was, and a fresh record of the honest peer arrives on it."""
        assert self.node.ended() is None
        before = len(self.state())
        os.kill(self.honest.pid, signal.SIGUSR1)
        until("a fresh record of the honest peer", lambda: len(self.state()) > before)
        assert len(self.honest_streams()) == 1, "the honest peer noticed"
        assert self.node.said("a fault of this program") == []


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("bad")
    with Federation.founded(folder / "ports") as federation:
        federation.acquainted(ANTWERP, LIEGE)
        zygote = federation.zygote()
        node = federation.fork(zygote, ANTWERP)
        there = federation.port(LIEGE)
        words = [str(there.config), "1", "0", "0"]
        honest = zygote.start("streaming:main", words, out=there.folder / "said.out", log=there.log)
        honest.wait_said("ready")
        node.wait_said("peer connected", peer=LIEGE)
        keys = NodeKeys.load(federation.port(NORTH_SEA).folder / "data" / "keys", NORTH_SEA)
        yield Scene(federation, node, honest, hostile_of(federation, keys, folder))


def hostile_of(federation: Federation, keys: NodeKeys, folder: Path) -> Hostile:
    anchor = federation.port(NORTH_SEA).folder / "register" / "root.json"
    register = RegisterStore.open(
        folder / f"register-{keys.log_public.hex()[:8]}", trusted_root=anchor, now=now_ms()
    ).current
    return Hostile(keys, register, register.nodes[ANTWERP])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_hostile_bytes_of_a_member_are_refused_and_leave_nothing(scene: Scene, case: Case) -> None:
    hostile, before, audited = scene.hostile, scene.state(), len(scene.audits())
    opening = None if case.opening is None else case.opening(hostile)
    heard = hostile.say(*case.frames(hostile), opening=opening, until=lambda h: _over(h, case))
    assert_refused(case, heard)
    assert_nothing_left(scene, before)
    if case.logged:
        assert_noted(scene, heard, audited)
    scene.assert_undisturbed()


def assert_refused(case: Case, heard: Heard) -> None:
    """Once, by this code, naming this place."""
    if case.code:
        codes = {pb.Refusal.Code.Name(one.code) for one in heard.refusals()}
        assert len(heard.refusals()) == 1, heard
        assert codes <= set(case.code.split("|")), heard
        assert case.where in heard.refusals()[0].field, heard
    if case.goes_on:
        assert heard.code == ""
    else:
        assert heard.code in case.status.split("|"), heard
        assert case.words in heard.words, heard
    assert CANARY not in str(heard)


def assert_nothing_left(scene: Scene, before: list[str]) -> None:
    """No entry, no content, in no file."""
    assert scene.state() == before, "something of what was refused is stored"
    assert scene.leaks() == []


@pytest.mark.parametrize(
    ("method", "raw", "status", "words"),
    [
        (f"/{FEDERATION}/Backfill", b"\xff\xff", "INVALID_ARGUMENT", "frame: not a message"),
        (f"/{FEDERATION}/Backfill", bytes(FRAME_MAX + 1), "INVALID_ARGUMENT", "frame: "),
        (f"/{FEDERATION}/Backfill", b"\x0a\x02\x0a\x00", "INVALID_ARGUMENT", "ranges.feed: 0 bytes"),
        (f"/{FEDERATION}/Backfill", b"\x0a\x00" * 2000, "INVALID_ARGUMENT", "ranges: 2000 items"),
        (f"/{FEDERATION}/Serve", b"\x08\x63\x12\x00", "INVALID_ARGUMENT", "batch.feed"),
        (f"/{FEDERATION}/Serve", b"\x08\x63", "INVALID_ARGUMENT", "answer.call: no such call is open"),
        (f"/{REGISTER}/Fetch", b"\xff\xff", "INVALID_ARGUMENT", "frame: not a message"),
        (f"/{FEDERATION}/Nothing", b"", "UNIMPLEMENTED|INTERNAL", ""),
    ],
)
def test_other_calls_are_refused_in_words(
    scene: Scene, method: str, raw: bytes, status: str, words: str
) -> None:
    before = scene.state()
    came, code, told = scene.hostile.ask(method, raw)
    assert came == []
    assert code in status.split("|")
    assert words in told
    assert scene.state() == before
    scene.assert_undisturbed()


def test_a_range_of_a_feed_that_is_not_the_askers_is_no_range(scene: Scene) -> None:
    """What may not be had and what does not exist are one answer."""
    scene.assert_undisturbed()
    request = pb.BackfillRequest(ranges=[pb.Range(feed=os.urandom(32), first=0)]).SerializeToString()
    came, code, _ = scene.hostile.ask(f"/{FEDERATION}/Backfill", request)
    assert code == "OK"
    assert all(not pb.Batch.FromString(raw).entries for raw in came)


def test_an_intruder_gets_no_word_in(scene: Scene, tmp_path: Path) -> None:
    """A certificate of the same name, by other keys, is no member's."""
    keys = NodeKeys.generate(NORTH_SEA, random=os.urandom, now=now_ms())
    intruder = Hostile(keys, scene.hostile.register, scene.hostile.victim)
    assert scene.hostile.reaches()
    assert not intruder.reaches()
    scene.assert_undisturbed()


def test_what_verifies_and_is_no_record_is_kept_aside_by_field_and_never_by_value(scene: Scene) -> None:
    bad = example("indicator", value=records.IndicatorValue(type="plate", value=f"{CANARY} no plate at all"))
    feed = (
        scene.hostile.feed("BE:NONE//TLP:CLEAR//AUD ports-be")
        .alert()
        .record(bad)
        .record(example("port_ban", family_name=CANARY))
        .alert()
    )
    heard = scene.hostile.say(framed(feed.batch()), until=lambda h: bool(h.receipts(feed.id) or h.code))
    aside = [(one.index, one.reason, one.field) for one in heard.refusals()]
    assert [index for index, _, _ in aside] == [2, 3]
    assert aside[0][2].startswith("indicator.value")
    assert list(heard.receipts(feed.id)[0].quarantined) == [2, 3]
    assert CANARY not in str(heard)
    assert CANARY not in str(scene.audits())
    assert [one for one in scene.audits() if one.act == "quarantine"]
    for log in (scene.node.log, scene.honest.log):
        assert CANARY.encode() not in log.read_bytes()
    scene.assert_undisturbed()


def test_a_replay_changes_nothing_and_another_history_is_refused(scene: Scene) -> None:
    """Control and replay: unspoilt, the same bytes are taken; again, they change nothing; otherwise, they are refused."""
    feed = scene.hostile.feed("BE:NONE//TLP:GREEN//AUD ports-be").alert().alert()
    good = framed(feed.batch())
    first = scene.hostile.say(good, until=lambda h: bool(h.receipts(feed.id) or h.code))
    (receipt,) = first.receipts(feed.id)
    assert receipt.size == 3
    taken = scene.state()
    again = scene.hostile.say(good, good, good, until=lambda h: len(h.receipts(feed.id)) >= 4 or bool(h.code))
    assert again.code == ""  # one receipt at the hello, one for each time it was sent
    assert {one.SerializeToString() for one in again.receipts(feed.id)} == {receipt.SerializeToString()}
    assert scene.state() == taken
    twin = scene.hostile.say(framed(scene.hostile.feed(feed.label).alert().batch()))
    assert [(pb.Refusal.Code.Name(one.code), one.field) for one in twin.refusals()] == [("FORKED", "feed")]
    assert scene.state() == taken
    other = Forged(feed.keys, feed.register, feed.label, salt=feed.salt, run=[feed.run[0]])
    other.run = [feed.run[0], *scene.hostile.feed().alert().alert().run[1:]]
    longer = other.alert().batch(first=3)
    refused = scene.hostile.say(framed(longer), until=lambda h: bool(h.code))
    assert [pb.Refusal.Code.Name(one.code) for one in refused.refusals()] == ["BAD_PROOF"], refused
    assert refused.code == "INVALID_ARGUMENT"
    assert scene.state() == taken
    del other.run[3:]
    for batch in (other.batch(), other.batch(first=1), longer):
        refused = scene.hostile.say(framed(batch), until=lambda h: bool(h.refusals() or h.code))
        assert [pb.Refusal.Code.Name(one.code) for one in refused.refusals()] == ["FORKED"], refused
        assert [entry for entry in scene.state() if entry.startswith(" ")] == [
            entry for entry in taken if entry.startswith(" ")
        ]
    (written,) = (scene.federation.port(ANTWERP).folder / "data" / "evidence").iterdir()
    assert pb.Evidence.FromString(written.read_bytes()).feed == feed.id
    scene.assert_undisturbed()


def test_a_receipt_that_is_forged_is_refused(scene: Scene) -> None:
    """For a feed of the node's own, over its own root, by another key: “North Sea Port has it” is never shown."""
    scene.assert_undisturbed()
    own = scene.hostile.say(until=lambda h: any(f.WhichOneof("body") == "heads" for f in h.frames))
    listed = [one for f in own.frames if f.WhichOneof("body") == "heads" for one in f.heads.heads]
    head = listed[0]
    said = pb.Receipt(feed=head.feed, size=head.size, root=head.root, cosignature=os.urandom(76))
    heard = scene.hostile.say(pb.Frame(receipt=said).SerializeToString(), until=lambda h: bool(h.code))
    assert [pb.Refusal.Code.Name(one.code) for one in heard.refusals()] == ["BAD_SIGNATURE"], heard
    assert heard.code == "INVALID_ARGUMENT"
    scene.assert_undisturbed()


def test_the_check_would_see_what_is_stored(scene: Scene) -> None:
    """The fault: a batch that should be refused is taken."""
    before = scene.state()
    feed = scene.hostile.feed().alert(**SAYS)
    heard = scene.hostile.say(framed(feed.batch()), until=lambda h: bool(h.receipts(feed.id) or h.code))
    with pytest.raises(AssertionError):
        assert_refused(Case("taken", code="BAD_PROOF", goes_on=True), heard)
    with pytest.raises(AssertionError):
        assert_nothing_left(scene, before)
    with pytest.raises(AssertionError, match=r"node\.db"):
        assert_nothing_left(scene, scene.state())


def _over(heard: Heard, case: Case) -> bool:
    return bool(heard.code) or (case.goes_on and bool(heard.refusals()))


def assert_noted(scene: Scene, heard: Heard, audited: int) -> None:
    """A line of the log or an entry of the audit names who and why."""
    (code,) = {pb.Refusal.Code.Name(one.code) for one in heard.refusals()}
    lines = [
        line for line in scene.node.events() if (line.get("peer"), line.get("code")) == (NORTH_SEA, code)
    ]
    audits = [one for one in scene.audits()[audited:] if one.act == "refuse" and one.rule == code]
    assert lines or audits, f"{code} is written down nowhere"
