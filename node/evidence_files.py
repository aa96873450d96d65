"""Evidence as files beside the database, for whoever has to be shown it: `data/evidence/<origin>-<feed>.evidence`, a serialised
`Evidence` each. What is in the database counts; a file that is lost is written again at the next start.
"""

from __future__ import annotations

from pathlib import Path

from node import durable
from node.store import evidence
from node.store.contract import Store


def write(folder: Path, store: Store) -> int:
    """Write what is not there yet; how many files that were. OSError where the disk does not take them, StoreError where the database is not read."""
    rows = store.read(evidence.every)
    if rows:
        folder.mkdir(mode=0o700, exist_ok=True)
    wanted = [(folder / f"{row.origin}-{row.feed.hex()[:16]}.evidence", row.message) for row in rows]
    lacking = [(path, message) for path, message in wanted if not path.exists()]
    for path, message in lacking:
        durable.replace(path, message)
    return len(lacking)
