"""Templates in each language.

Guarantees: everything that is not markup of our own is escaped; a name that a template uses and nobody gave is an
error, not an empty place.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket

from node.languages import LANGUAGES
from protocol.ids import UnixMs
from web import audited, times, words
from web.assets import Assets
from web.icons import load_icons
from web.languages import Tongue
from web.media import TAKEN
from web.rows import AT, INPUTS
from web.rule_words import rule_words
from web.settings import Settings
from web.sheets import LOOKED_FOR

TEMPLATES_DIR = Path(__file__).parent / "templates"


class Compiled(BytecodeCache):
    """Templates compiled once for all languages: they differ in what they call, not in their code. Kept in memory, and in a folder as Python
    keeps compiled modules: from there a start takes them in a tenth of the time. What cannot be read or written there is compiled anew.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """From memory, else from its file where that is of this text and this Python."""
        try:
            kept = self._kept.get(bucket.key) or self._file(bucket).read_bytes()
            bucket.bytecode_from_string(kept)
        except (OSError, EOFError, ValueError, TypeError):
            bucket.reset()
        if bucket.code is not None:
            self._kept[bucket.key] = kept

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Into memory, and whole into its file."""
        self._kept[bucket.key] = bucket.bytecode_to_string()
        if sys.dont_write_bytecode:
            return
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            part = self._folder / f"{bucket.key}.{os.getpid()}.part"
            part.write_bytes(self._kept[bucket.key])
            part.replace(self._file(bucket))

    def _file(self, bucket: Bucket) -> Path:
        return self._folder / f"{bucket.key}.{sys.implementation.cache_tag}"


_COMPILED = Compiled(Path(__file__).parent / "__pycache__" / "templates")


class Screens:
    """The templates of one node, all compiled at start: the first page of a kind must not hold up an alert."""

    def __init__(self, settings: Settings, assets: Assets, tongues: Mapping[str, Tongue]) -> None:
        self._environments = {
            code: _environment(settings, assets, tongue) for code, tongue in tongues.items()
        }
        first = next(iter(self._environments.values()))
        for template in first.list_templates():
            first.get_template(template)

    def render(self, template: str, tongue: Tongue, context: Mapping[str, object]) -> str:
        """A page or a part of one."""
        return self._environments[tongue.code].get_template(template).render(context)


def _environment(settings: Settings, assets: Assets, tongue: Tongue) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES_DIR),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        bytecode_cache=_COMPILED,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(tongue.catalogue, newstyle=True)  # type: ignore[attr-defined]
    zone, now = settings.timezone, settings.now_ms

    def clock(ms: UnixMs) -> str:
        return times.clock(ms, now(), zone, tongue)

    def age(ms: UnixMs) -> str:
        return times.age(ms, now(), tongue)

    def until(ms: UnixMs) -> str:
        return times.until(ms, now(), zone, tongue)

    def end(ms: UnixMs) -> str:
        return times.end(ms, now(), zone, tongue)

    environment.filters.update(
        coded=lambda code, table: words.word(tongue, table, code),
        pair=lambda code, table: (code, words.word(tongue, table, code)),
        named_pair=lambda named: (named.id, named.name),
        language_pair=lambda code: (code, LANGUAGES.get(code, code)),
    )
    environment.globals.update(
        asset=assets.url,
        icon=load_icons(),
        word=partial(words.word, tongue),
        error_words=partial(words.error_words, tongue),
        actor_words=partial(audited.actor_words, tongue),
        rule_said=partial(audited.rule_said, tongue),
        label_marks=partial(words.label_marks, tongue),
        path_words=partial(words.path_words, tongue),
        label_sentences=partial(words.label_sentences, tongue),
        clock=clock,
        age=age,
        until_when=until,
        end=end,
        utc=times.utc,
        iso=times.iso,
        span_of=partial(times.whole, tongue=tongue),
        number=partial(times.number, tongue=tongue),
        size=partial(times.size, tongue=tongue),
        taken=TAKEN,
        looked_for=LOOKED_FOR,
        place_at=AT,
        row_inputs=INPUTS,
        rule_words=partial(rule_words, tongue),
        now_ms=now,
        tables=words.TABLES,
        zone=zone.key,
        port_name=settings.port_name,
        languages=settings.languages,
        language_names=LANGUAGES,
        lang=tongue.code,
    )
    return environment
