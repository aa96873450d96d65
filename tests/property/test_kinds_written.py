"""Every record kind is written by its form: what was typed is what every holder reads, whatever it is, and a next version too.

Content of each kind, as its own rules allow it, goes through the pages of a port over real commands: typed, kept, approved where two
are needed, released, and read out of the log. A form that loses a field is seen, and so is one that takes what it should refuse.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from all_kinds import record, register
from browser_web import Browser
from form_web import stands
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kind_strategies import holds, records
from matters import follow
from officers_here import MODEL
from offices_web import Screens, screens
from ports import AMBER, ANTWERP, NORTH_SEA, Port, port

from node.commands import people
from policies.officers import Role
from protocol.kinds import known
from protocol.v1 import records_pb2 as pb
from web import coded, filled, sheets
from web.views import LISTS, Box, Named, Sheet, Sort

WRITTEN = sorted(name for name, kind in known().items() if kind.right)
ZONE = ZoneInfo("Europe/Brussels")
LABEL = {"audience": "ports-be", "tlp": "AMBER", "legal_basis": "port-security-be", "lang": "nl"}
TO_US = AMBER + "//TO node:port-antwerp-bruges"
BASIS = sheets.Offered(
    bases=(),
    languages=(),
    nodes=(Named(NORTH_SEA, "North Sea Port"),),
    rights=frozenset({"can_confirm_incident", "can_close_incident"}),
    lists={"modus_operandi": ("switch",)},
)
FEW = settings(
    max_examples=3,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    deadline=None,
)


class World:
    """A port whose two officers may write every kind, and another port's records that theirs may name."""

    def __init__(self) -> None:
        self.register = register()
        self.here: Screens = screens(ANTWERP, register=self.register)
        at = self.here.port
        at.store.write(lambda tx: people.sync_register(tx, at.ctx, MODEL, self.register)).result()
        self.north: Port = port(NORTH_SEA, register=self.register)
        self.refs: dict[str, list[pb.Ref]] = {}
        for kind in ("alert", "incident", "indicator", "notice", "best_practice"):
            self._hold(kind, AMBER)
        self._hold("request", TO_US, owner="port-antwerp-bruges")
        follow(at, self.north)
        may = (Role.SECURITY_OFFICER, Role.PORT_CAPTAIN, Role.POLICE)
        self.officer = self.here.officer("a.captain", *may, purposes="port-security")
        self.second = self.here.officer("b.captain", *may, purposes="port-security")

    def _hold(self, kind: str, label: str, **changes: Any) -> None:
        out = self.north.publish(record(kind, **changes), label)
        self.refs.setdefault(kind, []).append(pb.Ref(record_id=out.record, feed=out.feed.feed))

    def hand(self) -> filled.Hand:
        """What a browser's user has: addresses as they stand on pages."""
        return filled.Hand(ZONE, lambda _text: None, lambda ref: ref.record_id.hex())

    def begun(self, kind: str) -> list[pb.Record]:
        """What a kind's records begin with: one of each of its steps."""
        if kind == "request":
            ref, given_ = self.refs["request"][0], self.refs["best_practice"][0]
            step = pb.Request
            bare: dict[str, Any] = {"owner": None, "wanted": None, "grounds": None}
            return [
                record(kind),
                record(kind, **bare, step=step.STEP_GRANTED, request=ref, given=given_),
                record(kind, **bare, step=step.STEP_GRANTED_REDACTED, request=ref, given=given_),
                record(kind, **bare, step=step.STEP_REFUSED, request=ref, reason="Niet gedeeld."),
            ]
        if kind == "sighting":
            return [record(kind, indicator=self.refs["indicator"][0])]
        if kind == "outcome":
            return [record(kind, about=self.refs["alert"][0])]
        return [record(kind)]


@pytest.fixture(scope="module", name="world")
def one_world() -> World:
    return World()


