"""Releasing: what leaves is what the plan says, in one transaction with its audit, or nothing."""

from __future__ import annotations

import dataclasses

import officers_here
import pytest
from inline_store import Crash
from officers_here import officer
from ports import AMBER, LIMBURG, NORTH_SEA, SCHELDT, Port, port
from record_examples import NOW, example
from sqlalchemy.exc import IntegrityError

from node.commands import draft, release, retract
from node.commands.audit import Act, audit
from node.commands.auto_release import Taken, take_detection
from node.commands.people import Visitor
from node.commands.publish import Released
from node.commands.release import PlanChanged
from node.commands.retention import NoRetention
from node.commands.retract import Retracted
from node.detector import Detection, Sentence, Spot
from node.observation import Subject, VesselPosition
from node.store import drafts, entries
from node.store.drafts import DraftRow, DraftState
from node.store.entries import Standing
from policies.auto_release import MOST, WINDOW_MS, parse_rules
from policies.decision import Deny, DenyCode
from policies.officers import Role
from policies.plan import Plan
from policies.readership import NOBODY
from protocol.errors import BadRecord
from protocol.fields import DAY_MS
from protocol.ids import RecordId, UnixMs
from protocol.label import parse
from protocol.v1 import records_pb2 as pb

RULES = parse_rules(
    f"""version = 1
[[rule]]
name = "ais-spoof"
detector = "impossible_speed"
severity_min = "Moderate"
certainty_min = "Likely"
label = "{SCHELDT}"
expires = "12h"
""".encode()
)


@pytest.fixture(name="antwerp")
def antwerp_port() -> Port:
    return port()


@pytest.fixture(name="peeters")
def security_officer(antwerp: Port) -> Visitor:
    return officer(antwerp)


def good(**changes: object) -> pb.Record:
    record = example("alert", **changes)
    record.common.legal_basis = "port-security-be"
    return record


def drafted(at: Port, who: Visitor, label: str | None = AMBER, record: pb.Record | None = None) -> DraftRow:
    chosen = parse(label) if label else None
    return at.store.write(
        lambda tx: draft.make(tx, at.ctx, record or good(), owner=who.id, label=chosen)
    ).result()


def planned(at: Port, who: Visitor, row: DraftRow) -> Plan:
    people = officers_here.everyone(at)
    found = at.store.read(lambda r: release.preview(r, at.ctx, row.record, officer=who, people=people))
    assert isinstance(found, Plan), found
    return found


def released(at: Port, who: Visitor, row: DraftRow, digest: bytes) -> object:
    people = officers_here.everyone(at)
    return at.store.write(
        lambda tx: release.release(tx, at.ctx, row.record, officer=who, people=people, digest=digest)
    ).result()


def acts(at: Port) -> list[str]:
    return [audit.act for audit in at.audits()]


def test_what_the_preview_says_leaves(antwerp: Port, peeters: Visitor) -> None:
    row = drafted(antwerp, peeters, SCHELDT)
    plan = planned(antwerp, peeters, row)
    assert [r.node for r in plan.recipients] == ["port-antwerp-bruges", "north-sea-port", "port-liege"]
    assert plan.recipients[0].people == (peeters.id,)
    assert {w.node: w.code for w in plan.withheld}[LIMBURG] is DenyCode.AUDIENCE
    outcome = released(antwerp, peeters, row, plan.digest)
    assert isinstance(outcome, Released)
    assert (outcome.index, outcome.feed.label) == (1, SCHELDT)
    entry = antwerp.store.read(lambda r: entries.get(r, outcome.feed.number, 1))
    assert entry is not None
    assert entry.content == row.content  # the very bytes that were previewed
    assert (entry.expires_ms, entry.retain_until_ms) == (NOW + DAY_MS, NOW + 30 * DAY_MS)
    last = antwerp.audits()[-1]
    assert (last.act, last.actor, last.rule) == ("release", peeters.id, "officer")
    assert (last.record.record_id, last.feed) == (row.record, outcome.feed.feed)
    assert last.details["plan"] == plan.digest.hex()
    kept = antwerp.store.read(lambda r: drafts.get(r, row.record))
    assert kept is not None
    assert kept.state is DraftState.RELEASED
    assert released(antwerp, peeters, row, plan.digest) is None  # once


