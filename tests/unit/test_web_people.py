"""The screens of people: who administers sees and changes, each change is audited as theirs, and for anybody else there is nothing."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest
from browser_web import Browser, hidden
from officers_here import MODEL, hire, visitor
from offices_web import Screens, screens
from ports import Port
from record_examples import NOW

from node.commands import interest, people
from node.store import people as accounts
from policies.officers import Role, Tie
from protocol.fields import DAY_MS

NOBODY = "00000000-0000-4000-8000-000000000000"
POSTS = (
    "roles",
    "roles/take",
    "shifts",
    "shifts/end",
    "clearances",
    "clearances/end",
    "suspend",
    "resume",
)
CLEARED = {
    "policy": "BE",
    "level": "RESTRICTED",
    "purposes": "enforcement",
    "verified_by": "NSA",
}
ROLE = {"role": "port_captain"}


def day(days: int) -> str:
    """A day so many days from now."""
    return f"{datetime.fromtimestamp((NOW + days * DAY_MS) / 1000, UTC):%Y-%m-%d}"


def minute(days: int) -> str:
    return f"{day(days)}T08:00"


@pytest.fixture(name="house")
def house_screens() -> Screens:
    return screens()


@pytest.fixture(name="boss")
def administrator(house: Screens) -> Browser:
    return house.officer("a.boss", Role.ADMINISTRATOR, Role.CLEARANCE_OFFICER)


@pytest.fixture(name="who")
def somebody(house: Screens) -> str:
    return hire(house.port, "p.peeters", Role.ANALYST)


@pytest.fixture(name="still", scope="module")
def house_where_nothing_changes() -> tuple[Screens, Browser, str]:
    """One for all that is refused."""
    house = screens()
    boss = house.officer("a.boss", Role.ADMINISTRATOR, Role.CLEARANCE_OFFICER)
    return house, boss, hire(house.port, "p.peeters", Role.ANALYST)


def id_of(port: Port, login: str) -> str:
    row = port.store.read(lambda r: accounts.by_login(r, login))
    assert row is not None
    return str(uuid.UUID(bytes=row.id))


def told(port: Port) -> tuple[str, str, dict[str, str]]:
    """The last line of the audit: act, actor, details."""
    last = port.audits()[-1]
    return last.act, last.actor, dict(last.details)


def change(boss: Browser, who: str, what: str, **fields: object) -> None:
    """Fills in a form of the person's page; where that asks again, it is meant."""
    action = f"/people/{who}/{what}"
    answer = boss.submit(f"/people/{who}", action, **fields)
    if answer.status_code == 200:
        answer = boss.post(action, **hidden(answer.text, action))
    assert (answer.status_code, answer.headers.get("location")) == (303, f"/people/{who}"), answer.text


def csrf(browser: Browser) -> str:
    return hidden(browser.get("/preferences").text, "/preferences")["csrf"][0]


def test_who_administers_sees_everybody_and_what_ends(house: Screens, boss: Browser, who: str) -> None:
    house.port.clock.at = NOW
    page = boss.get("/people")
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    for words in (
        "P.Peeters",
        "p.peeters",
        "Analyst",
        "BE Not classified",
        "Verified by nsa-be",
        f"/people/{who}",
    ):
        assert words in page.text, words
    assert "Ends within" not in page.text
    assert 'href="/people"' in boss.get("/").text
    change(boss, who, "roles", **ROLE, role_until=day(20))
    change(boss, who, "clearances", **CLEARED, cleared_until=day(5))
    page = boss.get("/people")
    assert "Ends within 30 days" in page.text
    assert "Ends within 7 days" in page.text


