"""Names of files as people read them."""

import pytest

from app.documents.names import plain_name


@pytest.mark.parametrize("name", ["Счёт № 5 (копия).pdf", "Шарт — қосымша.pdf", 'a "b" & c.txt', "..."])
def test_a_usual_name_stays(name: str) -> None:
    assert plain_name(name) == name


@pytest.mark.parametrize("mark", ["\x00", "\r", "\n", "\x7f", "/", "\\", "\u200b", "\u202e", "\u2066", "\ufeff"])
def test_what_is_not_seen_or_leads_elsewhere_is_a_low_line(mark: str) -> None:
    assert plain_name(f"a{mark}b") == "a_b"
