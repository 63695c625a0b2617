"""Cuts the four Onest files out of the npm package @fontsource-variable/onest.

Needs fonttools and brotli, which the portal itself does not: run it with a Python that has them.

    npm pack @fontsource-variable/onest@5.3.1 && tar xzf fontsource-variable-onest-5.3.1.tgz
    python tools/fonts.py package/files assets/fonts && python tools/vendor.py

Weights outside 400-700 and letters outside our alphabets go: 78 KB become 33.
"""

import subprocess
import sys
from pathlib import Path
from typing import Final

# Ours -> (their file, letters). Onest has no ₮ and no arrows: system fonts and icons show those.
CUTS: Final = {
    "onest-latin": (
        "onest-latin",
        (
            "20-7E,A0,A5,A7,A9,AB,B0,B2-B3,B7,BB,BD,C4,C7,D6-D7,DC-DD,DF,E4,E7,F6,FC-FD,2009,"
            "2013-2014,2018-201A,201C-201E,2022,2026,20AC,2122,2212"
        ),
    ),
    "onest-cyrillic": ("onest-cyrillic", "401-40C,40E-44F,451-45C,45E-45F,490-491,4B0-4B1,2116"),
    "onest-ca": (
        "onest-cyrillic-ext",
        "492-493,49A-49B,4A2-4A3,4AE-4AF,4B2-4B3,4B6-4B7,4BA-4BB,4D8-4D9,4E2-4E3,4E8-4E9,4EE-4EF",
    ),
    "onest-money": ("onest-latin-ext", "147-148,15E-15F,17D-17E,2BC,20B8,20BD"),
}


def cut(source: Path, target: Path) -> None:
    """Write the four files."""
    for ours, (theirs, letters) in CUTS.items():
        narrow = target / f"{ours}.ttf"
        original = source / f"{theirs}-wght-normal.woff2"
        _run("varLib.instancer", str(original), "wght=400:400:700", "-o", str(narrow))
        _run(
            "subset",
            str(narrow),
            f"--unicodes={letters}",
            "--layout-features=calt,locl,tnum,kern,mark,mkmk",
            "--flavor=woff2",
            f"--output-file={target / ours}.woff2",
        )
        narrow.unlink()


def _run(module: str, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", f"fontTools.{module}", *arguments], check=True)


if __name__ == "__main__":
    cut(Path(sys.argv[1]), Path(sys.argv[2]))
