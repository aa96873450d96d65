"""What was typed wrong is said in one line, with exit code 2 and where the help is."""

from __future__ import annotations

import pytest

from node.cli import main


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("nothing", "port2port: argument VERB: invalid choice: 'nothing'"),
        ("officer", "port2port officer: the following arguments are required: add | list"),
        ("officer add", "port2port officer add: the following arguments are required: --config"),
        ("officer link --config x --login y --hours 99", "argument --hours: 1 to 24 hours"),
        ("config check x.toml --hurry", "port2port: unrecognized arguments: --hurry"),
        ("demo --base-port 80", "port2port demo: argument --base-port: 1024 to 65000"),
    ],
)
def test_it_is_one_line(words: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words.split()) == 2
    told = capsys.readouterr()
    assert told.out == ""
    (line,) = told.err.splitlines()
    assert said in line
    assert line.startswith("port2port")
    assert line.endswith(" --help")
