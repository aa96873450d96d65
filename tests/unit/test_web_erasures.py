"""Erasing on the screens: one asks, another agrees to exactly that, and the ports that have confirmed are listed; nobody does it alone."""

from __future__ import annotations

import re
import uuid

import pytest
from browser_web import Browser, hidden
from erasing import COOLING, keep_up, later, tell
from officers_here import hire
from offices_web import Screens, own_feeds, released, screens
from ports import LIEGE, NORTH_SEA, port
from record_examples import example

from node.commands import interest
from node.commands.interest import Whose
from node.store import holds, requests
from node.store.holds import HoldRow, HoldState
from node.store.unit import Reader
from policies.officers import Role
from protocol.ids import RecordId
from protocol.indicator import subject
from protocol.operation import Op
from protocol.v1 import records_pb2 as pb

NOBODY = "0" * 32
HIS = "BE:2DEF456"
PERSONAL = "BE:NONE//TLP:AMBER//AUD ports-be//CAVEAT PERSONAL"


class Desk:
    """A port's screens: somebody who writes, a data protection officer, a captain, and an alert that left."""

    def __init__(self) -> None:
        self.at: Screens = screens()
        self.writer = self.at.officer()
        self.dpo = self.at.officer("d.dpo", Role.DPO)
        self.captain = self.at.officer("k.captain", Role.PORT_CAPTAIN)
        self.record = released(self.writer)
        self.id = self.record.rpartition("/")[2]

    def ask(self, who: Browser, reason: str = "2") -> None:
        answer = who.submit(f"{self.record}/erase", f"{self.record}/erase", reason=reason)
        assert (answer.status_code, answer.headers.get("location")) == (303, "/erasures"), answer.text

    def agree(self, who: Browser) -> int:
        return who.submit("/erasures", f"/erasures/{self.id}/agree").status_code

    def erased(self) -> list[tuple[int, bytes]]:
        """(reason, record) of every ERASE in the feeds."""
        rows = self.at.port.store.read(
            lambda r: r.all("SELECT reason, record FROM entry WHERE op = ?", Op.ERASE)
        )
        return [(row[0], row[1]) for row in rows]

    def nobody_alone(self, asker: Browser, digest: str) -> None:
        """The asker's page has nothing to agree to, and what they send is refused in words."""
        assert "/agree" not in asker.get("/erasures").text
        answer = asker.post(f"/erasures/{self.id}/agree", csrf=csrf(asker), digest=digest)
        assert answer.status_code == 409
        assert "the second person is not the one who asked" in answer.text
        assert self.erased() == []


@pytest.fixture(name="desk")
def desk_of_three() -> Desk:
    return Desk()


def csrf(browser: Browser) -> str:
    return hidden(browser.get("/preferences").text, "/preferences")["csrf"][0]


def digest_on(page: str) -> str:
    found = re.search(r'name="digest" value="([0-9a-f]{64})"', page)
    assert found is not None
    return found[1]


def test_one_asks_another_agrees_and_it_is_gone_with_its_reason_in_the_feed(desk: Desk) -> None:
    assert 'href="/erasures"' in desk.dpo.get("/preferences").text
    form = desk.dpo.get(f"{desk.record}/erase").text
    for words in ("hidden at once", "cooling time", "It cannot be undone", "A court ordered it"):
        assert words in form
    assert "Moved to fewer readers" not in form
    for wrong in ("", "7", "9"):
        fields = {"reason": wrong} if wrong else {}
        assert desk.dpo.submit(f"{desk.record}/erase", f"{desk.record}/erase", **fields).status_code == 422
    desk.ask(desk.dpo, "3")
    assert "Its erasure is asked for" in desk.captain.get(desk.record).text
    page = desk.captain.get("/erasures")
    assert page.headers["cache-control"] == "no-store"
    for words in ("Fence cut behind tank 12", "A court ordered it", "Asked by D.Dpo"):
        assert words in page.text
    assert desk.erased() == []
    assert desk.agree(desk.captain) == 303
    assert desk.erased() == [(3, bytes.fromhex(desk.id))]
    for who in (desk.dpo, desk.captain, desk.writer):
        assert "Fence cut" not in who.get(desk.record).text
        assert "Fence cut" not in who.get("/").text
        assert who.get(f"{desk.record}/erase").status_code == 404
    after = desk.dpo.get("/erasures").text
    assert "Fence cut" not in after
    assert "Nobody asks for an erasure." in after
    assert desk.id in after
    last = [act for act in desk.at.port.audits() if act.act == "erase"][-1]
    assert last.details["reason"] == "3"
    assert last.details["owner"] != last.actor


