"""What one port looks for is seen at another, and the answer goes back to it alone."""

from __future__ import annotations

import asyncio
from typing import Any

import ports
import registers
from record_examples import NOW, example

from node.commands import draft
from node.commands.sight import Seen, Sighted, sight
from node.commands.watch import Watcher
from node.commands.watch_list import LookOut, WatchList, load
from node.observation import VesselPosition
from node.store import drafts, feeds
from policies.decision import Deny, DenyCode
from policies.lattice import answering
from policies.readership import NOBODY
from protocol.ids import UnixMs
from protocol.label import parse
from protocol.register import build_register
from protocol.register_view import Register
from protocol.v1 import records_pb2 as pb

MMSI = 205123456


def with_sightings() -> Register:
    board = registers.board()
    board["processing"][0]["kinds"] = ["alert", "incident", "indicator", "sighting"]
    return build_register(board, registers.nodes(), version=3, hash=bytes(32), expires_ms=registers.EXPIRES)


REGISTER = with_sightings()


def indicator(**changes: Any) -> pb.Record:
    value = pb.IndicatorValue(type="mmsi", value=str(MMSI))
    return example("indicator", value=value, **changes)


def report(at: int = NOW, mmsi: int = MMSI) -> VesselPosition:
    return VesselPosition(
        sensor="vts",
        site="antwerp",
        at=UnixMs(at),
        station="",
        mmsi=mmsi,
        lat=51.2,
        lon=4.3,
        ship_class="A",
        accuracy_m=10,
    )


def holding(message: pb.Record) -> tuple[ports.Port, ports.Port, LookOut]:
    """Liège released an indicator, Antwerp holds it."""
    liege, antwerp = (ports.port(name, register=REGISTER) for name in (ports.LIEGE, ports.ANTWERP))
    released = liege.publish(message)
    antwerp.pull(liege, released.feed.feed)
    (lookout,) = watching(antwerp).match([("mmsi", str(MMSI))], UnixMs(NOW + 1))
    return liege, antwerp, lookout


def watching(port: ports.Port) -> WatchList:
    return port.store.read(lambda reader: load(reader, port.ctx))


def write(port: ports.Port, lookout: LookOut, *, count: int = 1, at: int = NOW) -> Sighted:
    seen = Seen(count=count, first=UnixMs(at), last=UnixMs(at + 1000), newest=report(at))
    return port.store.write(lambda tx: sight(tx, port.ctx, lookout, seen)).result()


def test_a_sighting_goes_to_the_indicators_origin_and_an_alert_waits_here() -> None:
    liege, antwerp, lookout = holding(indicator())
    done = write(antwerp, lookout)
    assert done.released is not None
    assert done.released.feed.label == answering(parse(lookout.label), lookout.origin).text
    assert parse(done.released.feed.label).recipients == {frozenset({"node:port-liege"})}
    liege.pull(antwerp, done.released.feed.feed)
    held = liege.store.read(lambda r: feeds.find(r, done.released.feed.feed))  # type: ignore[union-attr]
    assert held is not None
    assert held.size == 2
    waiting = antwerp.store.read(drafts.waiting)
    assert [row.record for row in waiting] == [done.alert]


def test_another_port_gets_nothing_of_it() -> None:
    _, antwerp, lookout = holding(indicator())
    done = write(antwerp, lookout)
    assert done.released is not None
    north_sea = ports.port(ports.NORTH_SEA, register=REGISTER)
    assert antwerp.serve(north_sea, done.released.feed.feed, 0) is None


def test_matches_within_six_hours_are_one_record_that_counts_on() -> None:
    _, antwerp, lookout = holding(indicator())
    first = write(antwerp, lookout, count=1)
    antwerp.clock.at += 3_600_000
    second = write(antwerp, lookout, count=9, at=NOW + 3_600_000)
    assert second.sighting == first.sighting
    assert second.released is not None
    assert second.released.version == 2
    assert second.alert is None
    antwerp.clock.at += 6 * 3_600_000
    third = write(antwerp, lookout, at=NOW + 7 * 3_600_000)
    assert third.sighting != first.sighting


def test_a_silent_indicator_leaves_no_alert_here() -> None:
    _, antwerp, lookout = holding(indicator(on_hit=pb.Indicator.ON_HIT_SILENT))
    assert lookout.silent
    assert write(antwerp, lookout).alert is None
    assert antwerp.store.read(drafts.waiting) == []


def test_where_policy_does_not_permit_it_waits_as_a_draft() -> None:
    _, antwerp, lookout = holding(indicator())
    object.__setattr__(lookout, "label", "BE:NONE//TLP:AMBER//AUD ports-be//CAVEAT SOURCE")
    done = write(antwerp, lookout)
    assert done.released is None
    assert isinstance(done.kept, Deny)
    assert done.kept.code is DenyCode.SECOND_PERSON


