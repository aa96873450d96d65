"""Sign-in links and sessions: a link stands in one answer and nowhere else, and who is suspended, closed or given another password is out."""

from __future__ import annotations

import asyncio
import re
import uuid

import pytest
from browser_web import Browser, Line, hidden
from officers_here import MODEL, hire
from offices_web import Screens, screens
from ports import Port
from structlog.testing import capture_logs

from node.commands import people, roles, sign_in
from node.commands.roles import suspended
from node.store.unit import Reader
from policies.officers import Role

PASSWORD = "correct horse battery"
HASHED = sign_in.hash_password(PASSWORD)
_LINK = re.compile(r"http://127\.0\.0\.1:8401(/sign-in/once\?code=(\w{64}))")


@pytest.fixture(name="house")
def house_screens() -> Screens:
    return screens()


@pytest.fixture(name="boss")
def administrator(house: Screens) -> Browser:
    return house.officer("a.boss", Role.ADMINISTRATOR)


@pytest.fixture(name="who")
def somebody(house: Screens) -> str:
    return hire(house.port, "p.peeters", Role.ANALYST)


def sure(boss: Browser, who: str, what: str, **fields: object) -> str:
    """A grave act, meant: the answer."""
    action = f"/people/{who}/{what}"
    asked = boss.submit(f"/people/{who}", action, **fields)
    assert "Nothing was changed yet." in asked.text
    answer = boss.post(action, **hidden(asked.text, action))
    assert answer.status_code in {200, 303}, answer.text
    return answer.text


