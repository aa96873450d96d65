"""Searching: by words and by who or what is named, as lists would show it to the same reader, each search audited before it finds."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from finding import PURPOSE, Seeker, indexed, seeker
from officers_here import visitor
from ports import AMBER, ANTWERP, LIEGE, NORTH_SEA, Port, port
from record_examples import example

from node.commands import contest, hold, index, interest
from node.commands.find import Asked, Search, Unclear
from node.commands.interest import Whose
from node.store import feeds, purges, words
from policies.decision import Deny, DenyCode
from policies.officers import Role
from protocol.fields import DAY_MS
from protocol.indicator import Subject
from protocol.kinds import known
from protocol.v1 import records_pb2 as pb

RED = "BE:NONE//TLP:RED//AUD ports-be//TO node:north-sea-port"
PERSONAL = AMBER + "//CAVEAT PERSONAL"
BANS = AMBER + "//CAVEAT NO-EXPORT,PERSONAL"


def alert(title: str, description: str = "Iemand staat aan het hek.", **common: object) -> pb.Record:
    record = example("alert", description=description)
    record.common.title = title
    for name, value in common.items():
        setattr(record.common, name, value)
    return record


def plate(value: str = "BE:1ABC234", *, silent: bool = False, title: str = "Let op") -> pb.Record:
    record = example("indicator")
    record.common.title = title
    record.common.subject_category.append(pb.Common.SUBJECT_CATEGORY_OTHER)
    record.indicator.value.type, record.indicator.value.value = "plate", value
    record.indicator.on_hit = pb.Indicator.ON_HIT_SILENT if silent else pb.Indicator.ON_HIT_OBSERVE
    return record


@pytest.fixture(name="here")
def here_fixture() -> Seeker:
    return seeker(port(ANTWERP))


# ---- By words ----------------------------------------------------------------------------------------------------------


def test_all_words_whatever_their_case_accents_and_order_newest_first(here: Seeker) -> None:
    for title in ("Bateau près du quai", "Drone boven kaai 7", "DRONE au-dessus du QUAI 7"):
        here.at.publish(alert(title))
    assert here.titles("quai") == ["DRONE au-dessus du QUAI 7", "Bateau près du quai"]
    assert here.titles("7 drone") == ["DRONE au-dessus du QUAI 7", "Drone boven kaai 7"]
    assert here.titles("PRES") == ["Bateau près du quai"]
    assert here.titles("drone bateau") == here.titles("dro") == []


@pytest.mark.parametrize(
    "typed",
    ['drone" OR "hek', "drone OR hek", "dr*", "said:drone", "NEAR(drone hek)", "^drone", "-drone", "_f1"],
)
def test_nothing_typed_is_an_operator(here: Seeker, typed: str) -> None:
    here.at.publish(alert("Drone"))
    here.at.publish(alert("Hek open", "Niets."))
    expected = ["Drone"] if typed in {"^drone", "-drone"} else []
    assert here.titles(typed) == expected


def test_pages_meet_and_kinds_origin_and_time_narrow(here: Seeker) -> None:
    north = port(NORTH_SEA)
    for number in range(7):
        here.at.publish(alert(f"Drone {number}"))
        here.at.clock.at += 1000
    middle = here.at.clock.at
    here.at.pull(north, north.publish(alert("Drone daar")).feed.feed)
    here.at.publish(example("notice", text="Drone gezien"))
    first = here.page("drone", limit=4)
    second = here.page("drone", limit=4, before=first.older)
    third = here.page("drone", limit=4, before=second.older)
    found = [row.id for page in (first, second, third) for row in page.rows]
    assert (len(found), len(set(found)), third.older) == (9, 9, None)
    assert [row.kind for row in here.page("drone", kinds=("notice",)).rows] == ["notice"]
    assert here.titles("drone", origin=NORTH_SEA) == ["Drone daar"]
    assert len(here.page("drone", since_ms=middle).rows) == 2


def test_many_feeds_are_found_in_as_in_few(here: Seeker, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest matches first, and each feed on its own beyond them, say the same as each feed on its own."""
    for number in range(30):
        label = AMBER if number % 3 else AMBER + "//PURPOSE port-security"
        here.at.publish(alert(f"Drone {number}"), label if number % 5 else RED)
    few = here.titles("drone")
    assert len(few) == 24
    monkeypatch.setattr(words, "FEW", 0)
    for newest in (1, 7, 1000):
        monkeypatch.setattr(words, "NEWEST", newest)
        assert here.titles("drone") == few
        page = here.page("drone", limit=5)
        assert [row.record.title for row in page.rows if row.record] == few[:5]


