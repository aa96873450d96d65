"""Words of what machines and the register call by a code: detectors, sensors and what they say, the engine of relations, methods of crime."""

from __future__ import annotations

from web.languages import N_

DETECTOR = {
    "ais_gap": N_("Ship that fell silent on AIS"),
    "impossible_speed": N_("Ship at an impossible speed"),
    "watch_list": N_("Look-outs that this node matches"),
    "handling": N_("Answer to a withdrawn alert"),
}
"""What raises drafts by itself, by the name that its configuration has."""
SENSOR = {"ais": N_("AIS receiver")}
SENSOR_SAYS = {
    "heard": N_("Is heard"),
    "silent": N_("Silent"),
    "not_open": N_("Not open"),
    "not_connected": N_("Not connected yet"),
    "closed": N_("The source closed the connection"),
    "no_answer": N_("The source does not answer"),
}
"""What a sensor says of itself (`node.sensor.Said`); another line of it is the system's, in English."""
OBSERVED = {
    "mmsi": "MMSI",
    "imo": "IMO",
    "ship_name": N_("Name"),
    "call_sign": N_("Call sign"),
    "ship_type": N_("Type of ship (AIS)"),
    "length_m": N_("Length (m)"),
    "beam_m": N_("Beam (m)"),
    "lat": N_("Latitude"),
    "lon": N_("Longitude"),
    "accuracy_m": N_("Accuracy (m)"),
    "ship_class": N_("Class of transponder"),
    "sog_kn": N_("Speed (kn)"),
    "cog_deg": N_("Course (°)"),
    "nav_status": N_("Navigational status (AIS)"),
    "station": N_("Station"),
    "silent_s": N_("Silent (s)"),
    "connected": N_("Connected"),
}
"""The fields of an observation behind an alert, as `node/observation.py` names them."""
RELATIONS = {
    "embedded": N_("This node itself"),
    "openfga": N_("An OpenFGA server, in order"),
    "openfga_away": N_("An OpenFGA server that gives no answer: what needs one is denied"),
}
"""What answers who may do what, and how it is: `EMBEDDED` of `node/engine.py`, `IN_ORDER` and `AWAY` of `node/relations_mirror.py`."""
METHOD = {
    "switch": N_("Switch: the goods go on in another container"),
    "rip_off": N_("Rip-off: hidden in the cargo of others"),
    "pin_fraud": N_("Pick-up with a stolen PIN code"),
    "insider": N_("Help of somebody who works there"),
    "drop_off": N_("Thrown overboard to be fished up"),
    "hull": N_("Hidden outside on the hull"),
    "false_papers": N_("False papers"),
    "stolen_identity": N_("Stolen name of a company"),
}
"""Methods of crime, by the codes of the register's list; one that a board adds is shown as its code."""
CREDIBILITY = {
    "1": N_("1: confirmed by others"),
    "2": N_("2: probably true"),
    "3": N_("3: possibly true"),
    "4": N_("4: doubtful"),
    "5": N_("5: improbable"),
    "6": N_("6: cannot be judged"),
}
COST_CLASS = {
    "1": N_("1: cheap"),
    "2": N_("2: below the middle"),
    "3": N_("3: in the middle"),
    "4": N_("4: above the middle"),
    "5": N_("5: expensive"),
}

TABLES = {
    "detector": DETECTOR,
    "sensor": SENSOR,
    "sensor_says": SENSOR_SAYS,
    "observed": OBSERVED,
    "relations": RELATIONS,
    "method": METHOD,
    "credibility": CREDIBILITY,
    "cost_class": COST_CLASS,
}
