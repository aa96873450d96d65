"""Words of people: roles, seats, ties, cases, two-person rules."""

from __future__ import annotations

from web.languages import N_
from web.words.records import SUBJECT

CASE_PART = {
    "lead": N_("Leads it"),
    "read_in": N_("Read in"),
    "break_glass": N_("By broken glass"),
    "read_out": N_("Read out of it"),
    "conflicted": N_("In conflict of interest"),
}
SEAT = {
    "chair": N_("Chair"),
    "deputy_chair": N_("Deputy chair"),
    "by_function": N_("Member by function"),
    "deputy": N_("Deputy of a member"),
    "invitee": N_("Invitee"),
}
PLACE = {
    "steward": N_("Steward"),
    "invited": N_("Guest"),
    "expelled": N_("Put out"),
}
TIE = {
    "declared_relation": N_("Relation"),
    "close_colleague": N_("Close colleague"),
}
WHOSE = {
    "oneself": N_("Their own"),
    "relation": N_("A relation's"),
    "colleague": N_("A close colleague's"),
}
WHOSE_OF_YOU = {
    "oneself": N_("your own"),
    "relation": N_("of a relation of yours"),
    "colleague": N_("of a close colleague of yours"),
}
"""The same, to the officer himself."""
CONCERN = {
    **SUBJECT,
    "name_birth": N_("Name with birth date"),
    "document": N_("Identity document"),
}
"""What may concern an officer: an indicator, or who somebody is by what a ban says of him."""
ROLE = {
    "security_officer": N_("Security officer"),
    "analyst": N_("Analyst"),
    "port_captain": N_("Port captain"),
    "pfso": N_("Facility security officer"),
    "deputy_pfso": N_("Deputy facility security officer"),
    "guard": N_("Guard"),
    "police": N_("Police"),
    "customs": N_("Customs"),
    "magistrate": N_("Magistrate"),
    "dpo": N_("Data protection officer"),
    "auditor": N_("Auditor"),
    "clearance_officer": N_("Clearance officer"),
    "integrity_officer": N_("Integrity officer"),
    "exercise_director": N_("Exercise director"),
    "administrator": N_("Administrator"),
}
SECOND = {
    "red": N_("it is TLP:RED"),
    "wider": N_("it reaches ports that did not have it before"),
    "classified": N_("its level is CONFIDENTIAL or higher"),
    "source": N_("it tells of a source"),
    "judicial": N_("it is judicial"),
    "ban": N_("it is a ban entered by hand"),
    "subject": N_("it looks out for a plate, badge, person or address"),
}
RULES_STATE = {
    "agreed": N_("As two people agreed"),
    "none": N_("None: whatever a detector finds waits for an officer"),
    "file_waits": N_("What the file says waits for two people; what they agreed on before is in force"),
    "nothing_agreed": N_(
        "What the file says waits for two people; until then whatever a detector finds waits for an officer"
    ),
}
RULE_CHANGE = {"new": N_("New"), "changed": N_("Changed"), "gone": N_("Not any more")}
"""What another text of rules makes of one of them."""
RULES_DO = {"rules_propose": N_("Propose these rules"), "rules_agree": N_("Agree to these rules")}
RULES_SURE = {
    "rules_propose": N_("Nothing is in force by it before another person agrees."),
    "rules_agree": N_(
        "From the next finding on they release without an officer, to every port that their labels name."
    ),
}

TABLES = {
    "case_part": CASE_PART,
    "seat": SEAT,
    "place": PLACE,
    "tie": TIE,
    "whose": WHOSE,
    "whose_of_you": WHOSE_OF_YOU,
    "concern": CONCERN,
    "second": SECOND,
    "rules_state": RULES_STATE,
    "rule_change": RULE_CHANGE,
    "rules_do": RULES_DO,
    "rules_sure": RULES_SURE,
    "role": ROLE,
}
