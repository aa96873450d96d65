"""Whose a draft is: who changes it, what comes of it where its author cannot go on with it, and who takes back what came of it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import replace

import pytest
from drafters_here import World, posted, record_of, text_of, wrote
from officers_here import MODEL, visitor

from node.commands import hand_over, people, retract, roles
from node.store import drafts
from node.store.drafts import DraftState, Hand
from node.store.unit import Tx
from policies.decision import Deny
from policies.officers import Right, Role
from protocol.ids import RecordId, UnixMs
from web.offices import drafting, files, handing, visible

PRACTICE = {
    "summary": "Count seals twice.",
    "problem": "Seals were counted by one.",
    "area": ["cargo_release"],
    "measure": "Two people count.",
    "applies_to": ["terminal"],
    "review_by": "2027-06-01T10:00",
}
TEXT = {"type": "drug_find", "status": "suspected", "narrative": "Nothing was found.", "title": "All is well"}


@pytest.fixture(name="world", scope="module")
def one_world() -> World:
    return World()


def analyst(world: World) -> str:
    """Somebody new, whom a test may suspend; his name in the world."""
    name = f"analyst-{len(world.names)}"
    world.browser(name, Role.ANALYST)
    return name


def suspend(world: World, name: str) -> None:
    who = uuid.UUID(world.names[name]).bytes
    world.port.store.write(
        lambda tx: roles.suspend(tx, world.port.ctx, MODEL, who, actor="administrator/cli")
    ).result()


def resume(world: World, name: str) -> None:
    who = uuid.UUID(world.names[name]).bytes
    world.port.store.write(
        lambda tx: roles.resume(tx, world.port.ctx, MODEL, who, actor="administrator/cli")
    ).result()


def no_longer(world: World, name: str) -> None:
    """An analyst whose role is taken."""
    who = uuid.UUID(world.names[name]).bytes
    world.port.store.write(
        lambda tx: roles.take_role(tx, world.port.ctx, MODEL, who, Role.ANALYST, actor="administrator/cli")
    ).result()


def close(world: World, name: str) -> None:
    who = uuid.UUID(world.names[name]).bytes
    world.port.store.write(
        lambda tx: people.close(tx, world.port.ctx, who, actor="administrator/cli")
    ).result()


GONE = pytest.mark.parametrize("gone", [suspend, no_longer, close])


def handed(world: World, name: str, **more: object) -> str:
    page = wrote(world.browser(name), **more)  # type: ignore[arg-type]
    assert posted(world.browser(name), f"{page}/hand-over") == 303
    return page


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def retracts(world: World, record: RecordId, name: str) -> object:
    officer = visitor(world.port, world.names[name])
    return world.port.store.write(
        lambda tx: retract.retract(tx, world.port.ctx, record, reason=3, officer=officer)
    ).result()


# ---- Who changes it -------------------------------------------------------------------------------------------------------


def test_what_who_publishes_wrote_nobody_changes_who_does_not(world: World) -> None:
    page = wrote(world.browser("captain"))
    before = world.row(page)
    assert before.hand is Hand.NONE
    who = world.browser("analyst")
    shown = who.get("/drafts").text
    assert page in shown
    assert f"{page}/discard" not in shown
    assert who.get(f"{page}/text").status_code == 404
    for path in ("text", "label", "discard", "files", "files/" + "0" * 64 + "/remove"):
        assert posted(who, f"{page}/{path}", audience="ports-be", tlp="GREEN", **TEXT) in {404, 409}
    assert world.row(page) == before
    assert posted(world.browser("captain"), f"{page}/discard") == 303


def test_the_page_and_the_list_name_who_changed_it_last(world: World) -> None:
    page = wrote(world.browser("captain"))
    officer = world.browser("officer")
    for where in (page, "/drafts"):
        assert "Last changed by" not in words(officer.get(where).text)
    form = f"{page}/text"
    given = {**text_of(officer, form), **TEXT, "lang": "en", "statement": "fact"}
    assert officer.submit(form, form, **given).status_code == 303
    for where in (page, "/drafts"):
        assert "Last changed by A.Peeters" in words(world.browser("captain").get(where).text)
    assert posted(officer, f"{page}/discard") == 303


# ---- Whose author cannot go on with it ------------------------------------------------------------------------------------


@GONE
def test_what_its_author_cannot_hand_over_any_more_is_theirs_who_publish(
    world: World, gone: Callable[[World, str], None]
) -> None:
    name = analyst(world)
    page, captain = wrote(world.browser(name)), world.browser("captain")
    assert captain.get(page).status_code == 404
    gone(world, name)
    assert page in captain.get("/drafts").text
    assert page not in world.browser("other").get("/drafts").text
    assert world.browser("other").get(page).status_code == 404
    assert f'action="{page}/release"' in captain.get(page).text
    assert captain.submit(page, f"{page}/release").headers["location"].startswith("/records/")


def test_it_is_its_authors_again_who_is_back_unless_somebody_changed_it(world: World) -> None:
    name = analyst(world)
    left, changed = wrote(world.browser(name)), wrote(world.browser(name))
    captain = world.browser("captain")
    suspend(world, name)
    form = f"{changed}/text"
    given = {**text_of(captain, form), **TEXT, "lang": "en", "statement": "fact"}
    assert captain.submit(form, form, **given).status_code == 303
    resume(world, name)
    assert captain.get(left).status_code == 404
    assert captain.get(changed).status_code == 200
    assert world.row(changed).hand is Hand.OVER


def test_without_an_answer_about_its_author_it_stays_his(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = world.row(wrote(world.browser("analyst")))
    found = replace(visitor(world.port, row.owner), rights=frozenset(), whole=False)
    monkeypatch.setattr(hand_over, "visitor", lambda *_: found)
    kept = world.port.store.read(
        lambda r: hand_over.kept_from(hand_over.Authors(r, world.port.ctx), row, world.names["captain"])
    )
    assert kept
    monkeypatch.setattr(hand_over, "visitor", lambda *_: replace(found, whole=True))
    assert not world.port.store.read(
        lambda r: hand_over.kept_from(hand_over.Authors(r, world.port.ctx), row, world.names["captain"])
    )


@pytest.mark.parametrize("gone", [suspend, close])
def test_nothing_is_sent_back_to_who_cannot_go_on_with_it(
    world: World, gone: Callable[[World, str], None]
) -> None:
    name = analyst(world)
    page, captain = handed(world, name), world.browser("captain")
    gone(world, name)
    before = world.row(page)
    answer = captain.submit(page, f"{page}/send-back", word="Which quay?")
    assert answer.status_code == 409
    assert "does not draft this kind here any more" in answer.text
    assert world.row(page) == before
    assert captain.get(page).status_code == 200


# ---- What one owner has many of -------------------------------------------------------------------------------------------


def test_what_somebody_keeps_hides_nothing_that_he_handed_over(world: World) -> None:
    page = handed(world, analyst(world))
    row = world.row(page)
    more = [
        replace(
            row,
            record=RecordId(b"\xff" * 8 + number.to_bytes(8, "big")),
            hand=Hand.KEPT,
            created_ms=UnixMs(row.created_ms + 1 + number),
        )
        for number in range(drafts.OF_ONE_OWNER)
    ]

    def keep(tx: Tx) -> None:
        for one in more:
            drafts.put(tx, one)

    world.port.store.write(keep).result()
    waiting = world.port.store.read(drafts.waiting)
    world.port.store.write(lambda tx: [drafts.forget(tx, one.record, 1) for one in more]).result()
    assert row.record in {one.record for one in waiting}
    assert len([one for one in waiting if one.owner == row.owner]) == drafts.OF_ONE_OWNER + 1


# ---- What came of it ------------------------------------------------------------------------------------------------------


def test_who_may_not_publish_a_kind_takes_back_none_of_it(world: World) -> None:
    name = f"police-{len(world.names)}"
    police, captain = world.browser(name, Role.POLICE), world.browser("captain")
    assert "best_practice" not in visitor(world.port, world.names[name]).kinds
    for page in (
        handed(world, name, kind="best_practice", **PRACTICE),
        handed(world, "staff", kind="best_practice", **PRACTICE),
    ):
        address = captain.submit(page, f"{page}/release").headers["location"]
        assert isinstance(retracts(world, record_of(address), name), Deny)
        assert f"{address}/withdraw" not in police.get(address).text
        assert posted(police, f"{address}/withdraw", reason="3") in {403, 404, 409}
        assert isinstance(retracts(world, record_of(address), "officer"), retract.Retracted)


def test_what_no_draft_tells_of_any_more_is_taken_back_by_who_may_publish_its_kind(world: World) -> None:
    """As after a restore: drafts come from backups alone, and records from whoever holds them."""
    name = f"police-{len(world.names)}"
    world.browser(name, Role.POLICE)
    page = handed(world, "staff", kind="best_practice", **PRACTICE)
    record = record_of(world.browser("captain").submit(page, f"{page}/release").headers["location"])
    world.port.store.write(lambda tx: drafts.forget(tx, record, 1)).result()
    assert isinstance(retracts(world, record, name), Deny)
    assert isinstance(retracts(world, record, "officer"), retract.Retracted)


@pytest.mark.parametrize("gone", [None, close])
def test_who_released_what_another_drafted_takes_it_back_as_his_own(
    world: World, gone: Callable[[World, str], None] | None
) -> None:
    name, officer = analyst(world), world.browser("officer")
    page = wrote(world.browser(name))
    if gone is None:
        assert posted(world.browser(name), f"{page}/hand-over") == 303
    else:
        gone(world, name)
    address = officer.submit(page, f"{page}/release").headers["location"]
    row = world.row(page)
    assert (row.state, row.hand) == (DraftState.RELEASED, Hand.OVER)
    assert f"{address}/withdraw" in officer.get(address).text
    assert isinstance(retracts(world, row.record, "officer"), retract.Retracted)


# ---- Planted faults -------------------------------------------------------------------------------------------------------


def test_a_node_where_who_drafts_changes_what_others_wrote_is_seen(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def as_before(row: drafts.DraftRow, officer: people.Visitor) -> bool:
        return row.kind in officer.drafts

    for one in (drafting, files, visible, hand_over):
        monkeypatch.setattr(one, "may_write", as_before)
    monkeypatch.setattr(handing, "may_rewrite", as_before)
    with pytest.raises(AssertionError):
        test_what_who_publishes_wrote_nobody_changes_who_does_not(world)


def test_a_node_that_leaves_it_with_who_is_suspended_is_seen(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hand_over.Authors, "still", lambda *_: True)
    for check in (
        test_what_its_author_cannot_hand_over_any_more_is_theirs_who_publish,
        test_nothing_is_sent_back_to_who_cannot_go_on_with_it,
    ):
        with pytest.raises(AssertionError):
            check(world, suspend)


def test_a_release_that_leaves_it_kept_is_seen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "taken_up", lambda row: row.hand)
    with pytest.raises(AssertionError):
        test_who_released_what_another_drafted_takes_it_back_as_his_own(world, close)


def test_a_right_that_looks_at_no_kind_is_seen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retract, "_right", lambda *_: Right.RETRACT_OWN)
    with pytest.raises(AssertionError):
        test_who_may_not_publish_a_kind_takes_back_none_of_it(world)
