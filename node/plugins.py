"""The tables of sensors and detectors in a configuration, checked by the plug-ins they name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from node import detector, sensor
from node.config import Config
from node.config_file import problems
from node.config_lines import line_of


def errors(config: Config, file: Path, text: str) -> list[str]:
    """One sentence for each problem of a plug-in's table: file, line, key, found, allowed."""
    found: list[str] = []
    for where, plug_in, table in _tables(config):
        if isinstance(plug_in, str):
            found.append(f"{file}:{line_of(text, where)}: {'.'.join(where)}: {plug_in}")
            continue
        try:
            plug_in.model_validate(table)
        except ValidationError as error:
            found.extend(problems(file, text, error, where))
    return found


def _tables(config: Config) -> Iterator[tuple[tuple[str, ...], type[BaseModel] | str, dict[str, Any]]]:
    """Where a table stands, the model it must fit (or why there is none), and the table."""
    for name, table in config.sensors.items():
        yield ("sensors", name), _sensor(table), table
    for name, table in config.detectors.items():
        yield ("detectors", name), _detector(table), table


def _sensor(table: dict[str, Any]) -> type[BaseModel] | str:
    try:
        return sensor.load(str(table.get("type", ""))).config
    except sensor.SensorError as error:
        return f"type: {error}"


def _detector(table: dict[str, Any]) -> type[BaseModel] | str:
    try:
        return detector.load(str(table.get("rule", ""))).config
    except detector.DetectorError as error:
        return f"rule: {error}"
