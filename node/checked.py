"""A configuration checked as far as a file can be: its own keys, its plug-ins' tables, and that the files it names exist."""

from __future__ import annotations

from pathlib import Path

from node.config import Config, ConfigError, load


def checked(path: Path) -> Config:
    """The configuration, its plug-ins' tables and the files it names checked too."""
    config = load(path)
    found = [*_plugins(config, path), *_files(config, path)]
    if found:
        raise ConfigError(found)
    return config


def _plugins(config: Config, path: Path) -> list[str]:
    from node import plugins

    return plugins.errors(config, path, path.read_text("utf-8"))


def _files(config: Config, path: Path) -> list[str]:
    from node.config_lines import line_of

    text = path.read_text("utf-8")
    named = [
        (("register", "trusted_root"), config.register_.trusted_root),
        (("keys", "passphrase_file"), config.keys.passphrase_file),
        (("release", "auto_rules"), config.release.auto_rules),
    ]
    return [
        f"{path}:{line_of(text, key)}: {'.'.join(key)}: found {str(file)!r}, which does not exist; allowed: a readable file"
        for key, file in named
        if file is not None and not file.is_file()
    ]
