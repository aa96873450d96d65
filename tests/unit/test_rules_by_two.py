"""The rules of release without an officer: two people change them, and what one changed alone changes nothing."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from acts_of_drafts import jump
from acts_of_rules import RULES, digest, read_again, with_file
from browser_web import Browser, hidden
from officers_here import MODEL, hire, visitor
from offices_web import Screens, screens
from ports import Port

from node.commands import agree_rules, auto_release, people, propose_rules, roles, rules_in_force
from node.commands.context import Context
from node.commands.people import Visitor
from node.store import rules_texts
from node.store.rules_texts import RulesRow
from node.store.unit import Reader, Tx
from policies.auto_release import NO_RULES, AutoRelease, parse_rules
from policies.decision import Deny, DenyCode
from policies.fga_model import Model
from policies.officers import Role
from web.offices.ruling import difference

WIDER = RULES.replace(b"Moderate", b"Minor")


def propose(at: Port, who: Visitor, text: bytes) -> RulesRow | Deny | None:
    return at.store.write(
        lambda tx: propose_rules.propose_rules(tx, at.ctx, MODEL, digest=digest(text), officer=who)
    ).result()


def agree(at: Port, who: Visitor, text: bytes) -> RulesRow | Deny | None:
    return at.store.write(
        lambda tx: agree_rules.agree_rules(tx, at.ctx, MODEL, digest=digest(text), officer=who)
    ).result()


def in_force(at: Port) -> AutoRelease:
    return at.store.read(rules_in_force.in_force)


def words(at: Port) -> str:
    return at.store.read(lambda r: rules_in_force.standing(r, at.ctx, MODEL)).words


class Two:
    """A port, and two people who may."""

    def __init__(self, text: bytes = RULES) -> None:
        self.at = with_file(text)
        self.one = visitor(self.at, hire(self.at, "a.peeters"))
        self.other = visitor(self.at, hire(self.at, "k.captain", Role.PORT_CAPTAIN))

    def agreed(self, text: bytes = RULES) -> None:
        assert isinstance(propose(self.at, self.one, text), RulesRow)
        assert isinstance(agree(self.at, self.other, text), RulesRow)


def end(at: Port, who: str, how: str) -> None:
    """What ends the rights of a security officer."""
    person, actor = uuid.UUID(who).bytes, "administrator/cli"

    def act(tx: Tx) -> None:
        if how == "closed":
            people.close(tx, at.ctx, person, actor=actor)
        elif how == "suspended":
            roles.suspend(tx, at.ctx, MODEL, person, actor=actor)
        else:
            roles.take_role(tx, at.ctx, MODEL, person, Role.SECURITY_OFFICER, actor=actor)

    at.store.write(act).result()


@pytest.mark.parametrize("how", ["closed", "suspended", "another function"])
def test_who_may_not_propose_any_more_is_no_second_person(how: str) -> None:
    two = Two()
    at = two.at
    propose(at, two.one, RULES)
    end(at, two.one.id, how)
    before = len(at.audits())
    assert agree(at, two.other, RULES) is None
    assert len(at.audits()) == before
    assert in_force(at) == NO_RULES
    assert isinstance(propose(at, two.other, RULES), RulesRow)
    third = visitor(at, hire(at, "c.third", Role.PORT_CAPTAIN))
    assert isinstance(agree(at, third, RULES), RulesRow)


def test_an_agreement_with_who_is_only_still_employed_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault: the proposer's account is looked at, and not what he may."""

    def employed(reader: Reader, ctx: Context, model: Model, person: str) -> bool:
        return people.visitor(reader, ctx, model, uuid.UUID(person).bytes) is not None

    monkeypatch.setattr(rules_in_force, "_still_may", employed)
    with pytest.raises(AssertionError):
        test_who_may_not_propose_any_more_is_no_second_person("another function")


def one_changes_nothing(take: Callable[[Port], AutoRelease]) -> None:
    """What is in force before anybody agreed, after two did, and after one changed the file; `take` is how the node takes its rules."""
    two = Two()
    assert take(two.at) == NO_RULES
    propose(two.at, two.one, RULES)
    assert take(two.at) == NO_RULES
    agree(two.at, two.other, RULES)
    assert take(two.at) == parse_rules(RULES)
    read_again(two.at, WIDER)
    assert take(two.at) == parse_rules(RULES)
    propose(two.at, two.one, WIDER)
    assert take(two.at) == parse_rules(RULES)
    read_again(two.at, b"")
    assert take(two.at) == parse_rules(RULES)


