"""Whether an object stands as an intent wants it."""

from decimal import Decimal, InvalidOperation
from typing import cast


def holds(standing: object, wanted: object) -> bool:
    """Whether everything wanted stands, whatever else does; figures are equal whatever their scale."""
    if isinstance(wanted, dict) and isinstance(standing, dict):
        have, want = cast("dict[str, object]", standing), cast("dict[str, object]", wanted)
        return all(holds(have.get(name), value) for name, value in want.items())
    if isinstance(wanted, list) and isinstance(standing, list):
        had, wants = cast("list[object]", standing), cast("list[object]", wanted)
        return len(had) == len(wants) and all(map(holds, had, wants))
    if isinstance(standing, str) and isinstance(wanted, str):
        return standing == wanted or _is_same_figure(standing, wanted)
    return False


def _is_same_figure(one: str, other: str) -> bool:
    try:
        return Decimal(one) == Decimal(other)
    except InvalidOperation:
        return False
