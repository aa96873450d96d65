"""The run as plain pictures: what a record costs, how long an alert takes, what catching up takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

Found = Mapping[str, Any]
_STYLE: Any = {"svg.hashsalt": "port2port", "svg.fonttype": "path", "font.size": 9}
_INK, _FLOOR, _LIMIT = "#1b4965", "#9fb8c8", "#b3261e"


def draw(found: Found, folder: Path) -> list[tuple[str, str]]:
    """Write what there are figures for; title and file name of each."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    for name, title, plot in (
        ("bench-record.svg", "What a record of 1 KB costs its receiver", _record),
        ("bench-alert.svg", "One alert, from commit to commit", _alert),
        ("bench-catch-up.svg", "Catching up, by what is held already", _catch_up),
    ):
        if _drawn(plot, found, title, folder / name):
            drawn.append((title, name))
    return drawn


def _drawn(plot: Callable[[Any, Found], bool], found: Found, title: str, file: Path) -> bool:
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(7, 2.8), layout="constrained")
        axes = figure.subplots()
        if not plot(axes, found):
            return False
        axes.set_title(title, loc="left")
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        figure.savefig(file, metadata={"Date": None})
        return True


def _record(axes: Any, found: Found) -> bool:
    values = _values(found)
    bars = [
        ("insert alone, 10k held", "insert.cpu.10k", _FLOOR),
        ("insert alone, 1M held", "insert.cpu.1m", _FLOOR),
        ("parse, hash, insert, 10k held", "must.cpu.10k", _FLOOR),
        ("parse, hash, insert, 1M held", "must.cpu.1m", _FLOOR),
        ("one Ed25519 signature", "verify", _FLOOR),
        ("receiver, 10k held", "sync.cpu.10k", _INK),
        ("receiver, 1M held", "sync.cpu.1m", _INK),
    ]
    there = [bar for bar in bars if bar[1] in values][::-1]
    if not any(ink == _INK for _, _, ink in there):
        return False
    drawn = axes.barh(
        [name for name, _, _ in there], [values[i] for _, i, _ in there], color=[ink for _, _, ink in there]
    )
    axes.bar_label(drawn, fmt="%.3g", padding=3)
    axes.axvline(40, color=_LIMIT, linewidth=1)
    axes.set_xlabel("µs CPU a record; the line is the target, 40")
    return True


def _alert(axes: Any, found: Found) -> bool:
    kinds = [
        ("commit.idle", "the disk's own commit, idle", _FLOOR, "-"),
        ("commit.bulk", "the disk's own commit, beside bulk", _FLOOR, "--"),
        ("alert.idle", "alert, idle", _INK, "-"),
        ("alert.bulk", "alert, beside a backfill", _INK, "--"),
        ("alert.screen", "alert, on the officer's screen", _LIMIT, "-"),
    ]
    if not found["series"].get("alert.idle"):
        return False
    for name, label, ink, dash in kinds:
        _shares(axes, found["series"].get(name, ()), label, ink, dash)
    axes.set_xscale("log")
    axes.set_xlabel("ms")
    axes.set_ylabel("share at most")
    axes.legend(frameon=False, fontsize=8)
    return True


def _shares(axes: Any, samples: Sequence[float], label: str, ink: str, dash: str) -> None:
    if samples:
        ranked = sorted(max(one, 1e-3) for one in samples)
        shares = [(rank + 1) / len(ranked) for rank in range(len(ranked))]
        axes.step(ranked, shares, label=label, color=ink, linestyle=dash)


def _catch_up(axes: Any, found: Found) -> bool:
    series = found["series"]
    few, many = series.get("catch_up.10k"), series.get("catch_up.1m")
    if not few or not many:
        return False
    for place, samples in enumerate((few, many)):
        axes.plot(samples, [place] * len(samples), "o", color=_INK, alpha=0.7)
    axes.set_yticks([0, 1], ["10k held", "1M held"])
    axes.set_ylim(-0.6, 1.6)
    axes.set_xlim(left=0)
    axes.set_xlabel("seconds, one point a run")
    return True


def _values(found: Found) -> dict[str, float]:
    return {one["id"]: float(one["value"]) for one in (*found["floors"], *found["figures"])}
