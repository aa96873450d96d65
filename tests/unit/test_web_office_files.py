"""Files through the screens of real ports: put to a draft, gone with its release, seen by whoever may, and by nobody else."""

from __future__ import annotations

import asyncio
import hashlib
import re
from dataclasses import replace

import pytest
from browser_web import Browser, Line, hidden
from files_here import come
from files_here import release as publish
from multipart_web import JPEG, PDF, PNG, Part, post, submit
from officers_here import hire
from offices_web import FORM, Screens, basis, own_feeds, released, screens
from ports import ANTWERP, NORTH_SEA, port
from record_examples import NOW

from node.blobs import Incoming, Owner, of_draft
from node.commands import attach as attaching
from node.store import drafts
from node.store.changes import ChangeKind
from node.store.errors import StoreFull
from protocol.ids import RecordId, UnixMs
from web.views import Given, Named, Session

PERSONAL = "BE:NONE//TLP:AMBER//AUD ports-be//CAVEAT PERSONAL"


@pytest.fixture(name="antwerp")
def antwerp_screens() -> Screens:
    return screens()


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def drafted(officer: Browser, *files: tuple[str, bytes], **changes: str) -> str:
    """The page of a draft with files."""
    form = {**FORM, **basis(officer), **changes}
    answer = submit(officer, "/alerts/new", "/alerts/new", *files, **form)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def leave(officer: Browser, page: str) -> str:
    """Releases a draft; the record's address."""
    answer = officer.submit(page, f"{page}/release")
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def names(at: Screens) -> list[str]:
    """Every file on the port's disk."""
    return at.port.ctx.blobs._names()


def test_a_picture_leaves_with_its_alert_and_is_gone_with_its_withdrawal(antwerp: Screens) -> None:
    officer = antwerp.officer()
    page = drafted(officer, ("quay.png", PNG))
    assert "Attachments" in officer.get(page).text
    assert officer.get(f"{page}/files/{sha(PNG)}").content == PNG
    address = leave(officer, page)
    assert [name[0] for name in names(antwerp)] == ["e"], "the draft's own copy is still there"
    assert f'src="{address}/files/{sha(PNG)}" alt="quay.png"' in officer.get(address).text
    assert officer.get(f"{address}/files/{sha(PNG)}").content == PNG
    assert officer.get(f"{page}/files/{sha(PNG)}").status_code == 404
    assert officer.submit(f"{address}/withdraw", f"{address}/withdraw", reason="3").status_code == 303
    gone = officer.get(f"{address}/files/{sha(PNG)}")
    assert (gone.status_code, gone.content) == (404, officer.get("/nothing").content)
    assert "quay.png" not in officer.get(address).text


def test_another_port_sees_it_when_it_has_come_and_its_page_hears_of_it(antwerp: Screens) -> None:
    officer = antwerp.officer()
    address = leave(officer, drafted(officer, ("quay.png", PNG)))
    sea = screens(NORTH_SEA)
    (feed,) = own_feeds(antwerp.port)
    sea.port.pull(antwerp.port, feed.feed)
    reader = sea.officer("d.jansen")
    page = reader.get(address).text
    assert "On its way" in page
    assert f"files/{sha(PNG)}" not in page
    assert reader.get(f"{address}/files/{sha(PNG)}").status_code == 404

    async def watch() -> None:
        cursor = re.search(r'data-after="([^"]+)"', page)
        assert cursor
        async with Line(sea.app, reader, f"after={cursor[1]}&shelf=watch&scope=all") as line:
            come(sea.port, PNG)
            sea.bus.publish([c for c in sea.port.changes if c.kind is ChangeKind.RECORD])
            await line.until(lambda: "touched" in line.events)
            assert address.rpartition("/")[2] in line.text

    asyncio.run(watch())
    assert f'src="{address}/files/{sha(PNG)}"' in reader.get(address).text
    assert reader.get(f"{address}/files/{sha(PNG)}").content == PNG
    outsider = sea.officer("c.other", purposes="navigation-safety")
    refused, absent = outsider.get(f"{address}/files/{sha(PNG)}"), outsider.get("/nothing")
    assert (refused.status_code, refused.content) == (404, absent.content)


