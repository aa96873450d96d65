"""Every sensor and every detector keeps the contract of its kind; a new one is tried by its line in `tests/plugin_samples.py`."""

from __future__ import annotations

import asyncio
import math
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import plugin_samples
import ports
import pytest
from ais_samples import START, ToldClock, drive
from locations import ROOT
from plugin_samples import DETECTORS, SENSORS, Sample
from pydantic import BaseModel, ValidationError

import node.detectors
import node.sensors
from node import detector, observation, sensor
from node.commands.raise_alert import alert_of
from node.detector import Bench, Detection, Detector
from node.observation import Observation
from protocol.codes import codes
from protocol.errors import BadRecord
from protocol.ids import UnixMs
from protocol.indicator import stored
from protocol.indicator_forms import SORTS
from protocol.record import content_type, serialise, validate
from protocol.v1 import records_pb2 as pb

_NUMBER = re.compile(r"\d+(?: \d{3})*(?:[.,]\d+)?")
_NAMED = re.compile(r"“[^”]*”|MMSI \d{9}|ITU-R M\.\d+|\bclass [AB]\b")
"""Numbers that name something, and what others said: no quantity."""
_UNIT = re.compile(r" ?(?:km|m|nm|kn|s|min|h|d|%|°|ships?\b)")


def _all_kinds() -> Iterator[type[Observation]]:
    for found in vars(observation).values():
        if isinstance(found, type) and issubclass(found, Observation) and found is not Observation:
            yield found


KINDS = frozenset(_all_kinds())


# ---- Both -------------------------------------------------------------------------------------------------------------------


def test_every_plug_in_has_a_sample() -> None:
    assert set(SENSORS) == set(sensor.known()), "tests/plugin_samples.py: SENSORS"
    assert set(DETECTORS) == set(detector.known()), "tests/plugin_samples.py: DETECTORS"


def test_every_plug_in_is_named_to_operators() -> None:
    page = (ROOT / "docs/operations.md").read_text("utf-8")
    tables = [f'`type = "{name}"`' for name in sensor.known()] + [
        f'`rule = "{name}"`' for name in detector.known()
    ]
    assert [table for table in tables if table not in page] == [], "docs/operations.md: Configuration"


def test_every_file_is_a_plug_in_or_a_part_of_one() -> None:
    """A sensor's parts are named after it; a detector of several files is a folder."""
    files = {name for _, name, _ in pkgutil.iter_modules(node.sensors.__path__)}
    assert {f for f in files if not f.startswith(tuple(f"{s}_" for s in sensor.known()))} == set(
        sensor.known()
    )
    assert {name for _, name, _ in pkgutil.iter_modules(node.detectors.__path__)} == set(detector.known())


def _models() -> Iterator[tuple[str, str, type[BaseModel], dict[str, Any]]]:
    for name, table in SENSORS.items():
        yield name, "type", sensor.load(name).config, table
    for name, sample in DETECTORS.items():
        yield name, "rule", detector.load(name).config, sample.table


MODELS = list(_models())


@pytest.mark.parametrize(("name", "key", "model", "table"), MODELS, ids=[name for name, *_ in MODELS])
def test_its_table_is_closed_typed_fixed_and_says_whose_it_is(
    name: str, key: str, model: type[BaseModel], table: dict[str, Any]
) -> None:
    assert {k: model.model_config.get(k) for k in ("extra", "frozen", "strict")} == {
        "extra": "forbid",
        "frozen": True,
        "strict": True,
    }
    asked = model.model_fields[key].annotation
    assert get_origin(asked) is Literal
    assert get_args(asked) == (name,)
    assert [f for f, told in model.model_fields.items() if told.annotation in {Any, object, None, dict}] == []
    model.model_validate(table)
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        model.model_validate({**table, "surprise": 1})


# ---- Sensors ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SENSORS)
def test_a_sensor_opens_tells_how_it_is_and_closes(name: str) -> None:
    assert sensor.load(name).name == name
    assert "site" in sensor.load(name).config.model_fields

    async def main() -> None:
        listening = sensor.source("here", SENSORS[name]).open(ToldClock(), random=bytes)
        await asyncio.sleep(0)
        health = listening.health()
        assert (health.name, health.type, health.connected) == ("here", name, False)
        assert health.words
        assert all(isinstance(count, int) for count in listening.stats().values())
        assert all(re.fullmatch(r"[a-z_]{1,40}", what) for what in sensor.load(name).counted)
        await listening.aclose()
        assert [each async for each in listening if each.sensor != "here"] == []

    asyncio.run(main())


# ---- Detectors --------------------------------------------------------------------------------------------------------------


def test_kinds_of_observation_are_codes_and_each_its_own() -> None:
    assert len({kind.kind for kind in KINDS}) == len(KINDS)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]{1,39}", kind.kind) for kind in KINDS)


def _made(name: str, folder: Path) -> Detector:
    DETECTORS[name].files(folder)
    return detector.running(name, DETECTORS[name].table, Bench(folder=folder)).detector


def _run(name: str, folder: Path) -> list[Detection]:
    sample = DETECTORS[name]
    return drive(_made(name, folder), sample.run, until=sample.until)


@pytest.mark.parametrize("name", DETECTORS)
def test_a_detector_consumes_what_there_is_and_is_named_as_its_file(name: str) -> None:
    found = detector.load(name)
    assert found.name == name
    assert re.fullmatch(r"R[0-9]{1,3}", found.rule)
    assert found.consumes
    assert found.consumes <= KINDS
    assert set(found.files) <= set(found.config.model_fields)