def test_what_lists_do_not_show_is_in_no_index(here: Seeker) -> None:
    """Of a record with personal data no word, of one of the police its title; a field of personal data in none."""
    here.at.publish(plate(title="Kanarie"), PERSONAL)
    police = alert("Politie", "Kanarie in de tekst.", regime=pb.Common.REGIME_LED)
    feed = here.at.publish(police).feed.number
    here.at.publish(alert("Kanarie", "Onder een label voor personen."), PERSONAL)
    assert here.titles("kanarie") == []
    assert here.titles("politie") == ["Politie"]
    here.at.release(BANS, kind="port_ban")
    said = here.at.store.read(lambda r: r.all("SELECT c0 FROM words_content"))
    assert [row[0] for row in said] == [f"politie _f{feed} _kalert"]


def test_no_field_of_personal_data_is_among_the_words_of_any_kind() -> None:
    marked = {(kind.name, f.name) for kind in known().values() for f in kind.table.fields if "P" in f.mark}
    assert ("port_ban", "family_name") in marked
    assert not marked & {(kind.name, name) for kind in known().values() for name in kind.words}


def test_the_audit_and_what_is_kept_aside_are_not_found(here: Seeker) -> None:
    origin = port(LIEGE)
    message = alert("Kanarie")
    message.common.regime = pb.Common.REGIME_UNSPECIFIED
    out = origin.publish(message)
    here.at.pull(origin, out.feed.feed)
    assert here.titles("kanarie") == []


# ---- What leaves -------------------------------------------------------------------------------------------------------


def gone(at: Port) -> bool:
    """Neither table has a row."""
    return at.store.read(
        lambda r: not r.all("SELECT 1 FROM words_content") and not r.all("SELECT 1 FROM named")
    )


def superseded(at: Port) -> None:
    out = at.publish(alert("Kanarie", "Bel +32 470 12 34 56."))
    indexed(at)
    at.publish(alert("Anders", "Niets"), record=out.record, version=2)


def withdrawn(at: Port) -> None:
    out = at.publish(alert("Kanarie", "Bel +32 470 12 34 56."))
    indexed(at)
    at.withdraw(out)


def lapsed(at: Port) -> None:
    from erasing import keep_up

    at.publish(alert("Kanarie", "Bel +32 470 12 34 56."))
    indexed(at)
    at.clock.at += 31 * DAY_MS
    keep_up(at)


@pytest.mark.parametrize("leave", [superseded, withdrawn, lapsed], ids=lambda one: one.__name__)
def test_what_is_changed_withdrawn_or_over_leaves_at_once(
    here: Seeker, leave: Callable[[Port], None]
) -> None:
    leave(here.at)
    assert gone(here.at)
    assert here.titles("kanarie") == here.titles("0470123456", "phone") == []


def test_of_a_feed_that_is_purged_nothing_is_left_and_nothing_comes_back(here: Seeker) -> None:
    at, north = here.at, port(NORTH_SEA)
    feed = north.publish(alert("Kanarie", "Bel +32 470 12 34 56.")).feed.feed
    at.pull(north, feed)
    assert here.titles("kanarie") == ["Kanarie"]
    number = at.store.read(lambda r: feeds.find(r, feed))
    assert number is not None
    at.store.write(lambda tx: purges.begin(tx, number, at.ctx.now())).result()
    assert (
        here.titles("kanarie") == here.titles("0470123456", "phone") == []
    )  # hidden before anything is gone
    at.store.write(lambda tx: purges.step(tx, number, 64)).result()
    indexed(at)
    assert gone(at)
    assert at.store.read(lambda r: r.all("SELECT 1 FROM index_again")) == []