def test_what_two_agreed_on_stays_in_force_whatever_the_file_says() -> None:
    one_changes_nothing(in_force)


def test_a_node_that_takes_the_file_as_it_is_would_be_seen() -> None:
    """The planted fault."""
    with pytest.raises(AssertionError):
        one_changes_nothing(lambda at: parse_rules(at.ctx.settings.rules_file))


def never_alone(act: Callable[[Tx, Port, Visitor], RulesRow | Deny | None]) -> None:
    two = Two()
    propose(two.at, two.one, RULES)
    before = len(two.at.audits())
    done = two.at.store.write(lambda tx: act(tx, two.at, two.one)).result()
    assert isinstance(done, Deny)
    assert done.code is DenyCode.SECOND_PERSON
    assert len(two.at.audits()) == before
    assert in_force(two.at) == NO_RULES


def test_whoever_proposed_them_does_not_agree() -> None:
    never_alone(
        lambda tx, at, who: agree_rules.agree_rules(tx, at.ctx, MODEL, digest=digest(RULES), officer=who)
    )


def test_a_node_that_lets_the_proposer_agree_would_be_seen() -> None:
    """The planted fault: the yes is anybody's who may."""

    def careless(tx: Tx, at: Port, who: Visitor) -> RulesRow | Deny | None:
        row = rules_texts.waiting(tx)
        assert row is not None
        rules_texts.agree(tx, who.id, at.ctx.now())
        return row

    with pytest.raises(AssertionError):
        never_alone(careless)


@pytest.mark.parametrize("role", [Role.ANALYST, Role.ADMINISTRATOR, Role.AUDITOR, Role.DPO])
def test_who_may_not_release_alerts_neither_proposes_nor_agrees(role: Role) -> None:
    two = Two()
    clerk = visitor(two.at, hire(two.at, "x.clerk", role))
    refused = propose(two.at, clerk, RULES)
    assert isinstance(refused, Deny)
    assert refused.code is DenyCode.NOT_COMPETENT
    propose(two.at, two.one, RULES)
    refused = agree(two.at, clerk, RULES)
    assert isinstance(refused, Deny)
    assert refused.code is DenyCode.NOT_COMPETENT


def test_each_step_binds_to_the_text_that_was_shown() -> None:
    two = Two()
    assert propose(two.at, two.one, WIDER) is None
    propose(two.at, two.one, RULES)
    assert propose(two.at, two.other, RULES) is None  # it waits already
    assert agree(two.at, two.other, WIDER) is None
    read_again(two.at, WIDER)
    propose(two.at, two.other, WIDER)
    assert agree(two.at, two.one, RULES) is None  # replaced
    assert isinstance(agree(two.at, two.one, WIDER), RulesRow)
    assert agree(two.at, two.one, WIDER) is None  # done already
    assert in_force(two.at) == parse_rules(WIDER)


