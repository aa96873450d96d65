"""A register that came by hand, beside a running node: `port2port register load` puts it in force in the node's own folder.

Looks at one link every two seconds and reads no more while it points where it did. Guarantees that what is found is verified
and told as a register from a peer is, and that a folder that cannot be read changes nothing and is said once.
"""

from __future__ import annotations

import asyncio

from node import log
from node.exits import Refused
from node.register.store import RegisterStore
from protocol.errors import ProtocolError

EVERY_S = 2.0
_logger = log.get("register")


async def watch(registers: RegisterStore, *, every_s: float = EVERY_S) -> None:
    """Until cancelled."""
    failing = False
    while True:
        await asyncio.sleep(every_s)
        try:
            if registers.overtaken():
                await asyncio.to_thread(registers.notice)
        except (ProtocolError, Refused, OSError) as error:
            if not failing:
                _logger.error(  # noqa: TRY400  no trace
                    "the register on disk cannot be read; the one held goes on", why=str(error)[:200]
                )
            failing = True
        else:
            failing = False
