"""What the screens call the fields of records and the codes in them, kind by kind; what lists and labels say too is in the files beside.

A field is called the same in every kind, in a form and on a page.
"""

from __future__ import annotations

from web.languages import N_

KIND_ABOUT = {
    "alert": N_("With every field; the short form is on the watch."),
    "incident": N_("What happened, for learning, linking and prosecution."),
    "indicator": N_("What every port should look out for: ship, container, plate."),
    "sighting": N_("That a look-out was seen, or was looked for and not seen."),
    "best_practice": N_("A measure that worked, for others to take up."),
    "port_ban": N_("A ban that a court imposed. Two people register it; nobody here imposes it."),
    "notice": N_("Information, meetings, exercises, warnings, and answers to a best practice."),
    "modus_operandi": N_("How it is done, for others to recognise and to close."),
    "security_level": N_("A level that an authority announced, and from when."),
    "outcome": N_("What became of an alert, a sighting or a notice. It goes back to its port."),
    "request": N_("Asks another port for a best practice or a record."),
}

WAY = {
    "outcome": N_("Say what became of it"),
    "sighting": N_("Report a sighting"),
    "incident": N_("Write it up as an incident"),
    "modus_operandi": N_("Describe the method"),
    "granted": N_("Grant it"),
    "granted_redacted": N_("Grant it, parts left out"),
    "refused": N_("Refuse it"),
}

FIELD_HINT = {
    "persons_involved": N_("A number, never names"),
    "judicial": N_("Needs the prosecutor's reference as external reference."),
    "acknowledge_by": N_("Each port answers by then; who has is shown on its page."),
    "cost_class": N_("1 is cheap, 5 is expensive"),
    "credibility": N_("1 confirmed by others, to 5 improbable; 6 cannot be judged"),
    "mass_kg": N_("Kilograms"),
    "quality": N_("From 0 to 1"),
    "level": N_("ISPS 1 to 3, OCAD 1 to 4"),
    "nationality": N_("Two letters of ISO 3166, one a line"),
    "country": N_("Two letters of ISO 3166"),
    "until": N_("The last day on which it holds"),
    "exceptions": N_("For example: lives on a barge"),
    "non_attribution": N_("Readers are asked to name the community, not your organisation."),
    "standing_ref": N_("The court's reference"),
    "subject_category": N_(
        "Persons are concerned where one is counted, or a plate, a drone or an address stands among the subjects."
    ),
}

PLACE_AT = {
    "unlocode": N_("Port or place"),
    "facility": N_("Port facility"),
    "zone": N_("Zone of this port"),
    "point": N_("Position in degrees"),
    "circle": N_("Around a position"),
    "polygon": N_("Area with corners"),
}

YES_NO = {
    "yes": N_("Yes"),
    "no": N_("No"),
}

RELIABILITY = {
    "a": N_("A: completely reliable"),
    "b": N_("B: usually reliable"),
    "c": N_("C: fairly reliable"),
    "d": N_("D: not usually reliable"),
    "e": N_("E: unreliable"),
    "f": N_("F: cannot be judged"),
}

SUBJECT_CATEGORY = {
    "suspect": N_("Under suspicion"),
    "convicted": N_("Convicted"),
    "victim": N_("Victim"),
    "witness": N_("Witness"),
    "contact": N_("Contact of such a person"),
    "other": N_("Other"),
}

INFORMED = {
    "waterway_police": N_("Waterway police"),
    "customs": N_("Customs"),
    "federal_police": N_("Federal police"),
    "local_police": N_("Local police"),
    "public_prosecutor": N_("Public prosecutor"),
    "nccn": "NCCN",
    "pfso": N_("Facility security officer"),
    "lcmb": "LCMB",
    "cmb": "CMB",
    "namb": "NAMB",
}

GOODS = {
    "cocaine": N_("Cocaine"),
    "heroin": N_("Heroin"),
    "cannabis": N_("Cannabis"),
    "synthetic_drugs": N_("Synthetic drugs"),
    "precursors": N_("Precursors"),
    "tobacco": N_("Tobacco"),
    "arms": N_("Arms"),
    "explosives": N_("Explosives"),
    "cash": N_("Cash"),
    "counterfeit": N_("Counterfeit goods"),
    "other": N_("Other"),
}

