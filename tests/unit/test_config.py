"""What a wrong configuration is answered with: file, line, key, found, allowed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.checked import checked
from node.cli import main
from node.config import Retention
from node.config_file import ConfigError, load
from node.config_lines import line_of
from node.detectors.impossible_speed.terms import ImpossibleSpeedConfig
from node.sensors.ais import AisConfig

GOOD = """\
config_version = 1

[node]
id = "port-antwerp-bruges"
data = "var"

[[sites]]
id = "antwerp"
country = "BE"
unlocode = "BEANR"
[[sites]]
id = "zeebrugge"
country = "BE"
unlocode = "BEZEE"

[register]
trusted_root = "root.json"

[accreditation]
regimes = ["gdpr"]

[federation]
listen = "127.0.0.1:7401"

[web]
listen = "127.0.0.1:8401"
public_url = "http://127.0.0.1:8401"

[retention]
"""
PERIODS = {"incident": "5y", "audit": "10y"}
GOOD += "".join(f'{key} = "{PERIODS.get(key, "30d")}"\n' for key in Retention.model_fields)
GOOD += '\n[recovery]\nerasures = "erasures"\n'


@pytest.fixture
def good(tmp_path: Path) -> Path:
    (tmp_path / "root.json").write_text("{}")
    file = tmp_path / "port.toml"
    file.write_text(GOOD)
    return file


def problem(file: Path, before: str, after: str) -> str:
    assert before in GOOD
    file.write_text(GOOD.replace(before, after, 1))
    with pytest.raises(ConfigError) as caught:
        checked(file)
    assert len(caught.value.problems) == 1, caught.value.problems
    return caught.value.problems[0].replace(str(file), "port.toml")


def test_a_good_file_loads_with_absolute_paths_and_milliseconds(good: Path) -> None:
    config = checked(good)
    assert config.data == good.parent / "var"
    assert config.retention.retracted_content == 30 * 86_400_000
    assert config.register_.trusted_root == good.parent / "root.json"


CASES = {
    "unknown key": (
        'listen = "127.0.0.1:7401"',
        'listen = "127.0.0.1:7401"\nlisten_on = "x"',
        "port.toml:24: federation.listen_on: unknown key (found 'x'); remove it or correct its spelling",
    ),
    "unknown table": (
        "[accreditation]",
        "[acreditation]\n[accreditation]",
        "port.toml:19: acreditation: unknown key (found a table); remove it or correct its spelling",
    ),
    "wrong type": (
        'country = "BE"\nunlocode = "BEZEE"',
        'country = 32\nunlocode = "BEZEE"',
        "port.toml:13: sites.1.country: found 32; allowed: a text in quotes",
    ),
    "bad duration": (
        'incident = "5y"',
        'incident = "5 years"',
        "port.toml:31: retention.incident: found '5 years'; allowed: a duration such as",
    ),
    "missing key": ('audit = "10y"\n', "", "port.toml:29: retention.audit: missing; this key is required"),
    "time zone": (
        'data = "var"',
        'data = "var"\ntimezone = "Europe/Brusels"',
        "port.toml:6: node.timezone: found 'Europe/Brusels'; allowed: a name of the IANA time zone database",
    ),
    "node id": (
        '"port-antwerp-bruges"',
        '"Port Antwerp"',
        "port.toml:4: node.id: found 'Port Antwerp'; allowed: 3 to 40 of a-z, 0-9 and -, at most one --",
    ),
    "http to the world": (
        'public_url = "http://127.0.0.1:8401"',
        'public_url = "http://port.example"',
        "port.toml:25: web: found a table; allowed: public_url must be https unless its host is a loopback address",
    ),
    "https of nobody": (
        'public_url = "http://127.0.0.1:8401"',
        'public_url = "https://port.example"',
        "port.toml:25: web: found a table; allowed: public_url is https, which a proxy in front speaks: trusted_proxies",
    ),
    "no network": (
        'public_url = "http://127.0.0.1:8401"',
        'public_url = "https://port.example"\ntrusted_proxies = ["127.0.0.1", "10.1.2.3/28"]',
        "port.toml:28: web.trusted_proxies.1: found '10.1.2.3/28'; allowed: an address or a network such as",
    ),
    "missing file": (
        '"root.json"',
        '"elsewhere/root.json"',
        "port.toml:17: register.trusted_root: found '",
    ),
    "a sensor at no site": (
        "[retention]",
        '[sensors.vts]\ntype = "ais"\nsource = "tcp://127.0.0.1:10110"\nsite = "ostend"\n[retention]',
        "port.toml:32: sensors.vts.site: found 'ostend'; allowed: a site of this file: antwerp, zeebrugge",
    ),
    "a duration out of bounds": (
        "[retention]",
        (
            '[sensors.vts]\ntype = "ais"\nsource = "tcp://127.0.0.1:10110"\nsite = "antwerp"\n'
            'silent_after = "50ms"\n[retention]'
        ),
        "port.toml:33: sensors.vts.silent_after: found '50ms'; allowed: \"100ms\" or more",
    ),
    "a country in small": (
        'country = "BE"\nunlocode = "BEZEE"',
        'country = "be"\nunlocode = "BEZEE"',
        "port.toml:13: sites.1.country: found 'be'; allowed: two capital letters of ISO 3166",
    ),
    "metrics on the officers' door": (
        "[retention]",
        '[metrics]\nlisten = "127.0.0.1:8401"\n[retention]',
        "port.toml:30: metrics.listen: found '127.0.0.1:8401', which is web.listen; allowed: an address of its own",
    ),
    "metrics nowhere": (
        "[retention]",
        '[metrics]\nlisten = "yes"\n[retention]',
        "port.toml:30: metrics.listen: found 'yes'; allowed: \"host:port\", the port from 1 to 65535",
    ),
    "unknown sensor": (
        "[retention]",
        '[sensors.vts]\ntype = "sonar"\n[retention]',
        "port.toml:29: sensors.vts: type: no sensor type 'sonar'; known: ",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_problem_names_file_line_key_found_and_allowed(good: Path, case: str) -> None:
    before, after, words = CASES[case]
    assert problem(good, before, after).startswith(words)


def test_a_proxy_in_front_is_named_by_address_or_network(good: Path) -> None:
    proxies = 'trusted_proxies = ["127.0.0.1", "10.1.2.0/28", "fd00::1"]'
    good.write_text(
        GOOD.replace(
            'public_url = "http://127.0.0.1:8401"', f'public_url = "https://port.example"\n{proxies}'
        )
    )
    found = load(good).web.trusted_proxies
    assert [str(each) for each in found] == ["127.0.0.1/32", "10.1.2.0/28", "fd00::1/128"]


def test_every_problem_is_listed_at_once(good: Path) -> None:
    good.write_text(GOOD.replace('audit = "10y"\n', "").replace('country = "BE"', "country = 1"))
    with pytest.raises(ConfigError) as caught:
        load(good)
    assert len(caught.value.problems) == 3


def test_what_is_wrong_in_one_table_hides_nothing_in_another(good: Path) -> None:
    """A wrong value, a file that is missing and a plug-in's table: three sorts of check, said together."""
    text = GOOD.replace('audit = "10y"\n', "").replace('"root.json"', '"none.json"')
    good.write_text(text + '[sensors.vts]\ntype = "sonar"\n')
    with pytest.raises(ConfigError) as caught:
        checked(good)
    keys = [problem.split(": ")[1] for problem in caught.value.problems]
    assert keys == ["retention.audit", "sensors.vts", "register.trusted_root"]


