"""`port2port register …`: the ceremony tool, on files alone. Each verb says what changed and what still waits for whom.

ceremony           the guided ceremony: found a register with its people in the room; its rehearsal; drills
init               found a register from a document such as policies/federation/be.toml
add-organisation   merge a fragment into the board's decisions; new organisations get their delegation
add-node           list a node by its card and claim; its organisation signs
remove-node        take a node off; it stays known by its certificate, to be refused by name
rotate             replace a key: of root, board or duty, of an organisation's file, of a node
revoke             make a node's key void
withdraw           let a member leave, from a day on
sign               add the signatures of the keys at hand, or renew a role before it expires
show               what a register holds, verified
load               take a register that came by hand into a node's own copy, the node running or not
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from node import cli_papers as papers
from node import cli_register_ceremony, cli_register_change, cli_steps
from node.exits import Refused
from protocol.errors import ProtocolError
from protocol.ids import UnixMs

if TYPE_CHECKING:
    from node.ceremony import Ceremony

SHOW, LOAD = "port2port/register-show/v1", "port2port/register-load/v1"


def register_verbs(verbs: Any) -> None:
    """Add `register`."""
    parser = verbs.add_parser("register", help="the ceremony tool: who is in the federation")
    actions = parser.add_subparsers(required=True, metavar="init | add-organisation | add-node | …")
    init = cli_steps.action(actions, "init", "found a register", _init)
    init.add_argument("--from", dest="source", type=Path, required=True, help="founding document, TOML")
    init.add_argument("--out", dest="dir", type=Path, required=True, help="folder to make")
    change = cli_steps.action(
        actions, "add-organisation", "merge a fragment into the board's decisions", _change
    )
    change.add_argument("--from", dest="source", type=Path, required=True, help="fragment, TOML")
    add = cli_steps.action(actions, "add-node", "list a node; its organisation signs", _add_node)
    add.add_argument("--card", type=Path, required=True, help="card.json of `port2port keys init`")
    add.add_argument(
        "--claim",
        type=Path,
        required=True,
        help="TOML: kind, address, sites, level, regimes, …; or a document with [nodes.<id>]",
    )
    remove = cli_steps.action(actions, "remove-node", "take a node off; its organisation signs", _remove_node)
    remove.add_argument("node")
    sign = cli_steps.action(actions, "sign", "sign what waits, or renew a role", _sign)
    sign.add_argument("role", help="root, board, duty, or an organisation's id")
    show = cli_steps.action(actions, "show", "verify a register and say what it holds", _show, secret=False)
    for action in (change, add, remove, sign):
        action.add_argument("--dir", type=Path, required=True, help="folder of the ceremony")
    show.add_argument(
        "--dir",
        type=Path,
        required=True,
        help="a ceremony's folder, a public/ of one, or a node's <data>/register",
    )
    cli_register_change.register_verbs(actions)
    cli_register_ceremony.register_verbs(actions)
    load = cli_steps.action(
        actions, "load", "take a register that came by hand into a node's copy", _load, secret=False
    )
    load.add_argument("path", type=Path, metavar="PATH", help="a folder of its files, or a bundle in a file")
    load.add_argument("--config", type=Path, required=True, metavar="FILE", help="the node's configuration")


def _init(chosen: argparse.Namespace) -> int:
    from node.ceremony import begin, save
    from node.sealed import ask_passphrase, passphrase_from

    if (chosen.dir / "public").exists():
        raise Refused(f"{chosen.dir}: holds a register already")
    document = papers.toml(chosen.source)
    passphrase = None
    if not chosen.plain:
        file = chosen.passphrase_file
        passphrase = ask_passphrase(twice=True) if file is None else passphrase_from(file)
    with papers.named(document):
        ceremony, words = begin(document.table, random=os.urandom, now=cli_steps.now())
    made = save(ceremony, chosen.dir, passphrase=passphrase, keys=chosen.keys)
    return cli_steps.say(
        chosen,
        "init",
        [*words, f"{len(made)} role keys made in {chosen.keys or chosen.dir / 'keys'}"],
        ceremony,
    )


def _change(chosen: argparse.Namespace) -> int:
    from node.ceremony import read_document

    paper, under = papers.toml(chosen.source), ((), ("board",))
    with papers.named(paper, under=under):
        fragment = read_document(paper.table, founding=False)

    def step(ceremony: Ceremony, now: UnixMs) -> list[str]:
        with papers.named(paper, under=under):
            return ceremony.change_board(fragment, now)

    return cli_steps.stepped(chosen, "add-organisation", step)


def _add_node(chosen: argparse.Namespace) -> int:
    from protocol.ids import node_id

    card, paper = papers.card(chosen.card), papers.toml(chosen.claim)
    with papers.named(card):
        node = node_id(str(card.table.get("node")))
    claim, under = paper.table, tuple[str, ...]()
    if isinstance(nodes := claim.get("nodes"), dict):  # a founding document has the claims of several
        claim, under = nodes.get(node, {}), ("nodes", node)

    def step(ceremony: Ceremony, now: UnixMs) -> list[str]:
        with papers.named(card, paper, under=(under,)):
            return ceremony.add_node(card.table, claim, now)

    return cli_steps.stepped(chosen, "add-node", step)


def _remove_node(chosen: argparse.Namespace) -> int:
    from protocol.ids import node_id

    node = node_id(chosen.node)
    return cli_steps.stepped(chosen, "remove-node", lambda ceremony, now: ceremony.remove_node(node, now))


def _sign(chosen: argparse.Namespace) -> int:
    return cli_steps.stepped(chosen, "sign", lambda ceremony, now: ceremony.sign(chosen.role, now))


def _show(chosen: argparse.Namespace) -> int:
    from node.ceremony import look, portrait

    ceremony = look(chosen.dir, random=os.urandom)
    found = portrait(ceremony, cli_steps.now())
    print(json.dumps({"schema": SHOW, **found}) if chosen.json else "\n".join(_lines(found)))
    return 0


def _load(chosen: argparse.Namespace) -> int:
    """0 where the node's copy is now what was given, 1 where that is older or contradicts what is held."""
    from node import config_file
    from node.register import Outcome, RegisterStore

    own, now = config_file.load(chosen.config), cli_steps.now()
    first = not (own.data / "register" / "current").exists()
    try:
        with _of(chosen.path if first else own.data / "register"):
            held = RegisterStore.open(
                own.data / "register", trusted_root=own.register_.trusted_root, source=chosen.path, now=now
            )
        with _of(chosen.path):
            applied = held.load_from(chosen.path, now)
    except OSError as error:
        raise Refused(f"{error.filename or chosen.path}: {error.strerror}") from None
    outcome = Outcome.UPDATED if first and applied.outcome is Outcome.SAME else applied.outcome
    register = applied.register
    listed = own.node.id in register.nodes
    if chosen.json:
        found = {
            "schema": LOAD,
            "ok": outcome in {Outcome.UPDATED, Outcome.SAME},
            "outcome": outcome.value,
            "version": register.version,
            "hash": register.hash.hex(),
            "state": held.state(now).value,
            "lists_this_node": listed,
            "evidence": [str(path) for path in applied.kept],
        }
        print(json.dumps(found))
    else:
        print(f"register {register.version} ({register.status}, {held.state(now)}): {_LOADED[outcome.value]}")
        if not listed:
            print(f"it does not list {own.node.id}: the node will not start, and its peers refuse it")
    return 0 if outcome in {Outcome.UPDATED, Outcome.SAME} else 1


