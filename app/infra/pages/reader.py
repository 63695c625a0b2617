"""For whom and when a page is being written: time zone, the time now and the form token.

Held in a context variable while one template renders, so that macros and filters need no
arguments for it. Rendering is synchronous; nothing else runs meanwhile in the same context.
"""

from contextvars import ContextVar
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct


class Reader(Struct, frozen=True):
    """The person a page is for; the language is that of the environment."""

    zone: ZoneInfo
    now: datetime  # aware; ages are counted up to it
    csrf_token: str = ""


CURRENT: Final[ContextVar[Reader]] = ContextVar("karavan_reader")
