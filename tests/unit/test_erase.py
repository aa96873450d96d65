"""An erased record is hidden at once everywhere it was shown, whatever came first; its proof stays."""

from __future__ import annotations

import pytest
from erasing import erase
from officers_here import officer, readable
from ports import ANTWERP, NORTH_SEA, Port, port

from node.commands import search
from node.commands.watch_list import load
from node.store import entries
from node.store.entries import Standing
from protocol.entry import build_erase, parse_header
from protocol.ids import RecordId
from protocol.operation import Op, Target


def shown(at: Port) -> list[RecordId]:
    who = officer(at, f"o{at.store.points}")
    listed = at.store.read(lambda r: search.newest(r, at.ctx, readable(at), who.reading))
    return [row.id for row in listed.rows]


def standing(at: Port, number: int, index: int) -> Standing:
    row = at.store.read(lambda r: entries.get(r, number, index))
    assert row is not None
    return Standing(row.standing)


def test_an_erase_says_its_target_and_reason_and_nothing_else() -> None:
    at = port()
    one = at.release()
    signed = build_erase(
        target=Target(one.record, 3), reason=4, issued_ms=7, register=2, erase_signature=bytes(64)
    )
    header = parse_header(signed.header)
    assert (header.op, header.target, header.reason) == (Op.ERASE, Target(one.record, 3), 4)
    assert (header.erase_signature, header.issued_ms, header.register) == (bytes(64), 7, 2)
    assert (signed.content, signed.salt) == (None, None)


@pytest.mark.parametrize("kind", ["alert", "indicator", "notice"])
def test_an_erased_record_is_in_no_list_at_its_origin_nor_at_a_holder(kind: str) -> None:
    antwerp, north = port(ANTWERP), port(NORTH_SEA)
    gone, stays = antwerp.release(kind=kind), antwerp.release(kind=kind)
    north.pull(antwerp, gone.feed.feed)
    assert sorted(shown(north)) == sorted([gone.record, stays.record])
    erase(antwerp, gone)
    north.pull(antwerp, gone.feed.feed)
    for at in (antwerp, north):
        assert shown(at) == [stays.record]
        assert standing(at, gone.feed.number, gone.index) is Standing.ERASED
    assert {one.record for one in north.store.read(lambda r: load(r, north.ctx)).by_key.values()} <= {
        stays.record
    }


def test_an_erase_outranks_a_withdrawal_and_a_newer_version_stays() -> None:
    at = port()
    one = at.release()
    newer = at.release(record=one.record, version=2)
    erase(at, one, version=1)
    assert shown(at) == [one.record]
    at.withdraw(newer)
    erase(at, newer)
    assert shown(at) == []
    assert standing(at, one.feed.number, newer.index) is Standing.ERASED


def test_only_a_reason_of_the_list_is_said() -> None:
    at = port()
    one = at.release()
    for reason in (0, 8):
        with pytest.raises(ValueError, match="EraseReason"):
            erase(at, one, reason=reason)
