from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Record(_message.Message):
    __slots__ = ("common", "alert", "incident", "indicator", "sighting", "best_practice", "port_ban", "notice", "audit", "modus_operandi", "security_level", "outcome", "request", "words", "approval")
    COMMON_FIELD_NUMBER: _ClassVar[int]
    ALERT_FIELD_NUMBER: _ClassVar[int]
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    INDICATOR_FIELD_NUMBER: _ClassVar[int]
    SIGHTING_FIELD_NUMBER: _ClassVar[int]
    BEST_PRACTICE_FIELD_NUMBER: _ClassVar[int]
    PORT_BAN_FIELD_NUMBER: _ClassVar[int]
    NOTICE_FIELD_NUMBER: _ClassVar[int]
    AUDIT_FIELD_NUMBER: _ClassVar[int]
    MODUS_OPERANDI_FIELD_NUMBER: _ClassVar[int]
    SECURITY_LEVEL_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    WORDS_FIELD_NUMBER: _ClassVar[int]
    APPROVAL_FIELD_NUMBER: _ClassVar[int]
    common: Common
    alert: Alert
    incident: Incident
    indicator: Indicator
    sighting: Sighting
    best_practice: BestPractice
    port_ban: PortBan
    notice: Notice
    audit: Audit
    modus_operandi: ModusOperandi
    security_level: SecurityLevel
    outcome: Outcome
    request: Request
    words: Words
    approval: Approval
    def __init__(self, common: _Optional[_Union[Common, _Mapping]] = ..., alert: _Optional[_Union[Alert, _Mapping]] = ..., incident: _Optional[_Union[Incident, _Mapping]] = ..., indicator: _Optional[_Union[Indicator, _Mapping]] = ..., sighting: _Optional[_Union[Sighting, _Mapping]] = ..., best_practice: _Optional[_Union[BestPractice, _Mapping]] = ..., port_ban: _Optional[_Union[PortBan, _Mapping]] = ..., notice: _Optional[_Union[Notice, _Mapping]] = ..., audit: _Optional[_Union[Audit, _Mapping]] = ..., modus_operandi: _Optional[_Union[ModusOperandi, _Mapping]] = ..., security_level: _Optional[_Union[SecurityLevel, _Mapping]] = ..., outcome: _Optional[_Union[Outcome, _Mapping]] = ..., request: _Optional[_Union[Request, _Mapping]] = ..., words: _Optional[_Union[Words, _Mapping]] = ..., approval: _Optional[_Union[Approval, _Mapping]] = ...) -> None: ...

