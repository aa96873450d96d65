"""A node's tuples at a real OpenFGA server: always those of the newest commit; and a server that is away, slow or not ours."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import openfga_here
import pytest

from node.openfga_calls import Calls, Place
from node.relations_mirror import AWAY, IN_ORDER, Mirror
from node.relations_openfga import OpenFga
from node.store.sqlite import SqliteStore
from node.store.tuples import WritingTuples
from node.store.unit import Tx
from policies.embedded import Embedded
from policies.fga_model import shipped
from policies.officers import Right, Role, membership, node_of, of_node, role
from policies.relations import Answer, Check, Context, NoEngine, RelationsError, Tuple
from protocol.ids import NodeId, OrganisationId, UnixMs

NODE, PORT, NOW = NodeId("port-x"), OrganisationId("port-x"), UnixMs(1_795_338_000_000)
PERIOD = membership(UnixMs(NOW - 1000), UnixMs(NOW + 1000))
OFFICER = role("jo", Role.SECURITY_OFFICER, NODE, PERIOD)
MAY = Check("user:jo", Right.PUBLISH_ALERT, of_node(NODE), Context(NOW))
SECRET = "a-token-of-this-test"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with openfga_here.server() as found:
        yield found


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore(tmp_path / "node.db")
    yield opened
    opened.close()


def written(store: SqliteStore, add: list[Tuple], remove: list[Tuple] | None = None) -> None:
    store.write(
        lambda tx: Embedded(model=shipped(), tuples=WritingTuples(tx)).write(add, remove or [])
    ).result()


@contextmanager
def mirrored(store: SqliteStore, place: Place) -> Iterator[Mirror]:
    mirror = Mirror(store, Calls(place), shipped())
    yield mirror
    mirror.close()


# ---- The newest commit ------------------------------------------------------------------------------------------------------


@pytest.mark.engines
def test_what_was_committed_counts_at_the_next_question(url: str, store: SqliteStore, tmp_path: Path) -> None:
    place = openfga_here.installed(url)
    with mirrored(store, place) as mirror:
        assert not mirror.check(MAY)
        written(store, [node_of(NODE, PORT), OFFICER])
        assert mirror.check(MAY)
        other = SqliteStore(tmp_path / "node.db")  # as another process has it
        written(other, [], [OFFICER])
        other.close()
        assert mirror.check_many([MAY]) == (Answer.NO,)
        assert mirror.standing == IN_ORDER


@pytest.mark.engines
def test_a_changed_period_reaches_the_server_and_what_others_wrote_there_goes(
    url: str, store: SqliteStore
) -> None:
    place = openfga_here.installed(url)
    written(store, [node_of(NODE, PORT), OFFICER])
    with mirrored(store, place) as mirror:
        assert mirror.check(MAY)
        foreign = role("al", Role.ADMINISTRATOR, NODE, PERIOD)
        calls = Calls(place)
        calls.write([foreign], [])
        written(store, [replace(OFFICER, condition=membership(UnixMs(NOW + 1), UnixMs(NOW + 2)))])
        assert not mirror.check(MAY)
        assert {one.user for one in calls.read()} == {"user:jo", "organisation:port-x"}
        calls.close()


@pytest.mark.engines
def test_what_is_not_committed_never_reaches_the_server(url: str, store: SqliteStore) -> None:
    place = openfga_here.installed(url)
    written(store, [node_of(NODE, PORT)])
    answers: list[bool] = []
    with mirrored(store, place) as mirror:

        def act(tx: Tx) -> None:
            Embedded(model=shipped(), tuples=WritingTuples(tx)).write([OFFICER])
            answers.append(mirror.check(MAY))
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            store.write(act).result()
        assert answers == [False]
        assert not mirror.check(MAY)
        calls = Calls(place)
        assert [one.relation for one in calls.read()] == ["organisation"]
        calls.close()


@pytest.mark.engines
def test_without_settling_a_role_that_was_taken_still_counts(
    url: str, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fault planted: a mirror that does not look before it asks."""
    place = openfga_here.installed(url)
    written(store, [node_of(NODE, PORT), OFFICER])
    with mirrored(store, place) as mirror:
        assert mirror.check(MAY)
        monkeypatch.setattr(Mirror, "settle", lambda _self: None)
        written(store, [], [OFFICER])
        assert mirror.check(MAY)
        monkeypatch.undo()
        assert not mirror.check(MAY)


# ---- Not ours ---------------------------------------------------------------------------------------------------------------


