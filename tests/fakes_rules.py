"""Rules of release of the fake office."""

from __future__ import annotations

from dataclasses import dataclass

from protocol.ids import UnixMs
from web.views import LabelView, Refused, RuleLine, RulesChange, RulesView, Session

_LABEL = LabelView("BE:NONE//TLP:AMBER//AUD ports-be", "AMBER")
_LINES = (("", "[[rule]]"), ("-", "most = 5"), ("+", "most = 20"))
RULES_SHOWN = RulesView(
    rules=(RuleLine("ais-spoof", "impossible_speed", "Moderate", "Likely", _LABEL, 86_400_000, 20),),
    agreed_by=("D. Peeters", "K. Wouters"),
    agreed_ms=UnixMs(1_700_000_000_000),
    proposed=RulesChange("ab" * 32, _LINES, True, "D. Peeters", UnixMs(1_700_000_100_000)),
    file=RulesChange("cd" * 32, _LINES, True),
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
