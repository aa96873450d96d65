"""Officers of running nodes, at their screens over HTTP: signed in by a one-time link, they write, release and read."""

from __future__ import annotations

from running import Federation

from node.demo.check.alerts import Leaving, release
from node.demo.check.forms import form_to
from node.demo.check.visitor import Visitor
from node.demo.people import invite_all
from protocol.ids import NodeId


def signed_in(federation: Federation, node: NodeId) -> Visitor:
    """The officer of a running port."""
    invited = next(one for one in invite_all(federation.plan) if one.port.node == node)
    visitor = Visitor(invited.port)
    visitor.sign_in(invited.urls[0])
    return visitor


def written(visitor: Visitor, title: str, *, audience: str = "ports-be", tlp: str = "AMBER") -> str:
    """The path of a new draft."""
    form = form_to(visitor.page("/alerts/new"), "/alerts/new").fill(
        severity="Severe",
        category="intrusion",
        title=title,
        description="Nothing happened.",
        certainty="Observed",
        urgency="Immediate",
        audience=audience,
        tlp=tlp,
    )
    return visitor.send(form).path


def alert(visitor: Visitor, title: str, *, audience: str = "ports-be", tlp: str = "AMBER") -> Leaving:
    """Write an alert and release it; it has left when `cancel_window` is over."""
    return release(visitor, written(visitor, title, audience=audience, tlp=tlp))


def withdraw(visitor: Visitor, title: str) -> None:
    """Withdraw the newest record of this title."""
    found = next(row for row in visitor.json("/api/v1/records")["records"] if row["title"] == title)
    path = f"/records/{found['id']}/withdraw"
    visitor.send(form_to(visitor.page(path), "").fill(reason="1"), at=path)


def titles(visitor: Visitor) -> set[str]:
    """The newest records that the officer sees."""
    return {row["title"] for row in visitor.json("/api/v1/records")["records"]}
