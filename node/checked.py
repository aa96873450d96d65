"""A configuration checked as far as files can be: its own keys, its plug-ins' tables, the files it names, and the register.

All of it at once: a table that is wrong keeps only those checks from being made that need it. What only the running node
knows, whether keys open and ports are free, is not here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from node import agreed, config_file
from node.config import Config
from node.config_file import ConfigError
from node.config_lines import line_of

Check = tuple[frozenset[str], Callable[[Config, Path, str], Iterable[str]]]
"""The tables that a check needs, and what it finds wrong in a configuration, given its file and text."""


def checked(path: Path) -> Config:
    """The configuration, its plug-ins' tables and the files it names checked too, but for keys and register, which open by themselves."""
    return _refused_if(path, _TABLES)


def complete(path: Path) -> Config:
    """The same, and that keys and register are there and agree: what is in order here has every file that a node opens."""
    return _refused_if(path, (*_TABLES, *_OPENED))


def _refused_if(path: Path, checks: Iterable[Check]) -> Config:
    found = config_file.read(path)
    problems = list(found.problems)
    for needs, check in checks:
        if needs <= found.tables:
            problems += check(found.config, path, found.text)
    if problems:
        raise ConfigError(problems)
    return found.config


def _plugins(config: Config, path: Path, text: str) -> list[str]:
    from node import plugins

    return plugins.errors(config, path, text)


def _sensors_sites(config: Config, path: Path, text: str) -> Iterator[str]:
    """A sensor without a site, or with a word that is none, is a matter of its table."""
    known = [site.id for site in config.sites]
    for name, table in config.sensors.items():
        site = table.get("site")
        if isinstance(site, str) and site not in known:
            where = ("sensors", name, "site")
            yield (
                f"{path}:{line_of(text, where)}: {'.'.join(where)}: found {site!r}; "
                f"allowed: a site of this file: {', '.join(known)}"
            )


def _root(config: Config, path: Path, text: str) -> Iterator[str]:
    return _missing(("register", "trusted_root"), config.register_.trusted_root, path, text)


def _recovery(config: Config, path: Path, text: str) -> Iterator[str]:
    """What a backup of the data brings back cannot show what it brings back."""
    for key, file in config.recovery:
        if file.resolve().is_relative_to(config.data.resolve()):
            yield (
                f"{path}:{line_of(text, ('recovery', key))}: recovery.{key}: found {str(file)!r}, which is inside node.data; "
                "allowed: a file outside of it and outside of every backup"
            )


def _passphrase(config: Config, path: Path, text: str) -> Iterator[str]:
    return _missing(("keys", "passphrase_file"), config.keys.passphrase_file, path, text)


def _metrics(config: Config, path: Path, text: str) -> Iterator[str]:
    """Figures have another reader than screens and peers have, so a door of their own."""
    listen = config.metrics.listen
    for table, other in (("web", config.web.listen), ("federation", config.federation.listen)):
        if listen == other:
            yield (
                f"{path}:{line_of(text, ('metrics', 'listen'))}: metrics.listen: found {listen!r}, which is {table}.listen; "
                "allowed: an address of its own"
            )


def _relations(config: Config, path: Path, text: str) -> Iterator[str]:
    own = config.relations
    yield from _missing(("relations", "token_file"), own.token_file, path, text)
    yield from _missing(("relations", "ca_file"), own.ca_file, path, text)


def _relations_installed(config: Config, path: Path, text: str) -> Iterator[str]:
    """What a node that asks a server must name; `policy install`, which prints it, does without."""
    for key in ("store", "model"):
        if config.relations.engine == "openfga" and getattr(config.relations, key) is None:
            where = f"{path}:{line_of(text, ('relations', key))}: relations.{key}"
            yield f"{where}: missing; `port2port policy install --config {path}` prints it"


def _detectors_files(config: Config, path: Path, text: str) -> Iterator[str]:
    """The files that detectors read, as far as their tables are right."""
    from node import detector

    folder = path.resolve().parent
    for name, table in config.detectors.items():
        try:
            keys = detector.load(str(table.get("rule", ""))).files
        except detector.DetectorError:
            continue
        for key in keys:
            if isinstance(found := table.get(key), str):
                yield from _missing(("detectors", name, key), folder / found, path, text)


def _missing(key: tuple[str, ...], file: Path | None, path: Path, text: str) -> Iterator[str]:
    if file is not None and not file.is_file():
        yield (
            f"{path}:{line_of(text, key)}: {'.'.join(key)}: found {str(file)!r}, which does not exist; "
            f"allowed: a readable file"
        )


def _rules(config: Config, path: Path, text: str) -> Iterator[str]:
    from policies.auto_release import parse_rules
    from protocol.errors import ProtocolError

    rules = config.release.auto_rules
    yield from _missing(("release", "auto_rules"), rules, path, text)
    if rules is None or not rules.is_file():
        return
    try:
        parse_rules(rules.read_bytes(), str(rules))
    except OSError as error:
        yield f"{rules}: cannot be read: {error.strerror}"
    except ProtocolError as error:
        yield str(error)


def _keys(config: Config, path: Path, text: str) -> Iterator[str]:
    from node.own_keys import missing, remedy

    where = f"{path}:{line_of(text, ('keys', 'dir'))}: keys.dir"
    for file in missing(config):
        yield f"{where}: {file} does not exist; {remedy(config)}"


def _register(config: Config, path: Path, text: str) -> Iterator[str]:
    """What the register that this node would start with says of it; where there is none, its root was missed already."""
    from node.clock import SystemClock
    from node.exits import Refused
    from node.register import look
    from protocol.errors import ProtocolError

    root = config.register_.trusted_root
    if not root.is_file():
        return
    try:
        register = look(config.data / "register", root, now=SystemClock().now_ms())
    except (ProtocolError, Refused, OSError) as error:
        words = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) else str(error)
        yield f"{path}:{line_of(text, ('register', 'trusted_root'))}: register.trusted_root: {words}"
        return
    for check in agreed.CHECKS:
        yield from check(config, path, text, register)
    yield from agreed.certificate(config, path, text, register)


_TABLES: tuple[Check, ...] = (
    (frozenset({"sensors", "detectors"}), _plugins),
    (frozenset({"sensors", "sites"}), _sensors_sites),
    (frozenset({"register_"}), _root),
    (frozenset({"keys"}), _passphrase),
    (frozenset({"relations"}), _relations),
    (frozenset({"metrics", "web", "federation"}), _metrics),
    (frozenset({"node", "recovery"}), _recovery),
    (frozenset({"release"}), _rules),
    (frozenset({"detectors"}), _detectors_files),
)
_OPENED: tuple[Check, ...] = (
    (frozenset({"relations"}), _relations_installed),
    (frozenset({"node", "keys"}), _keys),
    (frozenset({"node", "keys", "register_"}), _register),
)