PART = {
    "vehicle": N_("Vehicle"),
    "company": N_("Company"),
    "vessel": N_("Vessel"),
    "target": N_("Target"),
}

MATCH = {
    "exact": N_("Exactly so"),
    "fuzzy_plate": N_("Also with one letter that is easily misread"),
}

AREA = {
    "perimeter": N_("Perimeter"),
    "access": N_("Access"),
    "identity": N_("Identity"),
    "cctv": N_("Cameras"),
    "ais_vts": N_("AIS and traffic service"),
    "cargo_release": N_("Release of cargo"),
    "cyber": N_("Cyber"),
    "awareness": N_("Awareness"),
    "recruitment": N_("Recruitment"),
    "exercise": N_("Exercise"),
    "inspection": N_("Inspection"),
    "cpted": N_("Crime prevention by design"),
    "cooperation": N_("Cooperation"),
    "legal": N_("Law"),
}

APPLIES_TO = {
    "seaport": N_("Seaport"),
    "inland_port": N_("Inland port"),
    "terminal": N_("Terminal"),
    "lock": N_("Lock"),
    "cruise": N_("Cruise terminal"),
    "barge": N_("Barge"),
    "company": N_("Company"),
}

EFFORT = {
    "days": N_("Days"),
    "weeks": N_("Weeks"),
    "months": N_("Months"),
}

SCOPE = {
    "all_belgian_ports": N_("All Belgian ports"),
    "listed": N_("The places listed"),
}

GROUND = {
    "drugs_law": N_("Drugs law"),
    "other_offence": N_("Another offence"),
}

MATCH_CLASS = {
    "identity_number": N_("Identity number"),
    "document": N_("Document"),
    "name_birth": N_("Name and birth: a gate only says to verify"),
}

STANDING = {
    "suspended": N_("Suspended"),
    "lifted": N_("Lifted"),
    "annulled": N_("Annulled"),
}

DOCUMENT = {
    "passport": N_("Passport"),
    "id_card": N_("Identity card"),
    "residence": N_("Residence permit"),
}

ANSWERED = {
    "acknowledged": N_("Acknowledged"),
    "late": N_("Acknowledged, late"),
    "earlier": N_("Acknowledged the version before; this one not yet"),
    "not_yet": N_("No answer yet"),
    "overdue": N_("No answer, overdue"),
}

ADOPTION = {
    "adopted": N_("Taken up"),
    "tried": N_("Tried"),
    "rejected": N_("Not taken up"),
}

FIELD = {
    "goods": N_("Goods"),
    "mass_kg": N_("Mass"),
    "roles": N_("Roles in it"),
    "part": N_("Part in it"),
    "informed": N_("Informed"),
    "judicial": N_("Part of a judicial investigation"),
    "linked": N_("Linked records"),
    "area": N_("Area"),
    "applies_to": N_("Applies to"),
    "isps": N_("ISPS references"),
    "effort": N_("Effort"),
    "cost_class": N_("Cost class"),
    "translations": N_("Translation"),
    "machine": N_("Made by a machine"),
    "authority": N_("Court"),
    "decision_ref": N_("Decision"),
    "decided_on": N_("Decided on"),
    "family_name": N_("Family name"),
    "given_names": N_("Given names"),
    "birth_date": N_("Born on"),
    "nationality": N_("Nationality"),
    "document": N_("Document"),
    "country": N_("Country"),
    "number": N_("Number"),
    "scope": N_("Where it holds"),
    "scope_places": N_("Places listed"),
    "from": N_("From"),
    "until": N_("Until"),
    "exceptions": N_("Exceptions"),
    "ground": N_("Ground"),
    "notified_on": N_("Told to the person on"),
    "match_class": N_("How it is matched"),
    "standing": N_("Standing"),
    "standing_ref": N_("Reference of that"),
    "aigis_ref": N_("AIGIS reference"),
    "about": N_("About which record"),
    "adoption": N_("Taken up or not"),
    "request": N_("Request"),
    "given": N_("Record that is given"),
    "match": N_("How it is matched"),
    "subject_category": N_("What persons are in it"),
    "reliability": N_("Reliability of the source"),
    "credibility": N_("Credibility"),
    "external_ref": N_("External reference"),
    "non_attribution": N_("Do not name us"),
    "change_reason": N_("Why it changes"),
    "version": N_("Version read"),
    "at": N_("How the place is given"),
    "lat": N_("Latitude in degrees"),
    "lon": N_("Longitude in degrees"),
    "radius_m": N_("Radius in metres"),
    "accuracy_m": N_("Accuracy in metres"),
    "corners": N_("Corners"),
}

