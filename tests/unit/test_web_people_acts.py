"""People on the screens as on the command line: each form does what the operator's command does, for who may and for nobody else."""

from __future__ import annotations

import re
import uuid

import pytest
from browser_web import Browser
from officers_here import MODEL, hire, visitor
from offices_web import Screens, screens
from people_acts import ACTS, OTHER, PASSWORD, PLATE, WHO, PeopleAct, operator, state
from ports import Port, port

from node import invitations
from node.cli import build
from node.commands import interest, staff
from node.commands.accounts import NewOfficer
from node.commands.sign_in import known_by, matches
from node.store import people as accounts
from policies.officers import Manage, Role, Tie
from web.offices import changing

NOBODY = "00000000-0000-4000-8000-000000000000"
RIGHTS = {Role.ADMINISTRATOR: "roles", Role.CLEARANCE_OFFICER: "clearances"}
READ_ONLY = frozenset({"list", "due"})
"""Actions of `officer` and `roster` that change nobody; `/people` lists."""


def id_of(at: Port, login: str) -> str:
    row = at.store.read(lambda r: accounts.by_login(r, login))
    assert row is not None
    return str(uuid.UUID(bytes=row.id))


def hired(at: Port) -> dict[str, str]:
    """The people of each world, the administrator among them: login and id."""
    ids = {login: hire(at, login, Role.ANALYST) for login in (WHO, OTHER)}
    boss = hire(at, "a.boss", Role.ADMINISTRATOR, Role.CLEARANCE_OFFICER)
    return {**ids, "a.boss": boss}


def token(browser: Browser) -> str:
    found = re.search(r'name="csrf" content="(\w+)"', browser.get("/preferences").text)
    assert found
    return found[1]


def test_each_form_does_what_the_operators_command_does() -> None:
    """The same rows and relations after each act, and the same audit but for who did it."""
    house, beside = screens(), port()
    ids, same = hired(house.port), hired(beside)
    assert ids == same
    boss, place = house.enter(ids["a.boss"]), operator(beside)
    csrf = token(boss)
    for act in ACTS:
        here, there = len(house.port.audits()), len(beside.audits())
        answer = boss.post(f"/people/{ids[WHO]}/{act.path}", csrf=csrf, sure="yes", **act.filled(ids))
        assert answer.status_code == (200 if act.path == "link" else 303), (act.path, answer.text)
        act.beside(place)
        assert state(house.port, (WHO, OTHER)) == state(beside, (WHO, OTHER)), act.path
        done, wanted = house.port.audits()[here:], beside.audits()[there:]
        assert [(each.act, dict(each.details)) for each in done] == [
            (each.act, dict(each.details)) for each in wanted
        ], act.path
        assert {each.actor for each in done} == {ids["a.boss"]}


def test_a_new_account_is_as_the_operators() -> None:
    house, beside = screens(), port()
    boss = house.officer("a.boss", Role.ADMINISTRATOR)
    hire(beside, "a.boss", Role.ADMINISTRATOR)
    fields = {"login": "n.new", "name": "N. New", "site": "antwerp", "language": "fr", "hours": "8"}
    answer = boss.submit("/people/new", "/people/new", **fields, roles=["analyst", "dpo"])
    assert answer.status_code == 200, answer.text
    officer = NewOfficer(
        login="n.new", name="N. New", site="antwerp", language="fr", roles=(Role.ANALYST, Role.DPO)
    )
    place = operator(beside)
    invitations.add(place, officer)
    invitations.link(place, "n.new")
    for at in (house.port, beside):
        seen = visitor(at, id_of(at, "n.new"))
        assert (seen.name, seen.language, seen.site) == ("N. New", "fr", "antwerp")
        assert seen.roles == {Role.ANALYST, Role.DPO}
        assert seen.clearance == "NONE"
        assert [each.act for each in at.audits()[-2:]] == ["person_add", "person_invite"]


