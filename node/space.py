"""How much room the data directory has: below the reserve of the configuration nothing is fetched in bulk, so that releases,
retractions and what peers push still find room.
"""

from __future__ import annotations

import os
from pathlib import Path

from node import log

_logger = log.get("space")


class Space:
    """The file system of a folder, and `reserve` bytes of it that are kept free for what is urgent."""

    def __init__(self, folder: Path, *, reserve: int) -> None:
        self._folder, self._reserve = folder, reserve
        self._short = False

    def roomy(self) -> bool:
        """Whether bulk may be taken now; a change is said once. Cheap: one system call."""
        found = os.statvfs(self._folder)
        free = found.f_bavail * found.f_frsize
        short = free < self._reserve
        if short and not self._short:
            _logger.warning(
                "less room than limits.disk_reserve: nothing is fetched in bulk",
                free=free,
                reserve=self._reserve,
            )
        elif self._short and not short:
            _logger.info("more room than limits.disk_reserve: bulk is fetched again", free=free)
        self._short = short
        return not short
