"""Columns of the kinds that tables here have; none may be null unless its name says so."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Float, Integer, LargeBinary, String, Text
from sqlmodel import Field


def blob(size: int | None = None, **options: Any) -> Any:
    return Field(sa_column=Column(LargeBinary(size), nullable=False, **options))


def blob_or_none(size: int | None = None) -> Any:
    return Field(default=None, sa_column=Column(LargeBinary(size), nullable=True))


def integer(**options: Any) -> Any:
    return Field(sa_column=Column(Integer, nullable=False, **options))


def real() -> Any:
    return Field(sa_column=Column(Float, nullable=False))


def string(size: int | None = None, **options: Any) -> Any:
    return Field(sa_column=Column(String(size) if size else Text, nullable=False, **options))


def string_or_none(size: int | None = None) -> Any:
    return Field(default=None, sa_column=Column(String(size) if size else Text, nullable=True))
