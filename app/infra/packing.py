"""Packs texts for the way to a browser: brotli where the browser takes it, gzip for the rest.

Brotli makes a page a fifth smaller than gzip for half a millisecond more; on a phone's line a kilobyte costs five.
"""

import gzip
import re
from typing import Final, Literal, cast

import brotli

Coding = Literal["br", "gzip"]

_CODINGS: Final[tuple[Coding, ...]] = ("br", "gzip")  # the better one first: it is taken where both are as welcome
# Of pages and files alike: 11 takes 8 % off the files of a release, and most of a second from every start.
_BROTLI: Final = 5
_GZIP_PAGE: Final = 5
_GZIP_FILE: Final = 9
_QUALITY: Final = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")
_LONGEST: Final = 200  # of the header; browsers write 23 letters


def choose_coding(accepted: str) -> Coding | None:
    """Choose by an ``Accept-Encoding`` header (RFC 9110, 12.5.3); None sends the text as it is.

    A quality that cannot be read counts as a refusal: plain text suits everybody.
    """
    qualities = dict(_read_part(part) for part in accepted[:_LONGEST].lower().split(","))
    rest = qualities.get("*", 0.0)
    best = max(_CODINGS, key=lambda one: qualities.get(one, rest))
    quality = qualities.get(best, rest)
    return best if quality > 0 and quality >= qualities.get("identity", 0.0) else None


def pack_page(body: bytes, coding: Coding) -> bytes:
    """Pack what is written for one request."""
    if coding == "gzip":
        return gzip.compress(body, _GZIP_PAGE, mtime=0)
    return _brotli(body)


def pack_file(body: bytes, coding: Coding) -> bytes:
    """Pack what is packed once and sent many times."""
    if coding == "gzip":
        return gzip.compress(body, _GZIP_FILE, mtime=0)
    return _brotli(body)


def _brotli(body: bytes) -> bytes:
    return cast("bytes", brotli.compress(body, quality=_BROTLI))


def _read_part(part: str) -> tuple[str, float]:
    name, _, parameter = part.partition(";")
    if not parameter:
        return name.strip(), 1.0
    found = _QUALITY.fullmatch(parameter.strip())
    return name.strip(), float(found[1]) if found else 0.0
