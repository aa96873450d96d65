"""The product's model on an OpenFGA server: found or put there, never in the place of another.

Guarantees that doing it again changes nothing; that a store whose models are others is refused unless the caller said
`beside`; and that nothing on the server is ever changed or removed: a store is made, or a model added. Tuples are not its business.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from importlib import resources

from node.exits import Refused
from node.openfga_calls import Calls, Place
from node.relations_openfga import same_model
from policies.fga_model import shipped
from protocol.ids import NodeId


@dataclass(frozen=True, slots=True)
class Installed:
    """What a configuration names afterwards, and which of both was made now."""

    store: str
    model: str
    made_store: bool
    made_model: bool


def install(at: Place, node: NodeId, *, beside: bool = False) -> Installed:
    """Find or make the node's store (`at.store`, else by its name) and the model in it. Refused in words; NoEngine."""
    store, made_store = (at.store, False) if at.store else _store(at, f"port2port {node}")
    calls = Calls(replace(at, store=store))
    try:
        ours, others = _among(calls)
        if ours:
            return Installed(store, ours, made_store, made_model=False)
        if others and not beside:
            raise Refused(
                f"store {store} holds {others} other model(s) and not this program's; who uses them would not notice another, but "
                "whoever asks the newest would: give --beside to add it, or name another store"
            )
        return Installed(store, calls.make_model(_source()), made_store, made_model=True)
    finally:
        calls.close()


def _store(at: Place, name: str) -> tuple[str, bool]:
    calls = Calls(at)
    try:
        found = calls.stores(name)
        if len(found) > 1:
            raise Refused(
                f"{len(found)} stores of the server are called {name!r}; name one in relations.store"
            )
        return (found[0], False) if found else (calls.make_store(name), True)
    finally:
        calls.close()


def _among(calls: Calls) -> tuple[str, int]:
    """The id of the product's model in the store, empty where it is not there; and how many others were seen."""
    others = 0
    for one in calls.models():
        if same_model(one, shipped()):
            return str(one["id"]), others
        others += 1
    return "", others


def _source() -> dict[str, object]:
    found: dict[str, object] = json.loads(resources.files("policies").joinpath("model.json").read_bytes())
    return found
