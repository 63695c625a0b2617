"""What is kept of messages to the ERP tells nobody's telephone, document or password. No server takes part."""

import msgspec
import pytest

from app.erp.masking import LONGEST_REQUEST, masked, masked_json, masked_text

VEHICLE = {
    "ВодительФИО": "Сериков Дамир Ерланович",
    "УдостоверениеНомер": "012345678",
    "ВодительТелефон": "+7 701 555 12 34",
    "АвтомобильГосударственныйНомер": "123 ABC 02",
    "Доверенность": "17 от 01.02.2026",
    "Заказ_Key": "0b1f8a52-6c0e-4f0e-9a54-3f6f1f0e7c23",
}


def test_drivers_papers_and_telephones_are_left_only_in_part() -> None:
    text = masked_json(msgspec.json.encode({"data": VEHICLE}))
    for secret in ("Дамир", "012345678", "555", "17 от"):
        assert secret not in text
    assert "123 ABC 02" in text
    assert "0b1f8a52-6c0e-4f0e-9a54-3f6f1f0e7c23" in text


@pytest.mark.parametrize("name", ["password", "Пароль", "access_token", "СекретПодсказок", "Authorization"])
def test_secrets_go_whole(name: str) -> None:
    assert masked({name: "karavan-erp"}) == {name: "•••"}
    assert masked({name: {"inner": "karavan-erp"}}) == {name: "•••"}


@pytest.mark.parametrize("phone", ["+7 701 555 12 34", "8(701)555-12-34", "87015551234", "+996 555 123 456"])
def test_a_telephone_in_a_comment_is_masked(phone: str) -> None:
    comment = f"Позвоните {phone} заранее"
    assert phone not in masked_text(comment)
    assert phone not in str(masked({"Комментарий": comment}))


@pytest.mark.parametrize(
    "text", ["2026-11-22T10:00:00+00:00", "0b1f8a52-6c0e-4f0e-9a54-3f6f1f0e7c23", "12500.0000", "P-2026-4829131"]
)
def test_what_is_no_telephone_stays(text: str) -> None:
    assert masked_text(text) == text


def test_a_login_in_an_answer_is_masked() -> None:
    assert "0J/QvtGA" not in masked_text("Authorization: Basic 0J/QvtGA0YLQsNC7Og==")


def test_a_personal_object_is_masked_in_its_parts() -> None:
    assert "Дамир" not in str(masked({"Водитель": {"Имя": "Дамир Сериков", "Стаж": 12345678}}))


def test_what_is_kept_is_bounded() -> None:
    assert len(masked_json(msgspec.json.encode({"Комментарий": ["я" * 900] * 900}))) <= LONGEST_REQUEST
    assert masked({"Товары": list(range(41))}) == {"Товары": [*range(40), "… +1"]}


def test_what_is_no_json_is_masked_as_a_text() -> None:
    assert masked_json(b"<html>Basic 0J/QvtGA0YLQsNC7Og==</html>") == "<html>Basic •••</html>"