def sheet_for(kind: str, message: pb.Record) -> Sheet:
    """The form in which this record is typed."""
    body = getattr(message, kind)
    step = coded.said(body, known()[kind].branch) if known()[kind].branch else ""
    return sheets.sheet_of(known()[kind], BASIS, step=step)


def fields_of(world: World, kind: str, message: pb.Record) -> dict[str, object]:
    """What somebody types who means this record."""
    sheet = sheet_for(kind, message)
    typed: dict[str, list[str]] = {}
    for name, value in filled.values_of(sheet, message, world.hand()):
        typed.setdefault(name, []).append(value)
    return {**typed, **LABEL, **({"step": sheet.step} if sheet.step else {})}


def write(world: World, kind: str, message: pb.Record) -> str:
    """Types it and keeps the draft; its page."""
    fields = fields_of(world, kind, message)
    step = f"?step={fields['step']}" if "step" in fields else ""
    answer = world.officer.submit(f"/write/{kind}{step}", f"/write/{kind}", **fields)
    assert answer.status_code == 303, complaints(answer.text)
    return answer.headers["location"]


def complaints(page: str) -> str:
    begin = page.find('id="errors"')
    return page[begin : page.find("</ul>", begin)] if begin >= 0 else page[-2000:]


def release(world: World, draft: str) -> None:
    """Leaves, with the second person's yes where it takes one."""
    page = world.officer.get(draft)
    assert page.status_code == 200, page.text
    if "A second person must approve first" in page.text:
        approved = world.second.submit(draft, f"{draft}/approve")
        assert approved.status_code == 303, approved.text
    gone = world.officer.submit(draft, f"{draft}/release")
    assert gone.status_code == 303, gone.text


def said(world: World, draft: str) -> pb.Record:
    """What the log of this port says under the id of a draft, its newest version."""
    rows = world.here.port.store.read(
        lambda r: r.all(
            "SELECT content FROM entry WHERE record = ? AND content IS NOT NULL ORDER BY version DESC LIMIT 1",
            bytes.fromhex(draft.removeprefix("/drafts/")),
        )
    )
    return pb.Record.FromString(rows[0][0])


def difference(kind: str, meant: pb.Record, read: pb.Record) -> list[str]:
    """The fields that are not as they were meant."""
    pairs = [(getattr(meant, kind), getattr(read, kind)), (meant.common, read.common)]
    return [
        descriptor.name
        for before, after in pairs
        for descriptor in before.DESCRIPTOR.fields
        if getattr(before, descriptor.name) != getattr(after, descriptor.name)
    ]


@pytest.mark.parametrize("kind", WRITTEN)
@FEW
@given(data=st.data())
def test_what_is_typed_is_what_is_read(world: World, kind: str, data: st.DataObject) -> None:
    message = draw(world, kind, data)
    draft = write(world, kind, message)
    release(world, draft)
    assert difference(kind, message, said(world, draft)) == []


def draw(world: World, kind: str, data: st.DataObject) -> pb.Record:
    begun = data.draw(st.sampled_from(world.begun(kind)))
    typed = {box.field for box in sheet_for(kind, begun).body} - {"judicial", known()[kind].branch}
    back = any(one.back for one in known()[kind].pointers)
    named = {name: refs for name, refs in world.refs.items() if back or name != "request"}  # it is ours alone
    return data.draw(
        records(known()[kind], begun, register=world.register, refs=named, typed=lambda name: name in typed)
    )


CORRECTED = [kind for kind in WRITTEN if not any(one.back for one in known()[kind].pointers)]
"""Kinds that their own port goes on reading: an answer is its origin's."""


@pytest.mark.parametrize("kind", CORRECTED)
@settings(FEW, max_examples=2)
@given(data=st.data())
def test_a_version_that_changes_nothing_is_the_same_to_the_bit(
    world: World, kind: str, data: st.DataObject
) -> None:
    draft = write(world, kind, draw(world, kind, data))
    release(world, draft)
    before = said(world, draft)
    page = f"/records/{draft.removeprefix('/drafts/')}/correct"
    offered = stands(world.officer.get(page).text)
    answer = world.officer.submit(page, page, **{**offered, "change_reason": "Nog eens gelezen"})
    assert answer.status_code == 303, complaints(answer.text)
    release(world, answer.headers["location"])
    after = said(world, draft)
    assert getattr(after, kind).SerializeToString(deterministic=True) == getattr(
        before, kind
    ).SerializeToString(deterministic=True)
    assert difference(kind, before, after) == ["change_reason"]


