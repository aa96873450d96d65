"""Accounts, roles and sign-ins of a node."""

from __future__ import annotations

import uuid

import ports
import pytest

from node.commands import people, sign_in
from node.commands.people import Account, Visitor
from node.store import feeds
from node.store import people as rows
from node.store.people import ClearanceRow
from policies.clearance import may_read
from policies.decision import Deny, Permit
from policies.fga_model import shipped
from policies.officers import Right, Role
from protocol.ids import UnixMs
from protocol.label import parse

MODEL = shipped()
DAY = 86_400_000
CLEARED = ClearanceRow(
    policy="BE",
    level=0,
    compartments=frozenset(),
    purposes=frozenset({"port-security"}),
    until_ms=UnixMs(1_790_000_000_000 + 100 * DAY),
    verified_by="nsa",
)


def add(port: ports.Port, **changes: object) -> str:
    given = {"login": "e.jansen", "name": "E. Jansen", "site": "antwerp", "roles": (Role.SECURITY_OFFICER,)}
    account = Account(**{**given, "clearance": (CLEARED,), **changes})  # type: ignore[arg-type]
    return port.store.write(
        lambda tx: people.add(tx, port.ctx, MODEL, account, actor="administrator/cli")
    ).result()


def seen(port: ports.Port, who: str) -> Visitor | None:
    return port.store.read(lambda r: people.visitor(r, port.ctx, MODEL, uuid.UUID(who).bytes))


def once(
    port: ports.Port, secret: bytes, client: str = "192.0.2.1"
) -> sign_in.SignedIn | sign_in.Limited | None:
    return port.store.write(lambda tx: sign_in.sign_in_once(tx, port.ctx, secret, client=client)).result()


def begin(port: ports.Port, login: str, client: str) -> sign_in.Limited | None:
    return port.store.write(lambda tx: sign_in.begin(tx, port.ctx, login, client)).result()


def test_an_account_has_its_roles_rights_and_reading() -> None:
    port = ports.port()
    who = seen(port, add(port))
    assert who is not None
    assert who.roles == {Role.SECURITY_OFFICER}
    assert Right.PUBLISH_ALERT in who.rights
    assert "alert" in who.kinds
    assert who.reading.country == "BE"
    assert isinstance(may_read(who.reading, parse(ports.AMBER), "port-security"), Permit)


def test_an_account_and_its_audit_entry_are_one_transaction() -> None:
    port = ports.port()
    add(port)
    audits = [f for f in port.store.read(feeds.every) if f.role is feeds.FeedRole.AUDIT]
    assert [f.size for f in audits] == [2]


def test_roles_end_with_their_time() -> None:
    port = ports.port()
    who = add(port, valid_ms=DAY)
    port.clock.at += DAY
    later = seen(port, who)
    assert later is not None
    assert later.rights == frozenset()
    assert isinstance(may_read(later.reading, parse(ports.AMBER), "port-security"), Deny)


def test_a_clearance_ends_with_its_time() -> None:
    port = ports.port()
    who = add(port)
    port.clock.at += 101 * DAY
    later = seen(port, who)
    assert later is not None
    assert later.reading.clearance == {}
    assert later.reading.purposes == frozenset()


def test_a_register_right_is_a_tuple_that_comes_and_goes() -> None:
    port = ports.port()
    who = add(port)
    before = seen(port, who)
    port.store.write(lambda tx: people.sync_register(tx, port.ctx, MODEL, port.ctx.register)).result()
    after = seen(port, who)
    assert before is not None
    assert after is not None
    assert Right.REGISTER_BAN not in before.rights
    assert Right.REGISTER_BAN in after.rights


def test_a_password_is_argon2id_and_wrong_ones_do_not_match() -> None:
    hashed = sign_in.hash_password("correct horse battery")
    assert hashed.startswith(b"$argon2id$")
    port = ports.port()
    add(port, password=hashed)
    row = port.store.read(lambda r: sign_in.known_by(r, "e.jansen"))
    assert sign_in.matches(row, "correct horse battery")
    assert not sign_in.matches(row, "correct horse batterz")
    assert not sign_in.matches(None, "nobody has this password")
    with pytest.raises(ValueError, match="12 to 200"):
        sign_in.hash_password("short")


def test_a_one_time_sign_in_works_once_and_in_time() -> None:
    port = ports.port()
    who = uuid.UUID(add(port)).bytes
    secret, late = (
        port.store.write(lambda tx: sign_in.invite(tx, port.ctx, who, actor="administrator/cli")).result()
        for _ in range(2)
    )
    assert isinstance(once(port, secret), sign_in.SignedIn)
    assert once(port, secret) is None
    port.clock.at += sign_in.ONE_TIME_MS
    assert once(port, late) is None


def test_wrong_one_time_secrets_close_no_account_and_no_other_client() -> None:
    port = ports.port()
    who = uuid.UUID(add(port)).bytes
    good = port.store.write(lambda tx: sign_in.invite(tx, port.ctx, who, actor="administrator/cli")).result()
    for number in range(25):
        assert once(port, bytes([number]) * 32, "192.0.2.1") is None
    assert once(port, good, "192.0.2.1") == sign_in.Limited(port.ctx.settings.sign_in_window_ms)
    for stranger in range(40):
        for number in range(10):
            assert once(port, bytes([number]) * 32, f"198.51.100.{stranger}") is None
    assert isinstance(once(port, good, "192.0.2.2"), sign_in.SignedIn)


