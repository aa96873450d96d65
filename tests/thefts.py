"""After a theft of Antwerp's log key: the register that voids it, and the keys that Antwerp signs with from then on."""

from __future__ import annotations

import registers
from ports import ANTWERP, NamedKeys

from protocol.register import build_register
from protocol.register_view import Register


def revoked() -> Register:
    """Antwerp signs with another key, and the stolen one is void."""
    nodes = registers.nodes()
    (antwerp,) = nodes["port-antwerp-bruges"]
    antwerp |= {"log": [registers.public_key("log another")], "revoked": antwerp["log"]}
    return build_register(
        registers.board(), nodes, version=4, hash=bytes([4] * 32), expires_ms=registers.EXPIRES
    )


class NewKeys(NamedKeys):
    """Another log key; the hold key was not stolen."""

    def __init__(self) -> None:
        super().__init__("another")
        self._hold = NamedKeys(ANTWERP)._hold
