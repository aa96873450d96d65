"""Calls to an OpenFGA server through its SDK: each bounded in time, made once, and either answered or `NoEngine`.

Guarantees: no call is retried, redirected or waited for longer than its time; after one that came to nothing the next `pause_s`
seconds are answered with the same refusal at once, so that a server that is away holds nobody up; no error quotes what was
asked. The SDK is imported at the first call (30 MB, more than a second). Says nothing about what an answer means.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from policies.relations import EPOCH, Answer, Check, Condition, NoEngine, RelationsError, Tuple

PAUSE_S: Final = 2.0
AT_ONCE: Final = 50
"""Questions in one call, the server's own limit as it is shipped."""
PAGE: Final = 100
PAGES_MAX: Final = 1000
"""Of one list: 100,000 tuples; a node has some hundreds."""
POOL: Final = 16
SIDE_BY_SIDE: Final = 8
MODEL_PAGE: Final = 50
_REFUSED: Final = frozenset({400, 409, 422})
T = TypeVar("T")
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Which server, which store and model on it. `model` empty: the calls that need one are refused by the server."""

    url: str
    store: str = ""
    model: str = ""
    token: str = field(default="", repr=False)
    ca_file: Path | None = None
    timeout_ms: int = 1000


class Calls:
    """One server, from any thread."""

    def __init__(
        self, place: Place, *, clock: Callable[[], float] = time.monotonic, pause_s: float = PAUSE_S
    ) -> None:
        self.place = place
        self._clock, self._pause_s = clock, pause_s
        self._lock = threading.Lock()
        self._client: Any = None
        self._until = 0.0

    def close(self) -> None:
        """Let go of open connections."""
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None

    # ---- Questions ------------------------------------------------------------------------------------------------------

    def ask(self, questions: Sequence[Check]) -> tuple[Answer, ...]:
        """One answer per question; NO_ANSWER where the server has none. Raises NoEngine. Several calls go side by side."""
        parts = [questions[start : start + AT_ONCE] for start in range(0, len(questions), AT_ONCE)]
        if len(parts) < 2:
            return tuple(answer for part in parts for answer in self._batch(part))
        with ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="relations") as pool:
            return tuple(answer for part in pool.map(self._batch, parts) for answer in part)

    def _batch(self, questions: Sequence[Check]) -> list[Answer]:
        said = self.post_checks(
            [{**_question(one), "correlation_id": str(number)} for number, one in enumerate(questions)]
        )
        return [_answer(said.get(str(number))) for number in range(len(questions))]

    def post_checks(self, checks: Sequence[Json]) -> Json:
        """At most 50 questions in the server's own words; what it says to each, by `correlation_id`. Raises NoEngine."""
        said = self._post(
            "check",
            "/stores/{store_id}/batch-check",
            {
                "authorization_model_id": self.place.model,
                "consistency": "HIGHER_CONSISTENCY",
                "checks": list(checks),
            },
        ).get("result")
        if not isinstance(said, dict):
            raise NoEngine("the server's answer is not understood")
        return said

    # ---- Tuples ---------------------------------------------------------------------------------------------------------

    def read(self, key: Mapping[str, str] | None = None) -> Iterator[Tuple]:
        """The stored tuples under a key (`object`, `relation`, `user`), or all of them. Raises NoEngine."""
        body: Json = {"page_size": PAGE, "consistency": "HIGHER_CONSISTENCY"}
        if key is not None:
            body["tuple_key"] = dict(key)
        for _ in range(PAGES_MAX):
            said = self._post("read", "/stores/{store_id}/read", body)
            yield from (_tuple(one["key"]) for one in said.get("tuples") or ())
            body["continuation_token"] = said.get("continuation_token") or ""
            if not body["continuation_token"]:
                return
        raise NoEngine(f"more than {PAGES_MAX * PAGE} tuples on the server")

    def write(self, add: Sequence[Tuple], remove: Sequence[Tuple]) -> None:
        """Change them all or none, at most 100: those to add must not be there, those to remove must. Raises NoEngine."""
        body: Json = {"authorization_model_id": self.place.model}
        if add:
            body["writes"] = {"tuple_keys": [_key(one) for one in add]}
        if remove:
            body["deletes"] = {"tuple_keys": [_bare(one) for one in remove]}
        if add or remove:
            self._post("write", "/stores/{store_id}/write", body)

    # ---- Stores and models ----------------------------------------------------------------------------------------------

    def stores(self, name: str) -> list[str]:
        """The ids of the stores of this name."""
        found: list[str] = []
        query: dict[str, str | int] = {"name": name, "page_size": MODEL_PAGE}
        for _ in range(PAGES_MAX):
            said = self._get("stores", "/stores", query)
            found += [str(one["id"]) for one in said.get("stores") or () if one.get("name") == name]
            token = said.get("continuation_token") or ""
            if not token:
                return found
            query = {**query, "continuation_token": token}
        raise NoEngine("too many stores on the server")

    def make_store(self, name: str) -> str:
        """A new store; its id."""
        return str(self._post("store", "/stores", {"name": name})["id"])

    def models(self) -> Iterator[Json]:
        """Every model of the store, newest first."""
        query: dict[str, str | int] = {"page_size": MODEL_PAGE}
        for _ in range(PAGES_MAX):
            said = self._get("models", "/stores/{store_id}/authorization-models", query)
            yield from said.get("authorization_models") or ()
            token = said.get("continuation_token") or ""
            if not token:
                return
            query = {"page_size": MODEL_PAGE, "continuation_token": token}
        raise NoEngine("too many models in the store")

    def model(self) -> Json:
        """The model that `place` names."""
        said = self._get("model", "/stores/{store_id}/authorization-models/{model_id}", {})
        found = said.get("authorization_model")
        if not isinstance(found, dict):
            raise NoEngine("the server's answer is not understood")
        return found

    def make_model(self, source: Mapping[str, object]) -> str:
        """Another model beside those that are there; its id."""
        said = self._post("model", "/stores/{store_id}/authorization-models", dict(source))
        return str(said["authorization_model_id"])

    # ---- The wire -------------------------------------------------------------------------------------------------------

    def _post(self, name: str, path: str, body: Json) -> Json:
        return self._call(name, method="POST", path=path, body=body)

    def _get(self, name: str, path: str, query: Mapping[str, str | int]) -> Json:
        return self._call(name, method="GET", path=path, query_params=dict(query))

    def _call(self, name: str, *, path: str, **how: object) -> Json:
        if self._clock() < self._until:
            raise NoEngine("the server did not answer a moment ago; it is asked again soon")
        named = {"store_id": self.place.store, "model_id": self.place.model}
        params = {key: value for key, value in named.items() if "{" + key + "}" in path}
        said = self._made(
            lambda client: client.execute_api_request(
                operation_name=name, path=path, path_params=params, **how
            )
        )
        body = said.json()
        return body if isinstance(body, dict) else {}

    def _made(self, call: Callable[[Any], T]) -> T:
        try:
            return call(self._connected())
        except Exception as error:  # noqa: BLE001  whatever the SDK fails with, there is no answer
            status = _status(error)
            if status in _REFUSED:  # understood, and refused: the server is there
                raise RelationsError(f"the server refuses it (HTTP {status})") from None
            self._away()
            words = f"answers with HTTP {status}" if status else f"does not answer ({type(error).__name__})"
            raise NoEngine(f"the server {words}") from None

    def _away(self) -> None:
        self._until = self._clock() + self._pause_s

    def _connected(self) -> Any:
        with self._lock:
            if self._client is None:
                self._client = _client(self.place)
            return self._client


