"""Conditions of the model: CEL over typed parameters, compiled once with the model.

Guarantees: a condition is true only if every declared parameter is there with its type and the expression came out `true`;
everything else raises ConditionFailed. What is stored with the tuple wins over what the request gives, so a request cannot widen
a grant; `tuple_rules.py` refuses tuples that leave a parameter open. Parameters and conversions as OpenFGA has them
(timestamps RFC 3339, durations as Go writes them, numbers also as text). Not here: the static types of CEL: an expression that
mixes them is an error when it is evaluated.
"""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

from policies.relations import BadModel, ConditionFailed, Value

if TYPE_CHECKING:
    import cel

EXPRESSION_MAX: Final = 512  # ours are one line
TEXT_MAX: Final = 4096
LIST_MAX: Final = 32
INT_MIN, INT_MAX, UINT_MAX = -(1 << 63), (1 << 63) - 1, (1 << 64) - 1

_TIMESTAMP: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")
_DURATION: Final = re.compile(r"[+-]?(\d{1,12}(\.\d{1,9})?(ns|us|µs|ms|s|m|h)){1,6}")
_SECONDS: Final = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_CEL_ERRORS: Final = (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class ParameterType:
    """`timestamp`, `list` of `string`, …"""

    name: str
    of: ParameterType | None = None


@dataclass(frozen=True, slots=True)
class CompiledCondition:
    """A condition ready to run. `calls_python` says that it uses a function of ours and needs a full CEL context."""

    name: str
    parameters: Mapping[str, ParameterType]
    program: cel.Program
    calls_python: bool

    def holds(self, *, given: Mapping[str, Value], stored: Mapping[str, Value]) -> bool:
        """Whether the condition is true of the request's `given` and the tuple's `stored` parameters; raises ConditionFailed."""
        arguments: dict[str, Value] = {}
        for name, kind in self.parameters.items():
            if name in stored:
                arguments[name] = convert(stored[name], kind, f"{self.name}.{name}")
            elif name in given:
                arguments[name] = convert(given[name], kind, f"{self.name}.{name}")
            else:
                raise ConditionFailed("the parameter is missing", where=f"{self.name}.{name}")
        return self._run(arguments)

    def _run(self, arguments: dict[str, Value]) -> bool:
        import cel  # late: it brings a command line of its own, 120 ms that only who decides has to pay

        context: dict[str, Value] | cel.Context = arguments
        if self.calls_python:
            context = cel.Context(variables=arguments, functions=_FUNCTIONS)
        try:
            outcome: object = self.program.execute(context)
        except _CEL_ERRORS as error:
            raise ConditionFailed("cannot be evaluated", where=self.name) from error
        if not isinstance(outcome, bool):
            raise ConditionFailed("is not true or false", where=self.name)
        return outcome


def compile_condition(name: str, source: Mapping[str, object]) -> CompiledCondition:
    """The condition of a model's JSON; raises BadModel."""
    import cel

    expression, declared = source.get("expression"), source.get("parameters") or {}
    if not isinstance(expression, str) or len(expression) > EXPRESSION_MAX or not isinstance(declared, dict):
        raise BadModel(
            f"an expression of at most {EXPRESSION_MAX} characters and parameters are expected", where=name
        )
    parameters = {each: _parameter_type(kind, f"{name}.{each}") for each, kind in declared.items()}
    try:
        program = cel.compile(expression)
    except _CEL_ERRORS as error:
        raise BadModel("the expression is not CEL", where=name) from error
    functions = set(program.functions())
    unknown = set(program.variables()) - set(parameters)
    if unknown:
        raise BadModel("the expression uses a name that is not a parameter", where=name)
    return CompiledCondition(name, parameters, program, bool(functions & set(_FUNCTIONS)))


def _parameter_type(source: object, where: str) -> ParameterType:
    kind = source.get("type_name") if isinstance(source, dict) else None
    name = kind.removeprefix("TYPE_NAME_").lower() if isinstance(kind, str) else ""
    if name not in _CONVERSIONS or not isinstance(source, dict):
        raise BadModel("a parameter type that is not known here", where=where)
    generics = source.get("generic_types") or []
    if (name in {"list", "map"}) != (len(generics) == 1):
        raise BadModel("a list or map takes one type, nothing else takes any", where=where)
    return ParameterType(name, _parameter_type(generics[0], where) if generics else None)


def convert(value: Value, kind: ParameterType, where: str) -> Value:
    """The value as CEL takes it; raises ConditionFailed where it is not of that type."""
    try:
        return _CONVERSIONS[kind.name](value, kind, where)
    except (TypeError, ValueError, OverflowError, InvalidOperation) as error:
        if isinstance(error, ConditionFailed):
            raise
        raise ConditionFailed(f"is not of type {kind.name}", where=where) from error


def _any(value: Value, _kind: ParameterType, _where: str) -> Value:
    return value


def _bool(value: Value, _kind: ParameterType, _where: str) -> Value:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _string(value: Value, _kind: ParameterType, _where: str) -> Value:
    if not isinstance(value, str) or len(value) > TEXT_MAX:
        raise TypeError
    return value


def _number(value: Value) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str) or len(str(value)) > 64:
        raise TypeError
    number = Decimal(str(value))
    if not number.is_finite():
        raise ValueError
    return number