def wrong_values() -> Iterator[tuple[str, str]]:
    """Every key of the file and of a sensor and a detector, each with values of every sort."""
    sensor = '[sensors.vts]\ntype = "ais"\nsource = "tcp://127.0.0.1:10110"\nsite = "antwerp"\n'
    text = f'{GOOD}{sensor}[detectors.jumps]\nrule = "impossible_speed"\n'
    for line in [line for line in text.splitlines() if " = " in line]:
        for value in ("-7", "3.5", '"x y!"', "[]", "[7]", "true", "{ a = 1 }", '""', "1979-05-27"):
            yield f"{line} -> {value}", text.replace(line, f"{line.partition(' = ')[0]} = {value}", 1)
    for table, model in (("sensors.vts", AisConfig), ("detectors.jumps", ImpossibleSpeedConfig)):
        for key in model.model_fields:
            for value in ("-7", "1e9", '"-1s"', '"0ms"', '"900y"', "[]", "99999999999"):
                given = text.replace(f"{key} = ", f"{key}_ = ") if table == "sensors.vts" else text
                yield (
                    f"{table}.{key} -> {value}",
                    given.replace(f"[{table}]\n", f"[{table}]\n{key} = {value}\n"),
                )


def test_no_word_of_a_library_reaches_a_person(good: Path) -> None:
    said = 0
    for case, text in wrong_values():
        good.write_text(text)
        try:
            checked(good)
        except ConfigError as error:
            for words in error.problems:
                said += 1
                assert not re.search(
                    r"[Ii]nput|[Pp]attern|should|valid|\^|instance|greater|less than or", words
                ), case
    assert said > 200


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"[node", "not TOML"), (b"\xff\xfe", "not UTF-8 at byte 0"), (b"a" * (1 << 21), "larger than")],
)
def test_what_is_no_configuration_is_one_sentence(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "port.toml"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match=words) as caught:
        load(file)
    assert len(caught.value.problems) == 1


def test_a_missing_file_is_said_on_the_command_line_with_exit_code_3(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["config", "check", str(tmp_path / "no.toml")]) == 3
    err = capsys.readouterr().err
    assert "no.toml: cannot be read: No such file or directory" in err
    assert "Traceback" not in err


def test_lines_of_keys_in_nested_tables() -> None:
    text = "a = 1\n[b]\n# c\n[b.c]\nd = 2\n[[e]]\nf = 1\n[[e]]\nf = 2\n"
    assert line_of(text, ("b", "c", "d")) == 5
    assert line_of(text, ("e", 1, "f")) == 9
    assert line_of(text, ("b", "zz")) == 2
    assert line_of(text, ("nowhere",)) == 1
