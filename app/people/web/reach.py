"""How far the manufacturer's people reach: the regions they serve and the clients assigned to them, to be ticked."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from msgspec import Struct

from app.people.schemas import PersonView
from app.people.services.directory import Directory


class Ticked(Struct, frozen=True):
    """A choice that may be on."""

    value: str
    label: str
    is_on: bool


class Reach(Struct, frozen=True):
    """What a place with the manufacturer has, first, and what could be added."""

    place: UUID
    regions: Sequence[Ticked]
    clients: Sequence[Ticked]


async def read_reach(
    directory: Directory, person: PersonView, regions: Mapping[str, str], find: str
) -> Sequence[Reach]:
    """Read it for each place with the manufacturer; ``find`` offers clients with this in their name."""
    places = [one for one in person.places if one.organisation_id is None]
    if not places:
        return []
    clients = await directory.clients([key for one in places for key in one.clients], find)
    return [
        Reach(
            place=one.id,
            regions=_ticked(regions.items(), set(map(str, one.regions))),
            clients=_ticked(((str(key), name) for key, name in clients), set(map(str, one.clients))),
        )
        for one in places
    ]


def _ticked(choices: Iterable[tuple[str, str]], on: set[str]) -> Sequence[Ticked]:
    return sorted((Ticked(code, name, code in on) for code, name in choices), key=lambda one: not one.is_on)
