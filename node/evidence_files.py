"""Evidence as files beside the database, for whoever has to be shown it: `data/evidence/<origin>-<feed>.evidence`, a serialised
`Evidence` each. What is in the database counts; a file that is lost is written again at the next start.
"""

from __future__ import annotations

import os
from pathlib import Path

from node.store import evidence
from node.store.contract import Store


def write(folder: Path, store: Store) -> int:
    """Write what is not there yet; how many files that were. OSError where the disk does not take them."""
    rows = store.read(evidence.every)
    if rows:
        folder.mkdir(mode=0o700, exist_ok=True)
    wanted = ((folder / f"{row.origin}-{row.feed.hex()[:16]}.evidence", row.message) for row in rows)
    return sum(_put(path, message) for path, message in wanted if not path.exists())


def _put(path: Path, message: bytes) -> bool:
    half = path.with_suffix(".part")
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(message)
        file.flush()
        os.fsync(file.fileno())
    half.rename(path)
    return True
