"""Words of what records say: kinds, codes of alerts, incidents, look-outs, levels."""

from __future__ import annotations

from web.languages import N_

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
STATEMENT = {"fact": N_("Fact: seen or measured"), "assessment": N_("Assessment: our judgement")}
REGIME = {
    "gdpr": N_("General data protection"),
    "led": N_("Law enforcement"),
    "intel": N_("Intelligence services"),
    "judicial": N_("Judicial"),
    "customs": N_("Customs"),
}
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

TABLES = {
    "severity": SEVERITY,
    "certainty": CERTAINTY,
    "urgency": URGENCY,
    "category": CATEGORY,
    "kind": KIND,
    "incident_type": INCIDENT_TYPE,
    "incident_status": INCIDENT_STATUS,
    "result": RESULT,
    "modality": MODALITY,
    "notice": NOTICE,
    "barrier": BARRIER,
    "scale": SCALE,
    "outcome": OUTCOME,
    "subject": SUBJECT,
    "lookout_reason": LOOKOUT_REASON,
    "on_hit": ON_HIT,
    "regime": REGIME,
    "statement": STATEMENT,
    "media_type": MEDIA_TYPE,
}
