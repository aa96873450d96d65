"""Officers of a port in memory: accounts with roles and a clearance, as commands see them."""

from __future__ import annotations

import uuid

from ports import Port
from record_examples import NOW

from node.commands import people
from node.commands.everyone import readership
from node.commands.people import Account, Visitor
from node.commands.readable import Readable
from node.store.people import ClearanceRow
from policies.fga_model import shipped
from policies.officers import Role
from policies.readership import Readership
from protocol.fields import DAY_MS
from protocol.ids import UnixMs

MODEL = shipped()


def hire(
    port: Port, login: str, *roles: Role, site: str = "", purposes: str = "port-security", level: int = 0
) -> str:
    """An account; its uuid. It works at the node's first site unless another is named."""
    cleared = ClearanceRow(
        policy="BE",
        level=level,
        compartments=frozenset(),
        purposes=frozenset(purposes.split(",")),
        until_ms=UnixMs(NOW + 300 * DAY_MS),
        verified_by="nsa-be",
    )
    account = Account(
        login=login,
        name=login.title(),
        site=site or port.ctx.entry(port.ctx.register).sites[0].id,
        roles=roles or (Role.SECURITY_OFFICER,),
        clearance=(cleared,),
    )
    return port.store.write(
        lambda tx: people.add(tx, port.ctx, MODEL, account, actor="administrator/cli")
    ).result()


def visitor(port: Port, who: str) -> Visitor:
    """The person as of now."""
    found = port.store.read(lambda r: people.visitor(r, port.ctx, MODEL, uuid.UUID(who).bytes))
    assert found is not None
    return found


def id_of(who: Visitor) -> bytes:
    """The account's id as the store has it."""
    return uuid.UUID(who.id).bytes


def everyone(port: Port) -> Readership:
    """All people of the port, as a plan names them."""
    return port.store.read(lambda r: readership(r, port.ctx, MODEL))


def only(port: Port) -> Visitor:
    """The only person of the port."""
    ((who,),) = port.store.read(lambda r: r.all("SELECT id FROM person WHERE disabled = 0"))
    return visitor(port, str(uuid.UUID(bytes=who)))


def officer(port: Port, login: str = "a.peeters", *roles: Role, level: int = 0, **more: str) -> Visitor:
    """Hire, and look at who it is."""
    return visitor(port, hire(port, login, *roles, level=level, **more))


def readable(port: Port) -> Readable:
    """A memory of readable feeds."""
    return Readable(port.ctx)
