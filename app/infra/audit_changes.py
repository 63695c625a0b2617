"""What the audit trail keeps of an object: the fields that changed, without secrets and with personal data masked.

The trail is never edited, so whatever once stood in it stays: R17 could not take a driver's passport out of it.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final, cast

from app.kernel.masking import HIDDEN, partly

Fields = dict[str, object]
# Words of a field's name.
_SECRETS: Final = frozenset({"password", "secret", "hash", "credential", "otp", "totp", "recovery", "challenge"})
_PERSONAL: Final = frozenset({"phone", "email", "driver", "passport", "iin", "birthday"})
_LONGEST: Final = 2000
_MOST_ITEMS: Final = 200


def differences(
    before: Mapping[str, object] | None, after: Mapping[str, object] | None
) -> tuple[Fields | None, Fields | None]:
    """Keep what differs, masked; None for a side there is not."""
    old, new = before or {}, after or {}
    changed = [name for name in (*new, *(name for name in old if name not in new)) if _differs(name, old, new)]
    return (
        None if before is None else {name: mask(name, old[name]) for name in changed if name in old},
        None if after is None else {name: mask(name, new[name]) for name in changed if name in new},
    )


def readable(fields: Mapping[str, object]) -> Fields:
    """Mask every field as a change would be."""
    return {name: mask(name, value) for name, value in fields.items()}


def mask(name: str, value: object) -> object:
    """Give the value as the trail may keep it."""
    if value is None or value == "":
        return value
    words = frozenset(name.lower().split("_"))
    if words & _SECRETS:
        return HIDDEN
    if words & _PERSONAL:
        return partly(str(value))
    return _plain(value)


def _differs(name: str, old: Mapping[str, object], new: Mapping[str, object]) -> bool:
    if (name in old) != (name in new):
        return True
    return _plain(old[name]) != _plain(new[name])


def _plain(value: object) -> object:
    """What JSON can hold, the same for equal things: sums without trailing noughts, long texts cut."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Mapping):
        named = cast("Mapping[object, object]", value)
        return {str(name): mask(str(name), inner) for name, inner in named.items()}
    if isinstance(value, set | frozenset):
        return sorted(str(_plain(one)) for one in cast("frozenset[object]", value))[:_MOST_ITEMS]
    if isinstance(value, list | tuple):
        return [_plain(one) for one in cast("Sequence[object]", value)][:_MOST_ITEMS]
    return _text(value)


def _text(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value else "0"
    # PostgreSQL's jsonb cannot hold NUL.
    text = value.isoformat() if isinstance(value, datetime | date) else str(value).replace("\x00", "")
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
