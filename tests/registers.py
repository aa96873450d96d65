"""A small federation as register data, for tests: the four demonstration ports, an authority, a partner. No signatures."""

from __future__ import annotations

import base64
import copy
import hashlib
from collections.abc import Callable
from typing import Any

from nacl.signing import SigningKey

from protocol.ids import NodeId, UnixMs
from protocol.possession import possession
from protocol.register import Register, build_register

Data = dict[str, Any]
EXPIRES = UnixMs(1_900_000_000_000)


def board() -> dict[str, Any]:
    """The board's custom data."""
    return {
        "rules": 1,
        "status": "demo",
        "policy": "BE",
        "organisations": {
            "port-antwerp-bruges": organisation("Port of Antwerp-Bruges", rights=["bans", "security_level"]),
            "north-sea-port": organisation("North Sea Port", countries=["BE", "NL"]),
            "port-limburg": organisation("Limburg facilities' host", kinds=["host", "port"]),
            "port-liege": organisation("Port of Liège"),
            "police-limburg": organisation(
                "Federal Police CSD Limburg",
                kinds=["authority"],
                level={"BE": "SECRET", "EU": "RESTRICTED"},
                compartments=["DRUGS"],
                regimes=["gdpr", "led", "judicial"],
                rights=["bans"],
            ),
            "port-rotterdam": organisation("Port of Rotterdam", kinds=["partner"], countries=["NL"]),
        },
        "communities": {
            "ports-be": community(
                "Belgian ports",
                members=[
                    "port-antwerp-bruges",
                    "north-sea-port",
                    "port-limburg",
                    "port-liege",
                    "police-limburg",
                ],
            ),
            "ports-scheldt": community(
                "Scheldt ports", members=["port-antwerp-bruges", "north-sea-port", "port-liege"]
            ),
            "pfso-network": community(
                "PFSO network",
                members=["port-antwerp-bruges", "north-sea-port"],
                clients=["port-liege", "port-rotterdam"],
            ),
        },
        "vocabulary": {
            "compartments": ["DRUGS"],
            "roles": ["duty-officer", "pfso"],
            "unlocode": ["BEANR", "BEZEE", "BEGNE"],
            "modus_operandi": ["switch"],
        },
        "processing": [
            {
                "id": "port-security-be",
                "title": "Port security",
                "regime": "gdpr",
                "kinds": ["alert", "incident", "indicator"],
            }
        ],
        "retention": {"alert_unconfirmed": "30d", "alert_confirmed": "1y"},
        "auto_release": {"level": "NONE", "tlp": "AMBER", "audience": ["ports-be", "ports-scheldt"]},
        "max_open_feeds": 200,
        "cooling": "72h",
    }


def organisation(name: str, **more: Any) -> dict[str, Any]:
    """An organisation of the board's data with what most of them have."""
    given = {"kinds": ["port"], "countries": ["BE"], "level": {"BE": "NONE"}, "regimes": ["gdpr"], "nodes": 2}
    return {"name": name, **given, **more}


def community(title: str, *, members: list[str], clients: list[str] | None = None) -> dict[str, Any]:
    """A community that every node of its organisations serves."""
    return {
        "title": title,
        "steward": members[0],
        "members": dict.fromkeys(members, 1),
        "clients": dict.fromkeys(clients or [], 1),
        "serving": [*members, *(clients or [])],
    }


def nodes() -> dict[str, list[dict[str, Any]]]:
    """The organisations' custom data: one node each."""
    return {
        "port-antwerp-bruges": [
            node(
                "port-antwerp-bruges",
                [site("antwerp", "BEANR"), site("zeebrugge", "BEZEE")],
                roles=["duty-officer"],
            )
        ],
        "north-sea-port": [
            node(
                "north-sea-port",
                [site("ghent", "BEGNE"), site("terneuzen", "NLTNZ"), site("vlissingen", "NLVLI")],
            )
        ],
        "port-limburg": [node("port-limburg", [site("genk", "BEGNK")], kind="host")],
        "port-liege": [node("port-liege", [site("liege", "BELGG")])],
        "police-limburg": [
            node(
                "police-limburg",
                [site("hasselt", "BEHSS")],
                kind="authority",
                level={"BE": "SECRET", "EU": "RESTRICTED"},
                compartments=["DRUGS"],
                regimes=["gdpr", "led", "judicial"],
                approval={"number": "2027-014", "issuer": "nsa-be", "expires": "2029-06-30"},
            )
        ],
        "port-rotterdam": [node("port-rotterdam", [site("rotterdam", "NLRTM")], kind="partner")],
    }


def site(name: str, unlocode: str) -> dict[str, str]:
    return {"id": name, "country": unlocode[:2], "unlocode": unlocode, "name": name.title()}


def node(name: str, sites: list[dict[str, str]], **more: Any) -> dict[str, Any]:
    """A node with keys made of its name; the certificate is bytes in PEM armour, not one that opens a door."""
    return {
        "id": name,
        "kind": "port",
        "address": "127.0.0.1:7401",
        "sites": sites,
        "level": {"BE": "NONE"},
        "regimes": ["gdpr"],
        "tls": [pem(f"tls {name}".encode())],
        "log": [public_key(f"log {name}")],
        "hold": [public_key(f"hold {name}")],
        **more,
    }


def signing_key(name: str) -> SigningKey:
    """An Ed25519 key, the same for the same name."""
    return SigningKey(hashlib.sha256(name.encode()).digest())


def public_key(name: str) -> str:
    """Its public half in hex."""
    return bytes(signing_key(name).verify_key).hex()


def proof(node: str, *names: str) -> dict[str, str]:
    """What a node's entry says in `proof` of its keys of these names; of its `log` and `hold` where none is given."""
    text = possession(NodeId(node))
    return {
        public_key(n): signing_key(n).sign(text).signature.hex()
        for n in names or (f"log {node}", f"hold {node}")
    }


def pem(der: bytes) -> str:
    body = base64.b64encode(der).decode()
    return f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n"


def built(board: Data, nodes: Data, **more: Any) -> Register:
    return build_register(board, nodes, version=3, hash=bytes(32), expires_ms=EXPIRES, **more)


def changed(change: Callable[[Data, Data], object], **more: Any) -> Register:
    """The register after one change of its data: the board's and the nodes'."""
    given, listed = board(), nodes()
    change(given, listed)
    return built(given, listed, **more)


def swap(path: str, value: object) -> Callable[[Data, Data], None]:
    """Sets one place: `board/…` or `nodes/…`, numbers are list indexes; `...` removes it."""

    def change(board: Data, nodes: Data) -> None:
        top, *steps, last = path.split("/")
        found: Any = board if top == "board" else nodes
        for step in steps:
            found = found[int(step) if isinstance(found, list) else step]
        if value is ...:
            del found[last]
        else:
            found[int(last) if isinstance(found, list) else last] = value

    return change


def register(version: int = 3, **changes: Any) -> Register:
    """The federation above; `changes` replace top-level fields of the board's data."""
    return build_register(
        {**board(), **copy.deepcopy(changes)}, nodes(), version=version, hash=bytes(32), expires_ms=EXPIRES
    )
