"""Words of what becomes of records, here and at other ports, and of the machinery that sees to it."""

from __future__ import annotations

from web.languages import N_

STATE = {
    "current": N_("In force"),
    "superseded": N_("Replaced by a newer version"),
    "retracted": N_("Withdrawn"),
    "expired": N_("Expired"),
    "erased": N_("Erased"),
}
RETRACT_REASON = {
    "1": N_("It was wrong"),
    "2": N_("Duplicate"),
    "3": N_("Resolved"),
    "4": N_("Test sent as real"),
    "5": N_("An authority asked"),
    "6": N_("Other reason"),
}
HANDLING = {
    "open": N_("Nobody has claimed it yet"),
    "claimed": N_("Claimed"),
    "guard_sent": N_("Guard sent"),
    "closed": N_("Closed here"),
}
VERDICT = {
    "true": N_("It was so"),
    "false": N_("It was not so"),
    "test": N_("It was a test"),
    "unclear": N_("Not clear"),
}
ACTED = {
    "no_action": N_("Nothing was done"),
    "acknowledged": N_("Somebody had claimed it"),
    "under_investigation": N_("A guard was sent"),
}
UNSEAL_REASON = {
    "1": N_("A claim or complaint"),
    "2": N_("An authority asked"),
    "3": N_("A person asked about their data"),
    "4": N_("A review"),
    "5": N_("It may have been withdrawn wrongly"),
}
ERASE_REASON = {
    "1": N_("It is to be kept for a shorter time"),
    "2": N_("A person asked"),
    "3": N_("A court ordered it"),
    "4": N_("Released in error"),
    "5": N_("Part of it was removed"),
    "6": N_("The ban ended"),
    "7": N_("Moved to fewer readers"),
}
ERASED_AT = {
    "cooling": N_("Hidden; destroyed when the cooling time is over"),
    "destroyed": N_("Destroyed"),
    "held": N_("Kept by an authority's reference"),
    "waiting": N_("Not confirmed yet"),
}
HOLD = {
    "asked": N_("Waits for a second person"),
    "held": N_("On hold"),
    "lifting": N_("On hold; its end waits for a second person"),
}
STEP = {
    "asked": N_("Asked"),
    "granted": N_("Granted"),
    "granted_redacted": N_("Granted, parts left out"),
    "refused": N_("Refused"),
}
CHANGE = {
    "new": N_("New release"),
    "wider": N_("Wider than now"),
    "narrower": N_("Narrower than now"),
    "same": N_("Same readers as now"),
}
PROVENANCE = {
    "valid": N_("Signature valid"),
    "key_retired": N_("Signature valid, key since retired"),
    "unsigned": N_("Not signed"),
    "mismatch": N_("Signature does not match"),
    "unconfirmed": N_("Unconfirmed: this feed has two histories"),
    "pending": N_("Signature valid, ahead of its feed"),
}
HOLDER = {
    "has": N_("Has it"),
    "stored": N_("Stored, receipt follows"),
    "not_yet": N_("Not yet"),
    "quarantined": N_("Received, not accepted there"),
    "hidden": N_("Withdrawal confirmed"),
    "not_hidden": N_("Withdrawal not confirmed"),
}
ASIDE = {
    "1": N_("Its origin may not say this"),
    "2": N_("Breaks a rule of its kind"),
    "3": N_("Its law is not handled here"),
}
UNTAKEN = {
    "UNKNOWN_LABEL": N_("Label not readable by this version"),
    "ABOVE_ACCREDITATION": N_("Label above what this node may hold"),
    "UNKNOWN_OP": N_("An operation this version does not know"),
    "FORKED": N_("Two histories of one feed"),
}
MOVED = {
    "text": N_("The text is another one."),
    "label": N_("The label is another one."),
    "register": N_("The register is a newer one."),
    "policy": N_("The policy is another one."),
    "people": N_("Other people at this port may read it."),
    "ports": N_("Other ports would get it."),
    "late": N_("Its time is over."),
    "taken_back": N_("It was taken back."),
    "left": N_("It was released."),
    "gone": N_("There is no such draft any more."),
    "plan": N_("It answers something else than what was asked."),
    "person": N_("Whoever answered wrote it or asked."),
    "node": N_("That port may not be asked any more."),
}
"""Why a question, or a yes to one, counts no more."""
ASKED = {
    "open": N_("Not answered yet"),
    "lapsed": N_("Not answered in time"),
    "approved": N_("Approved there"),
    "stale": N_("Approved there, and counts no more"),
    "returned": N_("Sent back"),
    "withdrawn": N_("Not asked any more"),
    "void": N_("Its answer does not count"),
}
"""What became of a question to a second person at another port."""
SENSOR_STATE = {"reporting": N_("Reporting"), "silent": N_("Silent"), "off": N_("Off")}
REGISTER_STATE = {
    "fresh": N_("In force"),
    "due": N_("Expires soon"),
    "stale": N_("Expired: nothing new is granted"),
}
REGISTER_STATUS = {"demo": N_("Demonstration"), "live": N_("Live operation")}
CHAIN = {
    "entry": N_("That entry is not what the log says it was."),
    "missing": N_("That entry is missing."),
    "root": N_("The entries do not make the log that this node signed."),
    "signature": N_("The signature under the log does not verify."),
}
FIND_BY = {
    "text": N_("Words"),
    "person": N_("A person"),
    "plate": N_("A plate"),
    "badge": N_("A badge"),
    "phone": N_("A telephone number"),
}
WITHIN = {
    "1": N_("Within a day"),
    "7": N_("Within a week"),
    "30": N_("Within a month"),
    "365": N_("Within a year"),
}

TABLES = {
    "state": STATE,
    "retract_reason": RETRACT_REASON,
    "find_by": FIND_BY,
    "within": WITHIN,
    "unseal_reason": UNSEAL_REASON,
    "handling": HANDLING,
    "verdict": VERDICT,
    "acted": ACTED,
    "hold": HOLD,
    "erase_reason": ERASE_REASON,
    "erased_at": ERASED_AT,
    "step": STEP,
    "change": CHANGE,
    "provenance": PROVENANCE,
    "holder": HOLDER,
    "aside": ASIDE,
    "untaken": UNTAKEN,
    "sensor_state": SENSOR_STATE,
    "register_state": REGISTER_STATE,
    "register_status": REGISTER_STATUS,
    "chain": CHAIN,
    "asked": ASKED,
    "moved": MOVED,
}