HOSTILE: Mapping[Sort, tuple[str, ...]] = {
    Sort.LINE: ("x" * 5000, "a\x00b", "a\u202eb"),
    Sort.TEXT: ("x" * 4001, "a\x00b", "a\u202eb"),
    Sort.LINES: ("\n".join(f"line {n}" for n in range(60)), "x" * 5000, "a\u200bb"),
    Sort.CHOICE: ("nothing_of_the_kind", "0", "<script>", "7"),
    Sort.TICKS: ("nothing_of_the_kind", "<script>"),
    Sort.WHOLE: ("9" * 30, "1.5", "one", "-1", "1e3", "\u0661", "NaN"),
    Sort.DECIMAL: ("9" * 30, "nan", "inf", "1e999", "-1", "one"),
    Sort.MOMENT: ("yesterday", "2026-13-01T00:00", "0001-01-01T00:00", "-1", "2026-02-30T10:00"),
    Sort.DAY: ("yesterday", "2026-02-30", "1066-10-14", "20260101"),
    Sort.PART_DAY: ("yesterday", "2026-13-00", "1066-10-14"),
    Sort.RECORD: ("0" * 32, "not an address", "../../etc", "0" * 32 + "-" + "0" * 16),
    Sort.RECORDS: ("0" * 32, "not an address"),
}


HOSTILE_ROWS: Mapping[Sort, tuple[Mapping[str, str], ...]] = {
    **dict.fromkeys(
        (Sort.PLACE, Sort.PLACES),
        (
            {"at": "unlocode", "code": "somewhere"},
            {"at": "point", "lat": "91"},
            {"at": "circle", "lat": "51.2", "lon": "4.2", "radius_m": "nan"},
            {"at": "polygon", "corners": "1;2"},
            {"at": "<script>"},
            {"at": "facility", "code": "BEANR"},
        ),
    ),
    **dict.fromkeys(
        (Sort.SUBJECT, Sort.SUBJECTS),
        ({"type": "imo", "value": ""}, {"type": "imo", "value": "1234568"}, {"type": "ship", "value": "1"}),
    ),
}
"""Of each the last input is the wrong one, but of what is no type."""


def hostile(name: str, box: Box, turn: int) -> tuple[dict[str, str], str]:
    """What is sent of a place, and the input at which it is refused; nothing where there is no more of its sort."""
    if box.sort in HOSTILE_ROWS:
        if turn >= len(HOSTILE_ROWS[box.sort]):
            return {}, ""
        sent, row = HOSTILE_ROWS[box.sort][turn], name + (".0" if box.sort in LISTS else "")
        wrong = "type" if sent.get("type") == "ship" else [*sent][-1]
        return {f"{row}.{at}": text for at, text in sent.items()}, f"{row}.{wrong}"
    if turn >= len(HOSTILE.get(box.sort, ())):
        return {}, ""
    return {name: HOSTILE[box.sort][turn]}, name


def leaves(box: Box, prefix: str = "") -> Iterator[tuple[str, Box]]:
    """The inputs of a place."""
    if box.sort is Sort.PARTS:
        for inner in box.inside:
            yield from leaves(inner, f"{prefix}{box.name}.0.")
    elif box.sort is Sort.PART:
        for inner in box.inside:
            yield from leaves(inner, f"{prefix}{box.name}.")
    else:
        yield prefix + box.name, box


