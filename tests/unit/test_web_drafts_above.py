"""A draft whose label its owner may not read is not there for him either: a colleague moved it above him, or he is no more what he was."""

from __future__ import annotations

import uuid

import pytest
from browser_web import Browser, hidden
from officers_here import MODEL, hire
from offices_web import Screens, released, screens

from node.commands import move, roles
from node.store import drafts
from policies.officers import Place, Role
from protocol.ids import RecordId
from protocol.label import parse
from web.offices import visible


@pytest.fixture(name="here")
def antwerp_screens() -> Screens:
    return screens()


def answers(browser: Browser, draft: str) -> list[tuple[int, str]]:
    """All that a draft's addresses say; the last two change it."""
    csrf = hidden(browser.get("/preferences").text, "/preferences")["csrf"][0]
    page = f"/drafts/{draft}"
    found = [browser.get(page), browser.get(f"{page}/label")]
    found += [browser.post(f"{page}/{act}", csrf=csrf) for act in ("label", "release", "discard")]
    return [(each.status_code, each.text.replace(draft, "-")) for each in found]


def moved_above(here: Screens) -> tuple[Browser, Browser, str]:
    """The owner of a record, a colleague, and the colleague's draft of a move of it that names the colleague alone."""
    owner = here.officer("a.owner")
    record = RecordId(bytes.fromhex(released(owner).rpartition("/")[2].partition("-")[0]))
    colleague = hire(here.port, "b.colleague")
    above = parse(f"BE:NONE//TLP:RED//AUD ports-be//TO officer:{here.port.name}/{colleague}")
    row = here.port.store.write(
        lambda tx: move.begin(tx, here.port.ctx, record, editor=colleague, label=above)
    ).result()
    assert row is not None
    return owner, here.enter(colleague), row.record.hex()


def same(here: Screens) -> None:
    owner, colleague, draft = moved_above(here)
    assert f"/drafts/{draft}" in colleague.get("/drafts").text
    assert draft not in owner.get("/drafts").text
    assert answers(owner, draft) == answers(owner, "0" * 32)
    row = here.port.store.read(lambda r: drafts.get(r, RecordId(bytes.fromhex(draft))))
    assert row is not None
    assert row.state in drafts.OPEN


def test_a_move_above_its_owner_is_not_there_for_him(here: Screens) -> None:
    same(here)


def test_an_owner_who_sees_above_himself_is_seen(here: Screens, monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault: whose it was may see whatever became of it."""
    monkeypatch.setattr(visible, "may_see", lambda *_: True)
    with pytest.raises(AssertionError):
        same(here)


def test_who_was_put_out_of_the_community_has_his_draft_no_more(here: Screens) -> None:
    who = hire(here.port, "a.owner")
    owner = here.enter(who)
    record = released(owner)
    page = f"{record}/audience"
    draft = owner.submit(page, page, audience="ports-be", tlp="GREEN").headers["location"].rpartition("/")[2]
    assert draft in owner.get("/drafts").text
    ctx, person = here.port.ctx, uuid.UUID(who).bytes
    here.port.store.write(
        lambda tx: roles.give_place(
            tx, ctx, MODEL, person, Place.EXPELLED, "ports-be", until=ctx.now(), actor="administrator/cli"
        )
    ).result()
    assert draft not in owner.get("/drafts").text
    assert answers(owner, draft) == answers(owner, "0" * 32)


def test_who_neither_writes_nor_publishes_drops_nothing(here: Screens) -> None:
    """Its owner still, but without the role that he wrote it in."""
    who = hire(here.port, "a.owner", Role.SECURITY_OFFICER, Role.DPO)
    owner = here.enter(who)
    page = f"{released(owner)}/audience"
    draft = owner.submit(page, page, audience="ports-be", tlp="GREEN").headers["location"].rpartition("/")[2]
    ctx, person = here.port.ctx, uuid.UUID(who).bytes
    here.port.store.write(
        lambda tx: roles.take_role(tx, ctx, MODEL, person, Role.SECURITY_OFFICER, actor="administrator/cli")
    ).result()
    assert answers(owner, draft)[-1][0] == 404
    row = here.port.store.read(lambda r: drafts.get(r, RecordId(bytes.fromhex(draft))))
    assert row is not None
    assert row.state in drafts.OPEN
