"""What the rules do to the inside of one request: carried beside it, for it reaches deep."""

from contextvars import ContextVar

from msgspec import Struct


class Drift(Struct, frozen=True):
    """One attribute of a set that is not as it was."""

    set: str
    field: str
    change: str


class Hidden(Struct, frozen=True):
    """A share of a set's rows that the caller may not see; the salt chooses them."""

    set: str
    pct: float
    salt: str


class Ailments(Struct, frozen=True):
    """Everything that is wrong during one request."""

    skew_s: float = 0
    hidden: tuple[Hidden, ...] = ()
    drifts: tuple[Drift, ...] = ()


_PRESENT: ContextVar[Ailments] = ContextVar("ailments", default=Ailments())  # noqa: B039 - it is frozen


def suffer(ailments: Ailments) -> None:
    """From here on to the end of the present task."""
    _PRESENT.set(ailments)


def present() -> Ailments:
    """What is wrong now."""
    return _PRESENT.get()