def test_it_is_over_at_the_very_moment_before_anything_is_destroyed(here: Seeker) -> None:
    here.at.publish(alert("Kanarie"))
    assert here.titles("kanarie") == ["Kanarie"]
    here.at.clock.at += 31 * DAY_MS
    assert not gone(here.at)
    assert here.titles("kanarie") == []


def test_a_hold_takes_out_and_its_end_brings_back_and_contested_stays(here: Seeker) -> None:
    at = here.at
    out = at.publish(alert("Kanarie"))
    dpo, second = seeker(at, "d.dpo", Role.DPO).who, seeker(at, "s.second").who
    where = (out.feed.lineage, out.record)
    assert here.titles("kanarie") == ["Kanarie"]
    at.store.write(lambda tx: contest.contest(tx, at.ctx, *where, officer=dpo)).result()
    (found,) = here.page("kanarie").rows
    assert found.contested
    more = {"lineage": where[0], "record": where[1], "reference": "GBA-2026-1"}
    at.store.write(lambda tx: hold.ask(tx, at.ctx, **more, officer=dpo)).result()  # type: ignore[arg-type]
    at.store.write(lambda tx: hold.confirm(tx, at.ctx, **more, officer=second)).result()  # type: ignore[arg-type]
    assert gone(at)
    assert here.titles("kanarie") == []
    at.store.write(lambda tx: hold.ask_end(tx, at.ctx, **more, officer=dpo)).result()  # type: ignore[arg-type]
    at.store.write(lambda tx: hold.confirm(tx, at.ctx, **more, officer=second)).result()  # type: ignore[arg-type]
    assert here.titles("kanarie") == ["Kanarie"]


def test_what_is_left_is_found_after_the_index_was_written_anew(here: Seeker) -> None:
    """SQLite's own check of the index, beside what it finds."""
    out = [here.at.publish(alert(f"Drone {number}", f"Kraan {number}")) for number in range(40)]
    indexed(here.at, most=3)
    for one in out[::3]:
        here.at.withdraw(one)
    begin = True
    while here.at.store.write(lambda tx, begin=begin: words.merge(tx, begin=begin)).result():  # type: ignore[misc]
        begin = False
    left = here.at.store.read(lambda r: r.all("SELECT value FROM meta WHERE name = 'words_left'"))
    assert [row[0] for row in left] == [0]
    here.at.store.write(lambda tx: tx.run("INSERT INTO words (words) VALUES ('integrity-check')")).result()
    assert len(here.titles("drone")) == 26
    assert here.titles("kraan 1") == ["Drone 1"]
    assert here.titles("kraan 3") == []


def test_what_changed_while_it_was_looked_at_is_not_kept(here: Seeker) -> None:
    out = here.at.publish(alert("Kanarie"))
    looked = here.at.store.read(index.gather)
    here.at.withdraw(out)
    assert here.at.store.write(lambda tx: index.keep(tx, here.at.ctx, looked)).result() == 0
    assert gone(here.at)


def test_a_step_takes_so_many_and_a_restart_goes_on(here: Seeker) -> None:
    for number in range(25):
        here.at.publish(alert(f"Drone {number}"), AMBER if number % 2 else RED)
    first = here.at.store.read(lambda r: index.gather(r, most=10))
    assert len(first.lines) <= 10
    here.at.store.write(lambda tx: index.keep(tx, here.at.ctx, first)).result()
    here.at.store.reopen()
    assert indexed(here.at, most=10) >= 2
    (count,) = here.at.store.read(lambda r: r.all("SELECT count(*) FROM words_content"))[0]
    assert count == 25
    assert not here.at.store.read(index.gather)