def test_who_asked_does_not_agree_and_the_check_sees_that_nobody_asks_who_asked(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.ask(desk.captain)
    digest = digest_on(desk.dpo.get("/erasures").text)
    desk.nobody_alone(desk.captain, digest)
    asked = requests.get

    def nobody_known(reader: Reader, record: RecordId) -> requests.Request | None:
        row = asked(reader, record)
        return row and row._replace(asked_by="")

    monkeypatch.setattr(requests, "get", nobody_known)
    with pytest.raises(AssertionError):
        desk.nobody_alone(desk.captain, digest)


def test_what_changed_in_between_is_dropped_and_asked_again(desk: Desk) -> None:
    desk.ask(desk.dpo)
    before = desk.captain.get("/erasures").text
    desk.at.port.release(record=RecordId(bytes.fromhex(desk.id)), version=2)
    answer = desk.captain.post(
        f"/erasures/{desk.id}/agree", csrf=csrf(desk.captain), digest=digest_on(before)
    )
    assert answer.status_code == 409
    assert "nobody asks for it any more" in answer.text
    assert "/agree" not in answer.text
    assert desk.erased() == []
    desk.ask(desk.dpo)
    desk.ask(desk.dpo, "4")  # another reason than on a page that is still open
    stale = digest_on(before)
    answer = desk.captain.post(f"/erasures/{desk.id}/agree", csrf=csrf(desk.captain), digest=stale)
    assert (answer.status_code, "asked for anew" in answer.text) == (409, True)
    bad = desk.captain.post(f"/erasures/{desk.id}/agree", csrf=csrf(desk.captain), digest="no hex")
    assert bad.status_code == 409
    assert desk.erased() == []
    assert desk.agree(desk.captain) == 303
    assert [reason for reason, _ in desk.erased()] == [4]


def test_it_is_taken_back(desk: Desk) -> None:
    desk.ask(desk.dpo)
    back = f"/erasures/{desk.id}/take-back"
    assert desk.captain.submit("/erasures", back).status_code == 303
    assert "Nobody asks for an erasure." in desk.dpo.get("/erasures").text
    assert desk.dpo.post(back, csrf=csrf(desk.dpo)).status_code == 404
    assert desk.at.port.audits()[-1].act == "erase_not_asked"


def test_what_is_withdrawn_or_expired_is_erased_too(desk: Desk) -> None:
    desk.writer.submit(f"{desk.record}/withdraw", f"{desk.record}/withdraw", reason="1")
    desk.ask(desk.dpo)
    page = desk.captain.get("/erasures").text
    assert "Withdrawn" in page
    assert "Fence cut" not in page
    assert desk.agree(desk.captain) == 303
    lapsed = desk.at.port.release()
    desk.at.port.store.write(
        lambda tx: tx.run("UPDATE entry SET expires_ms = 1 WHERE record = ?", lapsed.record)
    ).result()
    desk.record, desk.id = f"/records/{lapsed.record.hex()}", lapsed.record.hex()
    assert "Expired" in desk.dpo.get(desk.record).text
    desk.ask(desk.dpo)
    assert desk.agree(desk.captain) == 303
    assert len(desk.erased()) == 2


def test_for_anybody_else_there_is_nothing(desk: Desk) -> None:
    desk.ask(desk.dpo)
    for other in (desk.writer, desk.at.officer("b.boss", Role.ADMINISTRATOR)):
        token = csrf(other)
        assert "/erasures" not in other.get("/preferences").text + other.get("/drafts").text
        assert "/erase" not in other.get(desk.record).text
        for path in ("/erasures", f"{desk.record}/erase"):
            assert other.get(path).status_code == 404
        for path in (f"{desk.record}/erase", *steps(desk.id), *steps(NOBODY)):
            assert other.post(path, csrf=token, reason="2", digest="0" * 64).status_code == 404
    token = csrf(desk.captain)
    for path in (f"/records/{NOBODY}/erase", *steps(NOBODY), *steps("zz")):
        assert desk.captain.post(path, csrf=token, reason="2").status_code == 404
    for path in (f"{desk.record}/erase", *steps(desk.id)):
        assert desk.captain.post(path, reason="2").status_code == 403
    assert desk.erased() == []
    assert desk.agree(desk.captain) == 303


def test_personal_data_is_in_no_list_and_whom_it_concerns_has_no_part_in_it(desk: Desk) -> None:
    at = desk.at.port
    him = hire(at, "c.captain", Role.PORT_CAPTAIN)
    concerned = desk.at.enter(him)
    record = example("alert")
    record.common.title = "A red car"
    record.common.subjects.append(pb.IndicatorValue(type="plate", value=HIS))
    record.common.subject_category.append(pb.Common.SUBJECT_CATEGORY_SUSPECT)
    record.common.legal_basis = "port-security-be"
    desk.id = at.publish(record, PERSONAL).record.hex()
    desk.record = f"/records/{desk.id}"
    assert "A red car" in concerned.get(desk.record).text
    desk.ask(desk.dpo)
    page = desk.captain.get("/erasures").text
    assert "Personal data: open to read" in page
    assert "A red car" not in page
    at.store.write(
        lambda tx: interest.declare(
            tx, at.ctx, uuid.UUID(him).bytes, subject("plate", HIS), Whose.ONESELF, actor="administrator/cli"
        )
    ).result()
    assert desk.id not in concerned.get("/erasures").text
    assert concerned.get(f"{desk.record}/erase").status_code == 404
    for path in steps(desk.id):
        answer = concerned.post(path, csrf=csrf(concerned), digest=digest_on(page))
        assert (answer.status_code, "Conflict of interest" in answer.text) == (409, True)
    assert desk.agree(desk.captain) == 303
    assert "A red car" not in desk.dpo.get("/erasures").text


def steps(record: str) -> tuple[str, str]:
    return f"/erasures/{record}/agree", f"/erasures/{record}/take-back"


def test_which_ports_have_confirmed_is_listed_by_name(desk: Desk) -> None:
    north, liege = port(NORTH_SEA), port(LIEGE)
    (feed,) = own_feeds(desk.at.port)
    for peer in (north, liege):
        peer.pull(desk.at.port, feed.feed)
    row = HoldRow(
        lineage=feed.lineage,
        record=RecordId(bytes.fromhex(desk.id)),
        state=HoldState.HELD,
        reference="PV 1",
        asked_by="x",
        asked_ms=liege.ctx.now(),
    )
    liege.store.write(lambda tx: holds.put(tx, row)).result()
    desk.ask(desk.dpo)
    desk.agree(desk.captain)
    before = desk.dpo.get("/erasures").text
    assert "Destroyed<" not in before
    assert "Hidden; destroyed when the cooling time is over" in before
    for peer in (north, liege):
        peer.pull(desk.at.port, feed.feed)
        later(COOLING, peer)
        keep_up(peer)
        tell(peer, desk.at.port)
    said = dict(re.findall(r"<b>([^<]+)</b><small>([^<·]+?)(?: · [^<]*)?</small>", _list_of(desk)))
    assert said["North Sea Port"] == "Destroyed"
    assert said["Port of Liège"] == "Kept by an authority&#39;s reference"
    assert "Not confirmed yet" in said.values()


def _list_of(desk: Desk) -> str:
    page = desk.dpo.get("/erasures").text
    return page[page.index('<ul class="holders">') :]
