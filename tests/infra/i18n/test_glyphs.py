"""Every letter the portal says is in one of the font's files."""

import re
from datetime import date
from itertools import chain
from pathlib import Path

from app.infra.i18n.dates import long_date, short_date
from app.infra.i18n.languages import LANGUAGES
from app.infra.i18n.wording import catalogues
from tools.fonts import CUTS

ROOT = Path(__file__).resolve().parents[3]
# No ₮ in Onest; arrows and the like are icons. System fonts show what is listed here.
SYSTEM = set("₮")
WRITTEN = (long_date, short_date)


def ranges(text: str) -> set[int]:
    points: set[int] = set()
    for part in re.split(r"[,\s]+", text.strip()):
        first, _, last = part.removeprefix("U+").partition("-")
        points |= set(range(int(first, 16), int(last or first, 16) + 1))
    return points


def test_all_catalogues_are_within_the_fonts() -> None:
    declared = "".join((ROOT / "assets/css/fonts.css").read_text(encoding="utf-8"))
    by_file = {
        match[1]: ranges(match[2])
        for match in re.finditer(r'fonts/([\w-]+)\.woff2".*?unicode-range: ([^;]+);', declared, re.DOTALL)
    }
    assert set(by_file) == set(CUTS)
    # A browser takes a letter from the file whose range holds it, so it must be cut into that one.
    letters = {point for name, (_, cut) in CUTS.items() for point in ranges(cut) & by_file[name]}
    days = "".join(
        write(locale, date(2026, month, 1)) for locale in LANGUAGES for month in range(1, 13) for write in WRITTEN
    )
    said = set(days) | {
        letter
        for catalogue in catalogues().values()
        for text in (*catalogue.single, *catalogue.single.values(), *chain.from_iterable(catalogue.plural.values()))
        for letter in text
    }
    missing = {letter for letter in said if letter.isprintable() and ord(letter) not in letters} - SYSTEM
    assert missing == set()
