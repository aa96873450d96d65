"""A record's id counts within its lineage only: another port that writes the same id hides, shows and proves nothing of it."""

from __future__ import annotations

import functools

import ports
import pytest
from officers_here import officer
from ports import AMBER, ANTWERP, LIEGE, NORTH_SEA, Port
from record_examples import example

from node.commands import address, detail, search
from node.commands.address import Address
from node.commands.outcome import Accepted
from node.commands.prove import prove, prove_entry
from node.commands.publish import Released
from node.commands.readable import Readable
from node.commands.search import Found, State
from policies.clearance import Reader as Reading
from protocol.ids import RecordId
from protocol.proof import KeysOf, verify_proof

SOMEBODY = "00000000-0000-4000-8000-000000000000"


def said(port: Port, title: str, record: RecordId | None = None, label: str = AMBER) -> Released:
    message = example("alert")
    message.common.title = title
    port.clock.at += 1
    return port.publish(message, label, record=record)


def listed(port: Port, reading: Reading) -> dict[str, str]:
    """Address to title, of the newest."""
    found = port.store.read(lambda r: search.newest(r, port.ctx, Readable(port.ctx), reading))
    return {str(row.address): row.record.title for row in found.rows if row.record is not None}


def at(port: Port, reading: Reading, where: str) -> Found | None:
    meant = address.parse(where)
    assert meant is not None
    return port.store.read(lambda r: search.found(r, port.ctx, Readable(port.ctx), reading, meant))


def title(found: Found | None) -> str:
    return found.record.title if found is not None and found.record is not None else ""


def three() -> tuple[Port, Port, Port]:
    return ports.port(ANTWERP), ports.port(NORTH_SEA), ports.port(LIEGE)


@pytest.mark.parametrize("early_feed", [False, True], ids=["later feed", "earlier feed"])
def test_the_second_of_an_id_stands_beside_the_first_and_takes_nothing_of_it(early_feed: bool) -> None:
    antwerp, sea, liege = three()
    who = officer(antwerp).reading
    if early_feed:
        antwerp.pull(liege, said(liege, "Anything").feed.feed)
    honest = said(sea, "Armed men at quay 5")
    antwerp.pull(sea, honest.feed.feed)
    antwerp.clock.at += 1_000
    antwerp.pull(liege, said(liege, "All clear", honest.record).feed.feed)
    rows = listed(antwerp, who)
    assert rows[honest.record.hex()] == "Armed men at quay 5"
    (other,) = [where for where, text in rows.items() if text == "All clear"]
    assert other != honest.record.hex()
    assert title(at(antwerp, who, honest.record.hex())) == "Armed men at quay 5"
    assert title(at(antwerp, who, other)) == "All clear"


def test_who_is_first_with_anothers_id_silences_nobody() -> None:
    antwerp, sea, liege = three()
    who = officer(antwerp).reading
    honest = said(sea, "Armed men at quay 5")
    antwerp.pull(liege, said(liege, "All clear", honest.record).feed.feed)
    antwerp.clock.at += 1_000
    outcome = antwerp.pull(sea, honest.feed.feed)
    assert isinstance(outcome, Accepted)
    assert outcome.aside == ()
    assert set(listed(antwerp, who).values()) == {"Armed men at quay 5", "All clear"}
    assert [act.act for act in antwerp.audits()].count("record_id_reused") == 1


def test_what_a_reader_may_not_read_has_no_say_in_what_an_id_means() -> None:
    antwerp, sea, liege = three()
    hidden = f"BE:NONE//TLP:RED//AUD ports-be//TO node:port-liege,officer:port-antwerp-bruges/{SOMEBODY}"
    secret = said(sea, "canary", label=hidden)
    assert isinstance(antwerp.pull(sea, secret.feed.feed), Accepted)
    who = officer(antwerp).reading
    antwerp.clock.at += 1_000
    outcome = antwerp.pull(liege, said(liege, "Harmless", secret.record).feed.feed)
    assert isinstance(outcome, Accepted)
    assert outcome.aside == ()  # told to the sender, it would say that the other is held here
    assert listed(antwerp, who) == {secret.record.hex(): "Harmless"}
    shown = at(antwerp, who, secret.record.hex())
    assert shown is not None
    raw = antwerp.store.read(lambda r: prove_entry(r, antwerp.ctx, shown.row.key))
    assert raw is not None
    assert verify_proof(raw, register=KeysOf(antwerp.ctx.register.nodes)).origin == LIEGE


