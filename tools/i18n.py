"""Keeps the catalogues whole: finds texts, updates the ``.po`` files, says what is missing.

    python -m tools.i18n update         take new texts into locales/<language>/<room>.po, drop dead ones
    python -m tools.i18n check          exit 1 when anything is missing, fuzzy, wrong or dead
    python -m tools.i18n check catalog  the same for one room
    python -m tools.i18n missing kk     print what is to be translated, as fill reads it
    python -m tools.i18n fill < table   take translations from lines "message <tab> ru <tab> kk"

A room is ``app/<room>`` with ``templates/<room>``; ``app/infra`` is the room infra, and the shared
frames (base.html, shell/, public/, errors/) are the room shell. Rules: docs/recipes-i18n.md.
"""

import argparse
import sys
from collections.abc import Sequence

from app.infra.i18n.languages import LANGUAGES, SOURCE
from tools.i18n_check import find_faults, missing_of
from tools.i18n_files import extract_rooms, fill, update_room

TRANSLATED = [code for code in LANGUAGES if code != SOURCE]


class Options(argparse.Namespace):
    """The command line."""

    command: str
    names: list[str]


def main(arguments: Sequence[str]) -> int:
    """Run one command; 1 when the check finds a fault."""
    parser = argparse.ArgumentParser(prog="python -m tools.i18n")
    parser.add_argument("command", choices=["update", "check", "missing", "fill"])
    parser.add_argument("names", nargs="*", help="rooms (missing: languages)")
    options = parser.parse_args(arguments, Options())
    rooms = extract_rooms()
    if options.command == "update":
        for code in TRANSLATED:
            for room, texts in rooms.items():
                if not options.names or room in options.names:
                    update_room(code, room, texts)
        return 0
    if options.command == "fill":
        print(f"{fill(sys.stdin, TRANSLATED)} translations written")
        return 0
    if options.command == "missing":
        for code in options.names or TRANSLATED:
            for room, texts in rooms.items():
                if keys := missing_of(code, room, texts):
                    print(f"# {code}/{room}", *keys, sep="\n")
        return 0
    faults = find_faults(TRANSLATED, rooms, options.names)
    print("\n".join(faults) or "Every text has its translation.")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
