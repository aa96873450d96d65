"""`port2port policy install`: the relations model on the OpenFGA server that a configuration names.

`port2port policy explain`: which condition permits or denies somebody a record, in words and without a word of the record; each answer is
audited.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

SCHEMA = "port2port/policy-install/v1"


def register_verbs(verbs: Any) -> None:
    """Add `policy`."""
    actions = verbs.add_parser(
        "policy", help="why somebody reads a record; the relations model on a server"
    ).add_subparsers(required=True, metavar="install | explain")
    explain = actions.add_parser("explain", help="which condition permits or denies somebody a record")
    explain.set_defaults(handler=_explain)
    explain.add_argument(
        "--config", type=Path, required=True, metavar="FILE", help="the node's configuration"
    )
    explain.add_argument("--record", required=True, metavar="ID", help="as in the address of its page")
    whom = explain.add_mutually_exclusive_group(required=True)
    whom.add_argument("--person", metavar="LOGIN", help="an officer of this node")
    whom.add_argument("--node", metavar="ID", help="a node of the register")
    install = actions.add_parser(
        "install", help="find or make store and model on the OpenFGA server of [relations]"
    )
    install.set_defaults(handler=_install)
    install.add_argument(
        "--config", type=Path, required=True, metavar="FILE", help="the node's configuration"
    )
    install.add_argument("--beside", action="store_true", help="add the model to a store that has others")
    install.add_argument("--json", action="store_true", help="print the result as JSON")


def _explain(chosen: argparse.Namespace) -> int:
    from node.beside import at_hand
    from node.commands.address import parse
    from node.commands.explain import explain
    from node.exits import Refused
    from node.invitations import ACTOR

    record = parse(chosen.record)
    if record is None:
        raise Refused("--record: 32 hexadecimal digits, as in the address of the record's page")
    with at_hand(chosen.config) as place:
        whom = chosen.node or chosen.person
        told = place.store.write(
            lambda tx: explain(tx, place.ctx, place.model, record, whom, node=bool(chosen.node), actor=ACTOR)
        ).result()
    if told is None:
        raise Refused(f"{record}: no such record here, or nobody of that name")
    for line in told.lines:
        print(f"{'permits' if line.holds else 'denies '}  {line.part:<9}  {line.words}")
    print("so: " + ("yes" if told.permitted else "no"))
    return 0 if told.permitted else 1


def _install(chosen: argparse.Namespace) -> int:
    from node.checked import checked
    from node.engine import place
    from node.exits import Refused
    from node.policy_install import install
    from policies.relations import RelationsError
    from protocol.ids import NodeId

    config = checked(chosen.config)
    if config.relations.engine != "openfga":
        raise Refused(
            f'{chosen.config}: relations.engine is "embedded": its model is in the program, nothing is installed'
        )
    node = NodeId(config.node.id)
    try:
        done = install(place(config), node, beside=chosen.beside)
    except RelationsError as error:
        raise Refused(
            f"{config.relations.url}: {error}; nothing was changed that is not printed here"
        ) from error
    if chosen.json:
        print(json.dumps({
            "schema": SCHEMA, "node": str(node), "store": done.store, "model": done.model,
            "made_store": done.made_store, "made_model": done.made_model,
        }))  # fmt: skip
        return 0
    print(f"store {done.store} ({'made' if done.made_store else 'found'})")
    print(f"model {done.model} ({'made' if done.made_model else 'found'})")
    if (config.relations.store, config.relations.model) != (done.store, done.model):
        print(f'[relations] of {chosen.config} needs:\nstore = "{done.store}"\nmodel = "{done.model}"')
    return 0
