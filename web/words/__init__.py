"""Codes in plain words. Every code of a record, a label or a decision that a screen shows is here once.

A code that is not here (from a newer peer) is shown as it is, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from babel import Locale

from web import kind_words
from web.languages import Tongue
from web.rule_words import rule_words
from web.times import size
from web.views import FieldError, LabelView, Named
from web.words.acts import ACT
from web.words.audit import ACTOR, DETAIL, REFUSED, RULE, SAID
from web.words.fates import (
    ACTED,
    ASIDE,
    ASKED,
    CHAIN,
    CHANGE,
    ERASE_REASON,
    ERASED_AT,
    FIND_BY,
    HANDLING,
    HOLD,
    HOLDER,
    MOVED,
    PROVENANCE,
    REGISTER_STATE,
    REGISTER_STATUS,
    RETRACT_REASON,
    SENSOR_STATE,
    STATE,
    STEP,
    UNSEAL_REASON,
    UNTAKEN,
    VERDICT,
    WITHIN,
)
from web.words.fields import FIELD
from web.words.labels import CAVEAT, CAVEAT_MARK, LEVEL, PURPOSE, STATUS, TLP, TLP_CHOICE
from web.words.machines import (
    COST_CLASS,
    CREDIBILITY,
    DETECTOR,
    METHOD,
    OBSERVED,
    RELATIONS,
    SENSOR,
    SENSOR_SAYS,
)
from web.words.people import (
    CASE_PART,
    CONCERN,
    PLACE,
    ROLE,
    RULE_CHANGE,
    RULES_DO,
    RULES_STATE,
    RULES_SURE,
    SEAT,
    SECOND,
    TIE,
    WHOSE,
    WHOSE_OF_YOU,
)
from web.words.records import (
    BARRIER,
    CATEGORY,
    CERTAINTY,
    INCIDENT_STATUS,
    INCIDENT_TYPE,
    KIND,
    LOOKOUT_REASON,
    MEDIA_TYPE,
    MODALITY,
    NOTICE,
    ON_HIT,
    OUTCOME,
    REGIME,
    RESULT,
    SCALE,
    SEVERITY,
    STATEMENT,
    SUBJECT,
    URGENCY,
)
from web.words.refusals import DENY, ERROR, NOT_CHANGED, SURE, SURE_DO

TABLES: Mapping[str, Mapping[str, str]] = {
    "severity": SEVERITY,
    "certainty": CERTAINTY,
    "urgency": URGENCY,
    "category": CATEGORY,
    "kind": KIND,
    "state": STATE,
    "retract_reason": RETRACT_REASON,
    "case_part": CASE_PART,
    "level": LEVEL,
    "tlp": TLP,
    "tlp_choice": TLP_CHOICE,
    "purpose": PURPOSE,
    "find_by": FIND_BY,
    "within": WITHIN,
    "caveat": CAVEAT,
    "caveat_mark": CAVEAT_MARK,
    "status": STATUS,
    "deny": DENY,
    "error": ERROR,
    "not_changed": NOT_CHANGED,
    "sure": SURE,
    "sure_do": SURE_DO,
    "seat": SEAT,
    "place": PLACE,
    "tie": TIE,
    "whose": WHOSE,
    "whose_of_you": WHOSE_OF_YOU,
    "concern": CONCERN,
    "second": SECOND,
    "incident_type": INCIDENT_TYPE,
    "incident_status": INCIDENT_STATUS,
    "unseal_reason": UNSEAL_REASON,
    "handling": HANDLING,
    "verdict": VERDICT,
    "acted": ACTED,
    "hold": HOLD,
    "erase_reason": ERASE_REASON,
    "erased_at": ERASED_AT,
    "result": RESULT,
    "modality": MODALITY,
    "notice": NOTICE,
    "barrier": BARRIER,
    "scale": SCALE,
    "outcome": OUTCOME,
    "step": STEP,
    "change": CHANGE,
    "provenance": PROVENANCE,
    "holder": HOLDER,
    "aside": ASIDE,
    "untaken": UNTAKEN,
    "subject": SUBJECT,
    "lookout_reason": LOOKOUT_REASON,
    "on_hit": ON_HIT,
    "sensor_state": SENSOR_STATE,
    "register_state": REGISTER_STATE,
    "register_status": REGISTER_STATUS,
    "regime": REGIME,
    "rules_state": RULES_STATE,
    "rule_change": RULE_CHANGE,
    "rules_do": RULES_DO,
    "rules_sure": RULES_SURE,
    "statement": STATEMENT,
    "role": ROLE,
    "field": FIELD,
    "media_type": MEDIA_TYPE,
    "chain": CHAIN,
    "act": ACT,
    "actor": ACTOR,
    "audit_rule": RULE,
    "audit_refused": REFUSED,
    "audit_said": SAID,
    "detail": DETAIL,
    **kind_words.TABLES,
    "detector": DETECTOR,
    "sensor": SENSOR,
    "sensor_says": SENSOR_SAYS,
    "observed": OBSERVED,
    "relations": RELATIONS,
    "method": METHOD,
    "credibility": CREDIBILITY,
    "cost_class": COST_CLASS,
    "asked": ASKED,
    "moved": MOVED,
}
_OF_LOCALE: Mapping[str, Callable[[Locale], Mapping[str, str]]] = {
    "country": lambda locale: locale.territories,
    "language": lambda locale: locale.languages,
}
"""Codes of ISO, which every locale has words for."""


def word(tongue: Tongue, table: str, code: str) -> str:
    """A code in words, or itself."""
    if table in _OF_LOCALE:
        return str(_OF_LOCALE[table](tongue.locale).get(code, code))
    told = TABLES[table].get(code)
    return tongue.say(told) if told else code


def error_words(tongue: Tongue, error: FieldError) -> str:
    """A field's error as a sentence; the node's own words where no rule of ours is named."""
    told = ERROR.get(error.code)
    limit = size(error.limit or 0, tongue) if error.code == "file_size" else error.limit
    words = rule_words(tongue, error.words) if error.words else ""
    return tongue.say(told, limit=limit, words=words) if told else words or error.code


def label_marks(tongue: Tongue, label: LabelView) -> str:
    """All that a label says beside level, TLP and status, in one line: no two labels read the same."""
    told = [_names(clause) for clause in label.audience]
    told += [f"→ {_names(clause)}" for clause in label.recipients]
    told += [_countries(tongue, clause) for clause in label.countries]
    told += label.compartments
    if label.purposes:
        told.append(", ".join(word(tongue, "purpose", purpose) for purpose in label.purposes))
    told += [word(tongue, "caveat_mark", caveat) for caveat in label.caveats]
    return " · ".join(told)


def path_words(tongue: Tongue, path: str) -> str:
    """The fields on the way to a place of a record, by what pages call them."""
    fields = (name for name in re.findall("[a-z_]+", path) if name in FIELD)
    return ", ".join(word(tongue, "field", name) for name in fields)


def label_sentences(tongue: Tongue, label: LabelView) -> tuple[str, ...]:
    """A label as a person reads it: for whom, how far, what for, under which rules."""
    told = [_audience(tongue, clause) for clause in label.audience]
    told += [tongue.say("Only at: %(names)s.", names=_names(clause)) for clause in label.recipients]
    told += [
        tongue.say("Only in: %(names)s.", names=_countries(tongue, clause)) for clause in label.countries
    ]
    told += [tongue.say("Compartment: %(name)s.", name=name) for name in label.compartments]
    told.append(word(tongue, "tlp", label.tlp))
    if label.purposes:
        purposes = ", ".join(word(tongue, "purpose", purpose) for purpose in label.purposes)
        told.append(tongue.say("To be used for: %(purposes)s.", purposes=purposes))
    told += [word(tongue, "caveat", caveat) for caveat in label.caveats]
    return tuple(told)


def _audience(tongue: Tongue, clause: tuple[Named, ...]) -> str:
    return tongue.say("For members of: %(names)s.", names=_names(clause))


def _countries(tongue: Tongue, clause: tuple[str, ...]) -> str:
    return ", ".join(word(tongue, "country", code) for code in clause)


def _names(clause: tuple[Named, ...]) -> str:
    return ", ".join(each.name for each in clause)