def test_a_plan_that_moved_refuses_and_shows_the_new_one(antwerp: Port, peeters: Visitor) -> None:
    row = drafted(antwerp, peeters)
    plan = planned(antwerp, peeters, row)
    antwerp.store.write(
        lambda tx: draft.change(
            tx, antwerp.ctx, row.record, editor=peeters.id, message=good(action="Kijk op kaai 3")
        )
    ).result()
    outcome = released(antwerp, peeters, row, plan.digest)
    assert isinstance(outcome, PlanChanged)
    assert outcome.now.digest != plan.digest
    assert "release" not in acts(antwerp)
    assert isinstance(released(antwerp, peeters, row, outcome.now.digest), Released)


def test_somebody_hired_since_the_preview_moves_the_plan(antwerp: Port, peeters: Visitor) -> None:
    row = drafted(antwerp, peeters)
    plan = planned(antwerp, peeters, row)
    officers_here.hire(antwerp, "n.new")
    assert isinstance(released(antwerp, peeters, row, plan.digest), PlanChanged)


def test_an_officer_without_the_right_is_refused(antwerp: Port, peeters: Visitor) -> None:
    row = drafted(antwerp, peeters)
    analyst = officer(antwerp, "an.alyst", Role.ANALYST)
    outcome = antwerp.store.read(
        lambda r: release.preview(r, antwerp.ctx, row.record, officer=analyst, people=NOBODY)
    )
    assert isinstance(outcome, Deny)
    assert outcome.code is DenyCode.NOT_COMPETENT


def test_a_draft_without_a_label_leaves_nowhere(antwerp: Port, peeters: Visitor) -> None:
    row = drafted(antwerp, peeters, None)
    outcome = antwerp.store.read(
        lambda r: release.preview(r, antwerp.ctx, row.record, officer=peeters, people=NOBODY)
    )
    assert isinstance(outcome, Deny)


def test_an_invalid_record_is_no_draft(antwerp: Port, peeters: Visitor) -> None:
    with pytest.raises(BadRecord, match=r"alert\.description: required"):
        drafted(antwerp, peeters, record=good(description=None))
    assert antwerp.store.read(drafts.waiting) == []


def test_no_retention_no_release(antwerp: Port, peeters: Visitor) -> None:
    row = drafted(antwerp, peeters)
    plan = planned(antwerp, peeters, row)
    bare = dataclasses.replace(
        antwerp.ctx, settings=dataclasses.replace(antwerp.ctx.settings, retention={"audit": DAY_MS})
    )
    with pytest.raises(NoRetention):
        antwerp.store.write(
            lambda tx: release.release(
                tx,
                bare,
                row.record,
                officer=peeters,
                people=officers_here.everyone(antwerp),
                digest=plan.digest,
            )
        ).result()


def test_the_register_s_ceiling_shortens_retention(antwerp: Port, peeters: Visitor) -> None:
    import registers

    from node.commands.retention import ends

    short = registers.register(retention={"alert_unconfirmed": "3d"})
    expires, retain = ends(antwerp.ctx, short, good(), now=NOW, lasts_ms=5 * DAY_MS)
    assert (expires, retain) == (NOW + 3 * DAY_MS, NOW + 3 * DAY_MS)


