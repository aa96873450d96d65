"""Where the demonstration's own data is: beside the packages in a checkout, and nowhere in an installation from a wheel."""

from __future__ import annotations

from pathlib import Path

from node.exits import Refused

DEMO = Path(__file__).resolve().parent.parent / "deploy" / "demo"


def of_demo(path: Path) -> Path:
    """The same path; Refused where it is the demonstration's and that is not installed."""
    if path.is_relative_to(DEMO) and not DEMO.is_dir():
        raise Refused(
            "the demonstration's data is not installed here; run it from a checkout, "
            "or give simulate ais its own --vessels and --geo"
        )
    return path
