"""CPU of this process by thread, for finding out where it goes: Python's threads by name, all others as gRPC's."""

from __future__ import annotations

import os
import threading
from collections import defaultdict
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def by_thread() -> dict[str, list[float]]:
    """User and system CPU seconds by kind of thread."""
    names = {thread.native_id: thread.name.partition("_")[0] for thread in threading.enumerate()}
    user: dict[str, float] = defaultdict(float)
    system: dict[str, float] = defaultdict(float)
    for task in Path("/proc/self/task").iterdir():
        try:
            fields = (task / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it ended
            continue
        name = names.get(int(task.name), "grpc")
        user[name] += int(fields[11]) / _TICKS
        system[name] += int(fields[12]) / _TICKS
    return {name: [user[name], system[name]] for name in user}