def test_nothing_of_it_is_on_the_way_of_a_record(here: Seeker) -> None:
    here.at.publish(alert("Drone"))
    assert gone(here.at)


def test_a_trigger_that_is_not_there_would_be_seen(here: Seeker) -> None:
    here.at.store.write(lambda tx: tx.run("DROP TRIGGER words_of_changed")).result()
    withdrawn(here.at)
    assert not gone(here.at)


# ---- By who or what is named -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["1-ABC-234", "be:1abc234", "BE: 1 ABC 234"])
def test_a_plate_is_found_however_it_is_typed_and_its_title_is_not_told(here: Seeker, typed: str) -> None:
    here.at.publish(plate(), PERSONAL)
    assert here.titles(typed, "plate") == ["-"]
    assert here.titles("NL:1ABC234", "plate") == []
    assert here.titles("1ABC235", "plate") == []


def test_plates_and_telephones_that_stand_in_a_text_are_found_as_what_they_are(here: Seeker) -> None:
    here.at.publish(alert("Wagen", "Zwarte wagen 1-ABC-234 belde naar 0470/12.34.56 aan kaai 7."))
    for typed in ("+32 470 12 34 56", "0470123456", "0032(0)470 12 34 56"):
        assert here.titles(typed, "phone") == ["Wagen"]
    assert here.titles("1ABC234", "plate") == ["Wagen"]
    assert here.titles("kaai 7 wagen") == ["Wagen"]
    assert here.titles("abc") == here.titles("470") == []


def test_a_person_is_found_by_all_names_a_document_or_a_token(here: Seeker) -> None:
    ban = example("port_ban")
    ban.port_ban.family_name, ban.port_ban.given_names = "Van den Bérghe", "Jan Piet"
    ban.port_ban.document.type = pb.Document.TYPE_PASSPORT
    ban.port_ban.document.country, ban.port_ban.document.number = "BE", "EK 123456"
    here.at.publish(ban, BANS)
    for typed in ("jan van den berghe", "VAN DEN BERGHE, Jan Piet", "ek123456"):
        assert here.titles(typed, "person") == ["-"]
    assert here.titles("Jan Peeters", "person") == here.titles("EK123457", "person") == []


def test_a_badge_is_found_by_its_token_and_never_by_its_number(here: Seeker) -> None:
    record = alert("Badge")
    record.common.subjects.add(type="badge", value=f"alfapass:{'5f' * 32}")
    record.common.subject_category.append(pb.Common.SUBJECT_CATEGORY_OTHER)
    here.at.publish(record, PERSONAL)
    assert here.titles(f"alfapass:{'5F' * 32}", "badge") == ["-"]
    assert here.asks(Asked(by="badge", typed="123456", purpose=PURPOSE)) == Unclear("badge")


def test_no_identifier_stands_in_the_index(here: Seeker) -> None:
    here.at.publish(alert("Wagen", "1-ABC-234 belde 0470 12 34 56."))
    indexed(here.at)
    rows = here.at.store.read(
        lambda r: [*r.all("SELECT * FROM named"), *r.all("SELECT * FROM words_content")]
    )
    told = repr([tuple(row) for row in rows]).lower()
    assert len(rows) == 3
    assert not any(part in told for part in ("abc", "470", "123456", "234"))


def test_what_a_text_asks_for_in_its_own_way_is_not_searched_as_words(here: Seeker) -> None:
    for typed, sort in (
        ("wagen 1-ABC-234", "plate"),
        ("0470 12 34 56", "phone"),
        ("85.07.30-033.28", "national_number"),
    ):
        assert here.asks(Asked(by="text", typed=typed)) == Unclear("identifier", sort)


