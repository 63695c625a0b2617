"""A logo keeps its pixels and nothing else; everything that is no picture is refused with its reason."""

import tracemalloc
import zlib

import pytest

from app.settings.rules.pictures import MOST_BYTES, PictureError, clean_png
from tests.settings.pictures import SIGNATURE, chunk, head, pixels, png

SCRIPT = b"<script>alert(1)</script>"


def reason(data: bytes) -> str:
    """Why a file is refused."""
    with pytest.raises(PictureError) as caught:
        clean_png(data)
    return caught.value.code


def test_a_sound_picture_keeps_its_size_and_its_pixels() -> None:
    found = clean_png(png(64, 48))
    assert (found.width, found.height) == (64, 48)
    assert found.body.startswith(SIGNATURE)
    start = found.body.index(b"IDAT") + 4
    assert zlib.decompress(found.body[start:-16]) == pixels(64, 48)


def test_cleaning_twice_changes_nothing() -> None:
    once = clean_png(png()).body
    assert clean_png(once).body == once


@pytest.mark.parametrize("name", [b"tEXt", b"iTXt", b"zTXt", b"eXIf", b"iCCP", b"caBX", b"acTL"])
def test_whatever_came_along_with_the_pixels_is_dropped(name: bytes) -> None:
    found = clean_png(png(64, 48, chunk(name, b"Comment\x00" + SCRIPT)))
    assert SCRIPT not in found.body
    assert name not in found.body
    assert found.body == clean_png(png(64, 48)).body


def test_what_follows_the_picture_is_dropped() -> None:
    assert clean_png(png() + b"PK\x03\x04" + SCRIPT).body == clean_png(png()).body


def test_a_picture_of_256_colours_keeps_its_palette_and_what_is_transparent() -> None:
    lines = zlib.compress((b"\x00" + b"\x01" * 32) * 32)
    parts = [head(32, 32, 8, 3), chunk(b"PLTE", b"\x00" * 3 + b"\x0b\x61\x70"), chunk(b"tRNS", b"\x00\xff")]
    found = clean_png(SIGNATURE + b"".join(parts) + chunk(b"IDAT", lines) + chunk(b"IEND", b""))
    assert b"PLTE" in found.body
    assert b"tRNS" in found.body


@pytest.mark.parametrize(("kind", "depth", "row"), [(0, 1, 5), (0, 16, 65), (2, 8, 97), (4, 8, 65), (6, 16, 257)])
def test_every_kind_of_pixel_is_measured_right(kind: int, depth: int, row: int) -> None:
    body = zlib.compress(bytes(row) * 32)
    made = SIGNATURE + head(32, 32, depth, kind) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    assert (clean_png(made).width, clean_png(made).height) == (32, 32)
    short = SIGNATURE + head(32, 32, depth, kind) + chunk(b"IDAT", zlib.compress(bytes(row) * 31)) + chunk(b"IEND", b"")
    assert reason(short) == "picture_broken"


@pytest.mark.parametrize(
    ("case", "data", "expected"),
    [
        ("nothing", b"", "picture_missing"),
        ("too heavy", png() + b"\x00" * MOST_BYTES, "picture_too_heavy"),
        ("a JPEG", b"\xff\xd8\xff\xe0" + b"\x00" * 64, "picture_other_kind"),
        ("a GIF", b"GIF89a" + b"\x00" * 64, "picture_other_kind"),
        ("an SVG", b"  <svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "picture_other_kind"),
        ("an SVG with its declaration", b"<?xml version='1.0'?><svg/>", "picture_other_kind"),
        ("a page", b"<!doctype html><script>x()</script>", "picture_unknown"),
        ("a program", b"MZ\x90\x00", "picture_unknown"),
        ("only a signature", SIGNATURE, "picture_broken"),
        ("cut off", png()[:-20], "picture_broken"),
        ("a byte changed", png()[:60] + b"\xff" + png()[61:], "picture_broken"),
        ("no head", SIGNATURE + chunk(b"IDAT", b"x") + chunk(b"IEND", b""), "picture_broken"),
        ("a kind there is not", SIGNATURE + head(64, 48, 8, 5) + chunk(b"IEND", b""), "picture_broken"),
        ("a depth its kind has not", SIGNATURE + head(64, 48, 4, 6) + chunk(b"IEND", b""), "picture_broken"),
        ("colours without a palette", SIGNATURE + head(64, 48, 8, 3) + chunk(b"IEND", b""), "picture_broken"),
        ("fewer pixels than promised", png(64, 48, body=pixels(64, 47)), "picture_broken"),
        ("more pixels than promised", png(64, 48, body=pixels(64, 49)), "picture_broken"),
        ("a filter there is not", png(64, 48, body=b"\x05" + pixels(64, 48)[1:]), "picture_broken"),
        ("two palettes", png(64, 48, chunk(b"PLTE", b"abc"), chunk(b"PLTE", b"abc")), "picture_broken"),
        ("a crooked palette", png(64, 48, chunk(b"PLTE", b"ab")), "picture_broken"),
        ("too narrow", png(31, 48), "picture_wrong_size"),
        ("too high", png(64, 1025), "picture_wrong_size"),
        ("interlaced", SIGNATURE + head(64, 48, interlaced=1) + chunk(b"IEND", b""), "picture_interlaced"),
    ],
)
def test_what_is_no_logo_is_refused_with_its_reason(case: str, data: bytes, expected: str) -> None:
    assert reason(data) == expected, case


def test_a_bomb_is_refused_by_its_head_or_by_the_size_it_promised() -> None:
    huge = SIGNATURE + head(60_000, 60_000) + chunk(b"IDAT", zlib.compress(b"\x00" * 1_000_000)) + chunk(b"IEND", b"")
    assert reason(huge) == "picture_wrong_size"
    lying = png(64, 48, body=b"\x00" * 50_000_000)
    tracemalloc.start()
    assert reason(lying) == "picture_broken"
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 2_000_000  # never unpacked further than the head promised


def test_the_size_is_told_with_the_bounds() -> None:
    with pytest.raises(PictureError) as caught:
        clean_png(png(16, 2000))
    assert caught.value.params == {"width": "16", "height": "2000", "min": "32", "max": "1024"}