def test_each_change_is_done_and_audited_as_the_administrators(
    house: Screens, boss: Browser, who: str
) -> None:
    port, actor = house.port, id_of(house.port, "a.boss")
    steps: tuple[tuple[str, dict[str, object], str], ...] = (
        ("roles", {**ROLE, "role_until": day(20)}, "role_give"),
        ("roles/take", {}, "role_take"),
        ("shifts", {"shift_from": minute(0), "shift_until": minute(1)}, "shift_give"),
        ("shifts/end", {}, "shift_take"),
        ("clearances", {**CLEARED, "cleared_until": day(20)}, "clearance_give"),
        ("clearances/end", {}, "clearance_take"),
        ("suspend", {}, "person_suspend"),
        ("resume", {}, "person_resume"),
    )
    for what, fields, act in steps:
        change(boss, who, what, **fields)
        done, by, details = told(port)
        assert (done, by, details["person"]) == (act, actor, who), what
        if act == "role_give":
            assert visitor(port, who).roles == {Role.ANALYST, Role.PORT_CAPTAIN}
        if act == "clearance_give":
            assert visitor(port, who).reading.clearance["BE"] == 1
            assert visitor(port, who).reading.purposes == {"enforcement"}
        if act == "person_suspend":
            assert visitor(port, who).roles == frozenset()
    assert visitor(port, who).roles == {Role.PORT_CAPTAIN}  # the analyst's was first in the list


def test_a_last_day_is_whole_in_the_zone_of_the_node(house: Screens, boss: Browser, who: str) -> None:
    change(boss, who, "roles", **ROLE, role_until="2027-06-30")
    _, _, details = told(house.port)
    assert details["until"] == str(int(datetime(2027, 6, 30, 22, tzinfo=UTC).timestamp() * 1000))


