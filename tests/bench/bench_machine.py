"""The machine a run was made on, and how quiet it was meanwhile."""

from __future__ import annotations

import os
import platform
import sqlite3
import ssl
import time
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil


def describe(folder: Path) -> dict[str, Any]:
    """What figures depend on: processor, cores, memory, kernel, file system, versions."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "file_system": _file_system(folder),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "openssl": ssl.OPENSSL_VERSION.split(" ")[1],
        "grpcio": version("grpcio"),
        "pynacl": version("pynacl"),
    }


@dataclass(slots=True)
class Quiet:
    """How much of the machine others used while a section ran, and what the host took away, as shares of all cores."""

    section: str
    out: list[dict[str, Any]]
    _began: float = 0.0
    _cpu: Any = field(default=None)
    _mine: float = 0.0

    def __enter__(self) -> Self:
        self._began, self._cpu, self._mine = time.monotonic(), psutil.cpu_times(), _of_family()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        seconds, cpu = time.monotonic() - self._began, psutil.cpu_times()
        room = max(seconds, 1e-9) * (os.cpu_count() or 1)
        busy = _busy(cpu) - _busy(self._cpu)
        steal = getattr(cpu, "steal", 0.0) - getattr(self._cpu, "steal", 0.0)
        self.out.append(
            {
                "section": self.section,
                "seconds": round(seconds, 1),
                "others": round(max(busy - (_of_family() - self._mine), 0.0) / room, 2),
                "steal": round(steal / room, 3),
                "load": round(os.getloadavg()[0], 1),
            }
        )


def _of_family() -> float:
    """CPU seconds of this process and its children, those that ended included."""
    own = os.times()
    total = own.user + own.system + own.children_user + own.children_system
    for child in psutil.Process().children(recursive=True):
        try:
            used = child.cpu_times()
        except psutil.Error:
            continue
        total += used.user + used.system
    return total


def _busy(cpu: Any) -> float:
    return float(cpu.user + cpu.nice + cpu.system + cpu.irq + cpu.softirq)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("ascii", "replace").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _file_system(folder: Path) -> str:
    """Of the disk the databases were on."""
    mounts = [m for m in psutil.disk_partitions(all=True) if folder.resolve().is_relative_to(m.mountpoint)]
    return max(mounts, key=lambda mount: len(mount.mountpoint)).fstype if mounts else "unknown"
