"""A change of the register or of a reader: the same verdicts as deciding all anew, at the cost of the feeds that it concerns."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import feed_rows
import ports
import pytest
import registers
from officers_here import officer
from ports import ANTWERP, LIEGE, LIMBURG, NORTH_SEA, Port
from registers import Data, swap

from federation import holdings
from federation.holdings import Holdings
from node.commands import readable, serve
from node.commands.readable import Readable
from node.store.unit import Tx
from policies.clearance import Reader as Reading
from policies.competence import GRACE_MS
from policies.readership import reads
from policies.succession import Moved
from protocol.ids import NodeId, UnixMs
from protocol.label import Label
from protocol.members import Standing
from protocol.register_view import Register

POLICE, ROTTERDAM = NodeId("police-limburg"), NodeId("port-rotterdam")
PEERS = (NORTH_SEA, LIMBURG, LIEGE, POLICE, ROTTERDAM)
LABELS = (
    "BE:NONE//TLP:AMBER//AUD ports-be",
    "BE:NONE//TLP:AMBER//AUD ports-scheldt",
    "BE:NONE//TLP:AMBER//AUD pfso-network",
    "BE:NONE//TLP:AMBER+STRICT//AUD pfso-network",
    "BE:NONE//TLP:AMBER//AUD ports-be & ports-scheldt",
    "BE:NONE//TLP:AMBER//AUD pfso-network,ports-scheldt",
    "BE:NONE//TLP:RED//AUD ports-be//TO node:north-sea-port",
    "BE:NONE//TLP:AMBER//AUD ports-be//CAVEAT PERSONAL",
    "BE:NONE//TLP:AMBER//AUD ports-be//CAVEAT ORCON",
    "BE:RESTRICTED//TLP:AMBER//AUD ports-be",
    "BE:NONE//TLP:AMBER//AUD ports-be//CTRY NL",
)


def _leaves(organisation: str, community: str) -> Callable[[Data, Data], object]:
    def change(board: Data, _nodes: Data) -> None:
        held = board["communities"][community]
        held["serving"].remove(organisation)
        for part in ("members", "clients"):
            held[part].pop(organisation, None)

    return change


CHANGES: dict[str, Callable[[Data, Data], object]] = {
    "nothing": lambda board, nodes: None,
    "one leaves a community": _leaves("port-liege", "ports-scheldt"),
    "a partner leaves one": _leaves("port-rotterdam", "pfso-network"),
    "a client is a member": swap("board/communities/pfso-network/members/port-liege", 3),
    "since later": swap("board/communities/ports-be/members/port-limburg", 3),
    "without its approval": swap("nodes/police-limburg/0/approval", ...),
    "an origin is gone": swap("nodes/north-sea-port", []),
    "withdrawn": swap("board/organisations/port-liege/withdrawn_until", "2026-01-01"),
    "this node withdrawn": swap("board/organisations/port-antwerp-bruges/withdrawn_until", "2026-01-01"),
    "another country": swap("nodes/north-sea-port/0/sites", [registers.site("ghent", "BEGNE")]),
}
REGISTERS = {name: registers.changed(change) for name, change in CHANGES.items()} | {
    "long expired": replace(registers.register(), expires_ms=UnixMs(1_700_000_000_000 - GRACE_MS))
}


class Switched:
    """A port whose register a test changes, holding these feeds of its own and of North Sea Port."""

    def __init__(self, labels: tuple[str, ...] = LABELS) -> None:
        self.register: Register = REGISTERS["nothing"]
        self.at: Port = ports.port(ANTWERP, register=lambda: self.register)
        self.at.store.write(lambda tx: self._fill(tx, labels)).result()

    def _fill(self, tx: Tx, labels: tuple[str, ...]) -> None:
        for number, (origin, label) in enumerate(itertools.product((ANTWERP, NORTH_SEA), labels), 1):
            feed_rows.feed(tx, number, label, origin=origin, own=int(origin == ANTWERP))

    def said(self, held: Holdings) -> list[object]:
        """All that is said of holdings, to every peer."""
        return [
            (list(map(str, held.served(peer))), held.named(peer), held.digest(peer))
            for peer in PEERS
            if peer in self.register.nodes
        ]


def decides_as_anew(before: str, after: str) -> None:
    switched = Switched()
    switched.register = REGISTERS[before]
    held = Holdings(switched.at.ctx)
    switched.said(held)
    switched.register = REGISTERS[after]
    assert switched.said(held) == switched.said(Holdings(switched.at.ctx))


PAIRS = [("nothing", name) for name in REGISTERS] + [(name, "nothing") for name in REGISTERS]


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_what_is_served_under_the_next_register_is_as_if_all_were_decided_anew(
    before: str, after: str
) -> None:
    decides_as_anew(before, after)


@pytest.mark.parametrize("after", ["one leaves a community", "an origin is gone"])
def test_a_feed_that_was_lost_while_the_register_changed_is_decided_anew_when_it_comes_again(
    after: str,
) -> None:
    switched = Switched()
    held = Holdings(switched.at.ctx)
    switched.said(held)
    lost = [one.feed for one in held.served(LIEGE) if one.label == LABELS[1]]
    assert lost
    for feed in lost:
        held.purged(feed)
    switched.register = REGISTERS[after]
    switched.said(held)
    held.load(switched.at.store.read(lambda r: serve.listed(r, lost)))
    assert switched.said(held) == switched.said(Holdings(switched.at.ctx))


@pytest.mark.parametrize("after", ["one leaves a community", "an origin is gone", "withdrawn"])
def test_verdicts_that_go_on_whatever_changed_are_caught(after: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holdings, "moved", lambda *_, **__: Moved())
    with pytest.raises(AssertionError):
        decides_as_anew("nothing", after)


# ---- what is decided --------------------------------------------------------------------------------------------------------

BE, SCHELDT = LABELS[0], LABELS[1]


def decided(monkeypatch: pytest.MonkeyPatch, of: object, name: str) -> list[str]:
    """The labels that were decided about."""
    asked: list[str] = []
    real = getattr(of, name)

    def counted(*args: object) -> object:
        asked.append(str(next(getattr(one, "label", "") for one in args if hasattr(one, "register_version"))))
        return real(*args)

    monkeypatch.setattr(of, name, counted)
    return asked


def rejudged(monkeypatch: pytest.MonkeyPatch, feeds: int) -> int:
    """How many verdicts it takes that Liège leaves a community which 3 of so many own feeds name."""
    switched = Switched((BE,) * (feeds - 3) + (SCHELDT,) * 3)
    held = Holdings(switched.at.ctx)
    switched.said(held)
    asked = decided(monkeypatch, holdings, "may_serve")
    switched.register = REGISTERS["one leaves a community"]
    switched.said(held)
    assert len([one for one in held.served(LIEGE) if one.label == SCHELDT]) == 0
    return len(asked)


@pytest.mark.parametrize("feeds", [50, 250])
def test_a_change_that_concerns_three_feeds_of_two_ports_decides_six(
    feeds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert rejudged(monkeypatch, feeds) == 6


def test_deciding_all_anew_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holdings, "moved", lambda *_, **__: None)
    assert rejudged(monkeypatch, 50) > 400


# ---- readers ----------------------------------------------------------------------------------------------------------------


def reader_of(feeds: int) -> tuple[Switched, Readable, Callable[[frozenset[str]], set[int]]]:
    switched = Switched((BE,) * (feeds - 3) + (SCHELDT,) * 3)
    who, memory = officer(switched.at), Readable(switched.at.ctx)

    def read(communities: frozenset[str]) -> set[int]:
        standing = dict.fromkeys(sorted(communities), Standing.MEMBER)
        reading = replace(who.reading, memberships=standing)
        kept = switched.at.store.read(lambda r: memory.feeds(r, reading)).keys()
        anew = switched.at.store.read(lambda r: Readable(switched.at.ctx).feeds(r, reading)).keys()
        assert kept == anew
        return set(kept)

    return switched, memory, read


BOTH, ONE = frozenset({"ports-be", "ports-scheldt"}), frozenset({"ports-be"})


def test_a_reader_who_stands_otherwise_reads_what_he_would_if_all_were_decided_anew() -> None:
    _, _, read = reader_of(20)
    sizes = [len(read(one)) for one in (BOTH, ONE, frozenset[str](), BOTH, frozenset({"ports-scheldt"}), ONE)]
    assert sizes == [40, 34, 0, 40, 6, 34]


def test_carrying_all_over_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    _, memory, read = reader_of(20)
    read(BOTH)
    monkeypatch.setattr(memory, "_naming", {})
    with pytest.raises(AssertionError):
        read(ONE)


@pytest.mark.parametrize("feeds", [50, 250])
def test_a_reader_who_leaves_a_community_costs_the_feeds_that_name_it(
    feeds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    switched, memory, _ = reader_of(feeds)
    reading = officer(switched.at, "b.second").reading
    switched.at.store.read(lambda r: memory.feeds(r, reading))
    asked: list[Label] = []

    def counted(reading: Reading, label: Label) -> bool:
        asked.append(label)
        return reads(reading, label)

    monkeypatch.setattr(readable, "reads", counted)
    left = replace(
        reading, memberships={c: s for c, s in reading.memberships.items() if c != "ports-scheldt"}
    )
    assert len(switched.at.store.read(lambda r: memory.feeds(r, left))) == 2 * (feeds - 3)
    assert len(asked) == 6


def test_a_register_that_leaves_a_reader_as_he_was_costs_him_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    switched, memory, _ = reader_of(20)
    reading = officer(switched.at, "b.second").reading
    switched.at.store.read(lambda r: memory.feeds(r, reading))
    monkeypatch.setattr(readable, "reads", lambda *_: pytest.fail("decided anew"))
    switched.register = replace(REGISTERS["one leaves a community"], version=4)
    switched.at.store.read(lambda r: memory.feeds(r, reading))


def test_a_feed_that_a_transaction_opened_and_that_never_was_is_in_nobodys_set() -> None:
    switched, memory, read = reader_of(5)
    reading = officer(switched.at, "b.second").reading

    def undone(tx: Tx) -> None:
        feed_rows.feed(tx, 99, BE)
        assert 99 in memory.feeds(tx, reading)
        raise ValueError("planted")

    with pytest.raises(ValueError, match="planted"):
        switched.at.store.write(undone).result()
    switched.at.store.write(
        lambda tx: feed_rows.feed(tx, 99, "BE:NONE//TLP:AMBER//AUD pfso-network")
    ).result()
    assert 99 not in read(ONE)
    outside = replace(reading, memberships={"ports-be": Standing.MEMBER})
    assert 99 not in switched.at.store.read(lambda r: memory.feeds(r, outside))