def test_a_session_ends_by_idleness_age_and_sign_out() -> None:
    port = ports.port()
    who = uuid.UUID(add(port)).bytes
    opened = port.store.write(lambda tx: sign_in.open_session(tx, port.ctx, who, how="once")).result()

    def live() -> bool:
        return port.store.read(lambda r: sign_in.live_session(r, port.ctx, opened.secret)) is not None

    assert live()
    port.clock.at += 29 * 60_000
    assert live()
    port.store.write(lambda tx: rows.touch(tx, sign_in.digest(opened.secret), port.ctx.now())).result()
    port.clock.at += 29 * 60_000
    assert live()
    port.clock.at += 60_000
    assert not live()
    again = port.store.write(lambda tx: sign_in.open_session(tx, port.ctx, who, how="once")).result()
    port.store.write(lambda tx: sign_in.sign_out(tx, port.ctx, again.secret)).result()
    assert port.store.read(lambda r: sign_in.live_session(r, port.ctx, again.secret)) is None


def test_failures_are_limited_by_account_and_address_and_forgotten_in_time() -> None:
    port = ports.port()

    def fail(times: int, login: str, client: str) -> None:
        for _ in range(times):
            assert begin(port, login, client) is None

    def limited(login: str, client: str) -> bool:
        return port.store.read(lambda r: sign_in.limited(r, port.ctx, login, client)) is not None

    fail(5, "e.jansen", "192.0.2.1")
    assert limited("e.jansen", "192.0.2.1")
    assert not limited("e.jansen", "192.0.2.2")
    assert not limited("somebody", "192.0.2.1")
    for anybody in range(4):
        fail(5, f"anybody-{anybody}", "192.0.2.1")
    assert limited("somebody", "192.0.2.1")
    for other in range(19):
        fail(5, "e.jansen", f"198.51.100.{other}")
    assert limited("e.jansen", "192.0.2.2")
    port.clock.at += port.ctx.settings.sign_in_window_ms + 1
    assert not limited("e.jansen", "192.0.2.1")


def test_an_attempt_is_counted_before_it_is_known_to_fail_and_given_back_when_it_does_not() -> None:
    port = ports.port()
    who = uuid.UUID(add(port)).bytes
    for _ in range(30):  # more than one client has room for, did successes count
        assert begin(port, "e.jansen", "192.0.2.1") is None
        port.store.write(
            lambda tx: sign_in.open_session(
                tx, port.ctx, who, how="password", login="e.jansen", client="192.0.2.1"
            )
        ).result()
    assert [begin(port, "e.jansen", "192.0.2.1") for _ in range(5)] == [None] * 5
    assert begin(port, "e.jansen", "192.0.2.1") is not None


def test_the_wait_is_until_the_attempt_that_fills_the_room_counts_no_more() -> None:
    port = ports.port()
    window = port.ctx.settings.sign_in_window_ms
    for _ in range(5):
        begin(port, "e.jansen", "192.0.2.1")
        port.clock.at += 1000
    assert begin(port, "e.jansen", "192.0.2.1") == sign_in.Limited(window - 5000)
    port.clock.at += window - 5001
    assert begin(port, "e.jansen", "192.0.2.1") == sign_in.Limited(1)
    port.clock.at += 1
    assert begin(port, "e.jansen", "192.0.2.1") is None
    assert begin(port, "e.jansen", "192.0.2.1") == sign_in.Limited(1000)


def test_attempts_that_count_no_more_are_forgotten() -> None:
    port = ports.port()
    for number in range(40):
        begin(port, f"login-{number}", f"192.0.2.{number}")
    port.clock.at += port.ctx.settings.sign_in_window_ms
    begin(port, "e.jansen", "192.0.2.1")
    assert port.store.read(lambda r: r.one("SELECT count(*) FROM attempt")) == (3,)


def test_another_password_and_a_closed_account_end_the_sessions() -> None:
    port = ports.port()
    who = uuid.UUID(add(port)).bytes

    def opened() -> bytes:
        return (
            port.store.write(lambda tx: sign_in.open_session(tx, port.ctx, who, how="once")).result().secret
        )

    def live(secret: bytes) -> bool:
        return port.store.read(lambda r: sign_in.live_session(r, port.ctx, secret)) is not None

    first = opened()
    hashed = sign_in.hash_password("correct horse battery")
    port.store.write(
        lambda tx: people.set_password(tx, port.ctx, who, hashed, actor="administrator/cli")
    ).result()
    assert not live(first)
    assert sign_in.matches(
        port.store.read(lambda r: sign_in.known_by(r, "e.jansen")), "correct horse battery"
    )
    second = opened()
    waiting = port.store.write(
        lambda tx: sign_in.invite(tx, port.ctx, who, actor="administrator/cli")
    ).result()
    port.store.write(lambda tx: people.close(tx, port.ctx, who, actor="administrator/cli")).result()
    assert not live(second)
    assert seen(port, str(uuid.UUID(bytes=who))) is None
    assert not sign_in.matches(
        port.store.read(lambda r: sign_in.known_by(r, "e.jansen")), "correct horse battery"
    )
    assert once(port, waiting) is None
