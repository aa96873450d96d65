"""The house itself: what is installed is pinned, and nothing names where it comes from or where it was made."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from locations import ROOT

LOCKS = sorted((ROOT / "deploy" / "lock").glob("*.txt"))
HOSTS = ["py" + "pi.org", "python" + "hosted", "npm" + "js.", "deb." + "debian.org", "proxy." + "golang"]
MACHINE = re.compile(r"(^|[^A-Za-z0-9_.])/(wo" + r"rk|fa" + r"rm)/")


def tracked() -> list[Path]:
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.fail("this test reads the files of a git checkout")
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def texts() -> list[tuple[Path, str]]:
    found = []
    for path in tracked():
        raw = path.read_bytes()
        if b"\0" not in raw:
            found.append((path, raw.decode("utf-8")))
    return found


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_every_package_of_the_lock_has_a_version_and_hashes(lock: Path) -> None:
    blocks = re.split(r"\n(?=[a-z0-9])", re.sub(r"(?m)^\s*#.*\n?", "", lock.read_text()).strip())
    assert len(blocks) > 20
    for block in blocks:
        assert re.match(r"[a-z0-9._-]+(\[[a-z0-9,._-]+\])?==\S+", block), block.splitlines()[0]
        assert "--hash=sha256:" in block, block.splitlines()[0]


def test_nothing_names_a_download_host() -> None:
    assert [f"{p}: {h}" for p, text in texts() for h in HOSTS if h in text] == []


def test_nothing_names_a_path_of_the_machine_it_was_made_on() -> None:
    assert [str(p) for p, text in texts() for line in text.splitlines() if MACHINE.search(line)] == []


def test_the_quick_start_is_two_commands_and_both_set_up() -> None:
    start = (ROOT / "README.md").read_text().partition("## Start")[2].partition("##")[0]
    block = start.split("```")[1]
    assert re.findall(r"(?m)^(\S.*?)(?:\s+#.*)?$", block.strip()) == ["make up", "make test"]
    makefile = (ROOT / "Makefile").read_text()
    for target in ("up", "test"):
        assert re.search(rf"(?m)^{target}: setup\b", makefile)


def test_what_was_set_up_is_not_set_up_again(tmp_path: Path) -> None:
    """In this checkout, whoever edits the lock here just now; and by stamps of their own, two of which ask for a setup."""
    unchanged = ("-o", "deploy/lock/dev.txt", "-o", "pyproject.toml")
    assert question(*unchanged, "setup") == 0, "`make setup` left no stamp in this checkout"
    for stamp, left in (("fresh", 0), ("old", 1), ("missing", 1)):
        where = tmp_path / stamp
        where.mkdir()
        if stamp != "missing":
            (where / ".ready").touch()
        if stamp == "old":
            os.utime(where / ".ready", (0, 0))
        assert question("setup", f"VENV={where}") == left, stamp


def question(*words: str) -> int:
    """`make -q`: 0 where nothing is to be done."""
    quiet = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(["make", "-q", *words], cwd=ROOT, env=quiet, capture_output=True, check=False)
    return done.returncode


def test_every_decision_is_one_page() -> None:
    pages = sorted((ROOT / "docs" / "adr").glob("*.md"))
    assert len(pages) >= 3
    for page in pages:
        assert len(page.read_text().splitlines()) <= 60, page.name


def test_each_decision_record_has_a_number_of_its_own() -> None:
    numbers = [path.name[:4] for path in (ROOT / "docs" / "adr").glob("*.md")]
    assert len(numbers) == len(set(numbers))