def test_a_step_that_takes_another_text_than_was_shown_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault: whoever agrees agrees to whatever waits."""
    real = agree_rules.agree_rules

    def careless(tx: Tx, ctx: Context, model: Model, *, digest: bytes, officer: Visitor) -> Any:
        waiting = rules_in_force.standing(tx, ctx, model).waiting
        return real(tx, ctx, model, digest=waiting.digest if waiting else digest, officer=officer)

    monkeypatch.setattr(agree_rules, "agree_rules", careless)
    with pytest.raises(AssertionError):
        test_each_step_binds_to_the_text_that_was_shown()


def test_what_the_register_does_not_allow_is_not_proposed() -> None:
    two = Two(RULES.replace(b"AMBER", b"GREEN"))
    refused = propose(two.at, two.one, two.at.ctx.settings.rules_file)
    assert isinstance(refused, Deny)
    assert refused.code is DenyCode.CEILING


def test_that_no_rule_is_in_force_any_more_is_agreed_to_by_two_as_well() -> None:
    two = Two()
    two.agreed()
    read_again(two.at, b"")
    two.agreed(b"")
    assert in_force(two.at) == NO_RULES
    assert words(two.at) == ""


def test_a_start_says_what_waits_and_what_is_in_force_meanwhile() -> None:
    two = Two()
    assert "waits for two persons" in words(two.at)
    assert "until then nothing is released by rule" in words(two.at)
    two.agreed()
    assert words(two.at) == ""
    read_again(two.at, WIDER)
    assert "the rules that two persons agreed on last stay in force" in words(two.at)


def test_both_people_are_in_the_audit_with_the_digest() -> None:
    two = Two()
    two.agreed()
    proposed, agreed = two.at.audits()[-2:]
    assert (proposed.act, proposed.actor) == ("rules_propose", two.one.id)
    assert (agreed.act, agreed.actor) == ("rules_agree", two.other.id)
    assert proposed.details["digest"] == agreed.details["digest"] == digest(RULES).hex()
    assert agreed.details["proposed_by"] == two.one.id


def test_a_finding_waits_for_an_officer_until_two_agreed_and_leaves_by_rule_then() -> None:
    at = with_file()

    def take(tx: Tx) -> auto_release.Taken:
        return auto_release.take_detection(tx, at.ctx, jump(), rules_in_force.in_force(tx))

    assert at.store.write(take).result().released is None
    one, other = (visitor(at, hire(at, login)) for login in ("a.peeters", "b.claes"))
    propose(at, one, RULES)
    assert at.store.write(take).result().released is None
    agree(at, other, RULES)
    assert at.store.write(take).result().released is not None


# ---- On the screens ---------------------------------------------------------------------------------------------------------


class Desk:
    """The screens of a port whose file says `RULES`, an officer and a captain."""

    def __init__(self) -> None:
        self.at: Screens = screens()
        read_again(self.at.port, RULES)
        self.at.office._ctx = self.at.port.ctx
        self.one = self.at.officer("a.peeters")
        self.other = self.at.officer("k.captain", Role.PORT_CAPTAIN)


@pytest.fixture(name="desk")
def desk_of_two() -> Desk:
    return Desk()


def csrf(browser: Browser) -> str:
    return hidden(browser.get("/preferences").text, "/preferences")["csrf"][0]


def test_one_proposes_another_agrees_and_the_page_says_who(desk: Desk) -> None:
    assert "No rule is in force" in desk.one.get("/rules").text
    assert "waits for two people" in desk.one.get("/health").text
    assert "severity_min = &#34;Moderate&#34;" in desk.one.get("/rules/propose").text
    answer = desk.one.submit("/rules/propose", "/rules/propose")
    assert (answer.status_code, answer.headers.get("location")) == (303, "/rules")
    assert "No rule is in force" in desk.other.get("/rules").text
    answer = desk.other.submit("/rules/agree", "/rules/agree")
    assert (answer.status_code, answer.headers.get("location")) == (303, "/rules")
    page = desk.one.get("/rules").text
    assert "Proposed by A.Peeters, agreed to by K.Captain" in page
    assert "ais-spoof" in page
    assert "As two people agreed" in desk.one.get("/health").text


def test_the_proposers_page_has_nothing_to_agree_to_and_what_he_sends_is_refused(desk: Desk) -> None:
    desk.one.submit("/rules/propose", "/rules/propose")
    assert "/rules/agree" not in desk.one.get("/rules").text
    assert desk.one.get("/rules/agree").status_code == 404
    answer = desk.one.post("/rules/agree", csrf=csrf(desk.one), digest=digest(RULES).hex())
    assert answer.status_code == 409
    assert "the second person is not the one who proposed them" in answer.text
    assert in_force(desk.at.port) == NO_RULES


def test_the_page_says_that_a_proposal_waits_no_longer_whose_proposer_may_not(desk: Desk) -> None:
    desk.one.submit("/rules/propose", "/rules/propose")
    assert "/rules/agree" in desk.other.get("/rules").text
    row = desk.at.port.store.read(rules_texts.waiting)
    assert row is not None
    end(desk.at.port, row.proposed_by, "another function")
    page = desk.other.get("/rules").text
    assert "A.Peeters proposed other rules, but may not propose any now" in page
    assert "/rules/agree" not in page
    assert "/rules/propose" in page
    assert desk.other.get("/rules/agree").status_code == 404


def test_a_line_of_the_difference_is_a_line_of_the_file() -> None:
    """Whatever stands in it: a text of an older version of the program may hold what this one refuses."""
    text = RULES + '# note\u2028label = "BE:NONE//TLP:GREEN//AUD ports-be"\n'.encode()
    added = [line for sign, line in difference(RULES, text) if sign == "+"]
    assert added == ['# note\u2028label = "BE:NONE//TLP:GREEN//AUD ports-be"']


def test_to_who_has_no_business_with_them_the_page_is_not_there(desk: Desk) -> None:
    clerk = desk.at.officer("x.analyst", Role.ANALYST)
    assert clerk.get("/rules").status_code == 404
    assert 'href="/rules"' not in clerk.get("/health").text
    admin = desk.at.officer("y.admin", Role.ADMINISTRATOR)
    assert admin.get("/rules").status_code == 200
    assert admin.get("/rules/propose").status_code == 404
