"""What of the register a form offers: nodes and places of the communities that this node serves. Of no others is anything told."""

from __future__ import annotations

from protocol.ids import NodeId
from protocol.register_view import Register
from web import views
from web.shown import Names


def nodes(register: Register, names: Names, mine: frozenset[str], me: NodeId) -> tuple[views.Named, ...]:
    """The other nodes; `mine`: the communities."""
    return tuple(names.node(node) for node in sorted(_serving(register, mine) - {me}))


def places(register: Register, mine: frozenset[str], me: NodeId) -> tuple[views.Named, ...]:
    """Where these nodes and this one are, by UN/LOCODE."""
    known = [
        register.nodes[node] for node in sorted(_serving(register, mine) | {me}) if node in register.nodes
    ]
    named = {site.unlocode: site.name for node in known for site in node.sites if site.unlocode}
    return tuple(views.Named(code, name) for code, name in sorted(named.items()))


def _serving(register: Register, mine: frozenset[str]) -> frozenset[NodeId]:
    served = [register.communities[name] for name in mine if name in register.communities]
    return frozenset(node for one in served for node in one.serving)
