"""A fault of this program, met while it served a peer: one line that names the place, never what the peer had sent."""

from __future__ import annotations

import errno
import traceback

from federation.pipe import Ended
from node import log
from node.store.errors import StoreError
from protocol.ids import NodeId

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
_logger = log.get("faults")


def noted(error: Exception, peer: NodeId, doing: str) -> Ended:
    """Write it down; how the session or call concerned ends. Disk trouble is not a fault, and is told as what it is."""
    if isinstance(error, StoreError) or (isinstance(error, OSError) and error.errno in _NO_ROOM):
        _logger.error("the disk failed while a peer was served", peer=peer, doing=doing, why=str(error)[:200])
        return Ended("UNAVAILABLE", "this node cannot store or read at the moment")
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno}" if frames else ""
    _logger.error("a fault of this program", peer=peer, doing=doing, error=type(error).__name__, at=place)
    return Ended("INTERNAL", "a fault at this node")