def test_only_what_stands_and_is_in_force_matches() -> None:
    liege, antwerp, lookout = holding(indicator())
    watch = watching(antwerp)
    assert watch.match([("mmsi", "205999999")], UnixMs(NOW + 1)) == []
    assert watch.match([("mmsi", str(MMSI))], lookout.valid_until) == []
    next_version = liege.publish(indicator(), record=lookout.record, version=2)
    antwerp.pull(liege, next_version.feed.feed)
    assert len(watching(antwerp)) == 1


def test_the_watcher_writes_a_first_match_at_once_and_counts_later_ones() -> None:
    _, antwerp, lookout = holding(indicator())

    async def main() -> list[int]:
        watcher = Watcher(antwerp.ctx, lambda _: NOBODY)
        await watcher.reload()
        for second in range(20):
            watcher.see(report(NOW + second * 1000))
            watcher.see(report(NOW + second * 1000, mmsi=205999999))
            await asyncio.sleep(0)
        return [row.size for row in antwerp.store.read(feeds.every) if "node:port-liege" in row.label]

    assert asyncio.run(main()) == [2]
    assert lookout.in_force(UnixMs(NOW + 1))


def test_indicators_of_two_ports_under_one_id_are_answered_each_to_its_own_port() -> None:
    liege, sea, antwerp = (
        ports.port(n, register=REGISTER) for n in (ports.LIEGE, ports.NORTH_SEA, ports.ANTWERP)
    )
    honest = liege.publish(indicator())
    antwerp.pull(liege, honest.feed.feed)
    antwerp.pull(sea, sea.publish(indicator(), record=honest.record).feed.feed)
    found = watching(antwerp).match([("mmsi", str(MMSI))], UnixMs(NOW + 1))
    done = {one.origin: write(antwerp, one) for one in found}
    assert set(done) == {ports.LIEGE, ports.NORTH_SEA}
    assert len({one.sighting for one in done.values()}) == 2
    for origin, one in done.items():
        assert one.released is not None
        assert parse(one.released.feed.label).recipients == {frozenset({f"node:{origin}"})}
        assert one.released.version == 1


def test_an_indicator_for_named_ports_is_answered() -> None:
    to = f"BE:NONE//TLP:AMBER//AUD ports-be//TO node:{ports.ANTWERP},node:{ports.LIEGE}"
    assert parse(answering(parse(to), ports.LIEGE).text) == answering(parse(to), ports.LIEGE)
    liege, antwerp = (ports.port(name, register=REGISTER) for name in (ports.LIEGE, ports.ANTWERP))
    antwerp.pull(liege, liege.publish(indicator(), to).feed.feed)
    (lookout,) = watching(antwerp).match([("mmsi", str(MMSI))], UnixMs(NOW + 1))
    done = write(antwerp, lookout)
    assert done.released is not None
    assert parse(done.released.feed.label).recipients == {frozenset({f"node:{ports.LIEGE}"})}


def test_many_indicators_of_one_port_for_one_ship_are_one_draft_and_hide_nobodys() -> None:
    liege, antwerp = (ports.port(name, register=REGISTER) for name in (ports.LIEGE, ports.ANTWERP))
    for _ in range(12):
        last = liege.publish(indicator())
    antwerp.pull(liege, last.feed.feed)
    found = watching(antwerp).match([("mmsi", str(MMSI))], UnixMs(NOW + 1))
    assert len(found) == 12
    alerts = [write(antwerp, one).alert for one in found]
    assert len([one for one in alerts if one is not None]) == 1
    antwerp.clock.at += 6 * 3_600_000 + 1
    assert write(antwerp, found[0], at=antwerp.clock.at).alert is not None


def test_drafts_of_people_stand_before_what_a_detector_made_and_no_owner_fills_the_list() -> None:
    antwerp = ports.port(ports.ANTWERP, register=REGISTER)
    message = example("alert")
    message.common.legal_basis = min(REGISTER.processing)

    def made(owner: str, detector: str | None = None) -> bytes:
        antwerp.clock.at += 1
        return antwerp.store.write(
            lambda tx: draft.make(tx, antwerp.ctx, message, owner=owner, detector=detector)
        ).result().record  # fmt: skip

    person, other = made("00000000-0000-4000-8000-000000000001"), made("detector/ais_gap", "ais_gap")
    flood = [made("detector/watch_list", "watch_list") for _ in range(drafts.OF_ONE_OWNER + 20)]
    listed = [row.record for row in antwerp.store.read(drafts.waiting)]
    assert listed[0] == person
    assert other in listed
    assert listed[1] == flood[-1]
    assert len(listed) == 2 + drafts.OF_ONE_OWNER
