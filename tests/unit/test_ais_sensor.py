"""From bytes to observations: what is left out, what is joined, whose time counts, when silence is said."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from ais_samples import START, ais_config, receiver, sentences, tagged
from pydantic import ValidationError

from node.observation import Observation, SensorBack, SensorSilent, Subject, VesselPosition, VesselStatic
from node.sensors import ais_decode
from node.sensors.ais import Backoff, Receiver, Silence
from node.sensors.ais_decode import Decoder, imo
from node.sensors.ais_nmea import NO_STAMP, Whole
from protocol.ids import UnixMs


def hear(taker: Receiver, *lines: bytes, now: int = START) -> list[Observation]:
    return taker.take(b"".join(line + b"\r\n" for line in lines), UnixMs(now))


def position(**fields: Any) -> VesselPosition:
    (found,) = hear(receiver(), *sentences(1, **fields))
    assert isinstance(found, VesselPosition)
    return found


def test_a_position_in_degrees_knots_and_this_nodes_time() -> None:
    found = position(lat=51.4, lon=-3.5, speed=12.3, course=90.5, accuracy=True, status=0)
    assert (found.lat, found.lon) == pytest.approx((51.4, -3.5), abs=1e-6)
    assert (found.sog_kn, found.cog_deg, found.accuracy_m, found.ship_class) == (12.3, 90.5, 10, "A")
    assert (found.sensor, found.site, found.at) == ("vts", "antwerp", START)


def test_class_b_is_class_b() -> None:
    (found,) = hear(receiver(), *sentences(18))
    assert isinstance(found, VesselPosition)
    assert found.ship_class == "B"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"lat": 91.0}, "no_position"),
        ({"lon": 181.0}, "no_position"),
        ({"lat": 95.0}, "bad_position"),
        ({"lon": -200.0}, "bad_position"),
        ({"mmsi": 0}, "unusable"),
    ],
)
def test_positions_that_are_none_are_dropped_and_counted(fields: dict[str, Any], reason: str) -> None:
    taker = receiver()
    assert hear(taker, *sentences(1, **fields)) == []
    assert taker.counts == {"messages": 1, reason: 1}


def test_defaults_of_the_standard_are_absent_not_numbers() -> None:
    found = position(speed=102.3, course=360.0, status=15, turn=-128)
    assert (found.sog_kn, found.cog_deg, found.nav_status, found.turning) == (None, None, None, False)
    assert {"sog_kn", "cog_deg", "nav_status"}.isdisjoint(found.fields())


def test_a_short_payload_is_counted() -> None:
    taker = receiver()
    assert hear(taker, b"!AIVDM,1,1,,A,133q,0*66") == []
    assert taker.counts == {"messages": 1, "unusable": 1}


def test_a_type_that_does_not_exist_is_undecodable() -> None:
    taker = receiver()
    decoder = Decoder(sensor="vts", site="antwerp", counts=taker.counts)
    assert decoder.take(Whole(b"w" * 28, 0, NO_STAMP), START) is None
    assert taker.counts == {"undecodable": 1}


def test_static_data_is_joined_to_later_positions() -> None:
    taker = receiver()
    static = sentences(5, imo=9_074_729, shipname="DEMO ALPHA", ship_type=70, to_bow=100, to_stern=20)
    first, ship, second = hear(taker, *sentences(1), *static, *sentences(1))
    assert isinstance(first, VesselPosition)
    assert isinstance(ship, VesselStatic)
    assert isinstance(second, VesselPosition)
    assert first.static is None
    assert second.static == ship
    assert (ship.name, ship.imo, ship.ship_type, ship.length_m) == ("DEMO ALPHA", "9074729", 70, 120)
    assert second.subjects() == (Subject("mmsi", "200000001"), Subject("imo", "9074729"))
    assert second.called == "MMSI 200000001"  # its name is its own word


def test_the_two_halves_of_message_24_make_one_ship() -> None:
    taker = receiver()
    hear(taker, *sentences(24, partno=0, shipname="DEMO SMALL"))
    (ship,) = hear(taker, *sentences(24, partno=1, ship_type=37, callsign="DEMO1"))
    assert isinstance(ship, VesselStatic)
    assert (ship.name, ship.call_sign, ship.ship_type) == ("DEMO SMALL", "DEMO1", 37)


@pytest.mark.parametrize(
    ("number", "expected"),
    [(9_074_729, "9074729"), (9_074_728, ""), (0, ""), (123, ""), (10_000_000, ""), (None, "")],
)
def test_only_an_imo_number_with_a_good_check_digit_is_one(number: int | None, expected: str) -> None:
    assert imo(number) == expected


def test_the_table_of_ships_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ais_decode, "SHIPS_MAX", 10)
    counts: Counter[str] = Counter()
    decoder = Decoder(sensor="vts", site="antwerp", counts=counts)
    for number in range(25):
        one, two = sentences(5, mmsi=200_000_000 + number, shipname="DEMO", destination="ANTWERPEN")
        payload = one.split(b",")[5] + two.split(b",")[5]
        decoder.take(Whole(payload, 2, NO_STAMP), START)
    assert decoder.ships == 10


def test_arrival_is_event_time_unless_trusted() -> None:
    (line,) = sentences()
    (found,) = hear(receiver(), tagged(line, c=(START - 5000) // 1000))
    assert found.at == START


@pytest.mark.parametrize(
    ("behind_s", "expected_ms", "refused"),
    [(5, -5000, 0), (60, -60_000, 0), (61, 0, 1), (-60, 60_000, 0), (-61, 0, 1)],
)
def test_a_trusted_time_is_bounded(behind_s: int, expected_ms: int, refused: int) -> None:
    taker = receiver(trust_time=True)
    (line,) = sentences()
    (found,) = hear(taker, tagged(line, c=START // 1000 - behind_s))
    assert found.at - START == expected_ms
    assert taker.counts["time_refused"] == refused


def test_silence_is_said_once_and_its_end_once() -> None:
    taker = receiver(silent_after="60s")
    assert taker.silent(UnixMs(START + 59_999), connected=True) is None
    said = taker.silent(UnixMs(START + 60_000), connected=False)
    assert said == SensorSilent("vts", "antwerp", UnixMs(START + 60_000), START, False)
    assert taker.silent(UnixMs(START + 90_000), connected=False) is None
    back, *_ = hear(taker, *sentences(), now=START + 95_000)
    assert back == SensorBack("vts", "antwerp", UnixMs(START + 95_000), START)
    assert [type(one) for one in hear(taker, *sentences(), now=START + 96_000)] == [VesselPosition]


def test_garbage_is_no_sign_of_life() -> None:
    taker = receiver(silent_after="60s")
    hear(taker, b"foobar", b"!AIVDM,1,1,,A,133q,0*00", now=START + 59_000)
    assert taker.silent(UnixMs(START + 60_000), connected=True) is not None


def test_silence_restarts_with_every_message() -> None:
    silence = Silence(1000, START)
    assert silence.heard(UnixMs(START + 999)) is None
    assert not silence.due(UnixMs(START + 1998))
    assert silence.due(UnixMs(START + 1999))


def test_datagrams_of_two_senders_do_not_run_together() -> None:
    taker = receiver()
    (line,) = sentences()
    assert taker.take_datagram(line[:20], START) == []
    assert len(taker.take_datagram(line, START)) == 1
    assert len(taker.take_datagram(line + b"\r\n" + line + b"\r\n", START)) == 2


def test_pauses_grow_to_half_a_minute_and_are_jittered() -> None:
    long, short = Backoff(lambda n: b"\xff" * n), Backoff(lambda n: b"\x00" * n)
    assert [long.next_s() for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert [short.next_s() for _ in range(3)] == [0.25, 0.5, 1.0]
    long.reset()
    assert long.next_s() == 0.5


@pytest.mark.parametrize(
    "source",
    ["http://a:1", "tcp://a", "tcp://a:0", "tcp://a:65536", "udp://:10", "tcp://a b:1", "tcp://a:1/x", ""],
)
def test_a_source_that_is_none_is_refused_in_words(source: str) -> None:
    with pytest.raises(ValidationError, match=r"tcp://host:port|source"):
        ais_config(source=source)


@pytest.mark.parametrize(
    "source", ["tcp://127.0.0.1:10110", "udp://[::]:10110", "tcp://ais.example.org:5631"]
)
def test_sources(source: str) -> None:
    assert ais_config(source=source).source == source


def test_unknown_keys_are_refused() -> None:
    with pytest.raises(ValidationError, match="sourc"):
        ais_config(sourc="tcp://a:1")