@pytest.mark.parametrize("login", ["o.officer", "d.dpo", "r.auditor"])
def test_for_anybody_else_no_page_and_no_form_is_there(house: Screens, who: str, login: str) -> None:
    role = {"o.officer": Role.SECURITY_OFFICER, "d.dpo": Role.DPO, "r.auditor": Role.AUDITOR}[login]
    other = house.officer(login, role)
    before = len(house.port.audits())
    assert 'href="/people"' not in other.get("/preferences").text
    token = csrf(other)
    answers = [other.get(path) for path in ("/people", f"/people/{who}", f"/people/{NOBODY}")]
    answers += [
        other.post(
            f"/people/{who}/{what}",
            csrf=token,
            role="analyst",
            role_until=day(9),
            policy="BE",
            **{"from": "1"},
        )
        for what in POSTS
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert not any("P.Peeters" in answer.text for answer in answers)
    assert len(house.port.audits()) == before


def test_each_administers_only_what_the_role_is_for(house: Screens, who: str) -> None:
    clears = house.officer("c.clears", Role.CLEARANCE_OFFICER)
    page = clears.get(f"/people/{who}").text
    assert f"/people/{who}/clearances" in page
    assert f"/people/{who}/roles" not in page
    token = csrf(clears)
    refused = clears.post(f"/people/{who}/roles", csrf=token, **ROLE, role_until=day(9))
    assert refused.status_code == 404
    assert clears.post(f"/people/{who}/suspend", csrf=token).status_code == 404
    gives = house.officer("a.gives", Role.ADMINISTRATOR)
    refused = gives.post(f"/people/{who}/clearances", csrf=csrf(gives), **CLEARED, cleared_until=day(9))
    assert refused.status_code == 404
    assert visitor(house.port, who).roles == {Role.ANALYST}


def test_nobody_changes_himself_or_a_colleague(house: Screens, boss: Browser, who: str) -> None:
    port, me = house.port, id_of(house.port, "a.boss")
    mine, them = uuid.UUID(me).bytes, uuid.UUID(who).bytes
    join = lambda tx: interest.join(  # noqa: E731
        tx, port.ctx, MODEL, mine, them, Tie.COLLEAGUE, actor="administrator/cli"
    )
    port.store.write(join).result()
    before, token = len(port.audits()), csrf(boss)
    for one in (me, who):
        assert f"/people/{one}/" not in boss.get(f"/people/{one}").text
        for what, fields in (
            ("roles", {**ROLE, "role_until": day(9)}),
            ("roles/take", {"role": "analyst"}),
            ("shifts", {"shift_from": minute(0), "shift_until": minute(1)}),
            ("clearances", {**CLEARED, "cleared_until": day(9)}),
            ("clearances/end", {"policy": "BE"}),
            ("suspend", {}),
            ("resume", {}),
        ):
            answer = boss.post(f"/people/{one}/{what}", csrf=token, **fields)
            assert answer.status_code == 409, (one, what)
            assert "Nobody changes their own entry" in answer.text
    assert len(port.audits()) == before
    assert visitor(port, who).roles == {Role.ANALYST}


def test_the_check_sees_that_somebody_may_change_himself(
    house: Screens, boss: Browser, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted fault: nobody asks whether it is oneself."""
    monkeypatch.setattr(people, "may_manage", lambda *_: True)
    with pytest.raises(AssertionError):
        test_nobody_changes_himself_or_a_colleague(house, boss, who)


@pytest.mark.parametrize(
    ("what", "fields", "field", "words"),
    [
        ("roles", {**ROLE, "role_until": "soon"}, "role_until", "Give a day."),
        ("roles", {**ROLE, "role_until": "9999-12-31"}, "role_until", "Give a day."),
        ("roles", {**ROLE, "role_until": day(-2)}, "role_until", "Lies in the past."),
        ("roles", {"role": "king", "role_until": day(2)}, "role", "Not one of the choices"),
        ("shifts", {"shift_from": "x", "shift_until": minute(1)}, "shift_from", "Give a day and a time."),
        (
            "shifts",
            {"shift_from": minute(1), "shift_until": minute(0)},
            "shift_until",
            "ends after it begins",
        ),
        ("shifts", {"shift_from": minute(0), "shift_until": minute(40)}, "shift_until", "within 31 days"),
        ("shifts", {"shift_from": minute(-3), "shift_until": minute(-2)}, "shift_until", "Lies in the past."),
        ("clearances", {**CLEARED, "cleared_until": ""}, "cleared_until", "Give a day."),
        (
            "clearances",
            {**CLEARED, "verified_by": "", "cleared_until": day(2)},
            "verified_by",
            "Fill this in.",
        ),
        ("clearances", {**CLEARED, "purposes": "fun", "cleared_until": day(2)}, "purposes", "Not one of"),
        (
            "clearances",
            {**CLEARED, "compartments": "X", "cleared_until": day(2)},
            "compartments",
            "Not one of",
        ),
    ],
)
def test_what_cannot_stay_so_is_said_at_its_field(
    still: tuple[Screens, Browser, str], what: str, fields: dict[str, object], field: str, words: str
) -> None:
    house, boss, who = still
    before = len(house.port.audits())
    answer = boss.submit(f"/people/{who}", f"/people/{who}/{what}", **fields)
    assert answer.status_code == 422
    assert f'<a href="#{field}">' in answer.text
    assert words in answer.text
    assert len(house.port.audits()) == before


def test_a_refusal_of_the_command_shows_its_words(house: Screens, boss: Browser, who: str) -> None:
    change(boss, who, "shifts", shift_from=minute(1), shift_until=minute(2))
    over = {"shift_from": minute(0), "shift_until": minute(2)}
    answer = boss.submit(f"/people/{who}", f"/people/{who}/shifts", **over)
    assert answer.status_code == 409
    assert "another shift in that time" in answer.text
    token = csrf(boss)
    gone = boss.post(f"/people/{who}/roles/take", csrf=token, role="police", sure="yes")
    assert (gone.status_code, "ended before" in gone.text) == (409, True)
    assert boss.post(f"/people/{who}/roles/take", csrf=token, role="king").status_code == 404
    assert boss.post(f"/people/{who}/suspend", csrf="").status_code == 403
    assert told(house.port)[0] == "shift_give"


def test_a_shift_that_outlasts_a_clearance_is_marked(boss: Browser, who: str) -> None:
    change(boss, who, "shifts", shift_from=minute(0), shift_until=minute(10))
    assert "A clearance ends before it does" not in boss.get(f"/people/{who}").text
    change(boss, who, "clearances", **CLEARED, cleared_until=day(5))
    assert "A clearance ends before it does" in boss.get(f"/people/{who}").text
