"""What a command writes is its user's alone, whatever the shell it was started from allows."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from node.cli import main
from node.lock import DataLock


def test_what_a_command_writes_is_its_users_alone(tmp_path: Path) -> None:
    words = tmp_path / "passphrase"
    words.write_text("correct horse battery staple")
    words.chmod(0o600)
    keys = tmp_path / "data" / "keys"
    before = os.umask(0)
    try:
        assert (
            main(["keys", "init", "--node", "port-x", "--dir", str(keys), "--passphrase-file", str(words)])
            == 0
        )
        assert os.umask(0) == 0, "the caller's own is as it was"
    finally:
        os.umask(before)
    written = [tmp_path / "data", *(tmp_path / "data").rglob("*")]
    assert len(written) > 3
    assert {each.name: oct(stat.S_IMODE(each.stat().st_mode) & 0o077) for each in written} == dict.fromkeys(
        (each.name for each in written), "0o0"
    )
    DataLock(tmp_path / "data").release()
