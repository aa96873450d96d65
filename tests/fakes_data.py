"""Rich, invented data for screens: ships, people, numbers and keys are of nobody."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from record_examples import example

from node.blobs import of_draft
from protocol.ids import RecordId, UnixMs
from protocol.v1 import records_pb2 as pb
from web import filled
from web.sheets import Offered
from web.views import (
    AnswersView,
    AskedView,
    Audience,
    AuditDetail,
    AuditLine,
    AuditView,
    BelongingView,
    ChainView,
    ClearanceView,
    ErasedThere,
    ErasureAsked,
    ErasureDone,
    ErasuresView,
    Evidence,
    FindMenu,
    HandlingView,
    Holder,
    HoldView,
    LabelView,
    LinkView,
    Lookout,
    Menu,
    Named,
    PersonView,
    Provenance,
    RecordView,
    RoleView,
    Row,
    ShiftView,
    Subject,
    TieView,
    Way,
    Withdrawal,
)

NOW = UnixMs(1_795_385_647_000)
"""22 November 2026, 22:14:07 UTC."""

ANTWERP = Named("port-antwerp-bruges", "Port of Antwerp-Bruges")

NORTH_SEA = Named("north-sea-port", "North Sea Port")

LIMBURG = Named("csd-limburg", "Limburg")

LIEGE = Named("port-liege", "Port of Liège")

PORTS_BE = Named("ports-be", "Belgian seaports")

ALL_PORTS = Named("ports-all", "All ports")

AMBER = LabelView(
    "BE:NONE//TLP:AMBER//AUD ports-be//PURPOSE navigation-safety,port-security",
    "AMBER",
    audience=((PORTS_BE,),),
    purposes=("navigation-safety", "port-security"),
)

GREEN = LabelView("BE:NONE//TLP:GREEN//AUD ports-all", "GREEN", audience=((ALL_PORTS,),))

STRICT = LabelView(
    "BE:NONE//TLP:AMBER+STRICT//AUD ports-be//CAVEAT ORCON",
    "AMBER+STRICT",
    audience=((PORTS_BE,),),
    caveats=("ORCON",),
)

RED = LabelView(
    "BE:NONE//TLP:RED//AUD ports-be//TO node:port-antwerp-bruges",
    "RED",
    audience=((PORTS_BE,),),
    recipients=((ANTWERP,),),
)

OWNER = of_draft(RecordId(bytes(16)))


def rid(number: int) -> str:
    """A record id."""
    return f"019a{number:028x}"


def ago(seconds: float) -> UnixMs:
    """An instant before NOW."""
    return UnixMs(NOW - int(seconds * 1000))


def row(number: int, title: str, severity: str, seconds: float, **more: object) -> Row:
    """A line of the watch."""
    plain: dict[str, object] = {
        "kind": "alert",
        "state": "current",
        "origin": ANTWERP,
        "own": True,
        "label": AMBER,
        "lang": "en",
        "category": "vessel_anomaly",
        "place": "Deurganck dock",
    }
    return Row(id=rid(number), title=title, severity=severity, issued_ms=ago(seconds), **{**plain, **more})  # type: ignore[arg-type]


ROWS = (
    row(
        12,
        "Two people at the quay fence, boat alongside",
        "Extreme",
        42,
        category="intrusion",
        place="Zeebrugge, west quay 4",
        label=STRICT,
        life_safety=True,
    ),
    row(
        11,
        "DEMO ORCA silent for 21 min, then slow towards the quay",
        "Severe",
        190,
        detector="ais_gap",
        place="Scheldt, Liefkenshoek",
    ),
    row(
        10,
        "One MMSI at two places 62 km apart",
        "Severe",
        475,
        detector="impossible_speed",
        origin=NORTH_SEA,
        own=False,
        place="Western Scheldt",
    ),
    row(
        9,
        "Container door opened outside the stack",
        "Moderate",
        741,
        category="cargo",
        origin=NORTH_SEA,
        own=False,
        place="Terneuzen",
    ),
    row(
        8,
        "Drone boven tankpark, onderweg naar het zuiden",
        "Moderate",
        1084,
        category="drone",
        lang="nl",
        label=GREEN,
        place="Kallo",
    ),
    Row(
        id=rid(7),
        kind="alert",
        state="retracted",
        origin=LIEGE,
        own=False,
        issued_ms=ago(2500),
        label=GREEN,
        withdrawal=Withdrawal(ago(1900), 1, LIEGE),
    ),
    row(
        6,
        "Camion sans rendez-vous devant la porte 3",
        "Minor",
        2892,
        category="vehicle",
        origin=LIEGE,
        own=False,
        lang="fr",
        label=GREEN,
        place="Trilogiport",
    ),
    row(
        5,
        "Badge reader at gate 2 answers slowly",
        "Unknown",
        5400,
        category="access_anomaly",
        version=2,
        place="Gate 2",
    ),
    Row(
        id=rid(4),
        kind="sighting",
        state="current",
        origin=ANTWERP,
        own=True,
        issued_ms=ago(7000),
        label=AMBER,
        title="Look-out seen: MMSI 200 123 456",
        lang="en",
        place="BEANR",
    ),
    row(
        3,
        "Exercise: unknown object under the quay",
        "Severe",
        9000,
        category="threat",
        label=replace(AMBER, status="exercise"),
        state="expired",
    ),
)

LIBRARY = (
    Row(
        id=rid(30),
        kind="notice",
        state="current",
        origin=NORTH_SEA,
        own=False,
        issued_ms=ago(86400 * 2),
        label=GREEN,
        title="Committee meets on 3 December, 14:00, Terneuzen",
        lang="en",
        asks_by_ms=UnixMs(NOW + 86_400_000),
    ),
    Row(
        id=rid(31),
        kind="best_practice",
        state="current",
        origin=LIEGE,
        own=False,
        issued_ms=ago(86400 * 9),
        label=GREEN,
        title="Release of containers by a second channel",
        lang="en",
    ),
    Row(
        id=rid(32),
        kind="security_level",
        state="current",
        origin=ANTWERP,
        own=True,
        issued_ms=ago(200_000),
        label=GREEN,
        title="ISPS level 2 at the tank terminals",
        lang="en",
        asks_by_ms=ago(3600),
    ),
)

LOOKOUTS = (
    Lookout(
        row=Row(
            id=rid(20),
            kind="indicator",
            state="current",
            origin=LIEGE,
            own=False,
            issued_ms=ago(40000),
            label=AMBER,
            title="DEMO HERON, false identity twice in November",
            lang="en",
        ),
        type="mmsi",
        value="200123456",
        reason="spoofing",
        on_hit="observe",
        valid_until_ms=UnixMs(NOW + 6 * 86_400_000),
        sightings=2,
        last_seen_ms=ago(7000),
        last_seen_by=ANTWERP,
    ),
    Lookout(
        row=Row(
            id=rid(21),
            kind="indicator",
            state="current",
            origin=ANTWERP,
            own=True,
            issued_ms=ago(90000),
            label=GREEN,
            title="Slow passes along the dock wall at night",
            lang="en",
        ),
        type="imo",
        value="1234567",
        reason="scouting",
        on_hit="call",
        valid_until_ms=UnixMs(NOW + 20 * 86_400_000),
    ),
)

MENU = Menu(
    audiences=(
        Audience("ports-be", "Belgian seaports", (ANTWERP, NORTH_SEA)),
        Audience("ports-all", "All ports", (ANTWERP, NORTH_SEA, LIMBURG, LIEGE)),
    ),
    tlps=("GREEN", "AMBER", "AMBER+STRICT", "RED"),
    ports=(NORTH_SEA, LIMBURG, LIEGE),
    places=(Named("BEANR", "Antwerp"), Named("BEZEE", "Zeebrugge")),
    bases=(Named("msa-2022", "Maritime security act"),),
    languages=("nl", "fr", "en", "de"),
)

FORM = {
    "severity": "Severe",
    "category": "intrusion",
    "title": "Fence cut behind tank 12",
    "description": "Hole of a metre, fresh.",
    "certainty": "Observed",
    "urgency": "Immediate",
    "statement": "fact",
    "lang": "en",
    "legal_basis": "msa-2022",
    "audience": "ports-be",
    "tlp": "AMBER",
    "occurred": "2026-11-22T23:10",
}
"""The alert form as an officer fills it in."""

FIND_MENU = FindMenu(
    ("text", "person", "plate", "badge", "phone"),
    ("enforcement", "port-security"),
    ("alert", "notice"),
    (ANTWERP,),
)

RIGHTS = frozenset(
    {"raise_alert", "write", "release", "approve", "retract", "enter_indicator", "hold", "erase", "audit"}
    | {"people", "rules"}
)

OFFERED = Offered(
    bases=MENU.bases,
    languages=(Named("nl", "Nederlands"), Named("en", "English")),
    nodes=MENU.ports,
    rights=frozenset({"can_confirm_incident", "can_close_incident"}),
    lists={"modus_operandi": ("pin_fraud", "switch")},
    places=MENU.places,
)

SAID = {kind: example(kind) for kind in ("alert", "incident", "indicator")}
"""What a record to correct says, by its kind."""


def _hand(zone: ZoneInfo) -> filled.Hand:
    return filled.Hand(
        zone,
        lambda text: pb.Ref(record_id=bytes.fromhex(text)) if len(text) == 32 else None,
        lambda ref: ref.record_id.hex(),
    )


def provenance(line: Row, **more: object) -> Provenance:
    """A valid chain."""
    received = None if line.own else UnixMs(line.issued_ms + 180)
    plain = Provenance(
        "valid",
        line.origin,
        "9f2a…c1d4",
        "5b1c77e0a9d2",
        11,
        12,
        4,
        received,
        (NORTH_SEA, LIEGE) if line.own else (LIEGE,),
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def _answers(line: Row) -> AnswersView | None:
    """Of what asks: the board of an own record, or an officer's step."""
    if line.asks_by_ms is None:
        return None
    if not line.own:
        return AnswersView(line.asks_by_ms, may=True)
    board = (
        AskedView(NORTH_SEA, "acknowledged", ago(80_000)),
        AskedView(LIEGE, "overdue"),
        AskedView(LIMBURG, "earlier", ago(150_000)),
    )
    return AnswersView(line.asks_by_ms, board)


