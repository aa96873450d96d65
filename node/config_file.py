"""Read a configuration: each problem names file, line, key, what was found and what is allowed."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from node.allowed import allowed
from node.config import Config, Table
from node.config_lines import line_of

_FILE_MAX = 1 << 20
_SHOWN = 60


class ConfigError(Exception):
    """One or more problems of a configuration file, each a full sentence of its own."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Found:
    """What a file holds. With `problems` the configuration has only those tables, named in `tables`, that are right."""

    text: str
    config: Config
    tables: frozenset[str]
    problems: tuple[str, ...] = ()


def load(path: Path) -> Config:
    """Read and check one file; `ConfigError` lists every problem found."""
    found = read(path)
    if found.problems:
        raise ConfigError(list(found.problems))
    return found.config


def read(path: Path) -> Found:
    """The same for who has more to check: `ConfigError` only where the file cannot be read or is no TOML."""
    text, base = _read(path), path.resolve().parent
    try:
        raw = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # numbers of 5,000 digits, lists in lists in lists
        raise ConfigError([f"{path}: not TOML: {error}"]) from error
    try:
        config = Config.model_validate(raw)
    except ValidationError as error:
        right = _right(raw)
        config = _anchored(Config.model_construct(**right), base)
        return Found(text, config, frozenset(right), tuple(problems(path, text, error)))
    return Found(text, _anchored(config, base), frozenset(Config.model_fields))


def _right(raw: dict[str, Any]) -> dict[str, Any]:
    """The tables that can be used by themselves, whatever is wrong with others; defaults where a file has none."""
    right: dict[str, Any] = {}
    for name, field in Config.model_fields.items():
        key = field.alias or name
        if key in raw:
            with suppress(ValidationError):
                right[name] = TypeAdapter[Any](field.rebuild_annotation()).validate_python(raw[key])
        elif not field.is_required():
            right[name] = field.get_default()
    return right


def problems(path: Path, text: str, error: ValidationError, prefix: tuple[str, ...] = ()) -> list[str]:
    """One sentence for each error: file, line, key, what was found, what is allowed."""
    found = []
    for one in error.errors():
        loc = tuple(p for p in (*prefix, *one["loc"]) if not _is_variant(p))
        key = ".".join(str(p) for p in loc) or "the file"
        found.append(f"{path}:{line_of(text, loc)}: {key}: {_words(one)}")
    return found


def _is_variant(part: str | int) -> bool:
    """Pydantic names the tried member of a union in a location; a file has no such key."""
    return isinstance(part, str) and (part.startswith(("literal[", "list[", "function-")) or part == "[key]")


def _words(one: Any) -> str:
    kind, found = one["type"], one["input"]
    if kind == "missing":
        return "missing; this key is required"
    if kind == "extra_forbidden":
        return f"unknown key (found {_shown(found)}); remove it or correct its spelling"
    return f"found {_shown(found)}; allowed: {allowed(one)}"


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "a table"
    text = repr(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > _FILE_MAX:
            raise ConfigError([f"{path}: larger than {_FILE_MAX} bytes; a configuration is a small file"])
        return path.read_text("utf-8")
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise ConfigError([f"{path}: not UTF-8 at byte {error.start}"]) from error


def _anchored(config: Config, base: Path) -> Config:
    """The same configuration with the paths of those tables absolute that it has."""
    changed: dict[str, Table] = {}
    for name, key in _PATHS:
        table = changed.get(name, getattr(config, name, None))
        if table is not None and getattr(table, key) is not None:
            changed[name] = table.model_copy(update={key: base / getattr(table, key)})
    return config.model_copy(update=changed)


_PATHS = (
    ("node", "data"),
    ("keys", "passphrase_file"),
    ("store", "high_water"),
    ("register_", "trusted_root"),
    ("relations", "token_file"),
    ("relations", "ca_file"),
    ("recovery", "erasures"),
    ("release", "auto_rules"),
)
