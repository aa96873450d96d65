"""What `config check` finds in order opens, and each file that is missing is named where the configuration names it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from demo_node import founded

from node.checked import checked, complete
from node.cli import main
from node.config import Config
from node.config_file import ConfigError, load
from node.detector import Bench, running
from node.ground import open_ground
from node.sealed import KeyFileError


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The configurations of a demonstration that never ran."""
    return [port.config for port in founded(tmp_path_factory.mktemp("demo")).ports]


def test_what_is_in_order_opens_its_ground_and_its_detectors(files: list[Path]) -> None:
    for file in files:
        config = complete(file)
        open_ground(config, file).close()
        for name, table in config.detectors.items():
            running(name, table, Bench(folder=file.parent))


def _area(key: str) -> Callable[[Config, Path], Path]:
    def path(config: Config, file: Path) -> Path:
        (table,) = [t for t in config.detectors.values() if key in t]
        return file.parent / str(table[key])

    return path


MISSING: dict[str, tuple[str, Callable[[Config, Path], Path]]] = {
    "tls.key": ("keys.dir: ", lambda config, _: config.keys_dir / "tls.key"),
    "log.key": ("keys.dir: ", lambda config, _: config.keys_dir / "log.key"),
    "hold.key": ("keys.dir: ", lambda config, _: config.keys_dir / "hold.key"),
    "tls.pem": ("keys.dir: ", lambda config, _: config.keys_dir / "tls.pem"),
    "root": ("register.trusted_root: ", lambda config, _: config.register_.trusted_root),
    "rules": ("release.auto_rules: ", lambda config, _: config.release.auto_rules or Path()),
    "coverage": ("detectors.", _area("coverage")),
    "quays": ("detectors.", _area("quays")),
}


@pytest.fixture
def copied(files: list[Path], tmp_path: Path) -> Iterator[Path]:
    """One port whose detectors' files are copies, so that they can be taken away."""
    text = files[0].read_text("utf-8")
    config = load(files[0])
    for key in ("coverage", "quays"):
        found = _area(key)(config, files[0])
        copy = tmp_path / found.name
        copy.write_bytes(found.read_bytes())
        table = next(t for t in config.detectors.values() if key in t)
        text = text.replace(str(table[key]), str(copy))
    file = files[0].with_name("copied.toml")
    file.write_text(text, "utf-8")
    yield file
    file.unlink()


@pytest.mark.parametrize("what", MISSING)
def test_a_file_that_is_missing_is_named_with_line_and_key(copied: Path, what: str) -> None:
    words, of = MISSING[what]
    path = of(complete(copied), copied)
    aside = path.with_name(path.name + ".aside")
    path.rename(aside)
    try:
        with pytest.raises(ConfigError) as caught:
            complete(copied)
        (said,) = caught.value.problems
    finally:
        aside.rename(path)
    where, _, rest = said.partition(": ")
    assert where.startswith(f"{copied}:")
    assert int(where.rpartition(":")[2]) > 0
    assert rest.startswith(words)
    assert str(path) in rest
    assert "does not exist" in rest


def test_missing_keys_are_said_with_what_to_do_also_by_a_start(
    copied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = load(copied).keys_dir
    keys.rename(keys.with_name("aside"))
    try:
        assert main(["config", "check", str(copied)]) == 3
        said = capsys.readouterr().err.splitlines()
        assert len(said) == 4
        with pytest.raises(
            KeyFileError, match=r"keys\.dir\); make the keys with: port2port keys init --node"
        ):
            open_ground(checked(copied), copied)
    finally:
        keys.with_name("aside").rename(keys)
    assert all(f"port2port keys init --node port-antwerp-bruges --dir {keys}" in line for line in said)


def test_release_rules_that_do_not_parse_are_not_in_order(copied: Path) -> None:
    rules = complete(copied).release.auto_rules
    assert rules is not None
    kept = rules.read_bytes()
    rules.write_bytes(kept + b"\n[[rule]]\nname = 7\n")
    try:
        with pytest.raises(ConfigError, match=r", line \d+: "):
            complete(copied)
    finally:
        rules.write_bytes(kept)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660])
def test_a_passphrase_that_others_may_read_opens_nothing(copied: Path, tmp_path: Path, mode: int) -> None:
    secret = tmp_path / "passphrase"
    secret.write_text("horse staple\n")
    secret.chmod(mode)
    sealed = copied.with_name("sealed.toml")
    text = copied.read_text("utf-8")
    assert 'source = "file"' in text
    sealed.write_text(
        text.replace('source = "file"', f'source = "sealed"\npassphrase_file = "{secret}"'), "utf-8"
    )
    with pytest.raises(KeyFileError, match="a passphrase needs 0600 or 0400"):
        open_ground(checked(sealed), sealed)
    secret.chmod(0o400)
    open_ground(checked(sealed), sealed).close()  # plain keys under source = "sealed" open too
    sealed.unlink()


DISAGREES: dict[str, tuple[str, str, str]] = {
    "another node's id": (
        'id = "port-antwerp-bruges"',
        'id = "port-antwerp"',
        "node.id: found 'port-antwerp', which register 1 does not list; it has north-sea-port, port-antwerp-bruges",
    ),
    "a site of nobody": (
        'id = "antwerp"',
        'id = "hasselt"',
        "sites.0.id: found 'hasselt', which is no site of this",
    ),
    "a site abroad": (
        'id = "antwerp"\ncountry = "BE"',
        'id = "antwerp"\ncountry = "NL"',
        "sites.0.id: found 'antwerp' in NL; the register has it in BE",
    ),
    "kept for too long": (
        'audit = "10y"',
        'audit = "99y"',
        "retention.audit: longer than the register's ceiling",
    ),
}


@pytest.mark.parametrize("ran", [False, True], ids=["before its first start", "after"])
@pytest.mark.parametrize("case", DISAGREES)
def test_what_the_register_says_otherwise_is_named_with_line_and_key(
    tmp_path: Path, case: str, ran: bool
) -> None:
    file = founded(tmp_path).ports[0].config
    if ran:
        open_ground(complete(file), file).close()
    before, after, words = DISAGREES[case]
    text = file.read_text("utf-8")
    assert before in text
    file.write_text(text.replace(before, after, 1), "utf-8")
    with pytest.raises(ConfigError) as caught:
        complete(file)
    (said,) = [
        problem for problem in caught.value.problems if not problem.partition(": ")[2].startswith("sensors.")
    ]
    where, _, rest = said.partition(": ")
    assert (
        file.read_text("utf-8").splitlines()[int(where.rpartition(":")[2]) - 1].partition(" = ")[0] in after
    )
    assert rest.startswith(words)


def test_another_node_s_keys_and_a_register_that_does_not_verify_are_named(tmp_path: Path) -> None:
    plan = founded(tmp_path)
    mine, others = plan.ports[0], plan.ports[1]
    (mine.folder / "data" / "keys" / "tls.pem").write_bytes(
        (others.folder / "data" / "keys" / "tls.pem").read_bytes()
    )
    with pytest.raises(ConfigError, match=r"keys\.dir: .*tls\.pem is no certificate that register 1 lists"):
        complete(mine.config)
    root = load(mine.config).register_.trusted_root
    (root.parent / "timestamp.json").write_text("{}")
    before = sorted(mine.folder.rglob("*"))
    with pytest.raises(ConfigError, match=r"port\.toml:\d+: register\.trusted_root: "):
        complete(mine.config)
    assert sorted(mine.folder.rglob("*")) == before, "looking writes nothing"
