"""What PostgreSQL calls a failure, whoever wrapped it."""

from typing import Final

from sqlalchemy.exc import DBAPIError

_COLLISIONS: Final = frozenset({"55P03", "40001", "40P01"})  # lock timeout, serialization, deadlock


def sqlstate_of(error: BaseException) -> str | None:
    """Give the SQLSTATE of a failure of the database; None if it is another failure."""
    cause: BaseException | None = error.orig if isinstance(error, DBAPIError) else error
    state: object = getattr(cause, "sqlstate", None)
    return state if isinstance(state, str) and state else None


def is_collision(error: BaseException) -> bool:
    """Whether a transaction only met another one: nothing was written, and the same again may succeed."""
    return sqlstate_of(error) in _COLLISIONS
