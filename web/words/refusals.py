"""Words of refusals, of errors in forms, and of what a form asks before it acts."""

from __future__ import annotations

from web.languages import N_
from web.words import kinds

DENY = {
    "LEVEL": N_("Not accredited for this classification"),
    "COMPARTMENT": N_("Not read into the compartment"),
    "REGIME": N_("May not keep data under this legal regime"),
    "STATUS": N_("Exercise and operations stay apart"),
    "AUDIENCE": N_("Not in the community this is for"),
    "COUNTRY": N_("In a country this may not go to"),
    "RECIPIENT": N_("Not a named recipient"),
    "TLP": N_("The TLP marking does not reach this port"),
    "PURPOSE": N_("No shared purpose"),
    "CAVEAT": N_("A handling rule on the label excludes this port"),
    "CEILING": N_("Above a ceiling of the register"),
    "SUSPENDED": N_("Suspended or leaving the federation"),
    "NOT_COMPETENT": N_("No right to this kind of record"),
    "CONFLICT": N_("Conflict of interest"),
    "NEED_TO_KNOW": N_("Not read into the case"),
    "STALE_REGISTER": N_("The register is too old to decide"),
    "NO_ANSWER": N_("No answer from the policy engine, so no"),
    "SECOND_PERSON": N_("A second person must approve first"),
    "PLAN_CHANGED": N_("The plan changed since the preview"),
    "NOBODY_TOLD": N_(
        "Nobody here could be told of it: an administrator gives somebody else the role of integrity officer, then it can be done"
    ),
    "FOR_EVERYBODY": N_("An alert of danger to life, a ban and a security level are for everybody on duty"),
    "ANOTHER_CASE": N_("It is in another case, and a record is in one"),
    "INTO_A_CASE": N_(
        "It would be of a case that the record is not in: put the record itself into the case first"
    ),
    "NOT_REVIEWED": N_("Nobody has reviewed yet that you broke this glass before; then you can again"),
    "MANY_CASES": N_("You opened 20 cases that are open or not 30 days old, and nobody opens more"),
    "MANY_FOLLOW": N_(
        "More than 50 records refer to it and would go into the case with it: put those in first, or leave it out"
    ),
    "OTHERS_WRITE": N_("Others are writing about it now; try again"),
    "NOBODY_LEADS": N_("Nobody else can lead this case now: name another lead first"),
    "LEADS_LONGER": N_(
        "They lead this case until then already: naming a lead again only lengthens it. Choose a later day"
    ),
    "LEFT": N_("It has already left"),
    "DRAFT_CHANGED": N_("Somebody else changed the draft meanwhile; open it again"),
    "NO_AUTHOR": N_(
        "Who wrote it does not draft this kind here any more: change it, release it or discard it"
    ),
    "DRAFTED": N_("Another draft of it waits, or it does not stand any more"),
    "WIDER": N_("It reaches further than a record that it names"),
    "NOT_RELEASED": N_("It could not be released; the draft is kept"),
    "NO_LEGAL_BASIS": N_("The register has no legal basis for it"),
    "NO_RETENTION": N_("This node does not say how long it keeps this kind"),
    "BAD_RECORD": N_("Not in the form of the protocol"),
}
ERROR = {
    "required": N_("Fill this in."),
    "choose": N_("Choose one."),
    "too_long": N_("At most %(limit)s characters."),
    "control": N_("Holds characters that cannot be shown; type it again."),
    "not_listed": N_("Not one of the choices; choose again."),
    "needs_severe": N_("A danger to life is High or Critical; change the severity or take the mark away."),
    "needs_ports": N_("TLP:RED needs at least one named port."),
    "bad_time": N_("Give a day and a time."),
    "bad_day": N_("Give a day."),
    "past": N_("Lies in the past."),
    "login": N_("3 to 64 of a-z, 0-9, dot and hyphen."),
    "committee": N_("A name of a-z, 0-9 and hyphens."),
    "password_length": N_("12 to 200 characters."),
    "not_the_same": N_("Not the same as above."),
    "shift_length": N_("A shift ends after it begins, and within 31 days."),
    "future": N_("Lies in the future."),
    "year": N_("At most a year from now."),
    "vessel": N_("9 digits for an MMSI, 7 for an IMO number."),
    "check_digit": N_("The check digit does not fit; compare the number again."),
    "not_read": N_("You do not read under this label yourself; choose another one."),
    "label": N_("This combination is not a label that this node may write."),
    "same_reference": N_("It is asked for by this reference already."),
    "same_label": N_("It has this label already."),
    "badly_formed": N_("Not in the form this field needs."),
    "personal": N_("Personal data is not entered here; leave it out."),
    "find_empty": N_("Type what to search for."),
    "find_long": N_("At most 12 words, and %(limit)s characters."),
    "find_words": N_("No word in it can be searched for."),
    "find_case": N_("A code of 2 to 40 small letters, digits, hyphens and underscores."),
    "find_plate": N_("A plate is searched for alone, and as a plate: BE:1ABC234, or without its country."),
    "find_badge": N_(
        "A badge is searched for as a badge, by its reader's token (alfapass:5f…) and never by the number on it."
    ),
    "find_phone": N_("A telephone number is searched for alone, and as one: at least 8 digits."),
    "find_person": N_(
        "A person is searched for by family and given name together, or by the number of a document."
    ),
    "find_name": N_("A person's name is searched for alone, and as a person."),
    "find_national_number": N_("A national number is kept nowhere and searched for nowhere."),
    "file_choose": N_("Choose a file."),
    "file_type": N_(
        "A file is none of these: JPEG, PNG or WebP picture, PDF, MP4 video, Ogg sound, plain text."
    ),
    "file_size": N_("A file may hold at most %(limit)s."),
    "file_count": N_("At most %(limit)s files."),
    "file_empty": N_("A file is empty."),
    "file_room": N_("This node has no room for files now. Without them it goes on."),
    "file_again": N_("Choose the files again: a browser sends them once."),
    **kinds.ERROR,
}
NOT_CHANGED = {
    "NOT_THEIRS": N_(
        "Nobody changes their own entry, a relation's or a close colleague's: somebody else does."
    ),
    "NOT_HELD": N_("There was nothing to end: it was ended before."),
    "NOT_DONE": N_("This node does not take it."),
    "CROWDED": N_("Very many passwords are looked at at this moment. Try again in a few seconds."),
}
"""Why a person was not changed."""
SURE = {
    "TakeRole": N_("The role ends now, and with it every right that no other role gives."),
    "EndShift": N_("The shift leaves the roster. One that goes on ends now."),
    "EndClearance": N_("What needs this clearance is out of reach from now on, on open pages too."),
    "TakeSeat": N_("The seat ends now, and with it what the committee alone reads and decides."),
    "TakePlace": N_("It ends now. Who was put out reads again what the community reads."),
    "GivePlace": N_(
        "Nothing that is for this community alone is shown any more, whatever the role, until this is taken back."
    ),
    "TieTo": N_(
        "Neither administers the other any more, and what concerns the one is hidden from the other."
    ),
    "Untie": N_("What concerns one of them is shown to the other again, and each may administer the other."),
    "Suspend": N_(
        "Ends at once all that somebody is at this node, open sessions and links that wait. Nothing signs them in until the suspension ends."
    ),
    "Resume": N_("Roles, seats and clearances that have not ended count again. Sessions do not come back."),
    "MakeLink": N_(
        "Whoever opens the link first is signed in as this person. It is shown once and works once; the audit says who made it."
    ),
    "CloseAccount": N_(
        "No sign-in, no session and no right any more. It cannot be undone: who comes back gets another login."
    ),
}
"""What will happen, before it does."""
SURE_DO = {
    "TakeRole": N_("Take the role"),
    "EndShift": N_("End the shift"),
    "EndClearance": N_("End the clearance"),
    "TakeSeat": N_("Take the seat"),
    "TakePlace": N_("Take it back"),
    "GivePlace": N_("Put out of the community"),
    "TieTo": N_("Note the tie"),
    "Untie": N_("End the tie"),
    "Suspend": N_("Suspend"),
    "Resume": N_("End the suspension"),
    "MakeLink": N_("Make the link"),
    "CloseAccount": N_("Close the account"),
}

TABLES = {
    "deny": DENY,
    "error": ERROR,
    "not_changed": NOT_CHANGED,
    "sure": SURE,
    "sure_do": SURE_DO,
}
