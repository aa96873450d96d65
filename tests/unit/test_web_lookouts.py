"""Look-outs on the screen: each with how often and by whom it was seen, as far as this officer may read it."""

from __future__ import annotations

import asyncio

from officers_here import hire
from offices_web import screens, session_of
from ports import AMBER, ANTWERP, LIEGE, port
from record_examples import NOW

from node.store import feeds
from policies.officers import Role
from protocol.v1 import records_pb2 as pb


def test_an_indicator_stands_with_what_came_back() -> None:
    antwerp, here = port(ANTWERP), screens(LIEGE)
    liege = here.port
    wanted = liege.release(kind="indicator")
    antwerp.pull(liege, wanted.feed.feed)
    for at, count in ((antwerp, 2), (liege, 3)):
        at.release(
            kind="sighting",
            indicator=pb.Ref(record_id=wanted.record, feed=wanted.feed.feed),
            result=pb.Sighting.RESULT_SEEN,
            count=count,
            first_seen=NOW,
            last_seen=NOW + count,
        )
    from_antwerp = antwerp.store.read(lambda r: feeds.current(r, ANTWERP, AMBER))
    assert from_antwerp is not None
    liege.pull(antwerp, from_antwerp.feed)
    who = session_of(hire(liege, "k.captain", Role.PORT_CAPTAIN))
    (found,) = asyncio.run(here.office.lookouts(who))
    assert found.row.id == wanted.record.hex()
    assert found.last_seen_by is not None
    assert (found.sightings, found.last_seen_ms, found.last_seen_by.id) == (5, NOW + 3, LIEGE)
