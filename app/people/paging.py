"""Cursors of the list of people: the name and the id of the last row."""

from uuid import UUID

from app.infra.http.collections import read_cursor, read_id, write_cursor
from app.people.queries.directory import PersonPlace


def read_place(limit: int, cursor: str | None) -> PersonPlace:
    """Read where a page begins.

    Raises:
        InvalidInputError: the cursor is not of this list.
    """
    places = read_cursor(cursor, 2)
    return PersonPlace(limit) if places is None else PersonPlace(limit, (str(places[0]), read_id(places[1])))


def write_place(place: tuple[str, UUID] | None) -> str | None:
    """Write the cursor of the next page; None at the end."""
    return None if place is None else write_cursor(place[0], str(place[1]))