def record_of(line: Row) -> RecordView:
    """A record with everything a screen can show."""
    if line.withdrawal is not None:
        holders = (
            Holder(ANTWERP, "hidden", ago(1899)),
            Holder(NORTH_SEA, "hidden", ago(1899)),
            Holder(LIMBURG, "not_hidden"),
        )
        return RecordView(
            line,
            provenance(line),
            holders=holders,
            regime="gdpr",
            controller=line.origin.name,
            may_unseal=True,
            handling=HandlingView(acted=((NORTH_SEA, "under_investigation"), (LIEGE, "no_action"))),
        )
    return RecordView(
        row=line,
        provenance=provenance(line),
        description="Class A ship stopped sending at 21:52 inside good coverage, 1.8 nm from the quay. It came back 21 "
        "minutes later, 3 kn slower, heading for berth 1742.",
        action="Check berth 1742 by camera. Do not approach by boat alone.",
        certainty="Likely",
        urgency="Immediate",
        occurred_ms=UnixMs(line.issued_ms - 9000),
        expires_ms=UnixMs(NOW + 80_000_000),
        retain_until_ms=UnixMs(NOW + 30 * 86_400_000),
        places=(line.place,) if line.place else (),
        subjects=(Subject("mmsi", "200123456"),),
        detector_version="1" if line.detector else "",
        score=0.83 if line.detector else None,
        explanation=(
            "Silent for 21 min where 96 % of ships are heard every 10 s.",
            "1.8 nm from the nearest quay when it went silent.",
            "Speed 9.4 kn before, 3.1 kn after.",
        )
        if line.detector
        else (),
        evidence=(
            Evidence(
                "ais.position", "vts", ago(1460), (("sog", "9.4 kn"), ("lat", "51.2921"), ("lon", "4.2844"))
            ),
            Evidence(
                "ais.position", "vts", ago(200), (("sog", "3.1 kn"), ("lat", "51.2874"), ("lon", "4.2790"))
            ),
        )
        if line.detector
        else (),
        holders=(
            Holder(NORTH_SEA, "has", UnixMs(line.issued_ms + 90), 90),
            Holder(LIEGE, "stored", UnixMs(line.issued_ms + 310), 310),
            Holder(LIMBURG, "not_yet"),
        )
        if line.own
        else (),
        regime="gdpr",
        controller=line.origin.name,
        legal_basis="Maritime security act",
        released_by="Rule ais-spoof" if line.detector else "E. Jansen",
        may_withdraw=line.own and line.state == "current",
        may_correct=line.own and line.state == "current",
        answers=_answers(line),
        ways=(Way("outcome", "about"), Way("incident", "linked")) if line.kind == "alert" else (),
        may_hold=line.state == "current",
        may_put=line.state == "current",
        may_contest=line.state == "current",
        may_erase=line.own,
        handling=HandlingView("claimed", "E. Jansen", ago(60), steps=frozenset({"claim", "guard", "close"}))
        if line.kind == "alert"
        else None,
    )


