"""Static files under addresses that carry their content's hash.

All styles are joined into one file and all scripts into another, because a phone on a slow line
pays for every request. Everything is read and packed once at start and served from memory;
an address never changes its content, so browsers keep it for a year.
"""

import re
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from msgspec import Struct

from app.infra.packing import Coding, pack_file
from app.infra.pages.bundling import bundle_scripts, bundle_styles

ASSETS_FOLDER: Final = Path(__file__).resolve().parents[3] / "assets"
URL_PREFIX: Final = "/assets"
SPRITE: Final = "icons.svg"
MEDIA_TYPES: Final = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}
_PACKED: Final = frozenset({".css", ".js", ".svg", ".webmanifest"})  # the others are packed already
_SYMBOL: Final = re.compile(rb'<symbol id="([^"]+)"')
_PLAIN: Final = ("fonts/*.woff2", "vendor/*.js", "*.svg", "*.png", "*.webmanifest")


class Asset(Struct, frozen=True):
    """One file as it is sent; ``packed`` is empty where packing gains nothing."""

    path: str
    digest: str
    media_type: str
    body: bytes
    packed: Mapping[Coding, bytes]

    @property
    def url(self) -> str:
        """Give the address; it never changes its content."""
        return f"{URL_PREFIX}/{self.digest}/{self.path}"

    @property
    def etag(self) -> str:
        """Give the entity tag, quotes included."""
        return f'"{self.digest}"'


class Assets:
    """All files of one release, found by path (templates) or by address (the server)."""

    def __init__(self, assets: Mapping[str, Asset]) -> None:
        """Take the files by path."""
        self._assets = assets

    def url(self, path: str) -> str:
        """Give the address of a file for a page.

        Raises:
            KeyError: there is no such file; a page never links to nothing.
        """
        return self._assets[path].url

    def find(self, digest: str, path: str) -> Asset | None:
        """Find what an address names; an old hash is not found, since its content is gone."""
        asset = self._assets.get(path)
        return asset if asset is not None and asset.digest == digest else None

    def icons(self) -> frozenset[str]:
        """Name the icons of the sprite."""
        sprite = self._assets.get(SPRITE)
        return frozenset(match[1].decode() for match in _SYMBOL.finditer(sprite.body)) if sprite else frozenset()

    def all(self) -> list[Asset]:
        """List every file, for the tests of weights and hashes."""
        return list(self._assets.values())


@cache
def load_assets(folder: Path = ASSETS_FOLDER) -> Assets:
    """Read, join and pack everything under ``assets/``; once a process, as files change only with the release.

    Raises:
        BundleError: a style or a script cannot be joined; the message names the file.
    """
    plain = (path for pattern in _PLAIN for path in sorted(folder.glob(pattern)))
    assets = {asset.path: asset for asset in (_pack(p.relative_to(folder).as_posix(), p.read_bytes()) for p in plain)}
    styles = bundle_styles(folder, lambda path: assets[path].url)
    scripts = bundle_scripts(folder)
    for asset in (_pack("app.css", styles.encode()), _pack("app.js", scripts.encode())):
        assets[asset.path] = asset
    return Assets(assets)


def _pack(path: str, body: bytes) -> Asset:
    suffix = Path(path).suffix
    packed: Mapping[Coding, bytes] = (
        {"br": pack_file(body, "br"), "gzip": pack_file(body, "gzip")} if suffix in _PACKED else {}
    )
    return Asset(path, sha256(body).hexdigest()[:16], MEDIA_TYPES[suffix], body, packed)