@contextmanager
def _of(path: Path) -> Iterator[None]:
    """What is refused inside stood in this file or folder."""
    try:
        yield
    except ProtocolError as error:
        raise Refused(f"{path}: {error}") from None


_LOADED = {
    "updated": "is the node's copy now; a node that runs takes it within seconds, and its log says so",
    "same": "was the node's copy already",
    "behind": "is the node's copy; what was given is older, nothing changed",
    "evidence": "is the node's copy; what was given has its version and other contents: both are kept, tell the board",
}


def _lines(found: Mapping[str, Any]) -> list[str]:
    lines = [
        f"register {found['version']} ({found['status']}, {found['state']}, expires {found['expires']})",
        f"snapshot {found['hash']}",
        f"root.json {found['root']['sha256']}: {found['root']['words']}",
        *(f"{r['role']}: {r['threshold']} of {', '.join(r['holders'])}" for r in found["roles"]),
    ]
    for organisation in found["organisations"]:
        leaves = organisation["withdrawn_until"]
        lines.append(
            f"{organisation['id']}: {organisation['name']}{f'; withdrawn until {leaves}' if leaves else ''}"
        )
        for node in organisation["nodes"]:
            lines.append(
                f"  {node['id']} {node['address'] or 'dials out only'}; serves {', '.join(node['serves'])}"
            )
            lines += [f"    revoked: {key}" for key in node["revoked"]]
            lines += [f"    not granted: {words}" for words in node["refused"]]
    lines += [f"refused: {words}" for words in found["refused"]]
    lines += [
        f"{w['role']}: waits for {w['needed']} more of {', '.join(w['could_sign'])}" for w in found["waiting"]
    ]
    return lines
