"""Codes in plain words. Every code of a record, a label or a decision that a screen shows is here once.

A code that is not here (from a newer peer) is shown as it is, never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping

from web import kind_words
from web.languages import N_, Tongue
from web.rule_words import rule_words
from web.times import size
from web.views import FieldError, LabelView, Named

SEVERITY = {
    "Extreme": N_("Critical"),
    "Severe": N_("High"),
    "Moderate": N_("Medium"),
    "Minor": N_("Low"),
    "Unknown": N_("To review"),
}
CERTAINTY = {
    "Observed": N_("Observed"),
    "Likely": N_("Likely"),
    "Possible": N_("Possible"),
    "Unlikely": N_("Unlikely"),
    "Unknown": N_("Not known"),
}
URGENCY = {
    "Immediate": N_("Act now"),
    "Expected": N_("Act within the hour"),
    "Future": N_("Act later"),
    "Past": N_("Over"),
    "Unknown": N_("Not known"),
}
CATEGORY = {
    "intrusion": N_("Intrusion"),
    "vessel_anomaly": N_("Vessel behaviour"),
    "access_anomaly": N_("Access"),
    "vehicle": N_("Vehicle"),
    "cargo": N_("Cargo"),
    "drone": N_("Drone"),
    "cyber": N_("Cyber"),
    "person": N_("Person"),
    "threat": N_("Threat"),
    "other": N_("Other"),
}
KIND = {
    "alert": N_("Alert"),
    "incident": N_("Incident"),
    "indicator": N_("Look-out"),
    "sighting": N_("Sighting"),
    "best_practice": N_("Best practice"),
    "port_ban": N_("Port ban"),
    "notice": N_("Notice"),
    "modus_operandi": N_("Method of crime"),
    "security_level": N_("Security level"),
    "outcome": N_("Outcome"),
    "request": N_("Request"),
}
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
CASE_PART = {
    "lead": N_("Leads it"),
    "read_in": N_("Read in"),
    "break_glass": N_("By broken glass"),
    "read_out": N_("Read out of it"),
    "conflicted": N_("In conflict of interest"),
}
HANDLING = {
    "open": N_("Nobody has it yet"),
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
STATUS = {"exercise": N_("Exercise"), "test": N_("Test")}
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
    "LEFT": N_("It has already left"),
    "DRAFT_CHANGED": N_("Somebody else changed the draft meanwhile; open it again"),
    "NO_AUTHOR": N_(
        "Who wrote it does not draft this kind here any more: change it, release it or discard it"
    ),
    "DRAFTED": N_("Another draft of it waits, or it does not stand any more"),
    "NOT_RELEASED": N_("It could not be released; the draft is kept"),
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
    **kind_words.ERROR,
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
SECOND = {
    "red": N_("it is TLP:RED"),
    "wider": N_("it reaches ports that did not have it before"),
    "classified": N_("its level is CONFIDENTIAL or higher"),
    "source": N_("it tells of a source"),
    "judicial": N_("it is judicial"),
    "ban": N_("it is a ban entered by hand"),
    "subject": N_("it looks out for a plate, badge, person or address"),
}
INCIDENT_TYPE = {
    "drug_find": N_("Drugs found"),
    "extraction_team": N_("Extraction team"),
    "stowaway": N_("Stowaway"),
    "trafficking": N_("Trafficking"),
    "theft": N_("Theft"),
    "intrusion": N_("Intrusion"),
    "bribery_threat": N_("Bribery or threat"),
    "cyber": N_("Cyber"),
    "sabotage": N_("Sabotage"),
    "arms": N_("Arms"),
    "other": N_("Other"),
}
INCIDENT_STATUS = {
    "suspected": N_("Suspected"),
    "confirmed": N_("Confirmed"),
    "closed": N_("Closed"),
    "unfounded": N_("Unfounded"),
}
RESULT = {"seen": N_("Seen"), "not_seen": N_("Looked for, not seen")}
MODALITY = {
    "ais": "AIS",
    "anpr": N_("Plate reader"),
    "camera": N_("Camera"),
    "badge": N_("Badge"),
    "radar": N_("Radar"),
    "rf": N_("Radio"),
    "gate": N_("Gate"),
    "document": N_("Document"),
    "human": N_("Person"),
}
NOTICE = {
    "information": N_("Information"),
    "meeting": N_("Meeting"),
    "exercise": N_("Exercise"),
    "adoption": N_("Adoption"),
    "warning": N_("Warning"),
}
BARRIER = {"direct": N_("Direct"), "indirect": N_("Indirect")}
SCALE = {"isps": N_("ISPS security level"), "ocad": N_("OCAD threat level")}
OUTCOME = {
    "acknowledged": N_("Read and taken up"),
    "confirmed": N_("Confirmed"),
    "prevented": N_("Prevented"),
    "seized": N_("Goods seized"),
    "handed_over": N_("Handed over to an authority"),
    "under_investigation": N_("Under investigation"),
    "nothing_found": N_("Nothing found"),
    "false_alarm": N_("False alarm"),
    "no_action": N_("No action taken"),
    "other": N_("Other"),
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
SUBJECT = {
    "imo": "IMO",
    "mmsi": "MMSI",
    "eni": "ENI",
    "container": N_("Container"),
    "seal": N_("Seal"),
    "plate": N_("Plate"),
    "enterprise": N_("Enterprise number"),
    "badge": N_("Badge"),
    "person": N_("Person"),
    "drone": N_("Drone"),
    "ip": N_("IP address"),
    "domain": N_("Domain"),
    "sha256": "SHA-256",
    "address": N_("Address"),
}
CONCERN = {
    **SUBJECT,
    "name_birth": N_("Name with birth date"),
    "document": N_("Identity document"),
}
"""What may concern an officer: an indicator, or who somebody is by what a ban says of him."""
LOOKOUT_REASON = {
    "spoofing": N_("False position or identity"),
    "scouting": N_("Scouting"),
    "incident": N_("Seen at an incident"),
    "wrong_pickup": N_("Wrong pick-up"),
    "stolen": N_("Stolen"),
    "cloned": N_("Cloned"),
    "other": N_("Other"),
}
ON_HIT = {
    "call": N_("Call the contact"),
    "observe": N_("Observe and report"),
    "stop_only_by_police": N_("Police only may stop"),
    "silent": N_("Silent: only the author hears of it"),
}
SENSOR_STATE = {"reporting": N_("Reporting"), "silent": N_("Silent"), "off": N_("Off")}
REGISTER_STATE = {
    "fresh": N_("In force"),
    "due": N_("Expires soon"),
    "stale": N_("Expired: nothing new is granted"),
}
REGISTER_STATUS = {"demo": N_("Demonstration"), "live": N_("Live operation")}
REGIME = {
    "gdpr": N_("General data protection"),
    "led": N_("Law enforcement"),
    "intel": N_("Intelligence services"),
    "judicial": N_("Judicial"),
    "customs": N_("Customs"),
}
RULES_STATE = {
    "agreed": N_("As two people agreed"),
    "none": N_("None: whatever a detector finds waits for an officer"),
    "file_waits": N_("What the file says waits for two people; what they agreed on before is in force"),
    "nothing_agreed": N_(
        "What the file says waits for two people; until then whatever a detector finds waits for an officer"
    ),
}
RULES_DO = {"rules_propose": N_("Propose these rules"), "rules_agree": N_("Agree to these rules")}
RULES_SURE = {
    "rules_propose": N_("Nothing is in force by it before another person agrees."),
    "rules_agree": N_(
        "From the next finding on they release without an officer, to every port that their labels name."
    ),
}
STATEMENT = {"fact": N_("Fact: seen or measured"), "assessment": N_("Assessment: our judgement")}
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
FIELD = {
    "title": N_("Title"),
    "category": N_("Category"),
    "severity": N_("Severity"),
    "certainty": N_("Certainty"),
    "urgency": N_("Urgency"),
    "description": N_("Description"),
    "action": N_("Action"),
    "places": N_("Place"),
    "subjects": N_("Subjects"),
    "explanation": N_("Why it was raised"),
    "evidence": N_("Evidence"),
    "score": N_("Score"),
    "detector": N_("Detector"),
    "occurred": N_("Time"),
    "author": N_("Author's name"),
    "observations": N_("Raw observations"),
    "value": N_("Value"),
    "reason": N_("Reason"),
    "grounds": N_("Grounds"),
    "on_hit": N_("When seen"),
    "contact": N_("Contact"),
    "do_not": N_("Do not"),
    "valid_until": N_("Valid until"),
    "owner": N_("Owner"),
    "type": N_("Type"),
    "status": N_("Status"),
    "narrative": N_("Narrative"),
    "summary": N_("Summary"),
    "problem": N_("Problem"),
    "measure": N_("Measure"),
    "effect": N_("Effect"),
    "text": N_("Text"),
    "result": N_("Result"),
    "count": N_("Count"),
    "first_seen": N_("First seen"),
    "last_seen": N_("Last seen"),
    "modality": N_("Seen by"),
    "quality": N_("Quality"),
    "where": N_("Where"),
    "lang": N_("Language"),
    "occurred_from": N_("Time"),
    "occurred_to": N_("Until"),
    "regime": N_("Regime"),
    "controller": N_("Controller"),
    "legal_basis": N_("Legal basis"),
    "statement": N_("Fact or judgement"),
    "life_safety": N_("Danger to life"),
    "detector_version": N_("Detector version"),
    "valid_from": N_("Valid from"),
    "indicator": N_("Look-out"),
    "derived_from": N_("Derived from"),
    "attachments": N_("Attachments"),
    "persons_involved": N_("Persons involved"),
    "policy_revision": N_("Policy revision"),
    "relations": N_("Roles and rights are answered by"),
    "open_feeds": N_("Open feeds of this node"),
    "erasures_braked": N_("Erased in a burst, waiting for this node's yes"),
    "effective_from": N_("Valid from"),
    "effective_until": N_("Valid until"),
    "review_by": N_("Review by"),
    "lessons": N_("Lessons"),
    "modus_operandi": N_("Method of crime"),
    "code": N_("Code"),
    "watch_for": N_("Signs to watch for"),
    "counter_measures": N_("Counter-measures"),
    "barrier": N_("Barrier"),
    "scale": N_("Scale"),
    "level": N_("Level"),
    "areas": N_("Where it holds"),
    "ships": N_("Ships"),
    "measures": N_("Measures"),
    "acknowledge_by": N_("Answer expected by"),
    "note": N_("Remark"),
    "step": N_("Step"),
    "wanted": N_("What is asked for"),
    "answer_by": N_("Answer wanted by"),
    **kind_words.FIELD,
}
CHAIN = {
    "entry": N_("That entry is not what the log says it was."),
    "missing": N_("That entry is missing."),
    "root": N_("The entries do not make the log that this node signed."),
    "signature": N_("The signature under the log does not verify."),
}
ACT = {
    "acted_on_withheld": N_("Withheld what was done about a withdrawn alert"),
    "alert_claim": N_("Took charge of an alert"),
    "alert_close": N_("Closed an alert with a verdict"),
    "alert_guard": N_("Sent a guard to an alert"),
    "approve": N_("Second person approved"),
    "audit_read": N_("Read the audit"),
    "case_close": N_("Closed a case"),
    "case_open": N_("Opened a case"),
    "case_put": N_("Put a record into a case"),
    "case_read_in": N_("Read somebody into a case"),
    "case_read_out": N_("Read somebody out of a case"),
    "case_take": N_("Took a record out of a case"),
    "marks_go_on": N_("What was marked here went on with a record that its port moved"),
    "clearance_give": N_("Gave a clearance"),
    "clearance_take": N_("Took a clearance"),
    "cut_off": N_("Cut off feeds under a revoked key"),
    "draft": N_("Kept a draft"),
    "draft_discard": N_("Dropped a draft"),
    "draft_file": N_("Changed the files of a draft"),
    "draft_hand_over": N_("Handed a draft over to who may release it"),
    "draft_label": N_("Changed the label of a draft"),
    "draft_move": N_("Drafted a move to another label"),
    "draft_open": N_("Opened a draft with personal data"),
    "draft_send_back": N_("Sent a draft back to who wrote it"),
    "draft_text": N_("Changed the text of a draft"),
    "draft_version": N_("Drafted a new version"),
    "erase": N_("Erased a record"),
    "erase_asked": N_("Asked for an erasure"),
    "erase_hastened": N_("Hastened an erasure with the offline key"),
    "erase_not_asked": N_("Took back the wish for an erasure"),
    "erasures_braked": N_("Held back a burst of erasures"),
    "erasures_released": N_("Let erasures go on"),
    "export": N_("Gave data out of the node"),
    "fork": N_("Found two histories of one feed"),
    "conduct_review": N_("Reviewed what was done with a case"),
    "glass_break": N_("Broke the glass of a case"),
    "hold": N_("Put a record on hold"),
    "hold_ask": N_("Asked for a hold"),
    "hold_drop": N_("Took back the wish for a hold"),
    "hold_end": N_("Ended a hold"),
    "hold_end_drop": N_("Took back the wish to end a hold"),
    "hold_end_ask": N_("Asked to end a hold"),
    "interest_declare": N_("Noted what concerns somebody here"),
    "interest_seen": N_("Saw what was declared of them"),
    "interest_withdraw": N_("Noted that it concerns somebody no longer"),
    "open": N_("Opened a record"),
    "person_add": N_("Made an account"),
    "person_close": N_("Closed an account"),
    "person_invite": N_("Made a sign-in link"),
    "person_password": N_("Set a password"),
    "person_resume": N_("Ended a suspension"),
    "person_suspend": N_("Suspended a person"),
    "place_give": N_("Gave a place in a community"),
    "place_take": N_("Took a place in a community"),
    "policy_explain": N_("Asked why somebody reads a record"),
    "quarantine": N_("Kept entries aside"),
    "record_id_reused": N_("Met a record id used twice"),
    "recovered": N_("Took its own feed back"),
    "refuse": N_("Refused what a peer sent"),
    "register_rights": N_("Took rights over from the register"),
    "release": N_("Released a record"),
    "release_begin": N_("Began a release"),
    "release_undo": N_("Undid a release"),
    "release_withheld": N_("Withheld a release by rule"),
    "restored": N_("Found itself restored from a copy"),
    "restored_read": N_("Let what a port said before a restore be read"),
    "restrict": N_("Marked a record as contested"),
    "restrict_end": N_("Ended a contest"),
    "retract": N_("Withdrew a record"),
    "role_give": N_("Gave a role"),
    "role_take": N_("Took a role"),
    "rules_agree": N_("Agreed to rules of release, which are in force"),
    "rules_propose": N_("Proposed rules of release"),
    "search": N_("Searched"),
    "seat_give": N_("Gave a seat in a committee"),
    "seat_take": N_("Took a seat in a committee"),
    "second_answer": N_("Answered another port as its second person"),
    "second_answered": N_("Heard what another port's second person says"),
    "second_ask": N_("Asked another port for a second person"),
    "second_asked": N_("Was asked for a second person by another port"),
    "second_open": N_("Opened another port's draft with personal data"),
    "second_take_back": N_("Took a question to another port back"),
    "shift_give": N_("Put somebody on the roster"),
    "shift_take": N_("Took a shift off the roster"),
    "sign_in": N_("Signed in"),
    "sign_in_failed": N_("Failed to sign in"),
    "sign_out": N_("Signed out"),
    "tie_give": N_("Noted that two people are close"),
    "tie_take": N_("Noted that two people are close no longer"),
    "unseal": N_("Opened what is sealed"),
    "void": N_("Held entries of a cut-off feed to be void"),
}
"""What an auditor reads for a code of the audit; a code without words is shown as it is."""
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
MEDIA_TYPE = {
    "application/json": "JSON",
    "application/pdf": "PDF",
    "audio/ogg": N_("Sound"),
    "image/jpeg": N_("Picture"),
    "image/png": N_("Picture"),
    "image/webp": N_("Picture"),
    "text/csv": "CSV",
    "text/plain": N_("Text"),
    "video/mp4": N_("Video"),
}
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
    "rules_do": RULES_DO,
    "rules_sure": RULES_SURE,
    "statement": STATEMENT,
    "role": ROLE,
    "field": FIELD,
    "media_type": MEDIA_TYPE,
    "chain": CHAIN,
    "act": ACT,
    **kind_words.TABLES,
    "asked": ASKED,
    "moved": MOVED,
}


def word(tongue: Tongue, table: str, code: str) -> str:
    """A code in words, or itself."""
    told = TABLES[table].get(code)
    return tongue.say(told) if told else code


def error_words(tongue: Tongue, error: FieldError) -> str:
    """A field's error as a sentence; the node's own words where no rule of ours is named."""
    told = ERROR.get(error.code)
    limit = size(error.limit or 0, tongue) if error.code == "file_size" else error.limit
    words = rule_words(tongue, error.words) if error.words else ""
    return tongue.say(told, limit=limit, words=words) if told else words or error.code


def label_sentences(tongue: Tongue, label: LabelView) -> tuple[str, ...]:
    """A label as a person reads it: for whom, how far, what for, under which rules."""
    told = [_audience(tongue, clause) for clause in label.audience]
    told += [tongue.say("Only at: %(names)s.", names=_names(clause)) for clause in label.recipients]
    told += [tongue.say("Only in: %(names)s.", names=", ".join(clause)) for clause in label.countries]
    told += [tongue.say("Compartment: %(name)s.", name=name) for name in label.compartments]
    told.append(word(tongue, "tlp", label.tlp))
    if label.purposes:
        purposes = ", ".join(word(tongue, "purpose", purpose) for purpose in label.purposes)
        told.append(tongue.say("To be used for: %(purposes)s.", purposes=purposes))
    told += [word(tongue, "caveat", caveat) for caveat in label.caveats]
    return tuple(told)


def _audience(tongue: Tongue, clause: tuple[Named, ...]) -> str:
    return tongue.say("For members of: %(names)s.", names=_names(clause))


def _names(clause: tuple[Named, ...]) -> str:
    return ", ".join(each.name for each in clause)
