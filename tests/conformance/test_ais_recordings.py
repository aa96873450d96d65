"""Every sample recording reads as its SOURCES.md counts it; what pyais would pass without a checksum is counted, not passed."""

from __future__ import annotations

from collections import Counter

import pytest
from ais_samples import START, receiver
from locations import shared
from pyais.bit_vector import bit_vector
from pyais.messages import MSG_CLASS

from node.observation import Observation, VesselPosition, VesselStatic
from node.sensors.ais_nmea import Assembler, Lines
from protocol.ids import UnixMs


def read(name: str, chunk: int = 4096) -> tuple[list[Observation], Counter[str]]:
    raw = shared(f"data/ais/{name}").read_bytes() + b"\n"
    taker = receiver()
    found: list[Observation] = []
    for begin in range(0, len(raw), chunk):
        found += taker.take(raw[begin : begin + chunk], UnixMs(START + begin))
    taker.broken_off()
    return found, +taker.counts


def senders(name: str) -> list[int]:
    """The MMSI of every whole message, those included of which no observation is made."""
    raw = shared(f"data/ais/{name}").read_bytes() + b"\n"
    counts: Counter[str] = Counter()
    assembler = Assembler(10_000, counts)
    wholes = [assembler.take(line, START) for line in Lines(1024, counts).feed(raw)]
    bits = [bit_vector(whole.payload, whole.fill) for whole in wholes if whole is not None]
    return [int(MSG_CLASS[one.get(0, 6)].from_vector(one).mmsi) for one in bits]


def test_the_danish_stream_has_4051_messages_of_1933_ships_and_no_error() -> None:
    _, counts = read("dma_aislib_stream_example.txt")
    assert counts == {"messages": 4051, "no_position": 22, "unusable": 2}
    found = senders("dma_aislib_stream_example.txt")
    assert len(found) == 4051
    assert len(set(found)) == 1933
    assert len({mmsi for mmsi in found if str(mmsi).startswith("205")}) == 35


def test_the_belgian_part_has_100_messages_of_80_ships_and_16_names() -> None:
    found, counts = read("derived_belgium_scheldt_2010-06-11.nmea")
    assert counts == {"messages": 100}
    assert len(set(senders("derived_belgium_scheldt_2010-06-11.nmea"))) == 80
    names = [o for o in found if isinstance(o, VesselStatic)]
    assert len(names) == 16
    assert {"AURA", "CETUS"} <= {o.name for o in names}


def test_the_greek_recording_has_778_messages_and_100_undecodable() -> None:
    _, counts = read("pyais_nmea_data_sample.txt")
    assert counts["messages"] == 778
    assert counts["no_payload"] == 100
    assert counts["incomplete"] == 20


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "pyais_mixed_tagblock.txt",
            {"messages": 12, "bad_tag_block": 3, "bad_checksum": 2, "garbage": 2, "other_sentence": 4},
        ),
        (
            "pyais_sample.ais",
            {"messages": 11, "bad_tag_block": 4, "bad_checksum": 2, "malformed": 1, "garbage": 1},
        ),
    ],
)
def test_mixed_files_are_read_and_their_faults_counted(name: str, expected: dict[str, int]) -> None:
    _, counts = read(name)
    assert {key: counts[key] for key in expected} == expected


def test_how_the_stream_is_cut_changes_nothing() -> None:
    whole = read("derived_belgium_scheldt_2010-06-11.nmea", 1 << 20)
    for chunk in (1, 7, 83):
        found, counts = read("derived_belgium_scheldt_2010-06-11.nmea", chunk)
        assert counts == whole[1]
        assert [o.fields() for o in found] == [o.fields() for o in whole[0]]


def test_stations_are_known_from_gatehouse_lines() -> None:
    found, _ = read("derived_belgium_scheldt_2010-06-11.nmea")
    stations = Counter(o.station for o in found if isinstance(o, VesselPosition))
    assert not stations[""]
    assert stations["205-0"]