ERROR = {
    "too_many": N_("At most %(limit)s."),
    "number": N_("Give a number."),
    "number_high": N_("At most %(limit)s."),
    "number_low": N_("At least %(limit)s."),
    "subject": N_("Not a value of this type: %(words)s."),
    "unlocode": N_("Neither the name of a place nor a UN/LOCODE such as BEANR."),
    "facility": N_("Not the number of a facility, such as BEANR-0123."),
    "corners": N_("Each line is one corner, as in 51.2921, 4.2844."),
    "record": N_("No record here that you may read has this address."),
    "line_record": N_("Line %(limit)s: no record here that you may read has this address."),
    "line_too_long": N_("Line %(limit)s is too long."),
    "line_control": N_("Line %(limit)s holds characters that cannot be shown; type it again."),
    "line_rule": N_("Line %(limit)s does not hold: %(words)s"),
}

TABLES = {
    "kind_about": KIND_ABOUT,
    "way": WAY,
    "field_hint": FIELD_HINT,
    "place_at": PLACE_AT,
    "yes_no": YES_NO,
    "reliability": RELIABILITY,
    "subject_category": SUBJECT_CATEGORY,
    "informed": INFORMED,
    "goods": GOODS,
    "part": PART,
    "match": MATCH,
    "area": AREA,
    "applies_to": APPLIES_TO,
    "effort": EFFORT,
    "scope": SCOPE,
    "ground": GROUND,
    "match_class": MATCH_CLASS,
    "standing": STANDING,
    "document": DOCUMENT,
    "answered": ANSWERED,
    "adoption": ADOPTION,
}
"""By the names that templates and `web/coded.py` use."""

RULES = (
    N_("needs severity extreme or severe"),
    N_("mass_kg or count, one of them"),
    N_("required when judicial: the prosecutor's reference"),
    N_("suspected, then confirmed, then closed or unfounded, and never back: a new record says more"),
    N_("lifted by a new record only"),
    N_("fuzzy_plate only for a plate"),
    N_("stays: another subject is another record"),
    N_("new ones, to extend it"),
    N_("at least 1 when seen"),
    N_("required when seen"),
    N_("0 when not_seen"),
    N_("at most 3 years ahead"),
    N_("one for each language, none in the record's own"),
    N_("required when scope is listed"),
    N_("required when match_class is document"),
    N_("after from"),
    N_("at most 20 years after from"),
    N_("not in the future"),
    N_("required for category adoption"),
    N_("only for category adoption"),
    N_("an imo, mmsi or eni number"),
    N_("at most 3 on the scale isps"),
    N_("areas or ships on the scale isps"),
    N_("required with isps level 3"),
    N_("required where persons are concerned"),
    N_("reliability and credibility: both or neither"),
    N_("standing and standing_ref: both or neither"),
    N_("after effective_from"),
    N_("after valid_from"),
    N_("not before occurred_from"),
    N_("not before first_seen"),
    N_("at most 90 days after valid_from"),
    N_("no value twice"),
    N_("in the register's list of UN/LOCODEs"),
    N_("a node in the register"),
    N_("a record that it names is not held here"),
    N_("names a record that is not in force any more"),
    N_("closed: the last point equal to the first"),
    N_("simple: no edge crosses or touches another"),
)
"""What kinds say against a record as a whole, in the words of `protocol/`, so that catalogues have them."""
