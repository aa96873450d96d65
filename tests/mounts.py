"""Whether this machine lets this user make file systems of its own, which the tests of a full disk need."""

from __future__ import annotations

import functools
import os
import subprocess


@functools.cache
def alone() -> tuple[str, ...] | None:
    """Words before a command that give it mounts of its own, as root, else as root of a user namespace; None: not here."""
    own = ("unshare", "--mount") if os.geteuid() == 0 else ("unshare", "--user", "--map-root-user", "--mount")
    words = (*own, "--propagation", "private", "--")
    try:
        subprocess.run([*words, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return words


def possible() -> bool:
    """Tried once in a test run."""
    return alone() is not None