@pytest.mark.parametrize("kind", WRITTEN)
def test_what_no_field_can_hold_is_refused_at_its_place_and_nothing_is_kept(world: World, kind: str) -> None:
    begun = world.begun(kind)[0]
    usual = fields_of(world, kind, begun)
    at = world.here.port.store
    before = at.read(lambda r: r.one("SELECT count(*) FROM draft"))
    sheet = sheet_for(kind, begun)
    inputs = [pair for box in sheet.boxes for pair in leaves(box)]
    rounds = max(len({**HOSTILE, **HOSTILE_ROWS}.get(box.sort, ())) for _, box in inputs)
    for turn in range(rounds):
        bad: dict[str, str] = {}
        refused = []
        for name, box in inputs:
            if name not in LABEL and box.field != known()[kind].branch:
                sent, wrong = hostile(name, box, turn)
                bad |= sent
                refused += [wrong] if wrong else []
        answer = world.officer.submit(f"/write/{kind}", f"/write/{kind}", **{**usual, **bad})
        assert answer.status_code == 422, (kind, turn, answer.text[-300:])
        missed = [name for name in refused if f'<a href="#{name}">' not in answer.text]
        assert missed == [], (kind, turn)
    assert at.read(lambda r: r.one("SELECT count(*) FROM draft")) == before


def test_a_form_that_loses_a_field_is_seen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken double: a form without a place for one field."""
    message = record("notice", effective_until=1_790_100_000_000)
    fields = fields_of(world, "notice", message)
    monkeypatch.setattr(sheets, "NOT_TYPED", {"notice": frozenset({"effective_until"})})
    answer = world.officer.submit("/write/notice", "/write/notice", **fields)
    release(world, answer.headers["location"])
    assert difference("notice", message, said(world, answer.headers["location"])) == ["effective_until"]


def test_the_records_that_are_drawn_hold_and_differ(world: World) -> None:
    """Else the property would say nothing."""
    kind, seen = known()["incident"], set[str]()

    @settings(
        max_examples=60,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(data=st.data())
    def look(data: st.DataObject) -> None:
        message = draw(world, "incident", data)
        assert holds(kind, message, world.register)
        seen.update(descriptor.name for descriptor, _ in message.incident.ListFields())

    look()
    assert {"goods", "roles", "linked", "lessons", "informed", "persons_involved", "modus_operandi"} <= seen


def officer_of(world: World, *roles: Role) -> Browser:
    return world.here.officer(f"x{len(roles)}.{roles[0]}", *roles)


def test_what_an_officer_may_not_draft_is_not_offered(world: World) -> None:
    analyst = officer_of(world, Role.ANALYST)
    offered = {kind for kind in WRITTEN if analyst.get(f"/write/{kind}").status_code == 200}
    assert offered == set(WRITTEN) - {"port_ban"}
    auditor = officer_of(world, Role.AUDITOR)
    assert [
        auditor.get(path).status_code for path in ("/write", *(f"/write/{kind}" for kind in WRITTEN))
    ] == [404] * (1 + len(WRITTEN))
    fields = fields_of(world, "notice", record("notice"))
    refused = analyst.submit("/write/request", "/write/request", **fields)
    assert refused.status_code == 422
    forged = analyst.post("/write/port_ban", **{**fields, "csrf": csrf(analyst)})
    assert forged.status_code == 404


def csrf(browser: Browser) -> str:
    page = browser.get("/write/request").text
    return page.split('name="csrf" value="')[1].split('"')[0]


def test_a_ban_and_a_level_are_for_those_whose_organisation_has_the_right_in_the_register(
    world: World,
) -> None:
    other = screens(NORTH_SEA, register=world.register)
    at = other.port
    at.store.write(lambda tx: people.sync_register(tx, at.ctx, MODEL, world.register)).result()
    officer = other.officer("n.captain", Role.SECURITY_OFFICER, Role.PORT_CAPTAIN, Role.POLICE)
    offered = {kind for kind in WRITTEN if officer.get(f"/write/{kind}").status_code == 200}
    assert set(WRITTEN) - offered == {"port_ban", "security_level"}