def test_the_id_of_an_own_record_goes_on_meaning_it() -> None:
    antwerp, _, liege = three()
    who = officer(antwerp).reading
    own = said(antwerp, "Own alarm")
    outcome = antwerp.pull(liege, said(liege, "Own alarm cancelled", own.record).feed.feed)
    assert isinstance(outcome, Accepted)
    assert (
        outcome.aside == ()
    )  # the verdict on an entry is everybody's: what else is held here has no say in it
    assert title(at(antwerp, who, own.record.hex())) == "Own alarm"
    raw = antwerp.store.read(lambda r: prove(r, antwerp.ctx, Address(own.record)))
    assert raw is not None
    assert verify_proof(raw, register=KeysOf(antwerp.ctx.register.nodes)).origin == ANTWERP


def test_an_erased_first_leaves_its_address_to_nobody() -> None:
    antwerp, sea, liege = three()
    who = officer(antwerp).reading
    honest = said(sea, "Armed men at quay 5")
    antwerp.pull(sea, honest.feed.feed)
    antwerp.clock.at += 1_000
    antwerp.pull(liege, said(liege, "All clear", honest.record).feed.feed)
    antwerp.store.write(lambda tx: tx.run("UPDATE entry SET shown = 0, standing = 4 WHERE record = ? AND feed = "
                                          "(SELECT number FROM feed WHERE feed = ?)", honest.record, honest.feed.feed)).result()  # fmt: skip
    assert at(antwerp, who, honest.record.hex()) is None


def test_a_withdrawal_by_another_lineage_withdraws_nothing() -> None:
    antwerp, sea, liege = three()
    who = officer(antwerp).reading
    honest = said(sea, "Armed men at quay 5")
    antwerp.pull(sea, honest.feed.feed)
    antwerp.clock.at += 1_000
    liege.withdraw(said(liege, "All clear", honest.record))
    feed = said(liege, "Else").feed.feed
    antwerp.pull(liege, feed)
    found = at(antwerp, who, honest.record.hex())
    assert found is not None
    assert found.state is State.CURRENT
    assert title(found) == "Armed men at quay 5"


def test_detail_follows_the_address() -> None:
    antwerp, sea, liege = three()
    who = officer(antwerp).reading
    honest = said(sea, "Armed men at quay 5")
    antwerp.pull(sea, honest.feed.feed)
    antwerp.clock.at += 1_000
    antwerp.pull(liege, said(liege, "All clear", honest.record).feed.feed)
    readable = Readable(antwerp.ctx)
    rows = antwerp.store.read(lambda r: search.newest(r, antwerp.ctx, readable, who)).rows
    assert len(rows) == 2
    for row in rows:
        ask = functools.partial(
            detail.detail, ctx=antwerp.ctx, readable=readable, reading=who, address=row.address
        )
        shown = antwerp.store.read(ask)
        assert shown is not None
        assert shown.provenance.origin == row.feed.origin


@pytest.mark.parametrize(
    "text", ["", "00", "0" * 31, "g" * 32, "0" * 32 + "-", "0" * 32 + "-" + "0" * 15, "A" * 32]
)
def test_any_other_text_is_no_address(text: str) -> None:
    assert address.parse(text) is None


def test_an_address_reads_back() -> None:
    for one in (Address(RecordId(bytes(range(16)))), Address(RecordId(bytes(16)), bytes(range(8)))):
        assert address.parse(str(one)) == one
