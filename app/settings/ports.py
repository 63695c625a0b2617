"""What settings need from the room of the exchange: somebody who knocks at an infobase."""

from typing import Protocol

from msgspec import Struct

from app.settings.schemas import Surface, VerdictName


class Entry(Struct, frozen=True):
    """An infobase and how to enter it, as the worker uses it."""

    base: str
    infobase: str
    username: str
    password: str
    surface: Surface = "auto"


class Verdict(Struct, frozen=True):
    """What was found there; ``said`` is one line for people who look after the ERP."""

    name: VerdictName
    said: str = ""


class Knock(Protocol):
    """Asks an infobase whether it is there, whose it is and whether it lets us in; never raises for what it finds."""

    async def __call__(self, entry: Entry) -> Verdict:
        """Ask, within seconds."""
        ...
