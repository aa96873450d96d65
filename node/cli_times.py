"""Times on the command line: a day, or a minute of UTC; to and from Unix milliseconds."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from protocol.ids import UnixMs


def moment(text: str) -> UnixMs:
    """A day as 2027-01-31 (its first moment) or a moment as 2027-01-31T18:00Z; another offset may stand for the Z."""
    whole = f"{text}T00:00+00:00" if len(text) == len("2027-01-31") else text.replace("Z", "+00:00")
    try:
        found = datetime.fromisoformat(whole)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r}: a day as 2027-01-31, or a moment as 2027-01-31T18:00Z")
    return UnixMs(int(found.timestamp() * 1000))


def said(at: UnixMs) -> str:
    """As 2027-01-31T18:00:00Z."""
    return f"{datetime.fromtimestamp(at // 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"
