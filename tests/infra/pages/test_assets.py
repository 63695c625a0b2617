"""What is sent to browsers: hashed, packed, light, and what its makers published."""

import gzip
import re
from hashlib import sha256
from pathlib import Path

import brotli
import msgspec
import pytest
from msgspec import Struct

from app.infra.pages.assets import ASSETS_FOLDER, Asset, Assets, load_assets

KB = 1024
FONTS_OF_A_RUSSIAN_PAGE = ("latin", "cyrillic", "money")


class Entry(Struct, frozen=True, forbid_unknown_fields=True):
    """One third-party file."""

    path: str
    name: str
    version: str
    licence: str
    licence_file: str
    sha256: str


@pytest.fixture(scope="module")
def assets() -> Assets:
    return load_assets()


def weight(asset: Asset) -> int:
    return len(asset.packed["gzip"] if asset.packed else asset.body)


def test_an_address_carries_the_hash_of_the_content(assets: Assets) -> None:
    for asset in assets.all():
        assert asset.digest == sha256(asset.body).hexdigest()[:16]
        assert assets.url(asset.path) == f"/assets/{asset.digest}/{asset.path}"
        assert assets.find(asset.digest, asset.path) is asset
        assert asset.etag == f'"{asset.digest}"'


def test_an_old_hash_and_an_unknown_file_are_not_found(assets: Assets) -> None:
    assert assets.find("0" * 16, "app.css") is None
    assert assets.find("0" * 16, "../pyproject.toml") is None
    with pytest.raises(KeyError):
        assets.url("gone.css")


def test_packed_bodies_unpack_to_the_same(assets: Assets) -> None:
    for asset in assets.all():
        if asset.packed:
            assert gzip.decompress(asset.packed["gzip"]) == asset.body, asset.path
            assert brotli.decompress(asset.packed["br"]) == asset.body, asset.path
        assert (not asset.packed) == asset.path.endswith((".woff2", ".png"))


def test_weights_stay_within_the_budget(assets: Assets) -> None:
    by_path = {asset.path: weight(asset) for asset in assets.all()}
    scripts = by_path["app.js"] + by_path["vendor/htmx.min.js"]
    fonts = sum(by_path[f"fonts/onest-{name}.woff2"] for name in FONTS_OF_A_RUSSIAN_PAGE)
    assert scripts <= 24 * KB
    assert by_path["app.css"] <= 12 * KB
    # The page itself may take 12 KB of the 90.
    assert scripts + by_path["app.css"] + by_path["icons.svg"] + by_path["favicon.svg"] + fonts <= (90 - 12) * KB


def test_third_party_files_are_unchanged_and_carry_their_licence() -> None:
    entries = msgspec.json.decode((ASSETS_FOLDER / "vendor/manifest.json").read_bytes(), type=list[Entry])
    foreign = {"icons.svg", *(f"vendor/{path.name}" for path in (ASSETS_FOLDER / "vendor").glob("*.js"))}
    foreign |= {f"fonts/{path.name}" for path in (ASSETS_FOLDER / "fonts").glob("*.woff2")}
    assert {entry.path for entry in entries} == foreign
    for entry in entries:
        assert sha256((ASSETS_FOLDER / entry.path).read_bytes()).hexdigest() == entry.sha256, entry.path
        assert (ASSETS_FOLDER / entry.licence_file).stat().st_size > 200, entry.path


def test_every_icon_somebody_asks_for_is_in_the_sprite() -> None:
    root = ASSETS_FOLDER.parent
    drawn = set(re.findall(r'<symbol id="([^"]+)"', (ASSETS_FOLDER / "icons.svg").read_text(encoding="utf-8")))
    asked: dict[str, Path] = {}
    for path in (root / "templates").glob("**/*.html"):
        text = path.read_text(encoding="utf-8")
        for match in re.finditer(r'(?:icon\(\s*|icon_name=|icon_(?:button|link)\([^,]*, )"([^"]+)"', text):
            asked[match[1]] = path
    for path in (root / "app").glob("**/*.py"):
        names: list[str] = re.findall(r'icon="([a-z0-9-]+)"', path.read_text(encoding="utf-8"))
        asked |= dict.fromkeys(names, path)
    assert {name: path for name, path in asked.items() if name not in drawn} == {}


def test_colours_are_written_only_as_tokens() -> None:
    # Bright marks on the always dark bars are the exception: no token of a theme fits them.
    allowed = {"#8cc6ff", "#4cc38a", "#f0a94a", "#ff8f85"}
    for path in ASSETS_FOLDER.glob("*/*.css"):
        found = set(re.findall(r"#[0-9a-fA-F]{3,8}\b|rgb\([^)]*\)", path.read_text(encoding="utf-8")))
        assert found <= allowed, path.name
