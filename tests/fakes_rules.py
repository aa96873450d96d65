"""Rules of release of the fake office."""

from __future__ import annotations

from dataclasses import dataclass, replace

from protocol.ids import UnixMs
from web.views import LabelView, Named, Refused, RuleLine, RulesChange, RulesView, Session

_PORTS = (Named("ports-be", "Belgian ports"),)
_LABEL = LabelView("BE:NONE//TLP:AMBER//AUD ports-be", "AMBER", audience=(_PORTS,))
_LINES = (("", "[[rule]]"), ("-", "most = 5"), ("+", "most = 20"))
_RULE = RuleLine("ais-spoof", "impossible_speed", "Moderate", "Likely", _LABEL, 86_400_000, 20)
_OTHERS = (
    replace(_RULE, most=5, change="changed"),
    replace(_RULE, name="gaps", detector="ais_gap", change="new"),
)
RULES_SHOWN = RulesView(
    rules=(_RULE,),
    agreed_by=("D. Peeters", "K. Wouters"),
    agreed_ms=UnixMs(1_700_000_000_000),
    proposed=RulesChange("ab" * 32, _LINES, True, "D. Peeters", UnixMs(1_700_000_100_000), _OTHERS),
    file=RulesChange("cd" * 32, _LINES, True, rules=_OTHERS),
)


@dataclass
class FakeRules:
    """One text waits, and the file says another."""

    async def rules(self, session: Session) -> RulesView | None:
        return RULES_SHOWN

    async def propose_rules(self, session: Session, *, digest: str) -> Refused | bool:
        return digest == "cd" * 32

    async def agree_rules(self, session: Session, *, digest: str) -> Refused | bool:
        return digest == "ab" * 32