def _whole(low: int, high: int) -> Callable[[Value, ParameterType, str], Value]:
    def conversion(value: Value, _kind: ParameterType, _where: str) -> Value:
        number = _number(value)
        if not low <= number <= high or number != number.to_integral_value():
            raise ValueError
        return int(number)

    return conversion


def _double(value: Value, _kind: ParameterType, _where: str) -> Value:
    number = float(_number(value))
    if not math.isfinite(number):
        raise ValueError
    return number


def _timestamp(value: Value, _kind: ParameterType, _where: str) -> Value:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError
        return value
    if not isinstance(value, str) or not _TIMESTAMP.fullmatch(value):
        raise TypeError
    return datetime.fromisoformat(value.upper())


def _duration(value: Value, _kind: ParameterType, _where: str) -> Value:
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str) or not _DURATION.fullmatch(value):
        raise TypeError
    seconds = sum(float(n) * _SECONDS[unit] for n, unit in re.findall(r"([\d.]+)([a-zµ]+)", value))
    return timedelta(seconds=-seconds if value.startswith("-") else seconds)


def _ipaddress(value: Value, _kind: ParameterType, _where: str) -> Value:
    if not isinstance(value, str) or "%" in value:
        raise TypeError
    return str(ipaddress.ip_address(value))


def _list(value: Value, kind: ParameterType, where: str) -> Value:
    if not isinstance(value, list | tuple) or len(value) > LIST_MAX or kind.of is None:
        raise TypeError
    return [convert(each, kind.of, where) for each in value]


def _map(value: Value, kind: ParameterType, where: str) -> Value:
    if not isinstance(value, dict) or len(value) > LIST_MAX or kind.of is None:
        raise TypeError
    return {_string(key, kind, where): convert(each, kind.of, where) for key, each in value.items()}


_CONVERSIONS: Final[Mapping[str, Callable[[Value, ParameterType, str], Value]]] = {
    "any": _any,
    "bool": _bool,
    "string": _string,
    "int": _whole(INT_MIN, INT_MAX),
    "uint": _whole(0, UINT_MAX),
    "double": _double,
    "timestamp": _timestamp,
    "duration": _duration,
    "ipaddress": _ipaddress,
    "list": _list,
    "map": _map,
}


def network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """The network of `10.7.0.0/16`; raises ValueError, also for a bare address or a netmask (RFC 4632 prefix only)."""
    if not re.fullmatch(r"[0-9A-Fa-f:.]+/\d{1,3}", text):
        raise ValueError("not address/prefix")
    return ipaddress.ip_network(text, strict=False)


def in_cidr(address: str, cidr: str) -> bool:
    """OpenFGA's function on addresses. An IPv4-mapped IPv6 address is in no IPv4 network."""
    return ipaddress.ip_address(address) in network(cidr)


_FUNCTIONS: Final[dict[str, Callable[..., object]]] = {"in_cidr": in_cidr}