def stored(port: Port) -> str:
    """Every row of everything, as text."""

    def look(reader: Reader) -> str:
        names = [row[0] for row in reader.all("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return "".join(
            value.hex() if isinstance(value, bytes) else str(value)
            for name in names
            for row in reader.all(f"SELECT * FROM {name}")
            for value in row
        )

    return port.store.read(look)


def test_a_link_is_shown_once_works_once_and_is_nowhere_else(
    house: Screens, boss: Browser, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with capture_logs() as logs:
        action = f"/people/{who}/link"
        asked = boss.submit(f"/people/{who}", action, hours="4")
        assert _LINK.search(asked.text) is None
        answer = boss.post(action, **hidden(asked.text, action))
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        (found,) = _LINK.findall(answer.text)
        path, secret = found
        assert "location" not in answer.headers
        for page in (f"/people/{who}", "/people"):
            assert secret not in boss.get(page).text
        assert secret not in stored(house.port)
        last = house.port.audits()[-1]
        assert (last.act, dict(last.details)) == ("person_invite", {"person": who})

        guest = Browser(house.app)
        assert guest.submit(path, "/sign-in/once").status_code == 303
        assert "P.Peeters" in guest.get("/preferences").text
        assert Browser(house.app).get(path).text.count("does not open anything") == 1

        async def broken(_code: str) -> bool:
            raise RuntimeError("inside")

        monkeypatch.setattr(house.office, "once_opens", broken)  # a fault is logged with its address
        assert Browser(house.app).get(path).status_code == 500
    assert [each["event"] for each in logs] == ["web.fault"]
    assert secret not in str(logs)


def test_a_new_account_shows_its_link_and_no_second_is_made_of_the_same_login(
    house: Screens, boss: Browser
) -> None:
    fields = {"login": "n.new", "name": "N. New", "site": "antwerp", "language": "en", "hours": "1"}
    made = boss.submit("/people/new", "/people/new", **fields, roles="analyst")
    assert len(_LINK.findall(made.text)) == 1
    again = boss.submit("/people/new", "/people/new", **fields, roles="analyst")
    assert (again.status_code, "an account of this login already" in again.text) == (409, True)
    assert _LINK.search(again.text) is None
    for field, wrong, words in (
        ("login", "N New", "3 to 64 of a-z"),
        ("name", "", "Fill this in."),
        ("site", "liege", "Not one of the choices"),
        ("hours", "99", "Not one of the choices"),
        ("roles", "king", "Not one of the choices"),
    ):
        answer = boss.submit("/people/new", "/people/new", **{**fields, "roles": "analyst", field: wrong})
        assert (answer.status_code, words in answer.text) == (422, True), field


@pytest.mark.parametrize("what", ["suspend", "close", "password"])
def test_sessions_and_open_pages_end_at_once_and_links_that_wait_are_void(
    house: Screens, boss: Browser, who: str, what: str
) -> None:
    port, person = house.port, uuid.UUID(who).bytes
    theirs = house.enter(who)
    (waiting,) = _LINK.findall(sure(boss, who, "link", hours="24"))
    here = len(port.changes)

    async def run() -> str:
        async with Line(house.app, theirs, "shelf=watch&scope=all&band=NONE.AMBER") as line:
            await line.until(lambda: line.status == 200)
            await asyncio.to_thread(act)
            house.bus.publish(port.changes[here:])
            await line.until(lambda: "signed-out" in line.events)
            return line.text

    def act() -> None:
        if what == "password":
            page = f"/people/{who}/password"
            assert boss.submit(page, page, password=PASSWORD, again=PASSWORD).status_code == 303
        else:
            sure(boss, who, what)

    asyncio.run(run())
    assert theirs.get("/drafts").status_code == 303
    assert "does not open anything" in Browser(house.app).get(waiting[0]).text
    with pytest.raises(AssertionError):
        Browser(house.app).submit(waiting[0], "/sign-in/once")
    assert port.store.read(lambda r: r.one("SELECT count(*) FROM one_time WHERE person = ?", person)) == (0,)


def test_who_is_suspended_is_let_in_by_nothing_and_told_nothing(
    house: Screens, boss: Browser, who: str
) -> None:
    port, person = house.port, uuid.UUID(who).bytes
    given = lambda tx: people.set_password(tx, port.ctx, person, HASHED, actor="administrator/cli")  # noqa: E731
    port.store.write(given).result()
    sure(boss, who, "suspend")

    def tried(password: str) -> str:
        answer = Browser(house.app).submit("/sign-in", "/sign-in", name="p.peeters", password=password)
        return f"{answer.status_code} {re.sub(r'[0-9a-f]{48,}', '-', answer.text)}"

    assert tried(PASSWORD) == tried("another horse entirely")
    page = boss.get(f"/people/{who}").text
    assert f"/people/{who}/link" not in page
    csrf = hidden(page, f"/people/{who}/resume")["csrf"][0]
    refused = boss.post(f"/people/{who}/link", csrf=csrf, hours="1", sure="yes")
    assert (refused.status_code, "is suspended" in refused.text) == (409, True)
    sure(boss, who, "resume")
    assert tried(PASSWORD).startswith("303")


@pytest.mark.parametrize("what", ["suspend", "close", "password"])
def test_a_sign_in_that_was_under_way_is_outrun(house: Screens, who: str, what: str) -> None:
    """The password was right when it was looked at; the account is another when the session would begin."""
    port, person = house.port, uuid.UUID(who).bytes
    port.store.write(
        lambda tx: people.set_password(tx, port.ctx, person, HASHED, actor="administrator/cli")
    ).result()
    row = port.store.read(lambda r: sign_in.known_by(r, "p.peeters"))
    assert row is not None
    assert sign_in.matches(row, PASSWORD)
    acts = {
        "suspend": lambda tx: roles.suspend(tx, port.ctx, MODEL, person, actor="administrator/cli"),
        "close": lambda tx: people.close(tx, port.ctx, person, actor="administrator/cli"),
        "password": lambda tx: people.set_password(
            tx, port.ctx, person, HASHED + b"2", actor="administrator/cli"
        ),
    }
    port.store.write(acts[what]).result()
    assert port.store.write(lambda tx: sign_in.enter(tx, port.ctx, row, client="192.0.2.1")).result() is None
    assert suspended_there(port, person) == (what == "suspend")


def suspended_there(port: Port, person: bytes) -> bool:
    return port.store.read(lambda r: suspended(r, port.ctx, person))


def test_a_sign_in_that_outruns_a_suspension_is_seen(
    house: Screens, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted fault: nobody asks again."""
    monkeypatch.setattr(sign_in, "_opens", lambda *_: True)
    with pytest.raises(AssertionError):
        test_a_sign_in_that_was_under_way_is_outrun(house, who, "suspend")
