"""Whatever arrives: no exception, bounded memory, every line either used or counted; and what is encoded is read back."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from ais_samples import START, checksum, receiver, sentences, tagged
from hypothesis import given
from hypothesis import strategies as st

from node.observation import VesselPosition
from node.sensors.ais_decode import Decoder
from node.sensors.ais_nmea import _ARMOUR, NO_STAMP, OPEN_MAX, Assembler, Lines, Whole, checksum_at, xor_of
from protocol.ids import UnixMs

armoured = st.lists(st.sampled_from(_ARMOUR), max_size=200).map(bytes)
lat = st.floats(-89.9, 89.9)
lon = st.floats(-179.9, 179.9)


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_any_bytes_in_any_chunks(chunks: list[bytes]) -> None:
    taker = receiver(max_line=128)
    for number, chunk in enumerate(chunks):
        taker.take(chunk, UnixMs(START + number))
    taker.broken_off()


@given(st.binary(max_size=2000), st.lists(st.integers(0, 2000), max_size=10))
def test_lines_do_not_depend_on_how_the_stream_is_cut(stream: bytes, cuts: list[int]) -> None:
    def cut(at: list[int]) -> tuple[list[bytes], Counter[str]]:
        counts: Counter[str] = Counter()
        lines = Lines(64, counts)
        edges = [0, *sorted(min(one, len(stream)) for one in at), len(stream)]
        found = [line for a, b in pairwise(edges) for line in lines.feed(stream[a:b])]
        lines.close()
        return found, +counts

    assert cut(cuts) == cut([])


@given(st.binary(min_size=1, max_size=120).filter(lambda line: b"\n" not in line and line.strip() != b""))
def test_every_line_is_used_counted_or_a_comment(line: bytes) -> None:
    counts: Counter[str] = Counter()
    whole = Assembler(10_000, counts).take(line, START)
    assert whole is not None or sum(counts.values()) == 1 or line[:1] in {b"#", b"$", b"\\"}


@given(st.integers(0, 63), armoured, st.integers(0, 5))
def test_no_payload_breaks_the_decoder(sort: int, rest: bytes, fill: int) -> None:
    counts: Counter[str] = Counter()
    decoder = Decoder(sensor="vts", site="antwerp", counts=counts)
    found = decoder.take(Whole(_ARMOUR[sort : sort + 1] + rest, fill, NO_STAMP), START)
    if isinstance(found, VesselPosition):
        assert -90 <= found.lat <= 90
        assert -180 <= found.lon <= 180
        assert found.sog_kn is None or 0 <= found.sog_kn <= 102.2
        assert found.cog_deg is None or 0 <= found.cog_deg < 360
    assert counts["messages"] + counts["undecodable"] + counts["no_payload"] == 1


@given(st.integers(0, 167))
def test_a_position_cut_anywhere_is_whole_or_none(bits: int) -> None:
    payload = sentences(1, lat=51.4, lon=3.0)[0].split(b",")[5]
    length = -(-bits // 6)
    whole = Whole(payload[:length], 6 * length - bits, NO_STAMP)
    found = Decoder(sensor="vts", site="antwerp", counts=Counter()).take(whole, START)
    assert (found is not None) == (bits >= 128)
    if isinstance(found, VesselPosition):
        assert (found.mmsi, found.lat, found.lon, found.cog_deg) == (200_000_001, 51.4, 3.0, 90.0)


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(0, 9), armoured), max_size=60))
def test_any_parts_in_any_order_stay_bounded(parts: list[tuple[int, int, int, bytes]]) -> None:
    assembler = Assembler(10_000, Counter())
    for number, (total, part, seq, payload) in enumerate(parts):
        body = b"AIVDM,%d,%d,%d,A,%s,0" % (total, part, seq, payload)
        whole = assembler.take(b"!" + body + b"*" + checksum(body), UnixMs(START + number))
        assert whole is None or len(whole.payload) <= 9 * 200
        assert assembler.waiting <= OPEN_MAX


@given(st.binary(max_size=1500))
def test_xor_is_the_checksum_of_the_standard(body: bytes) -> None:
    assert b"%02X" % xor_of(body) == checksum(body)
    line = b"!" + body + b"*" + checksum(body)
    assert checksum_at(line) == len(line) - 3


@given(lat, lon, st.integers(0, 1022), st.integers(0, 3599), st.integers(1, 999_999_999))
def test_a_position_comes_back_as_it_was_sent(
    lat: float, lon: float, speed: int, course: int, mmsi: int
) -> None:
    line = sentences(1, lat=lat, lon=lon, speed=speed / 10, course=course / 10, mmsi=mmsi)[0]
    (found,) = receiver().take(line + b"\n", START)
    assert isinstance(found, VesselPosition)
    assert abs(found.lat - lat) < 2e-6
    assert abs(found.lon - lon) < 2e-6
    assert (found.sog_kn, found.cog_deg, found.mmsi) == (speed / 10, course / 10, mmsi)


@given(st.permutations(range(6)), st.data())
def test_messages_of_several_stations_are_put_together_in_any_order(
    order: list[int], data: st.DataObject
) -> None:
    names = [f"DEMO {number}" for number in range(3)]
    lines = [
        tagged(line, s=f"r{number}")
        for number, name in enumerate(names)
        for line in sentences(5, seq=data.draw(st.integers(0, 9)), shipname=name, destination="ANTWERPEN")
    ]
    stream = b"".join(lines[place] + b"\r\n" for place in order)
    found = receiver().take(stream, START)
    assert sorted(one.fields()["ship_name"] for one in found) == names