def _status(error: BaseException) -> int | None:
    """The HTTP status in an error of the SDK, or in the one that it was handling when it failed itself."""
    from openfga_sdk.exceptions import ApiException

    seen: BaseException | None = error
    while seen is not None and not isinstance(seen, ApiException):
        seen = seen.__context__
    return seen.status if seen is not None else None


def _client(place: Place) -> Any:
    from openfga_sdk.client import ClientConfiguration
    from openfga_sdk.configuration import RetryParams
    from openfga_sdk.credentials import CredentialConfiguration, Credentials
    from openfga_sdk.sync import OpenFgaClient
    from urllib3.util import Retry

    credentials = None
    if place.token:
        credentials = Credentials(
            method="api_token", configuration=CredentialConfiguration(api_token=place.token)
        )
    configuration = ClientConfiguration(
        api_url=place.url,
        store_id=place.store or None,
        authorization_model_id=place.model or None,
        credentials=credentials,
        retry_params=RetryParams(max_retry=0),  # type: ignore[no-untyped-call]
        ssl_ca_cert=str(place.ca_file) if place.ca_file else None,
        timeout_millisec=place.timeout_ms,
    )
    configuration.retries = Retry(total=0, redirect=0)  # type: ignore[assignment]
    configuration.connection_pool_maxsize = POOL
    return OpenFgaClient(configuration)


# ---- Our values as the server's, and back ---------------------------------------------------------------------------------


def _question(one: Check) -> Json:
    values = {
        name: value if isinstance(value, str) else _time(value)
        for name, value in one.context.values().items()
    }
    return {
        "tuple_key": {"user": one.user, "relation": one.relation, "object": one.object},
        "context": values,
        "contextual_tuples": {"tuple_keys": [_key(each) for each in one.contextual]},
    }


def _time(value: object) -> str:
    from datetime import datetime

    assert isinstance(value, datetime)
    assert value >= EPOCH
    return value.isoformat(timespec="milliseconds")


def _answer(said: object) -> Answer:
    """Only `allowed: true` beside no error is a yes."""
    if not isinstance(said, dict) or said.get("error"):
        return Answer.NO_ANSWER
    return Answer.YES if said.get("allowed") is True else Answer.NO


def _bare(one: Tuple) -> Json:
    return {"user": one.user, "relation": one.relation, "object": one.object}


def _key(one: Tuple) -> Json:
    if one.condition is None:
        return _bare(one)
    held = {"name": one.condition.name, "context": dict(one.condition.context)}
    return {**_bare(one), "condition": held}


def _tuple(said: Mapping[str, Any]) -> Tuple:
    held = said.get("condition") or None
    condition = Condition(held["name"], held.get("context") or {}) if held else None
    return Tuple(said["user"], said["relation"], said["object"], condition)
