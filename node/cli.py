"""The command line `port2port`: finds the verbs, runs one, turns known errors into one line and an exit code.

Exit codes: 0 done · 1 what was asked does not hold (a proof, a check) · 2 wrong words · 3 configuration · 4 refused input ·
8 something is already running or a port is busy · 130 broken off by Ctrl-C. No traceback reaches a person for any of these.

Whatever a command writes is its user's alone (umask 077), unless it says otherwise of a file.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from node.config_file import ConfigError
from node.exits import Busy, Refused
from protocol.errors import ProtocolError

VERBS = (
    "run",
    "demo",
    "simulate",
    "config",
    "keys",
    "register",
    "officer",
    "roster",
    "policy",
    "privacy",
    "record",
    "proof",
    "bundle",
    "audit",
    "brake",
    "restored",
)
"""Each verb's module is `node.cli_<verb>`; one is imported when it is used, so that `--help` stays quick."""

_SUMMARIES = {
    "run": "open one node's house",
    "demo": "four ports on this machine (make up)",
    "simulate": "play a sensor",
    "config": "check a configuration",
    "keys": "make, show or replace a node's keys; an organisation's erase key",
    "register": "the ceremony tool: who is in the federation",
    "officer": "people who work at a node",
    "roster": "who is on duty when",
    "policy": "why somebody reads a record; the relations model on a server",
    "privacy": "the record of processing",
    "record": "prove a record, hasten its erasure",
    "proof": "verify a proof file",
    "bundle": "entries on media",
    "audit": "what was done at a node, and its log held against its heads",
    "brake": "erasures that wait for an operator",
    "restored": "what is hidden after a restore, until its port is heard",
}


class WrongWordsError(Exception):
    """What was typed is no command of this program: one line, which names the command meant and its help."""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, as every other error here; the usage is in `--help`."""

    def error(self, message: str) -> NoReturn:
        raise WrongWordsError(f"{self.prog}: {message}; see {self.prog} --help")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    parser = build(words[0] if words else "")
    try:
        chosen = parser.parse_args(words)
    except WrongWordsError as error:
        print(error, file=sys.stderr)
        return 2
    handler: Callable[[argparse.Namespace], int] | None = getattr(chosen, "handler", None)
    if handler is None:
        parser.print_help()
        return 2
    return _guarded(handler, chosen)


def build(verb: str = "") -> argparse.ArgumentParser:
    """The parser with `verb` filled in; the other verbs are named only."""
    parser = _Parser(prog="port2port", description="Port 2 Port: a federation of ports.")
    parser.add_argument("--version", action="version", version=f"port2port {version()}")
    verbs = parser.add_subparsers(metavar="VERB", dest="verb")
    for name in VERBS:
        if name == verb:
            importlib.import_module(f"node.cli_{name}").register_verbs(verbs)
        else:
            verbs.add_parser(name, help=_SUMMARIES[name])
    return parser


def version() -> str:
    """The installed version."""
    from importlib.metadata import version as of

    return of("port2port")


def _guarded(handler: Callable[[argparse.Namespace], int], chosen: argparse.Namespace) -> int:
    before = os.umask(0o077)
    try:
        return handler(chosen)
    except WrongWordsError as error:
        print(error, file=sys.stderr)
        return 2
    except ConfigError as error:
        return _say(3, *error.problems)
    except Busy as error:
        return _say(8, str(error))
    except (ProtocolError, Refused) as error:
        return _say(4, str(error))
    except BrokenPipeError:
        return 0
    except OSError as error:
        return _say(4, f"{error.filename or 'the system'}: {error.strerror or error}")
    except KeyboardInterrupt:
        return 130
    finally:
        os.umask(before)


def _say(code: int, *lines: str) -> int:
    for line in lines:
        print(f"port2port: {line}", file=sys.stderr)
    return code
