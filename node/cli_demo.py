"""`port2port demo` (`make up`): four ports on this machine, and the proof of the whole with `--selfcheck`.

Exit codes: 0 stopped as asked, or every check holds · 1 a check does not hold · 4 a port could not be started or ended by
itself · 8 it runs already, a port is busy, or an earlier start left processes behind.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

FOLDER = Path("var/demo")


def register_verbs(verbs: Any) -> None:
    """Add `demo`."""
    demo = verbs.add_parser("demo", help="four ports on this machine (make up)")
    demo.add_argument("--data", type=Path, metavar="DIR", help=f"where everything is kept (default {FOLDER})")
    demo.add_argument(
        "--base-port", type=_port, metavar="N", help="use ports N, N+1, … instead of the usual ones"
    )
    demo.add_argument("--no-ais", action="store_true", help="without simulated receivers")
    demo.add_argument(
        "--selfcheck",
        action="store_true",
        help="show the whole in a temporary folder, on free ports, without a terminal, and check it",
    )
    demo.add_argument("--json", action="store_true", help="with --selfcheck: print the result as JSON")
    demo.set_defaults(handler=_demo, wrong=demo.error)


def _port(text: str) -> int:
    if not text.isdecimal() or not 1024 <= int(text) <= 65_000:
        raise argparse.ArgumentTypeError("1024 to 65000")
    return int(text)


def _demo(chosen: argparse.Namespace) -> int:
    if chosen.selfcheck:
        from node.demo.check import selfcheck

        return selfcheck(folder=chosen.data, base_port=chosen.base_port, as_json=chosen.json, say=_say)
    from node.demo.plan import read_plan
    from node.demo.supervise import supervise

    if chosen.json:
        chosen.wrong("--json goes with --selfcheck")
    plan = read_plan(chosen.data or FOLDER, base_port=chosen.base_port, ais=not chosen.no_ais)
    return supervise(plan, _say)


def _say(words: str) -> None:
    print(words, flush=True)