@pytest.mark.parametrize("name", DETECTORS)
def test_what_it_finds_is_fit_for_an_alert(name: str, tmp_path: Path) -> None:
    found = _run(name, tmp_path)
    assert found, "the sample run finds nothing"
    for one in found:
        assert list(_unfit(name, one)) == []


@pytest.mark.parametrize("name", DETECTORS)
def test_what_it_finds_becomes_a_record_that_validates(name: str, tmp_path: Path) -> None:
    port = ports.port()
    for one in _run(name, tmp_path):
        content = serialise(alert_of(one, port.ctx))
        validate(content_type("alert"), content, register=port.ctx.register, now=one.occurred_to)


@pytest.mark.parametrize("name", DETECTORS)
def test_the_same_observations_give_the_same_findings(name: str, tmp_path: Path) -> None:
    assert _run(name, tmp_path) == _run(name, tmp_path)


def _unfit(name: str, one: Detection) -> Iterator[str]:
    """What an alert could not carry."""
    sort = detector.load(name)
    if (one.detector, one.version, one.rule) != (name, sort.version, sort.rule):
        yield "detector, version, rule"
    for field in ("category", "severity", "certainty", "urgency"):
        if getattr(one, field).lower() not in codes(pb.Alert, field):
            yield f"{field}: not a word of the alert"
    if not 0 < len(one.title.text) <= 120:
        yield "title: 1 to 120 characters"
    if not 0 < len(one.explanation) <= 10:
        yield "explanation: 1 to 10 sentences"
    for sentence in (one.title, *one.explanation):
        yield from _unsaid(sentence.text)
        if not re.fullmatch(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*", sentence.code):
            yield f"{sentence.code}: a code"
    if not (math.isfinite(one.score) and 0 <= one.score <= 1):
        yield "score: 0 to 1"
    if not 0 < len(one.observations) <= 50 or list(one.observations) != sorted(
        one.observations, key=lambda o: o.at
    ):
        yield "observations: 1 to 50, oldest first"
    if not {type(each) for each in one.observations} <= sort.consumes:
        yield "observations: of a type it consumes"
    yield from (
        f"{s.type}: not in stored form"
        for s in one.subjects
        if s.type not in SORTS or stored(s.type, s.value)
    )
    if one.occurred_from > one.occurred_to:
        yield "occurred_from: not after occurred_to"
    if not one.key.startswith(f"{name}:"):
        yield "key: begins with the detector"
    if one.rearm_ms < 1_000:
        yield "rearm_ms: at least a second"


def _unsaid(text: str) -> Iterator[str]:
    """A sentence that is too long, or a quantity without its unit."""
    if len(text) > 400:
        yield "a sentence: at most 400 characters"
    plain = _NAMED.sub("", text)
    for number in _NUMBER.finditer(plain):
        counted = plain[: number.start()].endswith(": ")  # of what, stands before it
        if not counted and not _UNIT.match(plain, number.end()):
            yield f"no unit after {number[0].strip()!r}: {text}"


@pytest.mark.parametrize("name", DETECTORS)
def test_its_state_is_bounded_whatever_comes(name: str, tmp_path: Path) -> None:
    _flooded(_made(name, tmp_path), DETECTORS[name])


def _flooded(running: Detector, sample: Sample, strangers: int = 45_000) -> None:
    largest = 0
    for i in range(strangers):
        for each in sample.flood(i):
            running.on(each, UnixMs(START + i))
        if i % 1_000 == 0:
            running.tick(UnixMs(START + i))
            largest = max(largest, running.size())
    assert 0 < largest <= sample.most


# ---- Broken doubles ---------------------------------------------------------------------------------------------------------


class _Hoarder:
    """Keeps whatever comes."""

    def __init__(self) -> None:
        self.kept: list[Observation] = []

    def on(self, given: Observation, now: UnixMs) -> list[Detection]:
        self.kept.append(given)
        return []

    def tick(self, now: UnixMs) -> list[Detection]:
        return []

    def size(self) -> int:
        return len(self.kept)


def test_a_detector_that_keeps_everything_is_caught() -> None:
    with pytest.raises(AssertionError):
        _flooded(_Hoarder(), plugin_samples.DETECTORS["impossible_speed"])


def test_a_finding_that_no_alert_could_carry_is_caught(tmp_path: Path) -> None:
    good = _run("impossible_speed", tmp_path)[0]
    said = replace(good.title, text="It moved 62 in 40 s")
    faults = (
        replace(good, severity="Grave"),
        replace(good, title=replace(good.title, text="x" * 121)),
        replace(good, explanation=(said,)),
        replace(good, observations=good.observations[::-1]),
        replace(good, score=float("nan")),
        replace(good, rule="R99"),
        replace(good, explanation=good.explanation * 11),
        replace(good, key="x"),
    )
    assert [len(list(_unfit("impossible_speed", one))) > 0 for one in faults] == [True] * len(faults)


@pytest.mark.parametrize("field", ["category", "severity", "certainty", "urgency"])
def test_a_word_of_no_list_is_refused_as_the_record_it_would_be(field: str, tmp_path: Path) -> None:
    changes: dict[str, Any] = {field: "Purple"}
    bad = replace(_run("impossible_speed", tmp_path)[0], **changes)
    with pytest.raises(BadRecord, match=rf"alert\.{field}: one of "):
        alert_of(bad, ports.port().ctx)


def test_what_the_wire_format_cannot_hold_is_refused_as_the_record_it_would_be(tmp_path: Path) -> None:
    good = _run("impossible_speed", tmp_path)[0]
    half = replace(good, title=replace(good.title, text="\ud800"))
    for bad in (half, replace(good, occurred_from=UnixMs(1 << 70))):
        with pytest.raises(BadRecord, match="values that a record can hold"):
            alert_of(bad, ports.port().ctx)
