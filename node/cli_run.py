"""`port2port run --config port.toml`: one node in the foreground, until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import os
from pathlib import Path
from typing import Any


def register_verbs(verbs: Any) -> None:
    """Add `run`."""
    run = verbs.add_parser("run", help="open one node's house")
    run.add_argument("--config", type=Path, required=True, metavar="FILE", help="the node's configuration")
    run.set_defaults(handler=_run)


def _run(chosen: argparse.Namespace) -> int:
    from node.checked import checked
    from node.collector import pause

    pause()
    config = checked(chosen.config)
    os.environ.setdefault(
        "GRPC_VERBOSITY", "NONE"
    )  # its own lines are no JSON, and what they say is said by this program
    from node.main import live

    return 0 if asyncio.run(live(config, chosen.config)) else 1
