"""Two running copies of one port, with one key: what an origin that contradicts itself looks like to the others."""

from __future__ import annotations

from ports import Port, port

from node.commands import restored
from node.store.engine import driver_of


def clone(of: Port, *, seed: int = 99) -> Port:
    """Another copy of a port as it is now: same disk, same keys, and what is random in it another."""
    copy = port(of.name, seed=seed, register=lambda: of.ctx.register)
    driver_of(copy.store._connection).deserialize(driver_of(of.store._connection).serialize())
    copy.clock.at = of.clock.at
    copy.store.write(lambda tx: restored.look(tx, copy.ctx)).result()
    return copy