class Common(_message.Message):
    __slots__ = ("kind", "lang", "title", "occurred_from", "occurred_to", "subjects", "places", "attachments", "reliability", "credibility", "derived_from", "external_ref", "regime", "controller", "legal_basis", "statement", "subject_category", "non_attribution", "change_reason")
    class Reliability(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        RELIABILITY_UNSPECIFIED: _ClassVar[Common.Reliability]
        RELIABILITY_A: _ClassVar[Common.Reliability]
        RELIABILITY_B: _ClassVar[Common.Reliability]
        RELIABILITY_C: _ClassVar[Common.Reliability]
        RELIABILITY_D: _ClassVar[Common.Reliability]
        RELIABILITY_E: _ClassVar[Common.Reliability]
        RELIABILITY_F: _ClassVar[Common.Reliability]
    RELIABILITY_UNSPECIFIED: Common.Reliability
    RELIABILITY_A: Common.Reliability
    RELIABILITY_B: Common.Reliability
    RELIABILITY_C: Common.Reliability
    RELIABILITY_D: Common.Reliability
    RELIABILITY_E: Common.Reliability
    RELIABILITY_F: Common.Reliability
    class Regime(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        REGIME_UNSPECIFIED: _ClassVar[Common.Regime]
        REGIME_GDPR: _ClassVar[Common.Regime]
        REGIME_LED: _ClassVar[Common.Regime]
        REGIME_INTEL: _ClassVar[Common.Regime]
        REGIME_JUDICIAL: _ClassVar[Common.Regime]
        REGIME_CUSTOMS: _ClassVar[Common.Regime]
    REGIME_UNSPECIFIED: Common.Regime
    REGIME_GDPR: Common.Regime
    REGIME_LED: Common.Regime
    REGIME_INTEL: Common.Regime
    REGIME_JUDICIAL: Common.Regime
    REGIME_CUSTOMS: Common.Regime
    class Statement(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATEMENT_UNSPECIFIED: _ClassVar[Common.Statement]
        STATEMENT_FACT: _ClassVar[Common.Statement]
        STATEMENT_ASSESSMENT: _ClassVar[Common.Statement]
    STATEMENT_UNSPECIFIED: Common.Statement
    STATEMENT_FACT: Common.Statement
    STATEMENT_ASSESSMENT: Common.Statement
    class SubjectCategory(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        SUBJECT_CATEGORY_UNSPECIFIED: _ClassVar[Common.SubjectCategory]
        SUBJECT_CATEGORY_SUSPECT: _ClassVar[Common.SubjectCategory]
        SUBJECT_CATEGORY_CONVICTED: _ClassVar[Common.SubjectCategory]
        SUBJECT_CATEGORY_VICTIM: _ClassVar[Common.SubjectCategory]
        SUBJECT_CATEGORY_WITNESS: _ClassVar[Common.SubjectCategory]
        SUBJECT_CATEGORY_CONTACT: _ClassVar[Common.SubjectCategory]
        SUBJECT_CATEGORY_OTHER: _ClassVar[Common.SubjectCategory]
    SUBJECT_CATEGORY_UNSPECIFIED: Common.SubjectCategory
    SUBJECT_CATEGORY_SUSPECT: Common.SubjectCategory
    SUBJECT_CATEGORY_CONVICTED: Common.SubjectCategory
    SUBJECT_CATEGORY_VICTIM: Common.SubjectCategory
    SUBJECT_CATEGORY_WITNESS: Common.SubjectCategory
    SUBJECT_CATEGORY_CONTACT: Common.SubjectCategory
    SUBJECT_CATEGORY_OTHER: Common.SubjectCategory
    KIND_FIELD_NUMBER: _ClassVar[int]
    LANG_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_FROM_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_TO_FIELD_NUMBER: _ClassVar[int]
    SUBJECTS_FIELD_NUMBER: _ClassVar[int]
    PLACES_FIELD_NUMBER: _ClassVar[int]
    ATTACHMENTS_FIELD_NUMBER: _ClassVar[int]
    RELIABILITY_FIELD_NUMBER: _ClassVar[int]
    CREDIBILITY_FIELD_NUMBER: _ClassVar[int]
    DERIVED_FROM_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_REF_FIELD_NUMBER: _ClassVar[int]
    REGIME_FIELD_NUMBER: _ClassVar[int]
    CONTROLLER_FIELD_NUMBER: _ClassVar[int]
    LEGAL_BASIS_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_CATEGORY_FIELD_NUMBER: _ClassVar[int]
    NON_ATTRIBUTION_FIELD_NUMBER: _ClassVar[int]
    CHANGE_REASON_FIELD_NUMBER: _ClassVar[int]
    kind: str
    lang: str
    title: str
    occurred_from: int
    occurred_to: int
    subjects: _containers.RepeatedCompositeFieldContainer[IndicatorValue]
    places: _containers.RepeatedCompositeFieldContainer[Place]
    attachments: _containers.RepeatedCompositeFieldContainer[Blob]
    reliability: Common.Reliability
    credibility: int
    derived_from: _containers.RepeatedCompositeFieldContainer[Ref]
    external_ref: str
    regime: Common.Regime
    controller: str
    legal_basis: str
    statement: Common.Statement
    subject_category: _containers.RepeatedScalarFieldContainer[Common.SubjectCategory]
    non_attribution: bool
    change_reason: str
    def __init__(self, kind: _Optional[str] = ..., lang: _Optional[str] = ..., title: _Optional[str] = ..., occurred_from: _Optional[int] = ..., occurred_to: _Optional[int] = ..., subjects: _Optional[_Iterable[_Union[IndicatorValue, _Mapping]]] = ..., places: _Optional[_Iterable[_Union[Place, _Mapping]]] = ..., attachments: _Optional[_Iterable[_Union[Blob, _Mapping]]] = ..., reliability: _Optional[_Union[Common.Reliability, str]] = ..., credibility: _Optional[int] = ..., derived_from: _Optional[_Iterable[_Union[Ref, _Mapping]]] = ..., external_ref: _Optional[str] = ..., regime: _Optional[_Union[Common.Regime, str]] = ..., controller: _Optional[str] = ..., legal_basis: _Optional[str] = ..., statement: _Optional[_Union[Common.Statement, str]] = ..., subject_category: _Optional[_Iterable[_Union[Common.SubjectCategory, str]]] = ..., non_attribution: _Optional[bool] = ..., change_reason: _Optional[str] = ...) -> None: ...

class IndicatorValue(_message.Message):
    __slots__ = ("type", "value")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    type: str
    value: str
    def __init__(self, type: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class Place(_message.Message):
    __slots__ = ("unlocode", "zone", "point", "circle", "polygon", "facility")
    UNLOCODE_FIELD_NUMBER: _ClassVar[int]
    ZONE_FIELD_NUMBER: _ClassVar[int]
    POINT_FIELD_NUMBER: _ClassVar[int]
    CIRCLE_FIELD_NUMBER: _ClassVar[int]
    POLYGON_FIELD_NUMBER: _ClassVar[int]
    FACILITY_FIELD_NUMBER: _ClassVar[int]
    unlocode: str
    zone: str
    point: Point
    circle: Circle
    polygon: Polygon
    facility: str
    def __init__(self, unlocode: _Optional[str] = ..., zone: _Optional[str] = ..., point: _Optional[_Union[Point, _Mapping]] = ..., circle: _Optional[_Union[Circle, _Mapping]] = ..., polygon: _Optional[_Union[Polygon, _Mapping]] = ..., facility: _Optional[str] = ...) -> None: ...

class Point(_message.Message):
    __slots__ = ("lat", "lon", "accuracy_m")
    LAT_FIELD_NUMBER: _ClassVar[int]
    LON_FIELD_NUMBER: _ClassVar[int]
    ACCURACY_M_FIELD_NUMBER: _ClassVar[int]
    lat: float
    lon: float
    accuracy_m: float
    def __init__(self, lat: _Optional[float] = ..., lon: _Optional[float] = ..., accuracy_m: _Optional[float] = ...) -> None: ...

class Circle(_message.Message):
    __slots__ = ("point", "radius_m")
    POINT_FIELD_NUMBER: _ClassVar[int]
    RADIUS_M_FIELD_NUMBER: _ClassVar[int]
    point: Point
    radius_m: float
    def __init__(self, point: _Optional[_Union[Point, _Mapping]] = ..., radius_m: _Optional[float] = ...) -> None: ...

class Polygon(_message.Message):
    __slots__ = ("points",)
    POINTS_FIELD_NUMBER: _ClassVar[int]
    points: _containers.RepeatedCompositeFieldContainer[Point]
    def __init__(self, points: _Optional[_Iterable[_Union[Point, _Mapping]]] = ...) -> None: ...

class Blob(_message.Message):
    __slots__ = ("sha256", "size", "media_type", "name")
    SHA256_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    MEDIA_TYPE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    sha256: bytes
    size: int
    media_type: str
    name: str
    def __init__(self, sha256: _Optional[bytes] = ..., size: _Optional[int] = ..., media_type: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class Ref(_message.Message):
    __slots__ = ("record_id", "feed")
    RECORD_ID_FIELD_NUMBER: _ClassVar[int]
    FEED_FIELD_NUMBER: _ClassVar[int]
    record_id: bytes
    feed: bytes
    def __init__(self, record_id: _Optional[bytes] = ..., feed: _Optional[bytes] = ...) -> None: ...

class Alert(_message.Message):
    __slots__ = ("category", "severity", "certainty", "urgency", "description", "action", "life_safety", "detector", "detector_version", "score", "explanation", "evidence")
    class Category(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        CATEGORY_UNSPECIFIED: _ClassVar[Alert.Category]
        CATEGORY_INTRUSION: _ClassVar[Alert.Category]
        CATEGORY_VESSEL_ANOMALY: _ClassVar[Alert.Category]
        CATEGORY_ACCESS_ANOMALY: _ClassVar[Alert.Category]
        CATEGORY_VEHICLE: _ClassVar[Alert.Category]
        CATEGORY_CARGO: _ClassVar[Alert.Category]
        CATEGORY_DRONE: _ClassVar[Alert.Category]
        CATEGORY_CYBER: _ClassVar[Alert.Category]
        CATEGORY_PERSON: _ClassVar[Alert.Category]
        CATEGORY_THREAT: _ClassVar[Alert.Category]
        CATEGORY_OTHER: _ClassVar[Alert.Category]
    CATEGORY_UNSPECIFIED: Alert.Category
    CATEGORY_INTRUSION: Alert.Category
    CATEGORY_VESSEL_ANOMALY: Alert.Category
    CATEGORY_ACCESS_ANOMALY: Alert.Category
    CATEGORY_VEHICLE: Alert.Category
    CATEGORY_CARGO: Alert.Category
    CATEGORY_DRONE: Alert.Category
    CATEGORY_CYBER: Alert.Category
    CATEGORY_PERSON: Alert.Category
    CATEGORY_THREAT: Alert.Category
    CATEGORY_OTHER: Alert.Category
    class Severity(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        SEVERITY_UNSPECIFIED: _ClassVar[Alert.Severity]
        SEVERITY_EXTREME: _ClassVar[Alert.Severity]
        SEVERITY_SEVERE: _ClassVar[Alert.Severity]
        SEVERITY_MODERATE: _ClassVar[Alert.Severity]
        SEVERITY_MINOR: _ClassVar[Alert.Severity]
        SEVERITY_UNKNOWN: _ClassVar[Alert.Severity]
    SEVERITY_UNSPECIFIED: Alert.Severity
    SEVERITY_EXTREME: Alert.Severity
    SEVERITY_SEVERE: Alert.Severity
    SEVERITY_MODERATE: Alert.Severity
    SEVERITY_MINOR: Alert.Severity
    SEVERITY_UNKNOWN: Alert.Severity
    class Certainty(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        CERTAINTY_UNSPECIFIED: _ClassVar[Alert.Certainty]
        CERTAINTY_OBSERVED: _ClassVar[Alert.Certainty]
        CERTAINTY_LIKELY: _ClassVar[Alert.Certainty]
        CERTAINTY_POSSIBLE: _ClassVar[Alert.Certainty]
        CERTAINTY_UNLIKELY: _ClassVar[Alert.Certainty]
        CERTAINTY_UNKNOWN: _ClassVar[Alert.Certainty]
    CERTAINTY_UNSPECIFIED: Alert.Certainty
    CERTAINTY_OBSERVED: Alert.Certainty
    CERTAINTY_LIKELY: Alert.Certainty
    CERTAINTY_POSSIBLE: Alert.Certainty
    CERTAINTY_UNLIKELY: Alert.Certainty
    CERTAINTY_UNKNOWN: Alert.Certainty
    class Urgency(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        URGENCY_UNSPECIFIED: _ClassVar[Alert.Urgency]
        URGENCY_IMMEDIATE: _ClassVar[Alert.Urgency]
        URGENCY_EXPECTED: _ClassVar[Alert.Urgency]
        URGENCY_FUTURE: _ClassVar[Alert.Urgency]
        URGENCY_PAST: _ClassVar[Alert.Urgency]
        URGENCY_UNKNOWN: _ClassVar[Alert.Urgency]
    URGENCY_UNSPECIFIED: Alert.Urgency
    URGENCY_IMMEDIATE: Alert.Urgency
    URGENCY_EXPECTED: Alert.Urgency
    URGENCY_FUTURE: Alert.Urgency
    URGENCY_PAST: Alert.Urgency
    URGENCY_UNKNOWN: Alert.Urgency
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    CERTAINTY_FIELD_NUMBER: _ClassVar[int]
    URGENCY_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    LIFE_SAFETY_FIELD_NUMBER: _ClassVar[int]
    DETECTOR_FIELD_NUMBER: _ClassVar[int]
    DETECTOR_VERSION_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    category: Alert.Category
    severity: Alert.Severity
    certainty: Alert.Certainty
    urgency: Alert.Urgency
    description: str
    action: str
    life_safety: bool
    detector: str
    detector_version: str
    score: float
    explanation: _containers.RepeatedScalarFieldContainer[str]
    evidence: _containers.RepeatedCompositeFieldContainer[Observation]
    def __init__(self, category: _Optional[_Union[Alert.Category, str]] = ..., severity: _Optional[_Union[Alert.Severity, str]] = ..., certainty: _Optional[_Union[Alert.Certainty, str]] = ..., urgency: _Optional[_Union[Alert.Urgency, str]] = ..., description: _Optional[str] = ..., action: _Optional[str] = ..., life_safety: _Optional[bool] = ..., detector: _Optional[str] = ..., detector_version: _Optional[str] = ..., score: _Optional[float] = ..., explanation: _Optional[_Iterable[str]] = ..., evidence: _Optional[_Iterable[_Union[Observation, _Mapping]]] = ...) -> None: ...

class Observation(_message.Message):
    __slots__ = ("type", "sensor", "at", "fields")
    class FieldsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    TYPE_FIELD_NUMBER: _ClassVar[int]
    SENSOR_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    type: str
    sensor: str
    at: int
    fields: _containers.ScalarMap[str, str]
    def __init__(self, type: _Optional[str] = ..., sensor: _Optional[str] = ..., at: _Optional[int] = ..., fields: _Optional[_Mapping[str, str]] = ...) -> None: ...

class Incident(_message.Message):
    __slots__ = ("type", "status", "narrative", "modus_operandi", "goods", "roles", "persons_involved", "informed", "judicial", "lessons", "linked")
    class Type(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        TYPE_UNSPECIFIED: _ClassVar[Incident.Type]
        TYPE_DRUG_FIND: _ClassVar[Incident.Type]
        TYPE_EXTRACTION_TEAM: _ClassVar[Incident.Type]
        TYPE_STOWAWAY: _ClassVar[Incident.Type]
        TYPE_TRAFFICKING: _ClassVar[Incident.Type]
        TYPE_THEFT: _ClassVar[Incident.Type]
        TYPE_INTRUSION: _ClassVar[Incident.Type]
        TYPE_BRIBERY_THREAT: _ClassVar[Incident.Type]
        TYPE_CYBER: _ClassVar[Incident.Type]
        TYPE_SABOTAGE: _ClassVar[Incident.Type]
        TYPE_ARMS: _ClassVar[Incident.Type]
        TYPE_OTHER: _ClassVar[Incident.Type]
    TYPE_UNSPECIFIED: Incident.Type
    TYPE_DRUG_FIND: Incident.Type
    TYPE_EXTRACTION_TEAM: Incident.Type
    TYPE_STOWAWAY: Incident.Type
    TYPE_TRAFFICKING: Incident.Type
    TYPE_THEFT: Incident.Type
    TYPE_INTRUSION: Incident.Type
    TYPE_BRIBERY_THREAT: Incident.Type
    TYPE_CYBER: Incident.Type
    TYPE_SABOTAGE: Incident.Type
    TYPE_ARMS: Incident.Type
    TYPE_OTHER: Incident.Type
    class Status(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATUS_UNSPECIFIED: _ClassVar[Incident.Status]
        STATUS_SUSPECTED: _ClassVar[Incident.Status]
        STATUS_CONFIRMED: _ClassVar[Incident.Status]
        STATUS_CLOSED: _ClassVar[Incident.Status]
        STATUS_UNFOUNDED: _ClassVar[Incident.Status]
    STATUS_UNSPECIFIED: Incident.Status
    STATUS_SUSPECTED: Incident.Status
    STATUS_CONFIRMED: Incident.Status
    STATUS_CLOSED: Incident.Status
    STATUS_UNFOUNDED: Incident.Status
    class Informed(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        INFORMED_UNSPECIFIED: _ClassVar[Incident.Informed]
        INFORMED_WATERWAY_POLICE: _ClassVar[Incident.Informed]
        INFORMED_CUSTOMS: _ClassVar[Incident.Informed]
        INFORMED_FEDERAL_POLICE: _ClassVar[Incident.Informed]
        INFORMED_LOCAL_POLICE: _ClassVar[Incident.Informed]
        INFORMED_PUBLIC_PROSECUTOR: _ClassVar[Incident.Informed]
        INFORMED_NCCN: _ClassVar[Incident.Informed]
        INFORMED_PFSO: _ClassVar[Incident.Informed]
        INFORMED_LCMB: _ClassVar[Incident.Informed]
        INFORMED_CMB: _ClassVar[Incident.Informed]
        INFORMED_NAMB: _ClassVar[Incident.Informed]
    INFORMED_UNSPECIFIED: Incident.Informed
    INFORMED_WATERWAY_POLICE: Incident.Informed
    INFORMED_CUSTOMS: Incident.Informed
    INFORMED_FEDERAL_POLICE: Incident.Informed
    INFORMED_LOCAL_POLICE: Incident.Informed
    INFORMED_PUBLIC_PROSECUTOR: Incident.Informed
    INFORMED_NCCN: Incident.Informed
    INFORMED_PFSO: Incident.Informed
    INFORMED_LCMB: Incident.Informed
    INFORMED_CMB: Incident.Informed
    INFORMED_NAMB: Incident.Informed
    TYPE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    NARRATIVE_FIELD_NUMBER: _ClassVar[int]
    MODUS_OPERANDI_FIELD_NUMBER: _ClassVar[int]
    GOODS_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    PERSONS_INVOLVED_FIELD_NUMBER: _ClassVar[int]
    INFORMED_FIELD_NUMBER: _ClassVar[int]
    JUDICIAL_FIELD_NUMBER: _ClassVar[int]
    LESSONS_FIELD_NUMBER: _ClassVar[int]
    LINKED_FIELD_NUMBER: _ClassVar[int]
    type: Incident.Type
    status: Incident.Status
    narrative: str
    modus_operandi: _containers.RepeatedScalarFieldContainer[str]
    goods: _containers.RepeatedCompositeFieldContainer[Goods]
    roles: _containers.RepeatedCompositeFieldContainer[Role]
    persons_involved: int
    informed: _containers.RepeatedScalarFieldContainer[Incident.Informed]
    judicial: bool
    lessons: str
    linked: _containers.RepeatedCompositeFieldContainer[Ref]
    def __init__(self, type: _Optional[_Union[Incident.Type, str]] = ..., status: _Optional[_Union[Incident.Status, str]] = ..., narrative: _Optional[str] = ..., modus_operandi: _Optional[_Iterable[str]] = ..., goods: _Optional[_Iterable[_Union[Goods, _Mapping]]] = ..., roles: _Optional[_Iterable[_Union[Role, _Mapping]]] = ..., persons_involved: _Optional[int] = ..., informed: _Optional[_Iterable[_Union[Incident.Informed, str]]] = ..., judicial: _Optional[bool] = ..., lessons: _Optional[str] = ..., linked: _Optional[_Iterable[_Union[Ref, _Mapping]]] = ...) -> None: ...

class Goods(_message.Message):
    __slots__ = ("type", "mass_kg", "count")
    class Type(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        TYPE_UNSPECIFIED: _ClassVar[Goods.Type]
        TYPE_COCAINE: _ClassVar[Goods.Type]
        TYPE_HEROIN: _ClassVar[Goods.Type]
        TYPE_CANNABIS: _ClassVar[Goods.Type]
        TYPE_SYNTHETIC_DRUGS: _ClassVar[Goods.Type]
        TYPE_PRECURSORS: _ClassVar[Goods.Type]
        TYPE_TOBACCO: _ClassVar[Goods.Type]
        TYPE_ARMS: _ClassVar[Goods.Type]
        TYPE_EXPLOSIVES: _ClassVar[Goods.Type]
        TYPE_CASH: _ClassVar[Goods.Type]
        TYPE_COUNTERFEIT: _ClassVar[Goods.Type]
        TYPE_OTHER: _ClassVar[Goods.Type]
    TYPE_UNSPECIFIED: Goods.Type
    TYPE_COCAINE: Goods.Type
    TYPE_HEROIN: Goods.Type
    TYPE_CANNABIS: Goods.Type
    TYPE_SYNTHETIC_DRUGS: Goods.Type
    TYPE_PRECURSORS: Goods.Type
    TYPE_TOBACCO: Goods.Type
    TYPE_ARMS: Goods.Type
    TYPE_EXPLOSIVES: Goods.Type
    TYPE_CASH: Goods.Type
    TYPE_COUNTERFEIT: Goods.Type
    TYPE_OTHER: Goods.Type
    TYPE_FIELD_NUMBER: _ClassVar[int]
    MASS_KG_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    type: Goods.Type
    mass_kg: float
    count: int
    def __init__(self, type: _Optional[_Union[Goods.Type, str]] = ..., mass_kg: _Optional[float] = ..., count: _Optional[int] = ...) -> None: ...

class Role(_message.Message):
    __slots__ = ("value", "part")
    class Part(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        PART_UNSPECIFIED: _ClassVar[Role.Part]
        PART_VEHICLE: _ClassVar[Role.Part]
        PART_COMPANY: _ClassVar[Role.Part]
        PART_VESSEL: _ClassVar[Role.Part]
        PART_TARGET: _ClassVar[Role.Part]
    PART_UNSPECIFIED: Role.Part
    PART_VEHICLE: Role.Part
    PART_COMPANY: Role.Part
    PART_VESSEL: Role.Part
    PART_TARGET: Role.Part
    VALUE_FIELD_NUMBER: _ClassVar[int]
    PART_FIELD_NUMBER: _ClassVar[int]
    value: IndicatorValue
    part: Role.Part
    def __init__(self, value: _Optional[_Union[IndicatorValue, _Mapping]] = ..., part: _Optional[_Union[Role.Part, str]] = ...) -> None: ...

class Indicator(_message.Message):
    __slots__ = ("value", "reason", "grounds", "on_hit", "contact", "do_not", "valid_from", "valid_until", "match", "owner")
    class Reason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        REASON_UNSPECIFIED: _ClassVar[Indicator.Reason]
        REASON_STOLEN: _ClassVar[Indicator.Reason]
        REASON_CLONED: _ClassVar[Indicator.Reason]
        REASON_SCOUTING: _ClassVar[Indicator.Reason]
        REASON_INCIDENT: _ClassVar[Indicator.Reason]
        REASON_WRONG_PICKUP: _ClassVar[Indicator.Reason]
        REASON_SPOOFING: _ClassVar[Indicator.Reason]
        REASON_OTHER: _ClassVar[Indicator.Reason]
    REASON_UNSPECIFIED: Indicator.Reason
    REASON_STOLEN: Indicator.Reason
    REASON_CLONED: Indicator.Reason
    REASON_SCOUTING: Indicator.Reason
    REASON_INCIDENT: Indicator.Reason
    REASON_WRONG_PICKUP: Indicator.Reason
    REASON_SPOOFING: Indicator.Reason
    REASON_OTHER: Indicator.Reason
    class OnHit(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        ON_HIT_UNSPECIFIED: _ClassVar[Indicator.OnHit]
        ON_HIT_CALL: _ClassVar[Indicator.OnHit]
        ON_HIT_OBSERVE: _ClassVar[Indicator.OnHit]
        ON_HIT_STOP_ONLY_BY_POLICE: _ClassVar[Indicator.OnHit]
        ON_HIT_SILENT: _ClassVar[Indicator.OnHit]
    ON_HIT_UNSPECIFIED: Indicator.OnHit
    ON_HIT_CALL: Indicator.OnHit
    ON_HIT_OBSERVE: Indicator.OnHit
    ON_HIT_STOP_ONLY_BY_POLICE: Indicator.OnHit
    ON_HIT_SILENT: Indicator.OnHit
    class Match(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        MATCH_UNSPECIFIED: _ClassVar[Indicator.Match]
        MATCH_EXACT: _ClassVar[Indicator.Match]
        MATCH_FUZZY_PLATE: _ClassVar[Indicator.Match]
    MATCH_UNSPECIFIED: Indicator.Match
    MATCH_EXACT: Indicator.Match
    MATCH_FUZZY_PLATE: Indicator.Match
    VALUE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    GROUNDS_FIELD_NUMBER: _ClassVar[int]
    ON_HIT_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    DO_NOT_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    MATCH_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    value: IndicatorValue
    reason: Indicator.Reason
    grounds: str
    on_hit: Indicator.OnHit
    contact: str
    do_not: str
    valid_from: int
    valid_until: int
    match: Indicator.Match
    owner: str
    def __init__(self, value: _Optional[_Union[IndicatorValue, _Mapping]] = ..., reason: _Optional[_Union[Indicator.Reason, str]] = ..., grounds: _Optional[str] = ..., on_hit: _Optional[_Union[Indicator.OnHit, str]] = ..., contact: _Optional[str] = ..., do_not: _Optional[str] = ..., valid_from: _Optional[int] = ..., valid_until: _Optional[int] = ..., match: _Optional[_Union[Indicator.Match, str]] = ..., owner: _Optional[str] = ...) -> None: ...

class Sighting(_message.Message):
    __slots__ = ("indicator", "result", "count", "first_seen", "last_seen", "modality", "quality", "where")
    class Result(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        RESULT_UNSPECIFIED: _ClassVar[Sighting.Result]
        RESULT_SEEN: _ClassVar[Sighting.Result]
        RESULT_NOT_SEEN: _ClassVar[Sighting.Result]
    RESULT_UNSPECIFIED: Sighting.Result
    RESULT_SEEN: Sighting.Result
    RESULT_NOT_SEEN: Sighting.Result
    class Modality(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        MODALITY_UNSPECIFIED: _ClassVar[Sighting.Modality]
        MODALITY_AIS: _ClassVar[Sighting.Modality]
        MODALITY_ANPR: _ClassVar[Sighting.Modality]
        MODALITY_CAMERA: _ClassVar[Sighting.Modality]
        MODALITY_BADGE: _ClassVar[Sighting.Modality]
        MODALITY_RADAR: _ClassVar[Sighting.Modality]
        MODALITY_RF: _ClassVar[Sighting.Modality]
        MODALITY_GATE: _ClassVar[Sighting.Modality]
        MODALITY_DOCUMENT: _ClassVar[Sighting.Modality]
        MODALITY_HUMAN: _ClassVar[Sighting.Modality]
    MODALITY_UNSPECIFIED: Sighting.Modality
    MODALITY_AIS: Sighting.Modality
    MODALITY_ANPR: Sighting.Modality
    MODALITY_CAMERA: Sighting.Modality
    MODALITY_BADGE: Sighting.Modality
    MODALITY_RADAR: Sighting.Modality
    MODALITY_RF: Sighting.Modality
    MODALITY_GATE: Sighting.Modality
    MODALITY_DOCUMENT: Sighting.Modality
    MODALITY_HUMAN: Sighting.Modality
    INDICATOR_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    FIRST_SEEN_FIELD_NUMBER: _ClassVar[int]
    LAST_SEEN_FIELD_NUMBER: _ClassVar[int]
    MODALITY_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    WHERE_FIELD_NUMBER: _ClassVar[int]
    indicator: Ref
    result: Sighting.Result
    count: int
    first_seen: int
    last_seen: int
    modality: Sighting.Modality
    quality: float
    where: Place
    def __init__(self, indicator: _Optional[_Union[Ref, _Mapping]] = ..., result: _Optional[_Union[Sighting.Result, str]] = ..., count: _Optional[int] = ..., first_seen: _Optional[int] = ..., last_seen: _Optional[int] = ..., modality: _Optional[_Union[Sighting.Modality, str]] = ..., quality: _Optional[float] = ..., where: _Optional[_Union[Place, _Mapping]] = ...) -> None: ...

class BestPractice(_message.Message):
    __slots__ = ("summary", "area", "problem", "measure", "effect", "applies_to", "isps", "effort", "cost_class", "contact", "translations", "review_by", "barrier")
    class Area(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        AREA_UNSPECIFIED: _ClassVar[BestPractice.Area]
        AREA_PERIMETER: _ClassVar[BestPractice.Area]
        AREA_ACCESS: _ClassVar[BestPractice.Area]
        AREA_IDENTITY: _ClassVar[BestPractice.Area]
        AREA_CCTV: _ClassVar[BestPractice.Area]
        AREA_AIS_VTS: _ClassVar[BestPractice.Area]
        AREA_CARGO_RELEASE: _ClassVar[BestPractice.Area]
        AREA_CYBER: _ClassVar[BestPractice.Area]
        AREA_AWARENESS: _ClassVar[BestPractice.Area]
        AREA_RECRUITMENT: _ClassVar[BestPractice.Area]
        AREA_EXERCISE: _ClassVar[BestPractice.Area]
        AREA_INSPECTION: _ClassVar[BestPractice.Area]
        AREA_CPTED: _ClassVar[BestPractice.Area]
        AREA_COOPERATION: _ClassVar[BestPractice.Area]
        AREA_LEGAL: _ClassVar[BestPractice.Area]
    AREA_UNSPECIFIED: BestPractice.Area
    AREA_PERIMETER: BestPractice.Area
    AREA_ACCESS: BestPractice.Area
    AREA_IDENTITY: BestPractice.Area
    AREA_CCTV: BestPractice.Area
    AREA_AIS_VTS: BestPractice.Area
    AREA_CARGO_RELEASE: BestPractice.Area
    AREA_CYBER: BestPractice.Area
    AREA_AWARENESS: BestPractice.Area
    AREA_RECRUITMENT: BestPractice.Area
    AREA_EXERCISE: BestPractice.Area
    AREA_INSPECTION: BestPractice.Area
    AREA_CPTED: BestPractice.Area
    AREA_COOPERATION: BestPractice.Area
    AREA_LEGAL: BestPractice.Area
    class AppliesTo(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        APPLIES_TO_UNSPECIFIED: _ClassVar[BestPractice.AppliesTo]
        APPLIES_TO_SEAPORT: _ClassVar[BestPractice.AppliesTo]
        APPLIES_TO_INLAND_PORT: _ClassVar[BestPractice.AppliesTo]
        APPLIES_TO_TERMINAL: _ClassVar[BestPractice.AppliesTo]
        APPLIES_TO_LOCK: _ClassVar[BestPractice.AppliesTo]
        APPLIES_TO_CRUISE: _ClassVar[BestPractice.AppliesTo]
        APPLIES_TO_BARGE: _ClassVar[BestPractice.AppliesTo]
        APPLIES_TO_COMPANY: _ClassVar[BestPractice.AppliesTo]
    APPLIES_TO_UNSPECIFIED: BestPractice.AppliesTo
    APPLIES_TO_SEAPORT: BestPractice.AppliesTo
    APPLIES_TO_INLAND_PORT: BestPractice.AppliesTo
    APPLIES_TO_TERMINAL: BestPractice.AppliesTo
    APPLIES_TO_LOCK: BestPractice.AppliesTo
    APPLIES_TO_CRUISE: BestPractice.AppliesTo
    APPLIES_TO_BARGE: BestPractice.AppliesTo
    APPLIES_TO_COMPANY: BestPractice.AppliesTo
    class Effort(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        EFFORT_UNSPECIFIED: _ClassVar[BestPractice.Effort]
        EFFORT_DAYS: _ClassVar[BestPractice.Effort]
        EFFORT_WEEKS: _ClassVar[BestPractice.Effort]
        EFFORT_MONTHS: _ClassVar[BestPractice.Effort]
    EFFORT_UNSPECIFIED: BestPractice.Effort
    EFFORT_DAYS: BestPractice.Effort
    EFFORT_WEEKS: BestPractice.Effort
    EFFORT_MONTHS: BestPractice.Effort
    class Barrier(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        BARRIER_UNSPECIFIED: _ClassVar[BestPractice.Barrier]
        BARRIER_DIRECT: _ClassVar[BestPractice.Barrier]
        BARRIER_INDIRECT: _ClassVar[BestPractice.Barrier]
    BARRIER_UNSPECIFIED: BestPractice.Barrier
    BARRIER_DIRECT: BestPractice.Barrier
    BARRIER_INDIRECT: BestPractice.Barrier
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    AREA_FIELD_NUMBER: _ClassVar[int]
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    MEASURE_FIELD_NUMBER: _ClassVar[int]
    EFFECT_FIELD_NUMBER: _ClassVar[int]
    APPLIES_TO_FIELD_NUMBER: _ClassVar[int]
    ISPS_FIELD_NUMBER: _ClassVar[int]
    EFFORT_FIELD_NUMBER: _ClassVar[int]
    COST_CLASS_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    TRANSLATIONS_FIELD_NUMBER: _ClassVar[int]
    REVIEW_BY_FIELD_NUMBER: _ClassVar[int]
    BARRIER_FIELD_NUMBER: _ClassVar[int]
    summary: str
    area: _containers.RepeatedScalarFieldContainer[BestPractice.Area]
    problem: str
    measure: str
    effect: str
    applies_to: _containers.RepeatedScalarFieldContainer[BestPractice.AppliesTo]
    isps: _containers.RepeatedScalarFieldContainer[str]
    effort: BestPractice.Effort
    cost_class: int
    contact: str
    translations: _containers.RepeatedCompositeFieldContainer[Translation]
    review_by: int
    barrier: BestPractice.Barrier
    def __init__(self, summary: _Optional[str] = ..., area: _Optional[_Iterable[_Union[BestPractice.Area, str]]] = ..., problem: _Optional[str] = ..., measure: _Optional[str] = ..., effect: _Optional[str] = ..., applies_to: _Optional[_Iterable[_Union[BestPractice.AppliesTo, str]]] = ..., isps: _Optional[_Iterable[str]] = ..., effort: _Optional[_Union[BestPractice.Effort, str]] = ..., cost_class: _Optional[int] = ..., contact: _Optional[str] = ..., translations: _Optional[_Iterable[_Union[Translation, _Mapping]]] = ..., review_by: _Optional[int] = ..., barrier: _Optional[_Union[BestPractice.Barrier, str]] = ...) -> None: ...

class Translation(_message.Message):
    __slots__ = ("lang", "machine", "title", "summary", "problem", "measure", "effect")
    LANG_FIELD_NUMBER: _ClassVar[int]
    MACHINE_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    MEASURE_FIELD_NUMBER: _ClassVar[int]
    EFFECT_FIELD_NUMBER: _ClassVar[int]
    lang: str
    machine: bool
    title: str
    summary: str
    problem: str
    measure: str
    effect: str
    def __init__(self, lang: _Optional[str] = ..., machine: _Optional[bool] = ..., title: _Optional[str] = ..., summary: _Optional[str] = ..., problem: _Optional[str] = ..., measure: _Optional[str] = ..., effect: _Optional[str] = ...) -> None: ...

class PortBan(_message.Message):
    __slots__ = ("aigis_ref", "authority", "decision_ref", "decided_on", "family_name", "given_names", "birth_date", "nationality", "document", "person_tokens", "photo", "scope", "scope_places", "until", "exceptions", "ground", "notified_on", "match_class", "standing", "standing_ref")
    class Scope(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        SCOPE_UNSPECIFIED: _ClassVar[PortBan.Scope]
        SCOPE_ALL_BELGIAN_PORTS: _ClassVar[PortBan.Scope]
        SCOPE_LISTED: _ClassVar[PortBan.Scope]
    SCOPE_UNSPECIFIED: PortBan.Scope
    SCOPE_ALL_BELGIAN_PORTS: PortBan.Scope
    SCOPE_LISTED: PortBan.Scope
    class Ground(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        GROUND_UNSPECIFIED: _ClassVar[PortBan.Ground]
        GROUND_DRUGS_LAW: _ClassVar[PortBan.Ground]
        GROUND_OTHER_OFFENCE: _ClassVar[PortBan.Ground]
    GROUND_UNSPECIFIED: PortBan.Ground
    GROUND_DRUGS_LAW: PortBan.Ground
    GROUND_OTHER_OFFENCE: PortBan.Ground
    class MatchClass(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        MATCH_CLASS_UNSPECIFIED: _ClassVar[PortBan.MatchClass]
        MATCH_CLASS_IDENTITY_NUMBER: _ClassVar[PortBan.MatchClass]
        MATCH_CLASS_DOCUMENT: _ClassVar[PortBan.MatchClass]
        MATCH_CLASS_NAME_BIRTH: _ClassVar[PortBan.MatchClass]
    MATCH_CLASS_UNSPECIFIED: PortBan.MatchClass
    MATCH_CLASS_IDENTITY_NUMBER: PortBan.MatchClass
    MATCH_CLASS_DOCUMENT: PortBan.MatchClass
    MATCH_CLASS_NAME_BIRTH: PortBan.MatchClass
    class Standing(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STANDING_UNSPECIFIED: _ClassVar[PortBan.Standing]
        STANDING_SUSPENDED: _ClassVar[PortBan.Standing]
        STANDING_LIFTED: _ClassVar[PortBan.Standing]
        STANDING_ANNULLED: _ClassVar[PortBan.Standing]
    STANDING_UNSPECIFIED: PortBan.Standing
    STANDING_SUSPENDED: PortBan.Standing
    STANDING_LIFTED: PortBan.Standing
    STANDING_ANNULLED: PortBan.Standing
    AIGIS_REF_FIELD_NUMBER: _ClassVar[int]
    AUTHORITY_FIELD_NUMBER: _ClassVar[int]
    DECISION_REF_FIELD_NUMBER: _ClassVar[int]
    DECIDED_ON_FIELD_NUMBER: _ClassVar[int]
    FAMILY_NAME_FIELD_NUMBER: _ClassVar[int]
    GIVEN_NAMES_FIELD_NUMBER: _ClassVar[int]
    BIRTH_DATE_FIELD_NUMBER: _ClassVar[int]
    NATIONALITY_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    PERSON_TOKENS_FIELD_NUMBER: _ClassVar[int]
    PHOTO_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    SCOPE_PLACES_FIELD_NUMBER: _ClassVar[int]
    FROM_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    EXCEPTIONS_FIELD_NUMBER: _ClassVar[int]
    GROUND_FIELD_NUMBER: _ClassVar[int]
    NOTIFIED_ON_FIELD_NUMBER: _ClassVar[int]
    MATCH_CLASS_FIELD_NUMBER: _ClassVar[int]
    STANDING_FIELD_NUMBER: _ClassVar[int]
    STANDING_REF_FIELD_NUMBER: _ClassVar[int]
    aigis_ref: str
    authority: str
    decision_ref: str
    decided_on: str
    family_name: str
    given_names: str
    birth_date: str
    nationality: _containers.RepeatedScalarFieldContainer[str]
    document: Document
    person_tokens: _containers.RepeatedScalarFieldContainer[bytes]
    photo: Blob
    scope: PortBan.Scope
    scope_places: _containers.RepeatedCompositeFieldContainer[Place]
    until: str
    exceptions: str
    ground: PortBan.Ground
    notified_on: str
    match_class: PortBan.MatchClass
    standing: PortBan.Standing
    standing_ref: str
    def __init__(self, aigis_ref: _Optional[str] = ..., authority: _Optional[str] = ..., decision_ref: _Optional[str] = ..., decided_on: _Optional[str] = ..., family_name: _Optional[str] = ..., given_names: _Optional[str] = ..., birth_date: _Optional[str] = ..., nationality: _Optional[_Iterable[str]] = ..., document: _Optional[_Union[Document, _Mapping]] = ..., person_tokens: _Optional[_Iterable[bytes]] = ..., photo: _Optional[_Union[Blob, _Mapping]] = ..., scope: _Optional[_Union[PortBan.Scope, str]] = ..., scope_places: _Optional[_Iterable[_Union[Place, _Mapping]]] = ..., until: _Optional[str] = ..., exceptions: _Optional[str] = ..., ground: _Optional[_Union[PortBan.Ground, str]] = ..., notified_on: _Optional[str] = ..., match_class: _Optional[_Union[PortBan.MatchClass, str]] = ..., standing: _Optional[_Union[PortBan.Standing, str]] = ..., standing_ref: _Optional[str] = ..., **kwargs) -> None: ...

class Document(_message.Message):
    __slots__ = ("type", "country", "number")
    class Type(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        TYPE_UNSPECIFIED: _ClassVar[Document.Type]
        TYPE_PASSPORT: _ClassVar[Document.Type]
        TYPE_ID_CARD: _ClassVar[Document.Type]
        TYPE_RESIDENCE: _ClassVar[Document.Type]
    TYPE_UNSPECIFIED: Document.Type
    TYPE_PASSPORT: Document.Type
    TYPE_ID_CARD: Document.Type
    TYPE_RESIDENCE: Document.Type
    TYPE_FIELD_NUMBER: _ClassVar[int]
    COUNTRY_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    type: Document.Type
    country: str
    number: str
    def __init__(self, type: _Optional[_Union[Document.Type, str]] = ..., country: _Optional[str] = ..., number: _Optional[str] = ...) -> None: ...

class Notice(_message.Message):
    __slots__ = ("category", "text", "about", "acknowledge_by", "effective_from", "effective_until", "adoption")
    class Category(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        CATEGORY_UNSPECIFIED: _ClassVar[Notice.Category]
        CATEGORY_INFORMATION: _ClassVar[Notice.Category]
        CATEGORY_MEETING: _ClassVar[Notice.Category]
        CATEGORY_EXERCISE: _ClassVar[Notice.Category]
        CATEGORY_ADOPTION: _ClassVar[Notice.Category]
        CATEGORY_WARNING: _ClassVar[Notice.Category]
    CATEGORY_UNSPECIFIED: Notice.Category
    CATEGORY_INFORMATION: Notice.Category
    CATEGORY_MEETING: Notice.Category
    CATEGORY_EXERCISE: Notice.Category
    CATEGORY_ADOPTION: Notice.Category
    CATEGORY_WARNING: Notice.Category
    class Adoption(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        ADOPTION_UNSPECIFIED: _ClassVar[Notice.Adoption]
        ADOPTION_ADOPTED: _ClassVar[Notice.Adoption]
        ADOPTION_TRIED: _ClassVar[Notice.Adoption]
        ADOPTION_REJECTED: _ClassVar[Notice.Adoption]
    ADOPTION_UNSPECIFIED: Notice.Adoption
    ADOPTION_ADOPTED: Notice.Adoption
    ADOPTION_TRIED: Notice.Adoption
    ADOPTION_REJECTED: Notice.Adoption
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    ABOUT_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGE_BY_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_FROM_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_UNTIL_FIELD_NUMBER: _ClassVar[int]
    ADOPTION_FIELD_NUMBER: _ClassVar[int]
    category: Notice.Category
    text: str
    about: _containers.RepeatedCompositeFieldContainer[Ref]
    acknowledge_by: int
    effective_from: int
    effective_until: int
    adoption: Notice.Adoption
    def __init__(self, category: _Optional[_Union[Notice.Category, str]] = ..., text: _Optional[str] = ..., about: _Optional[_Iterable[_Union[Ref, _Mapping]]] = ..., acknowledge_by: _Optional[int] = ..., effective_from: _Optional[int] = ..., effective_until: _Optional[int] = ..., adoption: _Optional[_Union[Notice.Adoption, str]] = ...) -> None: ...

class ModusOperandi(_message.Message):
    __slots__ = ("code", "description", "watch_for", "counter_measures", "first_seen", "last_seen", "linked", "barrier")
    class Barrier(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        BARRIER_UNSPECIFIED: _ClassVar[ModusOperandi.Barrier]
        BARRIER_DIRECT: _ClassVar[ModusOperandi.Barrier]
        BARRIER_INDIRECT: _ClassVar[ModusOperandi.Barrier]
    BARRIER_UNSPECIFIED: ModusOperandi.Barrier
    BARRIER_DIRECT: ModusOperandi.Barrier
    BARRIER_INDIRECT: ModusOperandi.Barrier
    CODE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    WATCH_FOR_FIELD_NUMBER: _ClassVar[int]
    COUNTER_MEASURES_FIELD_NUMBER: _ClassVar[int]
    FIRST_SEEN_FIELD_NUMBER: _ClassVar[int]
    LAST_SEEN_FIELD_NUMBER: _ClassVar[int]
    LINKED_FIELD_NUMBER: _ClassVar[int]
    BARRIER_FIELD_NUMBER: _ClassVar[int]
    code: str
    description: str
    watch_for: _containers.RepeatedScalarFieldContainer[str]
    counter_measures: str
    first_seen: int
    last_seen: int
    linked: _containers.RepeatedCompositeFieldContainer[Ref]
    barrier: ModusOperandi.Barrier
    def __init__(self, code: _Optional[str] = ..., description: _Optional[str] = ..., watch_for: _Optional[_Iterable[str]] = ..., counter_measures: _Optional[str] = ..., first_seen: _Optional[int] = ..., last_seen: _Optional[int] = ..., linked: _Optional[_Iterable[_Union[Ref, _Mapping]]] = ..., barrier: _Optional[_Union[ModusOperandi.Barrier, str]] = ...) -> None: ...

class SecurityLevel(_message.Message):
    __slots__ = ("scale", "level", "areas", "ships", "effective_from", "effective_until", "measures", "acknowledge_by")
    class Scale(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        SCALE_UNSPECIFIED: _ClassVar[SecurityLevel.Scale]
        SCALE_ISPS: _ClassVar[SecurityLevel.Scale]
        SCALE_OCAD: _ClassVar[SecurityLevel.Scale]
    SCALE_UNSPECIFIED: SecurityLevel.Scale
    SCALE_ISPS: SecurityLevel.Scale
    SCALE_OCAD: SecurityLevel.Scale
    SCALE_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    AREAS_FIELD_NUMBER: _ClassVar[int]
    SHIPS_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_FROM_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_UNTIL_FIELD_NUMBER: _ClassVar[int]
    MEASURES_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGE_BY_FIELD_NUMBER: _ClassVar[int]
    scale: SecurityLevel.Scale
    level: int
    areas: _containers.RepeatedCompositeFieldContainer[Place]
    ships: _containers.RepeatedCompositeFieldContainer[IndicatorValue]
    effective_from: int
    effective_until: int
    measures: str
    acknowledge_by: int
    def __init__(self, scale: _Optional[_Union[SecurityLevel.Scale, str]] = ..., level: _Optional[int] = ..., areas: _Optional[_Iterable[_Union[Place, _Mapping]]] = ..., ships: _Optional[_Iterable[_Union[IndicatorValue, _Mapping]]] = ..., effective_from: _Optional[int] = ..., effective_until: _Optional[int] = ..., measures: _Optional[str] = ..., acknowledge_by: _Optional[int] = ...) -> None: ...

class Outcome(_message.Message):
    __slots__ = ("about", "result", "note", "version")
    class Result(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        RESULT_UNSPECIFIED: _ClassVar[Outcome.Result]
        RESULT_ACKNOWLEDGED: _ClassVar[Outcome.Result]
        RESULT_CONFIRMED: _ClassVar[Outcome.Result]
        RESULT_PREVENTED: _ClassVar[Outcome.Result]
        RESULT_SEIZED: _ClassVar[Outcome.Result]
        RESULT_HANDED_OVER: _ClassVar[Outcome.Result]
        RESULT_UNDER_INVESTIGATION: _ClassVar[Outcome.Result]
        RESULT_NOTHING_FOUND: _ClassVar[Outcome.Result]
        RESULT_FALSE_ALARM: _ClassVar[Outcome.Result]
        RESULT_NO_ACTION: _ClassVar[Outcome.Result]
        RESULT_OTHER: _ClassVar[Outcome.Result]
    RESULT_UNSPECIFIED: Outcome.Result
    RESULT_ACKNOWLEDGED: Outcome.Result
    RESULT_CONFIRMED: Outcome.Result
    RESULT_PREVENTED: Outcome.Result
    RESULT_SEIZED: Outcome.Result
    RESULT_HANDED_OVER: Outcome.Result
    RESULT_UNDER_INVESTIGATION: Outcome.Result
    RESULT_NOTHING_FOUND: Outcome.Result
    RESULT_FALSE_ALARM: Outcome.Result
    RESULT_NO_ACTION: Outcome.Result
    RESULT_OTHER: Outcome.Result
    ABOUT_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    about: Ref
    result: Outcome.Result
    note: str
    version: int
    def __init__(self, about: _Optional[_Union[Ref, _Mapping]] = ..., result: _Optional[_Union[Outcome.Result, str]] = ..., note: _Optional[str] = ..., version: _Optional[int] = ...) -> None: ...

class Request(_message.Message):
    __slots__ = ("step", "owner", "wanted", "about", "grounds", "answer_by", "request", "given", "reason")
    class Step(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STEP_UNSPECIFIED: _ClassVar[Request.Step]
        STEP_ASKED: _ClassVar[Request.Step]
        STEP_GRANTED: _ClassVar[Request.Step]
        STEP_GRANTED_REDACTED: _ClassVar[Request.Step]
        STEP_REFUSED: _ClassVar[Request.Step]
    STEP_UNSPECIFIED: Request.Step
    STEP_ASKED: Request.Step
    STEP_GRANTED: Request.Step
    STEP_GRANTED_REDACTED: Request.Step
    STEP_REFUSED: Request.Step
    STEP_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    WANTED_FIELD_NUMBER: _ClassVar[int]
    ABOUT_FIELD_NUMBER: _ClassVar[int]
    GROUNDS_FIELD_NUMBER: _ClassVar[int]
    ANSWER_BY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    GIVEN_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    step: Request.Step
    owner: str
    wanted: str
    about: Ref
    grounds: str
    answer_by: int
    request: Ref
    given: Ref
    reason: str
    def __init__(self, step: _Optional[_Union[Request.Step, str]] = ..., owner: _Optional[str] = ..., wanted: _Optional[str] = ..., about: _Optional[_Union[Ref, _Mapping]] = ..., grounds: _Optional[str] = ..., answer_by: _Optional[int] = ..., request: _Optional[_Union[Ref, _Mapping]] = ..., given: _Optional[_Union[Ref, _Mapping]] = ..., reason: _Optional[str] = ...) -> None: ...

class Audit(_message.Message):
    __slots__ = ("act", "actor", "at", "purpose", "record", "feed", "register", "revision", "rule", "details")
    class DetailsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ACT_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    RECORD_FIELD_NUMBER: _ClassVar[int]
    FEED_FIELD_NUMBER: _ClassVar[int]
    REGISTER_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    act: str
    actor: str
    at: int
    purpose: str
    record: Ref
    feed: bytes
    register: int
    revision: bytes
    rule: str
    details: _containers.ScalarMap[str, str]
    def __init__(self, act: _Optional[str] = ..., actor: _Optional[str] = ..., at: _Optional[int] = ..., purpose: _Optional[str] = ..., record: _Optional[_Union[Ref, _Mapping]] = ..., feed: _Optional[bytes] = ..., register: _Optional[int] = ..., revision: _Optional[bytes] = ..., rule: _Optional[str] = ..., details: _Optional[_Mapping[str, str]] = ...) -> None: ...

class Words(_message.Message):
    __slots__ = ("text",)
    TEXT_FIELD_NUMBER: _ClassVar[int]
    text: str
    def __init__(self, text: _Optional[str] = ...) -> None: ...

class Approval(_message.Message):
    __slots__ = ("step", "plan", "until", "record", "version", "content_type", "content", "label", "change", "second", "recipients", "people", "began", "officers", "right", "roles", "question", "leaf", "officer", "reason")
    class Step(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STEP_UNSPECIFIED: _ClassVar[Approval.Step]
        STEP_ASKED: _ClassVar[Approval.Step]
        STEP_APPROVED: _ClassVar[Approval.Step]
        STEP_RETURNED: _ClassVar[Approval.Step]
    STEP_UNSPECIFIED: Approval.Step
    STEP_ASKED: Approval.Step
    STEP_APPROVED: Approval.Step
    STEP_RETURNED: Approval.Step
    STEP_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    RECORD_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CONTENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    SECOND_FIELD_NUMBER: _ClassVar[int]
    RECIPIENTS_FIELD_NUMBER: _ClassVar[int]
    PEOPLE_FIELD_NUMBER: _ClassVar[int]
    BEGAN_FIELD_NUMBER: _ClassVar[int]
    OFFICERS_FIELD_NUMBER: _ClassVar[int]
    RIGHT_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    QUESTION_FIELD_NUMBER: _ClassVar[int]
    LEAF_FIELD_NUMBER: _ClassVar[int]
    OFFICER_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    step: Approval.Step
    plan: bytes
    until: int
    record: bytes
    version: int
    content_type: str
    content: bytes
    label: str
    change: str
    second: _containers.RepeatedScalarFieldContainer[str]
    recipients: _containers.RepeatedScalarFieldContainer[str]
    people: int
    began: int
    officers: _containers.RepeatedScalarFieldContainer[str]
    right: str
    roles: _containers.RepeatedScalarFieldContainer[str]
    question: Ref
    leaf: bytes
    officer: str
    reason: str
    def __init__(self, step: _Optional[_Union[Approval.Step, str]] = ..., plan: _Optional[bytes] = ..., until: _Optional[int] = ..., record: _Optional[bytes] = ..., version: _Optional[int] = ..., content_type: _Optional[str] = ..., content: _Optional[bytes] = ..., label: _Optional[str] = ..., change: _Optional[str] = ..., second: _Optional[_Iterable[str]] = ..., recipients: _Optional[_Iterable[str]] = ..., people: _Optional[int] = ..., began: _Optional[int] = ..., officers: _Optional[_Iterable[str]] = ..., right: _Optional[str] = ..., roles: _Optional[_Iterable[str]] = ..., question: _Optional[_Union[Ref, _Mapping]] = ..., leaf: _Optional[bytes] = ..., officer: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...
