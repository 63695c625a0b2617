"""How a room joins the portal: by having a module of a known name with a known list in it.

``web.WEB`` and ``api.API`` (handlers), ``wording.WORDING`` (codes), ``subjects.SUBJECTS`` (kinds of objects),
``notices.NOTICES`` (kinds of news), ``owners.OWNERS`` (what files hang on), ``keeping.KEEPING`` (how long rows are
kept). Only the wiring programs, ``asgi`` and ``worker``, ask.
"""

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from types import ModuleType
from typing import TypeVar, cast

import app

T = TypeVar("T")


def room_modules(name: str) -> list[ModuleType]:
    """Import ``app.<room>.<name>`` of every room that has it, in the order of the alphabet."""
    found: list[ModuleType] = []
    for room in sorted(one.name for one in iter_modules(app.__path__) if one.ispkg):
        full = f"app.{room}.{name}"
        if find_spec(full) is not None:
            found.append(import_module(full))
    return found


def collect(module: str, name: str, kind: type[T]) -> list[T]:
    """Put together the lists of all rooms.

    Raises:
        TypeError: a room lists something of another kind.
    """
    found: list[T] = []
    for room in room_modules(module):
        # The module that defines a kind may have the same name and lists nothing.
        for one in cast("Sequence[object]", getattr(room, name, ())):
            if not isinstance(one, kind):
                message = f"{room.__name__}.{name} holds a {type(one).__name__}, not a {kind.__name__}"
                raise TypeError(message)
            found.append(one)
    return found