def test_silent_lookouts_and_ones_own_are_not_found(here: Seeker) -> None:
    north = port(NORTH_SEA)
    here.at.pull(north, north.publish(plate(silent=True), PERSONAL).feed.feed)
    here.at.publish(plate("BE:1XYZ234"), PERSONAL)
    assert here.titles("1ABC234", "plate") == []
    integrity = seeker(here.at, "i.ntegrity", Role.INTEGRITY_OFFICER, Role.SECURITY_OFFICER)
    assert integrity.titles("1ABC234", "plate") == ["-"]
    assert here.titles("1XYZ234", "plate") == ["-"]
    mine = Subject("plate", "BE:1XYZ234")
    who = bytes.fromhex(here.who.id.replace("-", ""))
    here.at.store.write(
        lambda tx: interest.declare(tx, here.at.ctx, who, mine, Whose.ONESELF, actor="administrator/cli")
    )
    here.who = visitor(here.at, here.who.id)
    assert here.titles("1XYZ234", "plate") == []


# ---- Who may, and what is written down ---------------------------------------------------------------------------------


def test_looking_somebody_up_takes_the_right_and_a_purpose_of_ones_own(here: Seeker) -> None:
    captain = seeker(here.at, "c.captain", Role.PORT_CAPTAIN)
    before = len(here.at.audits())
    refused = captain.asks(Asked(by="plate", typed="1ABC234", purpose=PURPOSE))
    assert isinstance(refused, Deny)
    assert refused.code is DenyCode.NOT_COMPETENT
    for purpose in ("", "navigation-safety", "nonsense"):
        refused = here.asks(Asked(by="plate", typed="1ABC234", purpose=purpose))
        assert isinstance(refused, Deny)
        assert refused.code is DenyCode.PURPOSE
    assert len(here.at.audits()) == before
    assert captain.titles("drone") == []


def test_a_purpose_finds_only_what_may_be_read_for_it() -> None:
    both = seeker(port(ANTWERP), "a.both", purposes="navigation-safety,port-security")
    both.at.publish(alert("Drone vaart"), AMBER + "//PURPOSE navigation-safety")
    both.at.publish(alert("Drone haven"), AMBER + "//PURPOSE port-security")
    assert len(both.titles("drone")) == 2
    assert both.titles("drone", purpose="navigation-safety") == ["Drone vaart"]


def test_each_search_is_audited_with_purpose_and_case_and_never_with_what_was_typed(here: Seeker) -> None:
    here.at.publish(plate(), PERSONAL)
    for typed in ("1ABC234", "1-abc-234", "9ZZZ999"):
        here.page(typed, "plate", case="case-2026-7")
    here.page("kanarie hek", kinds=("alert",), origin=NORTH_SEA, since_ms=5)
    one, same, other, text = here.at.audits()[-4:]
    assert {one.act, text.act} == {"search"}
    assert (one.actor, one.purpose, one.rule, one.details["case"]) == (
        here.who.id,
        PURPOSE,
        "can_look_up",
        "case-2026-7",
    )
    assert one.details["digest"] == same.details["digest"] != other.details["digest"]  # found or not
    assert dict(text.details) == {
        "by": "text",
        "words": "2",
        "kinds": "alert",
        "origin": "north-sea-port",
        "since": "5",
    }
    said = repr(here.at.audits()[-4:]).lower()
    assert not any(part in said for part in ("1abc234", "9zzz999", "kanarie", "hek"))


def test_what_cannot_be_looked_for_is_told_apart_and_not_audited(here: Seeker) -> None:
    before = len(here.at.audits())
    for typed, code in (
        ("  ", "empty"),
        ("x" * 201, "long"),
        ("? !", "words"),
        ("a1 " * 13, "words"),
        (" ".join(f"w{n}" for n in range(13)), "long"),
    ):
        found = here.asks(Asked(by="text", typed=typed))
        assert isinstance(found, Search if typed.startswith("a1") else Unclear)
        if isinstance(found, Unclear):
            assert found.code == code
    assert here.asks(Asked(by="text", typed="drone", case="Jan P.")) == Unclear("case")
    for by in ("person", "plate", "phone"):
        assert here.asks(Asked(by=by, typed="?", purpose=PURPOSE)) == Unclear(by)
    assert len(here.at.audits()) == before + 1
