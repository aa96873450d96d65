"""What the product asks about officers, in its own words: rights, roles and the tuples that give them.

Guarantees: a question without an answer is never a yes; every right named here exists in the model and needs no more of
the request than `now` (a test reads both from the model). Whoever is asked about as a person carries `oneself`, so that nobody manages
himself. Not here: what a person may read (labels), and the second person's being another than owner and last editor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from policies.relations import (
    EPOCH,
    Answer,
    BadQuestion,
    Check,
    Condition,
    Context,
    Relations,
    Tuple,
    type_of,
    well_formed_object,
)
from protocol.ids import NodeId, OrganisationId, UnixMs
from protocol.kinds import known


class Right(StrEnum):
    """Rights at a node, by the names of the model."""

    DRAFT = "can_draft"
    DRAFT_BEST_PRACTICE = "can_draft_best_practice"
    PUBLISH_ALERT = "can_publish_alert"
    PUBLISH_INCIDENT = "can_publish_incident"
    PUBLISH_INDICATOR = "can_publish_indicator"
    PUBLISH_SIGHTING = "can_publish_sighting"
    PUBLISH_MODUS_OPERANDI = "can_publish_modus_operandi"
    PUBLISH_OUTCOME = "can_publish_outcome"
    PUBLISH_BEST_PRACTICE = "can_publish_best_practice"
    PUBLISH_NOTICE = "can_publish_notice"
    PUBLISH_REQUEST = "can_publish_request"
    PUBLISH_SECURITY_LEVEL = "can_publish_security_level"
    REGISTER_BAN = "can_register_ban"
    APPROVE_RELEASE = "can_approve_release"
    APPROVE_ELSEWHERE = "duty_approver"
    """For a draft of another port: on duty, in a role that approves."""
    CLAIM_ALERT = "can_claim_alert"
    CONFIRM_INCIDENT = "can_confirm_incident"
    CLOSE_INCIDENT = "can_close_incident"
    RETRACT_OWN = "can_retract_own"
    RETRACT_ANY = "can_retract_any"
    HOLD = "can_hold"
    RESTRICT = "can_restrict"
    ERASE = "can_erase"
    CHECK_BAN = "can_check_ban"
    LOOK_UP = "can_look_up"
    ADMINISTER = "can_administer"
    AUDIT = "can_audit"
    REVIEW_CONDUCT = "can_review_misuse"
    """Of what others do here; of one person it is asked as `cases.REVIEW`."""


FORESEEN: Final[Mapping[str, Right]] = MappingProxyType({})
"""Rights of kinds that the model has already and no file of `protocol/kinds/` yet."""
PUBLISH: Final[Mapping[str, Right]] = MappingProxyType(
    {
        **FORESEEN,
        **{name: Right(kind.right) for name, kind in known().items() if kind.right in set(Right)},
    }
)
"""The right that publishing a kind takes, by its `Kind.right`. A kind that is not here is published by nobody."""


def drafts(rights: frozenset[Right]) -> frozenset[str]:
    """The kinds that somebody with these rights may draft: those they publish, all others with the right to draft, and a best practice
    whoever works here. Not a ban: entering one by hand takes the right to register it, since a draft of it is about a person.
    """
    return frozenset(
        kind
        for kind, right in PUBLISH.items()
        if right in rights
        or (Right.DRAFT in rights and right is not Right.REGISTER_BAN)
        or (Right.DRAFT_BEST_PRACTICE in rights and right is Right.PUBLISH_BEST_PRACTICE)
    )


class Role(StrEnum):
    """Roles that a node gives, none implying another."""

    SECURITY_OFFICER = "security_officer"
    ANALYST = "analyst"
    PORT_CAPTAIN = "port_captain"
    POLICE = "police"
    CUSTOMS = "customs"
    MAGISTRATE = "magistrate"
    DPO = "dpo"
    AUDITOR = "auditor"
    CLEARANCE_OFFICER = "clearance_officer"
    INTEGRITY_OFFICER = "integrity_officer"
    EXERCISE_DIRECTOR = "exercise_director"
    ADMINISTRATOR = "administrator"


class Tie(StrEnum):
    """How one person of a node may be another's business, by the names of the model."""

    RELATION = "declared_relation"
    COLLEAGUE = "close_colleague"


