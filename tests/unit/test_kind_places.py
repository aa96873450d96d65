"""A record kind is one message, one file and one example; where another room must say something of it, this names the file.

Walks every kind over every table outside `protocol/kinds/` that has to know it, so that a forgotten place says what to edit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

import ports
import pytest
import record_examples
from locations import ROOT

from node.config import Retention
from node.store.entries import Listing, listing_of
from policies.competence import FORESEEN
from policies.fga_model import shipped
from policies.officers import FORESEEN as FORESEEN_RIGHTS
from policies.officers import PUBLISH, Right
from protocol.fields import Table
from protocol.kind import Kind, Shelf
from protocol.kinds import alert, known
from protocol.label import CAVEATS
from protocol.members import RIGHTS
from protocol.record import content_type
from protocol.v1 import records_pb2 as pb
from web import views
from web.words import records

KINDS = known()
RELEASED = {name: kind for name, kind in KINDS.items() if kind.right}
DEMO = (ROOT / "deploy/demo/port.toml.j2").read_text("utf-8")
OPERATIONS = (ROOT / "docs/operations.md").read_text("utf-8")


def _key_stands(page: str, key: str) -> bool:
    return re.search(rf"(?m)^{re.escape(key)} = ", page) is not None


_RELEASED: Mapping[str, Callable[[Kind], bool]] = {
    "policies/officers.py: Right": lambda kind: kind.right in set(Right),
    "policies/model.fga: type node": lambda kind: kind.right in shipped().types["node"],
    "protocol/members.py: RIGHTS": lambda kind: kind.register_right in {"", *RIGHTS},
    "protocol/kinds/: Kind.retention": lambda kind: kind.retention != "",
    "node/config.py: Retention": lambda kind: kind.retention in Retention.model_fields,
    "deploy/demo/port.toml.j2: [retention]": lambda kind: _key_stands(DEMO, kind.retention),
    "docs/operations.md: [retention]": lambda kind: f"`{kind.retention}`" in OPERATIONS,
    "tests/ports.py: RETENTION": lambda kind: kind.retention in ports.RETENTION,
    "web/words/records.py: KIND": lambda kind: kind.name in records.KIND,
}
"""What has to know a kind that officers release, by where."""
_EVERY: Mapping[str, Callable[[Kind], bool]] = {
    "tests/record_examples.py": lambda kind: kind.name in record_examples.KINDS,
    "protocol/label.py: CAVEATS": lambda kind: kind.always <= set(CAVEATS),
}


def _forgotten(kind: Kind) -> Iterator[str]:
    yield from (place for place, knows in _EVERY.items() if not knows(kind))
    if kind.right:
        yield from (place for place, knows in _RELEASED.items() if not knows(kind))


@pytest.mark.parametrize("name", KINDS)
def test_every_place_that_must_know_a_kind_knows_it(name: str) -> None:
    forgotten = list(_forgotten(KINDS[name]))
    assert not forgotten, "\n".join(forgotten)


def test_a_kind_that_is_nowhere_is_told_every_place() -> None:
    """The broken double: a kind of which only its file was written."""
    stray = Kind(
        name="nowhere", table=alert.TABLE, right="can_nowhere", register_right="nowhere", retention="nowhere"
    )
    assert set(_forgotten(stray)) == {
        "policies/officers.py: Right",
        "policies/model.fga: type node",
        "protocol/members.py: RIGHTS",
        "node/config.py: Retention",
        "deploy/demo/port.toml.j2: [retention]",
        "docs/operations.md: [retention]",
        "tests/ports.py: RETENTION",
        "web/words/records.py: KIND",
        "tests/record_examples.py",
    }


def test_what_is_released_by_nobody_is_this_node_s_own() -> None:
    assert set(KINDS) - set(RELEASED) == {"approval", "audit", "words"}
    assert {name: right for name, right in PUBLISH.items() if name not in FORESEEN_RIGHTS} == {
        name: kind.right for name, kind in RELEASED.items() if kind.right in set(Right)
    }


def test_a_name_is_foreseen_or_known_and_not_both() -> None:
    """Who adds the kind takes its line out of policies/officers.py and policies/competence.py."""
    assert not set(FORESEEN_RIGHTS) & set(KINDS)
    assert not set(FORESEEN) & set(KINDS)


@pytest.mark.parametrize("name", KINDS)
def test_store_and_screens_list_a_kind_where_it_says(name: str) -> None:
    shelf = KINDS[name].shelf
    assert views.shelf_of(name) is shelf
    expected = {
        Shelf.WATCH: Listing.EVENTS,
        Shelf.LOOKOUTS: Listing.LOOKOUTS,
        Shelf.LIBRARY: Listing.LIBRARY,
        Shelf.NONE: Listing.NONE,
    }
    assert listing_of(content_type(name)) is expected[shelf]


def test_the_shelves_as_they_stand() -> None:
    shelves = {name: kind.shelf for name, kind in KINDS.items() if kind.shelf is not Shelf.LIBRARY}
    assert shelves == {
        "alert": Shelf.WATCH,
        "incident": Shelf.WATCH,
        "sighting": Shelf.WATCH,
        "indicator": Shelf.LOOKOUTS,
        "approval": Shelf.NONE,
    }
    assert views.shelf_of("never_heard_of") is Shelf.LIBRARY


def test_a_field_without_a_rule_is_named() -> None:
    rules = alert.TABLE.fields
    with pytest.raises(AssertionError, match=r"^Alert: no rule for field score$"):
        Table(pb.Alert, tuple(field for field in rules if field.name != "score"))
    with pytest.raises(AssertionError, match=r"^Words: a rule for what is no field: score$"):
        Table(pb.Words, (*KINDS["words"].table.fields, rules[9]))
    with pytest.raises(AssertionError, match=r"^Words: two rules for text$"):
        Table(pb.Words, KINDS["words"].table.fields * 2)