def test_a_file_is_a_change_of_the_text(antwerp: Screens) -> None:
    author, second = antwerp.officer(), antwerp.officer("b.maes")
    page = drafted(author, tlp="RED", ports=NORTH_SEA)
    assert second.submit(page, f"{page}/approve").status_code == 303
    old = hidden(author.get(page).text, f"{page}/release")
    assert submit(author, page, f"{page}/files", ("quay.png", PNG)).status_code == 303
    assert "A second person must approve first" in author.get(page).text
    assert author.post(f"{page}/release", **old).status_code == 409
    assert second.submit(page, f"{page}/approve").status_code == 303
    assert author.submit(page, f"{page}/files/{sha(PNG)}/remove").status_code == 303
    assert "A second person must approve first" in author.get(page).text
    assert names(antwerp) == [], "what was taken off is still on the disk"


def test_a_draft_that_is_leaving_takes_no_file_and_gives_none_up() -> None:
    slow = screens(cancel_ms=60_000)
    officer = slow.officer()
    page = drafted(officer, ("quay.png", PNG))
    fields = hidden(officer.get(page).text, f"{page}/files")

    async def run() -> None:
        record = page.rpartition("/")[2]
        session = await slow.office.session(str(officer.cookies.get(f"p2p-{ANTWERP}")), touch=False)
        assert session
        plan = await slow.office.plan_preview(session, record)
        await slow.office.release(session, record, digest=getattr(plan, "digest", ""))
        assert await slow.office.detach(session, record, sha(PNG)) is None
        assert await slow.office.attach(session, record, ()) is None
        await slow.office.close()

    asyncio.run(run())
    assert len(names(slow)) == 1
    assert fields


def test_a_discarded_draft_leaves_no_file(antwerp: Screens) -> None:
    officer = antwerp.officer()
    page = drafted(officer, ("quay.png", PNG), ("report.pdf", PDF))
    assert len(names(antwerp)) == 2
    assert officer.submit("/drafts", f"{page}/discard").status_code == 303
    assert names(antwerp) == []


def test_the_21st_is_refused_and_destroyed_and_the_others_stay(antwerp: Screens) -> None:
    officer = antwerp.officer()
    page = drafted(officer, *[(f"{n}.jpg", JPEG + bytes([n])) for n in range(20)])
    before = names(antwerp)
    answer = submit(officer, page, f"{page}/files", ("0.jpg", JPEG + bytes([0])), ("more.jpg", JPEG))
    assert answer.status_code == 422
    assert "At most 20 files." in answer.text
    assert names(antwerp) == before
    same = submit(officer, page, f"{page}/files", ("again.jpg", JPEG + bytes([0])))
    assert same.status_code == 303
    assert names(antwerp) == before


def test_a_draft_is_anothers_business_only_where_it_may_be_seen(antwerp: Screens) -> None:
    officer = antwerp.officer()
    page = drafted(officer, ("quay.png", PNG))
    outsider = antwerp.officer("c.other", purposes="navigation-safety")
    token = re.search(r'name="csrf" content="(\w+)"', outsider.get("/").text)
    assert token
    parts: list[Part] = [("csrf", token[1]), ("files", "x.jpg", "image/jpeg", JPEG)]
    assert outsider.get(f"{page}/files/{sha(PNG)}").status_code == 404
    assert post(outsider, f"{page}/files", parts).status_code == 404
    assert outsider.post(f"{page}/files/{sha(PNG)}/remove", csrf=token[1]).status_code == 404
    assert names(antwerp) == [f"{of_draft(RecordId(bytes.fromhex(page[8:])))}.{sha(PNG)}"]


def test_opening_a_file_of_personal_data_is_audited_like_its_record(antwerp: Screens) -> None:
    officer, sea = antwerp.officer(), port(NORTH_SEA)
    secret = publish(sea, PNG, media_type="image/png", label=PERSONAL)
    antwerp.port.pull(sea, secret.feed.feed)
    come(antwerp.port, PNG)
    home = f"/records/{secret.record.hex()}/files"
    assert officer.get(f"{home}/{sha(PDF)}").status_code == 404
    assert [act.act for act in antwerp.port.audits()].count("open") == 0, "nothing was opened"
    assert officer.get(f"{home}/{sha(PNG)}").content == PNG
    (opened,) = [act for act in antwerp.port.audits() if act.act == "open"]
    assert opened.record.record_id == secret.record