def test_an_audit_that_fails_undoes_the_release(
    antwerp: Port, peeters: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = drafted(antwerp, peeters)
    plan = planned(antwerp, peeters, row)
    before = antwerp.lines()

    def fail(*_: object) -> None:
        raise OSError("the audit cannot be written")

    monkeypatch.setattr("node.commands.publish.audit", fail)
    with pytest.raises(OSError, match="audit"):
        released(antwerp, peeters, row, plan.digest)
    monkeypatch.undo()
    assert antwerp.lines() == before
    kept = antwerp.store.read(lambda r: drafts.get(r, row.record))
    assert kept == row
    assert isinstance(released(antwerp, peeters, row, plan.digest), Released)


def test_a_release_that_forgot_its_audit_would_be_seen(
    antwerp: Port, peeters: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = drafted(antwerp, peeters)
    plan = planned(antwerp, peeters, row)
    monkeypatch.setattr("node.commands.publish.audit", lambda *_: None)
    released(antwerp, peeters, row, plan.digest)
    assert "release" not in acts(antwerp)


def test_the_world_may_stop_at_every_write_point_of_a_release() -> None:
    def ready() -> tuple[Port, Visitor, DraftRow, bytes]:
        at = port()
        who = officer(at)
        row = drafted(at, who)
        return at, who, row, planned(at, who, row).digest

    at, who, row, digest = ready()
    at.store.crash_at(None)
    released(at, who, row, digest)
    points = at.store.points
    assert points >= 10
    for point in range(1, points + 1):
        at, who, row, digest = ready()
        at.store.crash_at(point)
        with pytest.raises(Crash):
            released(at, who, row, digest)
        at.store.reopen()
        done = point == points  # the last point is after the commit
        assert (len(at.lines()) > 0) is done
        assert ("release" in acts(at)) is done
        assert (state_of(at, row) is DraftState.RELEASED) is done
        if not done:
            assert isinstance(released(at, who, row, digest), Released)


def state_of(at: Port, row: DraftRow) -> DraftState:
    kept = at.store.read(lambda r: drafts.get(r, row.record))
    assert kept is not None
    return kept.state


# ---- the second person ------------------------------------------------------------------------------------------------------

RED = "BE:NONE//TLP:RED//AUD ports-be//TO node:north-sea-port"


def test_red_needs_a_second_person_who_approved_this_very_plan(antwerp: Port, peeters: Visitor) -> None:
    second = officer(antwerp, "b.second")
    row = drafted(antwerp, peeters, RED)
    plan = planned(antwerp, peeters, row)
    assert plan.needs_second
    alone = released(antwerp, peeters, row, plan.digest)
    assert isinstance(alone, Deny)
    assert alone.code is DenyCode.SECOND_PERSON

    def approve(who: Visitor, digest: bytes) -> object:
        people = officers_here.everyone(antwerp)
        return antwerp.store.write(
            lambda tx: release.approve(tx, antwerp.ctx, row.record, officer=who, people=people, digest=digest)
        ).result()

    own = approve(peeters, plan.digest)
    assert isinstance(own, Deny)
    assert isinstance(approve(second, bytes(32)), PlanChanged)
    assert isinstance(approve(second, plan.digest), Plan)
    assert isinstance(released(antwerp, peeters, row, plan.digest), Released)
    assert antwerp.audits()[-1].details["second"] == second.id


def test_an_edit_takes_the_approval_back(antwerp: Port, peeters: Visitor) -> None:
    second = officer(antwerp, "b.second")
    row = drafted(antwerp, peeters, RED)
    people = officers_here.everyone(antwerp)
    digest = planned(antwerp, peeters, row).digest
    antwerp.store.write(
        lambda tx: release.approve(tx, antwerp.ctx, row.record, officer=second, people=people, digest=digest)
    ).result()
    antwerp.store.write(
        lambda tx: draft.change(tx, antwerp.ctx, row.record, editor=peeters.id, message=good(action="Anders"))
    ).result()
    outcome = released(antwerp, peeters, row, planned(antwerp, peeters, row).digest)
    assert isinstance(outcome, Deny)
    assert outcome.code is DenyCode.SECOND_PERSON


def test_a_next_version_follows_under_the_same_label_and_takes_the_row(
    antwerp: Port, peeters: Visitor
) -> None:
    row = drafted(antwerp, peeters)
    first = released(antwerp, peeters, row, planned(antwerp, peeters, row).digest)
    assert isinstance(first, Released)

    def supersede() -> DraftRow | None:
        text = good(action="Nu op kaai 9")
        text.common.change_reason = "De kaai was fout"
        return antwerp.store.write(
            lambda tx: draft.supersede(tx, antwerp.ctx, row.record, text, editor=peeters.id)
        ).result()

    after = supersede()
    assert after is not None
    assert (after.version, after.label, after.owner) == (2, AMBER, peeters.id)
    assert supersede() is None  # one draft a record
    plan = planned(antwerp, peeters, after)
    assert plan.change == "same"
    second = released(antwerp, peeters, after, plan.digest)
    assert isinstance(second, Released)
    assert (second.feed.feed, second.index, second.version) == (first.feed.feed, 2, 2)
    north = port(NORTH_SEA)
    north.pull(antwerp, first.feed.feed)
    rows = north.store.read(
        lambda r: r.all("SELECT standing FROM entry WHERE record = ? ORDER BY version", row.record)
    )
    assert rows == [(Standing.SUPERSEDED,), (Standing.CURRENT,)]


def test_a_version_out_of_order_or_under_another_label_does_not_leave(
    antwerp: Port, peeters: Visitor
) -> None:
    row = drafted(antwerp, peeters)
    out = released(antwerp, peeters, row, planned(antwerp, peeters, row).digest)
    assert isinstance(out, Released)
    for changes in ({"version": 3}, {"version": 2, "label": SCHELDT}, {"version": 1}):
        wrong = dataclasses.replace(row, **changes)
        antwerp.store.write(lambda tx, one=wrong: drafts.put(tx, one)).result()  # type: ignore[misc]
        outcome = antwerp.store.read(
            lambda r: release.preview(r, antwerp.ctx, row.record, officer=peeters, people=NOBODY)
        )
        assert isinstance(outcome, Deny)
        assert outcome.rule == "version"


# ---- by rule ----------------------------------------------------------------------------------------------------------------


def detection(
    severity: str = "Severe", certainty: str = "Likely", detector: str = "impossible_speed"
) -> Detection:
    seen = VesselPosition(
        sensor="vts",
        site="antwerp",
        at=NOW,
        station="",
        mmsi=200123456,
        lat=51.3,
        lon=4.3,
        ship_class="A",
        accuracy_m=10,
    )
    return Detection(
        detector=detector,
        version="1",
        rule="R11",
        category="vessel_anomaly",
        severity=severity,
        certainty=certainty,
        urgency="Immediate",
        title=Sentence("speed", "DEMO ALPHA moves impossibly fast"),
        explanation=(Sentence("jump", "62 km in 40 s, 3 010 kn"),),
        observations=(seen,),
        subjects=(Subject("mmsi", "200123456"),),
        place=Spot(51.3, 4.3, accuracy_m=10),
        occurred_from=NOW,
        occurred_to=NOW,
        score=0.9,
        key="k",
        rearm_ms=1,
    )


def test_a_detection_that_a_rule_covers_leaves_at_once_under_the_rule_s_label(antwerp: Port) -> None:
    outcome = antwerp.store.write(lambda tx: take_detection(tx, antwerp.ctx, detection(), RULES)).result()
    out = outcome.released
    assert out is not None
    assert out.feed.label == SCHELDT
    row = antwerp.store.read(lambda r: entries.get(r, out.feed.number, 1))
    assert row is not None
    assert row.expires_ms == NOW + DAY_MS // 2
    last = antwerp.audits()[-1]
    assert (last.act, last.actor, last.rule, last.details["owner"]) == (
        "release",
        "node",
        "rule:ais-spoof",
        "detector/impossible_speed",
    )
    record = pb.Record.FromString(row.content or b"")
    assert record.alert.evidence[0].fields["mmsi"] == "200123456"


def test_a_flood_of_detections_leaves_no_faster_than_its_rule_allows(antwerp: Port) -> None:
    def found() -> Taken:
        antwerp.clock.at += 1_000
        return antwerp.store.write(lambda tx: take_detection(tx, antwerp.ctx, detection(), RULES)).result()

    outcomes = [found() for _ in range(50)]
    assert [one.released is not None for one in outcomes] == [True] * MOST + [False] * (50 - MOST)
    assert all(one.kept is not None and one.kept.code is DenyCode.CEILING for one in outcomes[MOST:])
    assert [act.act for act in antwerp.audits()].count("release_withheld") == 1
    assert len(antwerp.store.read(drafts.waiting)) == 50 - MOST
    antwerp.clock.at += WINDOW_MS
    assert found().released is not None


@pytest.mark.parametrize(
    "found", [detection("Minor"), detection(certainty="Possible"), detection(detector="ais_gap")]
)
def test_what_no_rule_covers_waits_for_an_officer(antwerp: Port, found: Detection) -> None:
    outcome = antwerp.store.write(lambda tx: take_detection(tx, antwerp.ctx, found, RULES)).result()
    assert (outcome.released, outcome.kept) == (None, None)
    (waiting,) = antwerp.store.read(drafts.waiting)
    assert waiting.record == outcome.draft.record


def test_a_rule_above_the_register_s_ceiling_keeps_the_draft_and_says_why() -> None:
    import registers

    low = registers.register(auto_release={"level": "NONE", "tlp": "RED", "audience": ["ports-be"]})
    at = port(register=low)
    outcome = at.store.write(lambda tx: take_detection(tx, at.ctx, detection(), RULES)).result()
    assert outcome.released is None
    assert outcome.kept is not None
    assert at.audits()[-1].act == "release_withheld"
    assert len(at.store.read(drafts.waiting)) == 1


# ---- withdrawing ------------------------------------------------------------------------------------------------------------


def withdrawn(at: Port, record: RecordId, who: Visitor, reason: int = 1) -> object:
    return at.store.write(lambda tx: retract.retract(tx, at.ctx, record, reason=reason, officer=who)).result()


def test_an_own_record_is_withdrawn_here_and_at_the_peer(antwerp: Port, peeters: Visitor) -> None:
    north = port(NORTH_SEA)
    row = drafted(antwerp, peeters)
    out = released(antwerp, peeters, row, planned(antwerp, peeters, row).digest)
    assert isinstance(out, Released)
    north.pull(antwerp, out.feed.feed)
    gone = withdrawn(antwerp, row.record, peeters, 3)
    assert isinstance(gone, Retracted)
    assert gone.index == 2
    again = withdrawn(antwerp, row.record, peeters)
    assert isinstance(again, Retracted)
    assert again.index is None
    assert (antwerp.audits()[-1].act, antwerp.audits()[-1].details["reason"]) == ("retract", "3")
    north.pull(antwerp, out.feed.feed)
    for at in (antwerp, north):
        rows = at.store.read(
            lambda r: r.all("SELECT standing FROM entry WHERE record = ? AND op = 2", row.record)
        )
        assert rows == [(Standing.RETRACTED,)]


def test_a_colleague_s_record_takes_a_captain(antwerp: Port, peeters: Visitor) -> None:
    row = drafted(antwerp, peeters)
    released(antwerp, peeters, row, planned(antwerp, peeters, row).digest)
    colleague = officer(antwerp, "c.olleague")
    refused = withdrawn(antwerp, row.record, colleague)
    assert isinstance(refused, Deny)
    captain = officer(antwerp, "c.aptain", Role.PORT_CAPTAIN)
    assert isinstance(withdrawn(antwerp, row.record, captain), Retracted)


def test_what_a_rule_released_any_officer_withdraws(antwerp: Port, peeters: Visitor) -> None:
    outcome = antwerp.store.write(lambda tx: take_detection(tx, antwerp.ctx, detection(), RULES)).result()
    assert isinstance(withdrawn(antwerp, outcome.draft.record, peeters), Retracted)


def test_another_port_s_record_is_not_this_port_s_to_withdraw(antwerp: Port) -> None:
    north = port(NORTH_SEA)
    out = antwerp.release()
    north.pull(antwerp, out.feed.feed)
    captain = officer(north, "c.aptain", Role.PORT_CAPTAIN)
    assert withdrawn(north, out.record, captain) is None


# ---- the audit --------------------------------------------------------------------------------------------------------------


def test_an_act_holds_codes_and_never_what_was_typed(antwerp: Port) -> None:
    act = Act(act="search", details={"query": "Jan Zonder Land, BE 1 ABC 234"})
    with pytest.raises(BadRecord) as refused:
        antwerp.store.write(lambda tx: audit(tx, antwerp.ctx, act, antwerp.ctx.register)).result()
    assert "Zonder" not in str(refused.value)


def test_the_audit_feed_is_a_log_of_its_own(antwerp: Port, peeters: Visitor) -> None:
    rows = antwerp.store.read(lambda r: r.all("SELECT label, size, checkpoint_size FROM feed WHERE role = 2"))
    assert rows == [("BE:NONE//TLP:RED//AUD audit//TO node:port-antwerp-bruges", 2, 2)]
    assert acts(antwerp) == ["person_add"]


def test_a_login_that_is_taken_is_refused_whole(antwerp: Port, peeters: Visitor) -> None:
    with pytest.raises(IntegrityError):
        officers_here.hire(antwerp, peeters.login)
    assert acts(antwerp) == ["person_add"]


def test_when_it_was_is_this_node_s_time(antwerp: Port) -> None:
    antwerp.clock.at = NOW + 5
    antwerp.release()
    assert antwerp.audits()[-1].at == UnixMs(NOW + 5)
