"""Two people erase: what was asked for is what the second one agrees to, in every feed that carried the matter; and the offline key."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
import registers
from officers_here import officer
from ports import AMBER, ANTWERP, SCHELDT, Port, port
from registers import Data

from node.commands import erase as erasing
from node.commands.people import Visitor
from node.commands.publish import Released
from node.store import entries, requests, siblings
from node.store.entries import Standing
from policies.decision import Deny, DenyCode
from policies.officers import Role
from protocol.ids import RecordId
from protocol.operation import Op

ERASER = "erase port-antwerp-bruges"


def with_eraser(board: Data, nodes: Data) -> None:
    board["organisations"]["port-antwerp-bruges"]["erase"] = [registers.public_key(ERASER)]


class Desk:
    """A port with a captain, a data protection officer and somebody else."""

    def __init__(self) -> None:
        self.at: Port = port(ANTWERP, register=registers.changed(with_eraser))
        self.captain = officer(self.at, "captain", Role.PORT_CAPTAIN)
        self.dpo = officer(self.at, "dpo", Role.DPO)
        self.analyst = officer(self.at, "analyst", Role.ANALYST)

    def ask(self, one: Released, who: Visitor, reason: int = 2) -> requests.Request | Deny | None:
        return self.at.store.write(
            lambda tx: erasing.request_erase(tx, self.at.ctx, one.record, reason=reason, officer=who)
        ).result()

    def agree(
        self, one: Released, who: Visitor, digest: bytes
    ) -> erasing.Erased | erasing.Changed | Deny | None:
        return self.at.store.write(
            lambda tx: erasing.approve_erase(tx, self.at.ctx, one.record, officer=who, digest=digest)
        ).result()

    def standings(self, records: Iterable[RecordId]) -> set[int]:
        rows = self.at.store.read(
            lambda r: r.all("SELECT record, standing FROM entry WHERE op = ?", Op.PUBLISH)
        )
        return {standing for record, standing in rows if record in set(records)}

    def erases(self) -> list[bytes]:
        return [
            row[0] for row in self.at.store.read(lambda r: r.all("SELECT record FROM entry WHERE op = 4"))
        ]


def test_one_asks_another_agrees_and_both_are_in_the_audit() -> None:
    desk = Desk()
    one = desk.at.release()
    asked = desk.ask(one, desk.dpo)
    assert isinstance(asked, requests.Request)
    assert desk.standings([one.record]) == {Standing.CURRENT}
    assert [row.record for row in desk.at.store.read(erasing.asked_for)] == [one.record]
    done = desk.agree(one, desk.captain, asked.digest)
    assert isinstance(done, erasing.Erased)
    assert desk.standings([one.record]) == {Standing.ERASED}
    assert desk.at.store.read(erasing.asked_for) == []
    (last,) = [act for act in desk.at.audits() if act.act == "erase"]
    assert (last.actor, last.details["owner"]) == (desk.captain.id, desk.dpo.id)
    assert desk.ask(one, desk.dpo) is None


def test_nobody_agrees_to_what_he_asked_for_nor_without_the_right() -> None:
    desk = Desk()
    one = desk.at.release()
    denied = desk.ask(one, desk.analyst)
    assert isinstance(denied, Deny)
    assert denied.code is DenyCode.NOT_COMPETENT
    asked = desk.ask(one, desk.captain)
    assert isinstance(asked, requests.Request)
    for who, code in ((desk.captain, DenyCode.SECOND_PERSON), (desk.analyst, DenyCode.NOT_COMPETENT)):
        refused = desk.agree(one, who, asked.digest)
        assert isinstance(refused, Deny)
        assert refused.code is code
    assert desk.standings([one.record]) == {Standing.CURRENT}
    assert not desk.at.store.read(lambda r: erasing.may_erase(r, desk.at.ctx, one.record, desk.analyst))
    assert desk.at.store.read(lambda r: erasing.may_erase(r, desk.at.ctx, one.record, desk.dpo))


def test_a_version_more_is_another_question() -> None:
    desk = Desk()
    one = desk.at.release()
    asked = desk.ask(one, desk.dpo)
    assert isinstance(asked, requests.Request)
    desk.at.release(record=one.record, version=2)
    changed = desk.agree(one, desk.captain, asked.digest)
    assert isinstance(changed, erasing.Changed)
    assert desk.erases() == []
    # the second person alone says nothing: who asked never asked for this
    assert desk.agree(one, desk.captain, changed.digest) is None
    assert desk.erases() == []
    (dropped,) = [act for act in desk.at.audits() if act.act == "erase_not_asked"]
    assert (dropped.actor, dropped.details["owner"]) == (desk.captain.id, desk.dpo.id)
    assert dropped.details["plan"] == asked.digest.hex()
    again = desk.ask(one, desk.dpo)
    assert isinstance(again, requests.Request)
    assert again.digest == changed.digest
    stale = desk.agree(one, desk.captain, asked.digest)
    assert isinstance(stale, erasing.Changed)  # agreed to what it was: what is asked for stands
    done = desk.agree(one, desk.captain, again.digest)
    assert isinstance(done, erasing.Erased)
    assert desk.standings([one.record]) == {Standing.ERASED}


def test_every_feed_that_carried_the_matter_is_reached() -> None:
    desk = Desk()
    wide, narrow = desk.at.release(AMBER), desk.at.release(SCHELDT)
    desk.at.store.write(lambda tx: siblings.join(tx, wide.record, narrow.record)).result()
    asked = desk.ask(narrow, desk.dpo)
    assert isinstance(asked, requests.Request)
    desk.agree(narrow, desk.captain, asked.digest)
    assert sorted(desk.erases()) == sorted([wide.record, narrow.record])
    assert desk.standings([wide.record, narrow.record]) == {Standing.ERASED}


def test_what_was_asked_for_can_be_taken_back() -> None:
    desk = Desk()
    one = desk.at.release()
    asked = desk.ask(one, desk.dpo)
    assert isinstance(asked, requests.Request)
    taken = desk.at.store.write(
        lambda tx: erasing.withdraw_request(tx, desk.at.ctx, one.record, officer=desk.captain)
    ).result()
    assert taken is True
    assert desk.agree(one, desk.captain, asked.digest) is None


def test_only_a_reason_that_people_have_is_asked_for() -> None:
    desk = Desk()
    one = desk.at.release()
    for reason in (0, 7):
        with pytest.raises(ValueError, match="EraseReason"):
            desk.ask(one, desk.dpo, reason)


def test_the_offline_key_signs_what_was_erased_and_nothing_before() -> None:
    desk = Desk()
    one = desk.at.release()
    assert desk.at.store.read(lambda r: erasing.to_sign(r, desk.at.ctx, one.record)) == ()
    asked = desk.ask(one, desk.dpo)
    assert isinstance(asked, requests.Request)
    desk.agree(one, desk.captain, asked.digest)
    (wanted,) = desk.at.store.read(lambda r: erasing.to_sign(r, desk.at.ctx, one.record))
    for name, fits in (("log port-antwerp-bruges", False), (ERASER, True)):
        signature = registers.signing_key(name).sign(wanted.text).signature
        done = desk.at.store.write(
            lambda tx, s=signature: erasing.hasten(  # type: ignore[misc]
                tx, desk.at.ctx, one.record, [(wanted, s)], actor="administrator/cli"
            )
        ).result()
        assert isinstance(done, erasing.Erased) is fits
    row = desk.at.store.read(lambda r: entries.get(r, one.feed.number, one.index + 2))
    assert row is not None
    assert (row.op, row.reason) == (Op.ERASE, 2)
