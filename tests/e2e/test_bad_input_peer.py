"""Hostile bytes from a member with a valid certificate, at a real node that has an honest peer: each refused with one precise
code and place, nothing of it stored, the process and the honest peer's stream undisturbed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from bad_peers import Scene, assert_noted, assert_nothing_left, assert_refused, standing
from hostile import Forged, Heard, Hostile, framed, now_ms
from record_examples import example
from running import ANTWERP, NORTH_SEA
from spoilt_frames import CANARY, CASES, SAYS, Case

from federation.rpc import FEDERATION, REGISTER
from node.keys import NodeKeys
from protocol.limits import FRAME_MAX
from protocol.v1 import federation_pb2 as pb
from protocol.v1 import records_pb2 as records

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module", name="scene")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with standing(tmp_path_factory.mktemp("bad")) as scene:
        yield scene


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
