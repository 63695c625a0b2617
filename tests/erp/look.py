"""Looking at what the portal wrote, past every wall."""

from typing import cast

import asyncpg


class Look:
    """A superuser's connection; rows come as plain tuples."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def execute(self, query: str, *values: object) -> None:
        """Change something behind the portal's back."""
        await self._connection.execute(query, *values)

    async def value(self, query: str, *values: object) -> object:
        """The first column of the first row."""
        return cast("object", await self._connection.fetchval(query, *values))

    async def count(self, query: str, *values: object) -> int:
        """The same where it is a number."""
        return cast("int", await self._connection.fetchval(query, *values))

    async def row(self, query: str, *values: object) -> tuple[object, ...]:
        """The first row; the test fails without one."""
        rows = await self.rows(query, *values)
        assert rows, query
        return rows[0]

    async def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        """All rows."""
        return [tuple(row.values()) for row in await self._connection.fetch(query, *values)]
