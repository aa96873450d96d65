"""Acts on accounts and sign-ins, and on what the register says of a port. Rows of `test_acts_crash.py`."""

from __future__ import annotations

import uuid

from more_acts import Ready
from officers_here import MODEL, hire
from ports import Port, port

from node.commands import (
    people,
    sign_in,
)
from node.commands.people import Account
from policies.officers import Role

CLI = "administrator/cli"


def adding_an_account() -> Ready:
    at = port()
    site = at.ctx.entry(at.ctx.register).sites[0].id
    account = Account(login="e.jansen", name="E. Jansen", site=site, roles=(Role.ANALYST,), clearance=())
    return Ready(at, lambda tx: people.add(tx, at.ctx, MODEL, account, actor=CLI))


def person(at: Port) -> bytes:
    return uuid.UUID(hire(at, "e.jansen")).bytes


def inviting() -> Ready:
    at = port()
    who = person(at)
    return Ready(at, lambda tx: sign_in.invite(tx, at.ctx, who, actor=CLI))


def setting_a_password() -> Ready:
    at = port()
    who = person(at)
    return Ready(at, lambda tx: people.set_password(tx, at.ctx, who, b"$argon2id$", actor=CLI))


def closing_an_account() -> Ready:
    at = port()
    who = person(at)
    at.store.write(lambda tx: sign_in.open_session(tx, at.ctx, who, how="once")).result()
    return Ready(at, lambda tx: people.close(tx, at.ctx, who, actor=CLI))


def attempting() -> Ready:
    at = port()
    return Ready(at, lambda tx: sign_in.begin(tx, at.ctx, "e.jansen", "192.0.2.1"))


def signing_in() -> Ready:
    at = port()
    who = person(at)
    at.store.write(lambda tx: sign_in.begin(tx, at.ctx, "e.jansen", "192.0.2.1")).result()
    given = {"how": "password", "login": "e.jansen", "client": "192.0.2.1"}
    return Ready(at, lambda tx: sign_in.open_session(tx, at.ctx, who, **given))


def signing_in_once() -> Ready:
    ready = inviting()
    at, secret = ready.at, ready.at.store.write(ready.act).result()
    return Ready(at, lambda tx: sign_in.sign_in_once(tx, at.ctx, secret, client="192.0.2.1"))


def signing_out() -> Ready:
    ready = signing_in()
    at, opened = ready.at, ready.at.store.write(ready.act).result()
    return Ready(at, lambda tx: sign_in.sign_out(tx, at.ctx, opened.secret))


def syncing_the_register() -> Ready:
    at = port()
    return Ready(at, lambda tx: people.sync_register(tx, at.ctx, MODEL, at.ctx.register))


ACTS = (
    adding_an_account,
    inviting,
    setting_a_password,
    closing_an_account,
    attempting,
    signing_in,
    signing_in_once,
    signing_out,
    syncing_the_register,
)