def test_a_disk_that_fills_between_two_files_keeps_neither(
    antwerp: Screens, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = antwerp.officer()
    page = drafted(officer, ("quay.png", PNG))
    real, taken = Incoming.take, list[bytes]()

    def full(self: Incoming, owner: Owner) -> bytes:
        if taken:
            raise OSError(28, "no space")
        taken.append(real(self, owner))
        return taken[-1]

    monkeypatch.setattr(Incoming, "take", full)
    answer = submit(officer, page, f"{page}/files", ("a.jpg", JPEG), ("b.pdf", PDF))
    assert answer.status_code == 422
    assert "no room for files" in answer.text
    assert [sha(PNG) in name for name in names(antwerp)] == [True]


def test_what_a_node_has_no_room_for_is_not_taken(antwerp: Screens) -> None:
    settings = replace(antwerp.port.ctx.settings, blob=4096, blobs_total=4096)
    object.__setattr__(antwerp.port.ctx, "settings", settings)
    officer = antwerp.officer()
    page = drafted(officer, ("a.jpg", JPEG + bytes(3000)))
    large = submit(officer, page, f"{page}/files", ("b.jpg", JPEG + bytes(5000)))
    assert "A file may hold at most 4 kB." in large.text
    leave(officer, page)
    other = drafted(officer)
    antwerp.port.ctx.blobs._counted = None  # some seconds later
    full = submit(officer, other, f"{other}/files", ("c.jpg", JPEG))
    assert "no room for files" in full.text
    assert released(officer).startswith("/records/")


def test_files_of_drafts_take_the_room_too(antwerp: Screens) -> None:
    """Nothing lists them in a log yet, and they fill the same disk."""
    ctx = antwerp.port.ctx
    object.__setattr__(ctx, "settings", replace(ctx.settings, blobs_total=8_192))
    officer = antwerp.officer()
    drafted(officer, ("a.png", PNG), ("b.jpg", JPEG))
    ctx.blobs._counted = None  # some seconds later
    answer = submit(officer, "/alerts/new", "/alerts/new", ("c.png", PNG + b"3"), **FORM, **basis(officer))
    assert answer.status_code == 422
    assert len(names(antwerp)) == 2


def test_who_puts_a_file_to_a_draft_and_takes_it_off_is_audited_by_its_hash(antwerp: Screens) -> None:
    officer = antwerp.officer()
    page = drafted(officer, ("Jan Peeters.png", PNG))
    assert officer.submit(page, f"{page}/files/{sha(PNG)}/remove").status_code == 303
    told = [audit for audit in antwerp.port.audits() if audit.act == "draft_file"]
    assert [(one.details["change"], one.details["sha256"]) for one in told] == [
        ("added", sha(PNG)),
        ("removed", sha(PNG)),
    ]
    assert "Peeters" not in str(told)


def test_a_draft_whose_files_meet_a_fault_is_not_left_behind(
    antwerp: Screens, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise StoreFull("full")

    monkeypatch.setattr(attaching, "attach", full)
    officer = antwerp.officer()
    answer = submit(officer, "/alerts/new", "/alerts/new", ("a.png", PNG), **FORM, **basis(officer))
    assert answer.status_code == 503
    assert antwerp.port.store.read(drafts.waiting) == []
    assert names(antwerp) == []


def test_a_file_put_and_taken_off_at_once_is_listed_and_here_or_neither(antwerp: Screens) -> None:
    office, who = antwerp.office, hire(antwerp.port, "a.peeters")
    page = drafted(antwerp.enter(who), ("a.png", PNG))
    here = Named(antwerp.port.name, "")
    draft, session = page.rpartition("/")[2], Session("", who, "", here, (), "", UnixMs(NOW))

    async def both() -> None:
        coming = office.incoming()
        coming.write(PNG)
        await asyncio.gather(
            office.detach(session, draft, sha(PNG)),
            office.attach(session, draft, [Given(coming, len(PNG), "image/png", "b.png")]),
        )

    asyncio.run(both())
    record = RecordId(bytes.fromhex(draft))
    row = antwerp.port.store.read(lambda r: drafts.get(r, record))
    assert row is not None
    listed = attaching.of_message(antwerp.port.ctx.blobs, record, row.content)
    assert all(one.here for one in listed)
    assert len(names(antwerp)) == len(listed)
