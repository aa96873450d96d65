"""Words of labels."""

from __future__ import annotations

from web.languages import N_

LEVEL = {
    "NONE": N_("Not classified"),
    "RESTRICTED": "RESTRICTED",
    "CONFIDENTIAL": "CONFIDENTIAL",
    "SECRET": "SECRET",
    "TOP-SECRET": "TOP SECRET",
}
TLP = {
    "CLEAR": N_("Anyone may know."),
    "GREEN": N_("May be passed on inside the community."),
    "AMBER": N_("Stays with the recipient's organisation and its clients, on need to know."),
    "AMBER+STRICT": N_("Stays inside the recipient's own organisation, on need to know."),
    "RED": N_("Named recipients only. Not passed on, not photographed, not read aloud in an open room."),
}
TLP_CHOICE = {
    "GREEN": N_("Inside the community"),
    "AMBER": N_("Organisations and their clients"),
    "AMBER+STRICT": N_("Each organisation's own people"),
    "RED": N_("Named ports only"),
}
PURPOSE = {
    "port-security": N_("port security"),
    "navigation-safety": N_("safety of navigation"),
    "enforcement": N_("enforcement"),
    "access-control": N_("access control"),
    "prosecution": N_("prosecution"),
    "crisis": N_("crisis"),
    "learning": N_("learning"),
}
CAVEAT = {
    "ORCON": N_("Only the author's port may release it again."),
    "PERSONAL": N_("Holds personal data."),
    "JUDICIAL": N_("Part of a judicial investigation."),
    "SOURCE": N_("May give away a source."),
    "BE-ONLY": N_("Stays in Belgium."),
    "NO-EXPORT": N_("Does not leave the network."),
}
CAVEAT_MARK = {
    "ORCON": N_("passed on by its author alone"),
    "PERSONAL": N_("personal data"),
    "JUDICIAL": N_("judicial"),
    "SOURCE": N_("may tell of a source"),
    "BE-ONLY": N_("Belgium only"),
    "NO-EXPORT": N_("not out of the network"),
}
"""The caveats in a line of a list."""
STATUS = {"exercise": N_("Exercise"), "test": N_("Test")}

TABLES = {
    "level": LEVEL,
    "tlp": TLP,
    "tlp_choice": TLP_CHOICE,
    "purpose": PURPOSE,
    "caveat": CAVEAT,
    "caveat_mark": CAVEAT_MARK,
    "status": STATUS,
}
