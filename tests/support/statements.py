"""How many statements a request sends, BEGIN, COMMIT and the context apart."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, cast

import asyncpg
from asyncpg.connection import LoggedQuery
from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection

APART: Final = ("BEGIN", "COMMIT", "ROLLBACK", "SELECT begin_request", "SELECT begin_change")

# Read again every few seconds, by whichever request comes then.
TENANTS: Final = "SELECT * FROM tenants ORDER BY id"


class Watch:
    """Hears every statement of every connection opened while it stands."""

    def __init__(self) -> None:
        """Nothing was heard yet."""
        self.heard: list[str] = []

    def connected(self, connection: DBAPIConnection, _record: object) -> None:
        """Listen to a new connection."""
        driver = cast("asyncpg.Connection", connection.driver_connection)
        driver.add_query_logger(self._note)

    def _note(self, record: LoggedQuery) -> None:
        text = " ".join(record.query.split())
        # The driver asks for types once a connection.
        if not text.startswith((*APART, TENANTS)) and "pg_catalog" not in text:
            self.heard.append(text)

    @contextmanager
    def listening(self) -> Iterator[list[str]]:
        """Collect what one request sends."""
        self.heard.clear()
        yield self.heard


@contextmanager
def watching() -> Iterator[Watch]:
    """Listen to every connection opened from now on."""
    made = Watch()
    event.listen(Engine, "connect", made.connected)
    try:
        yield made
    finally:
        event.remove(Engine, "connect", made.connected)