def test_the_password_that_was_typed_signs_in_and_is_kept_nowhere() -> None:
    house = screens()
    ids = hired(house.port)
    boss = house.enter(ids["a.boss"])
    page = f"/people/{ids[WHO]}/password"
    wrong = boss.submit(page, page, password=PASSWORD, again=PASSWORD.upper())
    assert (wrong.status_code, "Not the same as above." in wrong.text) == (422, True)
    short = boss.submit(page, page, password="short", again="short")
    assert (short.status_code, "12 to 200 characters." in short.text) == (422, True)
    assert "short" not in short.text.replace("shortcut", "")
    assert boss.submit(page, page, password=PASSWORD, again=PASSWORD).status_code == 303
    row = house.port.store.read(lambda r: known_by(r, WHO))
    assert matches(row, PASSWORD)
    assert row is not None
    assert PASSWORD.encode() not in row.password


# ---- Who may, and who is told nothing ---------------------------------------------------------------------------------------


@pytest.fixture(name="still", scope="module")
def house_where_nothing_changes() -> tuple[Screens, dict[str, str], dict[Role, Browser]]:
    house = screens()
    ids = hired(house.port)
    return house, ids, {role: house.officer(f"z.{role.replace('_', '-')}", role) for role in Role}


def tried(browser: Browser, csrf: str, act: PeopleAct, ids: dict[str, str], who: str) -> tuple[int, str]:
    """The answer to a form that says nothing of being sure; a plain form is sent empty."""
    fields = act.filled(ids) if act.grave else {}
    answer = browser.post(f"/people/{who}/{act.path}", csrf=csrf, **fields)
    return answer.status_code, answer.text.replace(who, "-")


def held(role: Role, browser: Browser, ids: dict[str, str]) -> None:
    """Who may is asked again or shown the form; who may not gets the answer for somebody who does not exist."""
    csrf, right = token(browser), RIGHTS.get(role)
    for act in ACTS:
        status, text = tried(browser, csrf, act, ids, ids[WHO])
        if act.right == right:
            assert status == (200 if act.grave else 422), (role, act.path)
            assert ("Nothing was changed yet." in text) == act.grave
        else:
            assert status == 404, (role, act.path)
            if (
                right or role is Role.ANALYST
            ):  # one for all who administer nothing: the answer is one function's
                assert (status, text) == tried(browser, csrf, act, ids, NOBODY), (role, act.path)
    for path in ("/people/{}", "/people/{}/password"):
        may = right == "roles" or (right is not None and "password" not in path)
        answers = [browser.get(path.format(one)) for one in (ids[WHO], NOBODY)]
        assert answers[0].status_code == (200 if may else 404), (role, path)
        if not may:
            there, absent = (answer.text for answer in answers)
            assert there.replace(ids[WHO], NOBODY) == absent
    for path in ("/people/new",):
        assert browser.get(path).status_code == (200 if right == "roles" else 404), role
        posted = browser.post(path, csrf=csrf, login="x.y", name="X", site="antwerp", hours="1")
        assert posted.status_code == (422 if right == "roles" else 404), role


@pytest.mark.parametrize("role", list(Role))
def test_every_form_is_for_who_may_and_for_anybody_else_it_is_not_there(
    still: tuple[Screens, dict[str, str], dict[Role, Browser]], role: Role
) -> None:
    house, ids, browsers = still
    before = state(house.port, (WHO, OTHER)), len(house.port.audits())
    held(role, browsers[role], ids)
    assert (state(house.port, (WHO, OTHER)), len(house.port.audits())) == before


