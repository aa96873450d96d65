"""A configuration checked as far as files can be: its own keys, its plug-ins' tables, and the files it names.

What only the running node knows, whether keys open, ports are free and the register lists this node as it says, is not here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from node.config import Config, ConfigError, load
from node.config_lines import line_of


def checked(path: Path) -> Config:
    """The configuration, its plug-ins' tables and the files it names checked too, but for the keys, which open by themselves."""
    return _refused_if(path, load(path), keys=False)


def complete(path: Path) -> Config:
    """The same, and that the node's keys are there: what is in order here has every file that a node opens."""
    return _refused_if(path, load(path), keys=True)


def _refused_if(path: Path, config: Config, *, keys: bool) -> Config:
    text = path.read_text("utf-8")
    found = [*_plugins(config, path, text), *_files(config, path, text), *_rules(config)]
    if keys:
        found += _keys(config, path, text)
    if found:
        raise ConfigError(found)
    return config


def _plugins(config: Config, path: Path, text: str) -> list[str]:
    from node import plugins

    return plugins.errors(config, path, text)


def _files(config: Config, path: Path, text: str) -> Iterator[str]:
    named: list[tuple[tuple[str, ...], Path | None]] = [
        (("register", "trusted_root"), config.register_.trusted_root),
        (("keys", "passphrase_file"), config.keys.passphrase_file),
        (("release", "auto_rules"), config.release.auto_rules),
        *_of_detectors(config, path.resolve().parent),
    ]
    for key, file in named:
        if file is not None and not file.is_file():
            yield (
                f"{path}:{line_of(text, key)}: {'.'.join(key)}: found {str(file)!r}, which does not exist; "
                f"allowed: a readable file"
            )


def _of_detectors(config: Config, folder: Path) -> Iterator[tuple[tuple[str, ...], Path]]:
    """The files that detectors read, as far as their tables are right."""
    from node import detector

    for name, table in config.detectors.items():
        try:
            keys = detector.load(str(table.get("rule", ""))).files
        except detector.DetectorError:
            continue
        for key in keys:
            if isinstance(found := table.get(key), str):
                yield ("detectors", name, key), folder / found


def _rules(config: Config) -> Iterator[str]:
    from policies.auto_release import parse_rules
    from protocol.errors import ProtocolError

    path = config.release.auto_rules
    if path is None or not path.is_file():
        return
    try:
        parse_rules(path.read_bytes(), str(path))
    except OSError as error:
        yield f"{path}: cannot be read: {error.strerror}"
    except ProtocolError as error:
        yield str(error)


def _keys(config: Config, path: Path, text: str) -> Iterator[str]:
    from node.own_keys import missing, remedy

    where = f"{path}:{line_of(text, ('keys', 'dir'))}: keys.dir"
    for file in missing(config):
        yield f"{where}: {file} does not exist; {remedy(config)}"
