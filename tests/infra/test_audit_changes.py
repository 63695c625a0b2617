"""What the audit trail keeps of a change: what differs, and nothing that must not stay for ever."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from app.infra.audit_changes import differences, mask, readable
from app.kernel.ids import new_id
from app.kernel.masking import HIDDEN


def test_only_fields_that_differ_are_kept() -> None:
    before = {"state": "draft", "gross": Decimal("10.00"), "comment": ""}
    after = {"state": "submitted", "gross": Decimal(10), "comment": ""}
    assert differences(before, after) == ({"state": "draft"}, {"state": "submitted"})


def test_what_began_has_no_before_and_what_ended_no_after() -> None:
    assert differences(None, {"label": "Warehouse"}) == (None, {"label": "Warehouse"})
    assert differences({"label": "Warehouse"}, None) == ({"label": "Warehouse"}, None)
    assert differences(None, None) == (None, None)


def test_a_field_of_one_side_only_is_a_change() -> None:
    assert differences({"old": 1}, {"new": None}) == ({"old": 1}, {"new": None})


@pytest.mark.parametrize("name", ["password", "new_password", "token_hash", "totp_secret", "credential", "otp"])
def test_that_a_secret_changed_is_kept_and_nothing_of_it(name: str) -> None:
    assert differences({name: "one"}, {name: "two"}) == ({name: HIDDEN}, {name: HIDDEN})


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("phone", "+7 701 555 12 34", "+7•••34"),
        ("driver_name", "Аблай Сериков", "Аб•••ов"),
        ("driver_document", "12345", HIDDEN),
        ("email", "aigerim@ak-biday.example", "a•••@ak-biday.example"),
        ("driver_name", "", ""),
        ("phone", None, None),
        ("remaining", "12", "12"),
    ],
)
def test_personal_data_is_kept_only_so_far_that_a_change_shows(name: str, value: object, kept: object) -> None:
    assert mask(name, value) == kept


def test_masked_fields_that_look_alike_still_show_as_changed() -> None:
    assert differences({"phone": "+7 701 555 12 34"}, {"phone": "+7 702 555 12 34"}) == (
        {"phone": "+7•••34"},
        {"phone": "+7•••34"},
    )


def test_every_kind_of_value_becomes_json() -> None:
    one = new_id()
    told = readable(
        {
            "id": one,
            "sum": Decimal("1500.50"),
            "big": Decimal("1E+6"),
            "none": Decimal("0.00"),
            "day": date(2026, 2, 28),
            "at": datetime(2026, 2, 28, 9, 30, tzinfo=UTC),
            "regions": {"b", "a"},
            "lines": [Decimal("2.500"), {"password": "x"}],
            "flag": True,
        }
    )
    assert told == {
        "id": str(one),
        "sum": "1500.5",
        "big": "1000000",
        "none": "0",
        "day": "2026-02-28",
        "at": "2026-02-28T09:30:00+00:00",
        "regions": ["a", "b"],
        "lines": ["2.5", {"password": HIDDEN}],
        "flag": True,
    }


def test_long_texts_and_lists_are_cut_and_nul_is_left_out() -> None:
    told = readable({"text": "ы" * 3000, "many": list(range(300)), "odd": "a\x00b"})
    assert len(str(told["text"])) == 2000
    assert str(told["text"]).endswith("…")
    assert told["many"] == list(range(200))
    assert told["odd"] == "ab"
