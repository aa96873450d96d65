"""What ends a command with one line instead of a traceback."""

from __future__ import annotations


class Refused(Exception):
    """What was given cannot be taken, in words for the person who gave it (exit code 4)."""


class Busy(Exception):
    """Something already runs here, or holds a port or a directory that is needed (exit code 8)."""
