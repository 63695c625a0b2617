"""Results of commands, as stored and as answered."""

from typing import Literal

from msgspec import Raw, Struct

from erp_peer.rules.problems import Code, Problem


class Done(Struct):
    """The command was carried out."""

    id: str
    type: str
    ref: str
    status: Literal["ok"]
    replayed: bool
    batch: int
    set: str
    label: str
    number: str
    posted: bool
    posted_batch: int
    state: str
    data: Raw


class Refused(Struct):
    """A business rule forbids it; nothing was written."""

    id: str
    type: str
    ref: str
    status: Literal["refused"]
    replayed: bool
    batch: int
    code: str
    message: str
    details: dict[str, list[dict[str, str]]]


class Conflict(Struct):
    """The object is not in the state the caller knows."""

    id: str
    type: str
    ref: str
    status: Literal["conflict"]
    replayed: bool
    batch: int
    label: str
    data: Raw


class Invalid(Struct):
    """The command cannot be understood."""

    id: str
    type: str
    ref: str
    status: Literal["invalid"]
    replayed: bool
    batch: int
    code: str
    message: str
    details: dict[str, str]


Outcome = Done | Refused | Conflict | Invalid


class RefusedError(Exception):
    """Raised by a command that a business rule forbids, before it writes anything."""

    def __init__(self, problems: list[Problem]) -> None:
        """Keep the problems, the first of which names the refusal."""
        super().__init__(", ".join(p.code for p in problems))
        self.problems = problems


class InvalidError(Exception):
    """Raised by a command that cannot be understood, before it writes anything."""

    def __init__(self, code: str, message: str, field: str = "") -> None:
        """Name the fault and the field it was found in."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field


def refuse(code: Code, figures: dict[str, str] | None = None, line: str = "") -> RefusedError:
    """A refusal with one reason."""
    return RefusedError([Problem(code, figures or {}, line)])
