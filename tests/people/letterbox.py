"""What the post of the portal would carry, and the links in it."""

import re
from typing import Final

from app.notifications.jobs import Telling, send_letters
from app.notifications.letters import Letter
from app.people.letters import LETTERS
from tests.access.browsers import World

URL: Final = "https://portal.example.test"
_LINK: Final = re.compile(rf"{URL}(/(ru|kk|en)/([a-z]+)/(invitation|recover)/([^\s]+))")


class Letterbox:
    """Takes every letter of both tenants."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []

    async def send(self, letter: Letter) -> None:
        self.letters.append(letter)


async def post(world: World) -> list[Letter]:
    """Let everything that waits leave; give the letters."""
    box, telling = Letterbox(), Telling([], [], LETTERS, world.portal.settings.secret_key)
    for tenant in (1, 2):
        while await send_letters(world.portal.engines.staff, tenant, telling, box, URL):
            pass
    return box.letters


def path_in(letter: Letter) -> str:
    """The path of the link in a letter."""
    found = _LINK.search(letter.text)
    assert found is not None, letter.text
    return found[1]


def token_in(letter: Letter) -> str:
    """The token of the link in a letter."""
    return path_in(letter).rpartition("/")[2]
