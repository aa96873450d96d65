"""What gets into a log line, and what never does."""

from __future__ import annotations

import io
import json
import logging

from node import log

CANARY = "Janssen 1-ABC-234"


def lines(write: object) -> list[dict[str, object]]:
    stream = io.StringIO()
    log.configure("info", stream=stream, node="port-a")
    assert callable(write)
    write()
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_json_with_node_room_level_and_time() -> None:
    (line,) = lines(lambda: log.get("room").info("a feed grew", size=3, feed=b"\x01\x02"))
    assert line["node"] == "port-a"
    assert line["room"] == "room"
    assert line["event"] == "a feed grew"
    assert line["feed"] == "0102"
    assert {"level", "timestamp"} <= set(line)


def test_fields_that_may_hold_personal_data_or_secrets_are_not_logged() -> None:
    (line,) = lines(
        lambda: log.get("room").info(
            "x", title=CANARY, plate=CANARY, token=CANARY, body=CANARY, password=CANARY, thing=object()
        )
    )
    assert CANARY not in json.dumps(line)


def test_a_library_warning_keeps_its_words_to_itself() -> None:
    (line,) = lines(lambda: logging.getLogger("grpc").warning("odd input %s", CANARY))
    assert line["library"] == "grpc"
    assert CANARY not in json.dumps(line)