HOLDS = (
    HoldView(
        "ab" * 16 + "-" + "cd" * 16 + "-" + "01" * 16,
        "alert",
        NORTH_SEA,
        "asked",
        "PV AN.60 1234/26",
        "D. Peeters",
        ago(900),
        True,
        True,
    ),
    HoldView(
        "ef" * 16 + "-" + "cd" * 16 + "-" + "01" * 16,
        "incident",
        ANTWERP,
        "held",
        "2026/0042",
        "D. Peeters",
        ago(90000),
        False,
        True,
        may_add=True,
    ),
    HoldView(
        "12" * 16 + "-" + "cd" * 16 + "-" + "01" * 16,
        "alert",
        LIEGE,
        "lifting",
        "2026/0007",
        "D. Peeters",
        ago(60),
        True,
        False,
    ),
)

ERASURES = ErasuresView(
    asked=(
        ErasureAsked(rid(11), "alert", ROWS[1], 2, "5c" * 32, "D. Peeters", ago(900), True),
        ErasureAsked(rid(14), "incident", None, 3, "6d" * 32, "E. Jansen", ago(9000), False),
    ),
    done=(
        ErasureDone(
            rid(15),
            "alert",
            4,
            ago(90_000),
            "cooling",
            (
                ErasedThere(NORTH_SEA, "destroyed", ago(800)),
                ErasedThere(LIMBURG, "waiting"),
                ErasedThere(LIEGE, "held", ago(700)),
            ),
        ),
    ),
    more=True,
)

