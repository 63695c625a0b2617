"""A holiday's date as people write it: 16.12 for every year, 27.05.2026 for one."""

import re
from typing import Final

_LOCAL: Final = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})(?:\.([0-9]{4})?)?")
_ISO: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")


def read_day(text: str) -> tuple[int, int, int | None] | None:
    """Read month, day and year; None if it is no date. Whether the day exists is another question."""
    if iso := _ISO.fullmatch(text):
        return int(iso[2]), int(iso[3]), int(iso[1])
    found = _LOCAL.fullmatch(text)
    return (int(found[2]), int(found[1]), int(found[3]) if found[3] else None) if found else None


def write_day(month: int, day: int, year: int | None) -> str:
    """Write it as :func:`read_day` reads it."""
    return f"{day:02d}.{month:02d}" + (f".{year}" if year else "")