class Seat(StrEnum):
    """What a person is in a committee, by the names of the model."""

    CHAIR = "chair"
    DEPUTY_CHAIR = "deputy_chair"
    BY_FUNCTION = "by_function"
    DEPUTY = "deputy"
    INVITEE = "invitee"


class Place(StrEnum):
    """What this node's own administration makes of a person in a community; membership is the register's."""

    STEWARD = "steward"
    INVITED = "invited"
    EXPELLED = "expelled"


class RegisterRight(StrEnum):
    """Switches of the register that an organisation has or has not, and that it is withdrawn."""

    BANS = "right_bans"
    SECURITY_LEVEL = "right_security_level"
    WITHDRAWN = "withdrawn"


class Manage(StrEnum):
    """What one person may do about another, by the names of the model; nobody about himself, relations or close colleagues."""

    CLEARANCE = "can_manage_clearance"
    ROLES = "can_assign_role"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person is at a node now. `communities`: of those asked about, where nobody put him out; unknown is out.

    `whole`: every question had an answer.
    """

    roles: frozenset[Role]
    rights: frozenset[Right]
    communities: frozenset[str]
    whole: bool = True


_NOBODY: Final = Standing(frozenset(), frozenset(), frozenset())
MEMBERSHIP: Final = "active_membership"
"""The condition of all that people are for a time."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is asked about; `duty`: that this person is on duty now, by a roster that is kept elsewhere."""

    person: str
    duty: Tuple | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Officers:
    """Asks `relations` as the enforcement point: it alone says what time it is."""

    relations: Relations
    now: Callable[[], UnixMs]

    def can(self, user_id: str, right: str, obj: str) -> bool:
        """Whether the person has the right at `obj` (`of_node(…)`); false also when there is no answer."""
        return bool(self.ask(user_id, right, obj))

    def ask(self, user_id: str, right: str, obj: str) -> Answer:
        """The same with NO told from NO_ANSWER, for words and for the audit."""
        (answer,) = self._answers(user_id, [right], obj)
        return answer

    def each(self, people: Sequence[str], right: str, obj: str) -> list[bool]:
        """The same of each of these people, in one question to the engine."""
        oneself = (Tuple(obj, "oneself", obj),) if type_of(obj) == "user" else ()
        asked = [self._checks(one, [(right, obj)], oneself) or [] for one in people]
        said = iter(self.relations.check_many([check for each in asked for check in each]))
        return [bool(each) and bool(next(said)) for each in asked]

    def rights(self, user_id: str, node: NodeId) -> frozenset[Right]:
        """All rights that the person has at the node now."""
        return frozenset(
            each
            for each, answer in zip(Right, self._answers(user_id, Right, of_node(node)), strict=True)
            if answer
        )

    def roles(self, user_id: str, node: NodeId) -> frozenset[Role]:
        """All roles that the person has at the node now: not expired, not suspended."""
        return frozenset(
            each
            for each, answer in zip(Role, self._answers(user_id, Role, of_node(node)), strict=True)
            if answer
        )

    def standings(
        self, people: Sequence[Asked], node: NodeId, *, communities: Iterable[str] = ()
    ) -> list[Standing]:
        """All of it of all of them, in their order, in one question to the engine."""
        served = sorted(communities)
        names = [(str(name), of_node(node)) for name in (*Role, *Right)]
        names += [(Place.EXPELLED, of_community(name)) for name in served]
        asked = [self._checks(one.person, names, (one.duty,) if one.duty else ()) for one in people]
        said = iter(self.relations.check_many([check for each in asked for check in each or ()]))
        return [_standing(served, [next(said) for _ in each]) if each else _NOBODY for each in asked]

    def _answers(self, user_id: str, names: Iterable[str], obj: str) -> tuple[Answer, ...]:
        oneself = (Tuple(obj, "oneself", obj),) if type_of(obj) == "user" else ()
        return self._many(user_id, [(str(name), obj) for name in names], oneself)

    def _many(
        self, user_id: str, names: Sequence[tuple[str, str]], along: tuple[Tuple, ...]
    ) -> tuple[Answer, ...]:
        checks = self._checks(user_id, names, along)
        if checks is None:
            return tuple(Answer.NO_ANSWER for _ in names)
        return self.relations.check_many(checks)

    def _checks(
        self, user_id: str, names: Sequence[tuple[str, str]], along: tuple[Tuple, ...]
    ) -> list[Check] | None:
        """None for an id that is no one person's."""
        context = Context(self.now())
        try:
            person = of_person(user_id)
        except BadQuestion:
            return None
        return [Check(person, name, obj, context, along) for name, obj in names]