AUDIT = AuditView(
    lines=(
        AuditLine(
            at_ms=ago(40),
            index=812,
            act="open",
            who="E. Jansen",
            actor="0b5c1c1e-6a0f-4a5e-9b0e-0d9d6b1f3c11",
            purpose="port-security",
            rule="label",
            register=3,
            revision="9f" * 32,
            record=rid(1),
            feed="3a" * 32,
        ),
        AuditLine(
            at_ms=ago(90),
            index=811,
            act="export",
            who="administrator/cli",
            actor="administrator/cli",
            register=3,
            revision="9f" * 32,
            details=(
                AuditDetail("entries", "1204", ("1204",)),
                AuditDetail("feeds", "3", ("3",)),
                AuditDetail("peer", "port-limburg", (LIMBURG.name,)),
            ),
        ),
        AuditLine(
            at_ms=ago(300), index=810, act="refuse", who="node", actor="node", rule="BAD_PROOF", register=3
        ),
        AuditLine(at_ms=ago(90_000), index=9),
    ),
    chain=ChainView(813),
    acts=("export", "open", "refuse"),
    actors=(
        Named("0b5c1c1e-6a0f-4a5e-9b0e-0d9d6b1f3c11", "E. Jansen"),
        Named("administrator/cli", "administrator/cli"),
        Named("node", "node"),
    ),
    older="1-9",
)

PERSON = PersonView(
    id="5f1d0c6e-9d0b-4a52-8a53-0d6a3c1f7e21",
    login="l.maes",
    name="L. Maes",
    site="Antwerp",
    since_ms=ago(90 * 86_400),
    password=True,
    seats=(BelongingView("deputy", Named("lcmb-antwerp", "lcmb-antwerp"), UnixMs(NOW + 86_400_000), 7),),
    places=(BelongingView("expelled", PORTS_BE, None, None),),
    roles=(
        RoleView("security_officer", UnixMs(NOW + 20 * 86_400_000), 30),
        RoleView("analyst", UnixMs(NOW - 86_400_000), 0),
    ),
    clearances=(
        ClearanceView(
            policy="BE",
            level="SECRET",
            compartments=("HARBOUR-1",),
            purposes=("port-security", "enforcement"),
            until_ms=UnixMs(NOW + 5 * 86_400_000),
            verified_by="National Security Authority",
            within=7,
        ),
    ),
    shifts=(ShiftView(ago(3600), UnixMs(NOW + 6 * 86_400_000), True, True),),
    on_duty=True,
    suspended=False,
    manages=frozenset({"roles", "clearances"}),
    may=frozenset({"roles", "clearances"}),
    ties=(TieView("close_colleague", Named("0b1f", "B. Claes (b.claes)")),),
    concerns=(("oneself", 2),),
    others=(Named("0b1f", "B. Claes (b.claes)"),),
    communities=(PORTS_BE, ALL_PORTS),
    compartments=("HARBOUR-1", "HARBOUR-2"),
)

LINK = LinkView(
    person=PERSON.id,
    login=PERSON.login,
    name=PERSON.name,
    path=f"/sign-in/once?code={'5e' * 32}",
    until_ms=UnixMs(NOW + 3_600_000),
)