@pytest.mark.engines
def test_a_server_with_another_model_answers_nothing(url: str, store: SqliteStore) -> None:
    bare = Calls(Place(url=url))
    place = Place(url=url, store=bare.make_store("another"))
    calls = Calls(place)
    weaker = openfga_here.shipped_json()
    types = weaker["type_definitions"]
    assert isinstance(types, list)
    (node,) = [one for one in types if one["type"] == "node"]
    node["relations"]["can_draft"] = {"computedUserset": {"relation": "on_duty"}}
    model = calls.make_model(weaker)
    with mirrored(store, replace(place, model=model)) as mirror:
        with pytest.raises(NoEngine, match="is not the product's"):
            mirror.check(MAY)
        assert "is not the product's" in mirror.standing
    for one in (bare, calls):
        one.close()


@pytest.mark.engines
def test_the_token_of_the_file_opens_the_server_and_no_other() -> None:
    with openfga_here.server("--authn-method", "preshared", "--authn-preshared-keys", SECRET) as url:
        with pytest.raises(NoEngine, match="HTTP 401"):
            Calls(Place(url=url, token="another")).stores("store-x")
        right = Place(url=url, token=SECRET)
        assert Calls(right).stores("store-x") == []
        assert SECRET not in repr(right)


# ---- Away -------------------------------------------------------------------------------------------------------------------


class Told:
    """A clock that a test sets."""

    at = 0.0

    def __call__(self) -> float:
        return self.at


@contextmanager
def mute() -> Iterator[tuple[str, list[socket.socket]]]:
    """An address where connections are taken and nothing is ever said; those that came."""
    taken: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def take() -> None:
            while True:
                try:
                    taken.append(listening.accept()[0])
                except OSError:
                    return

        thread = threading.Thread(target=take)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", taken
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()
    for one in taken:
        one.close()


def test_a_mute_server_is_asked_once_in_a_pause_and_everybody_is_denied() -> None:
    clock = Told()
    with mute() as (url, taken):
        place = Place(url=url, store="0" * 26, model="0" * 26, timeout_ms=200)
        engine = OpenFga(Calls(place, clock=clock), shipped())
        for _ in range(3):
            assert engine.check_many([MAY, MAY]) == (Answer.NO_ANSWER, Answer.NO_ANSWER)
        with pytest.raises(NoEngine, match="did not answer a moment ago"):
            engine.check(MAY)
        assert len(taken) == 1
        clock.at = 2.5
        with pytest.raises(NoEngine, match="does not answer"):
            engine.check(MAY)
        assert len(taken) == 2
        engine.calls.close()


def test_a_server_that_is_not_there_denies_and_says_so_until_it_is(store: SqliteStore) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        url = f"http://127.0.0.1:{gone.getsockname()[1]}"
    place = Place(url=url, store="0" * 26, model="0" * 26, timeout_ms=200)
    with mirrored(store, place) as mirror:
        with pytest.raises(RelationsError):
            mirror.check(MAY)
        assert mirror.check_many([MAY]) == (Answer.NO_ANSWER,)
        assert mirror.standing.startswith(f"{AWAY}: the server ")


@pytest.mark.engines
def test_a_server_that_goes_away_takes_every_role_with_it_until_it_is_back(store: SqliteStore) -> None:
    written(store, [node_of(NODE, PORT), OFFICER])
    clock = Told()
    with openfga_here.server() as url:
        place = replace(openfga_here.installed(url), timeout_ms=2000)
        mirror = Mirror(store, Calls(place, clock=clock), shipped())
        assert mirror.check_many([MAY]) == (Answer.YES,)
    assert mirror.check_many([MAY]) == (Answer.NO_ANSWER,)
    assert mirror.standing == f"{AWAY}: the server does not answer (MaxRetryError)"
    clock.at = 1.0
    assert mirror.check_many([MAY]) == (Answer.NO_ANSWER,)
    assert mirror.standing == f"{AWAY}: the server does not answer (MaxRetryError)"
    mirror.close()


def test_a_server_that_points_elsewhere_is_not_followed() -> None:
    asked: list[str] = []

    class Elsewhere(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.path)
            self.send_response(307)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with http.server.HTTPServer(("127.0.0.1", 0), Elsewhere) as serving:
        thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        place = Place(url=f"http://127.0.0.1:{serving.server_port}", store="0" * 26, model="0" * 26)
        calls = Calls(replace(place, token=SECRET))
        with pytest.raises(NoEngine) as refused:
            calls.ask([MAY])
        calls.close()
        serving.shutdown()
        thread.join()
    assert len(asked) == 1
    assert SECRET not in str(refused.value)
    assert "jo" not in str(refused.value)