def _standing(served: Sequence[str], said: Sequence[Answer]) -> Standing:
    answers = iter(said)
    roles = frozenset(one for one, answer in zip(Role, answers, strict=False) if answer)
    rights = frozenset(one for one, answer in zip(Right, answers, strict=False) if answer)
    kept = frozenset(one for one, answer in zip(served, answers, strict=True) if answer is Answer.NO)
    return Standing(roles, rights, kept, Answer.NO_ANSWER not in said)


def of_node(node: NodeId) -> str:
    return f"node:{node}"


def of_organisation(organisation: OrganisationId) -> str:
    return f"organisation:{organisation}"


def of_person(user_id: str) -> str:
    """The person as a user of tuples; raises BadQuestion for what would be everybody, a userset or malformed."""
    name = f"user:{user_id}"
    if not well_formed_object(name):
        raise BadQuestion("is not the id of a person", where="user")
    return name


def membership(valid_from: UnixMs, valid_until: UnixMs) -> Condition:
    """The condition that all roles and employments carry: in force from, and before, these times."""
    return Condition(MEMBERSHIP, {"valid_from": _rfc3339(valid_from), "valid_until": _rfc3339(valid_until)})


def role(user_id: str, name: Role, node: NodeId, period: Condition) -> Tuple:
    return Tuple(of_person(user_id), name, of_node(node), period)


def duty(user_id: str, node: NodeId, period: Condition) -> Tuple:
    """On duty at the node, for a shift."""
    return Tuple(of_person(user_id), "on_duty", of_node(node), period)


def employment(user_id: str, organisation: OrganisationId, period: Condition) -> Tuple:
    return Tuple(of_person(user_id), "employee", of_organisation(organisation), period)


def home(user_id: str, node: NodeId) -> Tuple:
    """A person has one home node, where his roles and clearance are managed."""
    return Tuple(of_node(node), "home", of_person(user_id))


def tie(user_id: str, name: Tie, other: str) -> Tuple:
    """`user_id` is a declared relation or close colleague of `other`."""
    return Tuple(of_person(user_id), name, of_person(other))


def seat(user_id: str, name: Seat, committee: str, period: Condition) -> Tuple:
    """Of a committee, for a time."""
    return Tuple(of_person(user_id), name, f"committee:{committee}", period)


def place(user_id: str, name: Place, community: str, period: Condition) -> Tuple:
    """In a community, for a time; an expulsion has no end of its own."""
    held = None if name is Place.EXPELLED else period
    return Tuple(of_person(user_id), name, of_community(community), held)


def of_community(name: str) -> str:
    return f"community:{name}"


def suspension(user_id: str, obj: str) -> Tuple:
    """Ends at once what the person is at the node or organisation (`of_node`, `of_organisation`)."""
    return Tuple(of_person(user_id), "suspended", obj)


def node_of(node: NodeId, organisation: OrganisationId) -> Tuple:
    """[register] whose node it is."""
    return Tuple(of_organisation(organisation), "organisation", of_node(node))


def register_right(organisation: OrganisationId, right: RegisterRight) -> tuple[Tuple, ...]:
    """[register] a switch of the organisation; `withdrawn` counts for its services too."""
    users = ("user:*", "service:*") if right is RegisterRight.WITHDRAWN else ("user:*",)
    return tuple(Tuple(user, right, of_organisation(organisation)) for user in users)


def _rfc3339(at: UnixMs) -> str:
    return (EPOCH + timedelta(milliseconds=at)).isoformat(timespec="milliseconds")
