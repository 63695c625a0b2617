"""Where SQLAlchemy's statements and rows meet the grounds of their transaction.

The driver's own texts are looked at by ``GuardedDriver``; both look through ``Grounds``.
"""

from collections.abc import Sequence
from typing import Final, cast

from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import Session

from app.infra.db.grounds import Grounds

_NONE: Final = Grounds()  # of a connection that was opened past the functions of this package


def guard(engine: AsyncEngine) -> None:
    """Look at every statement that leaves through this pool."""
    event.listen(engine.sync_engine, "before_cursor_execute", _check_statement)


def _check_statement(
    connection: Connection,
    _cursor: object,
    statement: str,
    parameters: object,
    _context: object,
    is_many: bool,  # noqa: FBT001
) -> None:
    grounds = cast("Grounds | None", connection.get_execution_options().get("grounds", _NONE))
    if grounds is None or grounds.is_flushing:
        return
    for one in cast("Sequence[Sequence[object]]", parameters if is_many else [parameters]):
        grounds.check_statement(statement, one)


@event.listens_for(Session, "before_flush")
def _check_rows(session: Session, _flush: object, _rows: object) -> None:
    grounds = _grounds_of(session)
    if grounds is None:
        return
    rows = cast("Sequence[object]", [*session.new, *session.dirty, *session.deleted])
    for row in rows:
        if row not in session.dirty or session.is_modified(row):
            grounds.check_row(row)
    # The rows were judged one by one; the statements that write them carry no marks.
    grounds.is_flushing = True


@event.listens_for(Session, "after_flush")
def _flushed(session: Session, _flush: object) -> None:
    grounds = _grounds_of(session)
    if grounds is not None:
        grounds.is_flushing = False


def _grounds_of(session: Session) -> Grounds | None:
    return cast("Grounds | None", session.info.get("grounds"))
