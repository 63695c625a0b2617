"""Makes the icon sprite ``assets/icons.svg`` from Lucide and our own drawings.

    npm pack lucide-static@1.62.0 && tar xzf lucide-static-1.62.0.tgz
    python tools/sprite.py package/icons && python tools/vendor.py

Names come from ``assets/icons/lucide.txt``; own drawings lie in ``assets/icons/own``. Stroke and
fill are set once by the class ``icon``, so a symbol carries shapes only. An icon already in the
sprite needs no package: without an argument only our own drawings are taken anew.
"""

import re
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
ICONS: Final = ROOT / "assets" / "icons"
SPRITE: Final = ROOT / "assets" / "icons.svg"
_SHAPES: Final = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
_SYMBOL: Final = re.compile(r'<symbol id="([^"]+)" viewBox="0 0 24 24">(.*?)</symbol>', re.DOTALL)


def make_sprite(lucide: Path | None) -> str:
    """Join all icons, sorted by name.

    Raises:
        KeyError: a name of the list is neither in the sprite nor in the given package.
    """
    known = dict(_SYMBOL.findall(SPRITE.read_text(encoding="utf-8"))) if SPRITE.exists() else {}
    names = (ICONS / "lucide.txt").read_text(encoding="utf-8").split()
    shapes = {name: _shapes(lucide / f"{name}.svg") if lucide else known[name] for name in names}
    shapes |= {path.stem: _shapes(path) for path in (ICONS / "own").glob("*.svg")}
    symbols = (f'<symbol id="{name}" viewBox="0 0 24 24">{shapes[name]}</symbol>\n' for name in sorted(shapes))
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{"".join(symbols)}</svg>\n'


def _shapes(path: Path) -> str:
    match = _SHAPES.search(path.read_text(encoding="utf-8"))
    if match is None:
        message = f"{path.name} is not an SVG file"
        raise ValueError(message)
    return re.sub(r"\s*\n\s*", "", match[1]).replace(" />", "/>")


if __name__ == "__main__":
    SPRITE.write_text(make_sprite(Path(sys.argv[1]) if len(sys.argv) > 1 else None), "utf-8")
