"""Which coding an ``Accept-Encoding`` header asks for, and that packing loses nothing."""

import gzip

import brotli
import pytest

from app.infra.packing import Coding, choose_coding, pack_file, pack_page


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("", None),
        ("br", "br"),
        ("gzip, deflate, br, zstd", "br"),
        ("GZIP , BR;Q=0.9", "gzip"),
        ("br;q=0.8,gzip;q=0.8", "br"),
        ("br; q=0.7, gzip; q=0.8", "gzip"),
        ("br;q=0.000, *", "gzip"),
        ("*", "br"),
        ("*;q=0", None),
        ("gzip;q=1.000, identity;q=0", "gzip"),
        ("identity;q=1, gzip;q=0.5", None),
        # What is no quality is no consent.
        ("br;q=nan, gzip;q=inf", None),
        ("br;q=2, gzip;q=-1", None),
        ("br;level=5", None),
        (",;,;q=1", None),
        ("x" * 5000 + ", br", None),
    ],
)
def test_the_most_welcome_coding_is_chosen(accepted: str, coding: Coding | None) -> None:
    assert choose_coding(accepted) == coding


def test_what_is_packed_unpacks_to_the_same_and_brotli_is_lighter() -> None:
    text = "".join(f"<tr><td>{number}</td><td>{number * 7919 % 1000} ₸</td></tr>" for number in range(400)).encode()
    for pack in (pack_page, pack_file):
        assert brotli.decompress(pack(text, "br")) == text
        assert gzip.decompress(pack(text, "gzip")) == text
        assert len(pack(text, "br")) < len(pack(text, "gzip"))