def test_a_role_that_administers_more_than_it_is_for_is_seen(
    still: tuple[Screens, dict[str, str], dict[Role, Browser]], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, ids, browsers = still
    monkeypatch.setattr(staff, "manages", lambda _: frozenset(Manage))
    with pytest.raises(AssertionError):
        held(Role.CLEARANCE_OFFICER, browsers[Role.CLEARANCE_OFFICER], ids)


def test_a_grave_act_that_is_not_asked_for_twice_is_seen(
    still: tuple[Screens, dict[str, str], dict[Role, Browser]], monkeypatch: pytest.MonkeyPatch
) -> None:
    house, ids, browsers = still
    before = house.port.store.read(accounts.everyone)
    monkeypatch.setattr(changing, "grave", lambda _: False)
    with pytest.raises(AssertionError):
        held(Role.ADMINISTRATOR, browsers[Role.ADMINISTRATOR], ids)
    assert house.port.store.read(accounts.everyone) == before  # its first grave act was of no account


def test_every_command_that_changes_people_has_its_form() -> None:
    """Read from the command line's own parsers: an action that is new there is missing here."""
    forms = {
        "add": "new",
        "link": "link",
        "password": "password",
        "close": "close",
        "give": "roles seats places",
        "take": "roles/take seats/take places/take",
        "suspend": "suspend",
        "resume": "resume",
        "clear": "clearances",
        "unclear": "clearances/end",
        "concern": "concerns concerns/end",
        "tie": "ties ties/end",
        "roster add": "shifts",
        "roster take": "shifts/end",
    }
    actions = {*_actions("officer"), *(f"roster {name}" for name in _actions("roster"))}
    assert {name for name in actions if name.split()[-1] not in READ_ONLY} == set(forms)
    assert {act.path for act in ACTS} == {path for paths in forms.values() for path in paths.split()} - {
        "new"
    }


def _actions(verb: str) -> set[str]:
    (verbs,) = (each for each in build(verb)._actions if each.dest == "verb")
    assert isinstance(verbs.choices, dict)
    (found,) = (each for each in verbs.choices[verb]._actions if isinstance(each.choices, dict))
    assert isinstance(found.choices, dict)
    return set(found.choices)


def test_nobody_ties_or_unties_himself_or_who_is_close_to_him() -> None:
    house = screens()
    ids = hired(house.port)
    boss, me = house.enter(ids["a.boss"]), ids["a.boss"]
    csrf, at = token(boss), house.port
    given = {"csrf": csrf, "sure": "yes", "tie": "close_colleague"}
    assert boss.post(f"/people/{ids[WHO]}/ties", other=me, **given).status_code == 409
    close = uuid.UUID(me).bytes, uuid.UUID(ids[OTHER]).bytes
    at.store.write(
        lambda tx: interest.join(tx, at.ctx, MODEL, *close, Tie.COLLEAGUE, actor="administrator/cli")
    ).result()
    before = at.store.read(lambda r: interest.ties(r, close[1]))
    for path, other in (("ties", ids[OTHER]), ("ties/end", ids[OTHER]), ("ties/end", me)):
        answer = boss.post(f"/people/{ids[WHO]}/{path}", other=other, **given)
        assert answer.status_code == 409, path
        assert "Nobody changes their own entry" in answer.text
    assert boss.post(f"/people/{ids[WHO]}/ties/end", other=NOBODY, **given).status_code == 404
    assert at.store.read(lambda r: interest.ties(r, close[1])) == before
    page = boss.get(f"/people/{ids[OTHER]}").text
    assert "Declared ties" not in page  # nor sees what is noted of who is close to him
    assert "What concerns them" not in page


def test_what_concerns_somebody_comes_back_in_no_answer() -> None:
    house = screens()
    ids = hired(house.port)
    boss = house.enter(ids["a.boss"])
    page = f"/people/{ids[WHO]}"
    typed = {"kind": "plate", "value": PLATE, "whose": "oneself"}
    csrf = token(boss)
    answers = [
        boss.post(f"{page}/concerns", csrf=csrf, **typed),
        boss.get(page),
        boss.post(f"{page}/concerns", csrf=csrf, **{**typed, "kind": "imo"}),
        boss.post(f"{page}/concerns", csrf=csrf, **{**typed, "kind": ""}),
        boss.post(
            f"{page}/concerns", csrf=csrf, **{**typed, "kind": "name_birth", "value": "Abc, D, 1990-04-12"}
        ),
        boss.post(f"{page}/concerns", csrf=csrf, **{**typed, "kind": "document", "value": "BE 2-abc"}),
        boss.post(f"{page}/concerns/end", csrf=csrf, **{**typed, "value": "be:2-abc-123"}),
    ]
    assert [answer.status_code for answer in answers] == [303, 200, 422, 422, 303, 422, 409]
    assert "Their own: 1" in answers[1].text
    for answer in answers:
        for form in (PLATE, PLATE.upper(), "1ABC123", "2-abc", "2ABC123"):
            assert form not in answer.text
    assert not any("1ABC123" in str(dict(each.details)) for each in house.port.audits())
