"""Every field of every JSON body and form, wrong in every way that is known: refused in words, never a fault."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
import pytest

from tests.access.browsers import Browser, read
from tests.attacks.bodies import DETAILS, FORMS, JSON
from tests.attacks.field import Field
from tests.attacks.kinds import OWN
from tests.orders.shop import PAIL

_TEXTS: Final = ("a\x00b", "a\u202eb", "\u2066x", "x" * 70_000)
_IDS: Final = ("", "5", "x" * 70_000, "' OR 1=1--", "00000000-0000-0000-0000-00000000000g", "\uff11" * 36)
_NUMBERS: Final = (
    "", "-1", "0", "0.0005", "1e18", "100001", "9" * 5000, "NaN", "Infinity", "1e999999999", "٣", "３", "1.2.3",
    "5 kg", "a\x00", "'",
)  # fmt: skip
_DATES: Final = ("31.02.2027x", "2026-02-30", "9999-12-31", "0001-01-01", "tomorrow", "2026-W01-1", "٢٠٢٦-01-01")
_CHOICES: Final = ("teleport", "DELIVERY", "x" * 70_000)
# JSON knows types of its own; no field of ours is any of these.
_OTHER_TYPES: Final[tuple[object, ...]] = (1.5, dict[str, object](), [list[object]()], 10**30)
_BY_NAME: Final[Mapping[str, Sequence[str]]] = {
    "quantity": _NUMBERS, "quantities": _NUMBERS,
    "expected_gross": tuple(one for one in _NUMBERS if one not in {"0", "100001"}),
    "ship_on": _DATES, "proxy_date": _DATES, "proxy_valid_to": _DATES,
    "delivery": _CHOICES, "do": _CHOICES, "theme": _CHOICES, "locale": _CHOICES, "days": _CHOICES,
    "shared": _CHOICES, "ask_approval": _CHOICES, "read_only": _CHOICES, "may_write": _CHOICES,
    "version": ("-1", "1.5", "x", "9" * 40, "٣"),
}  # fmt: skip
_MORE: Final[Mapping[str, Mapping[str, object]]] = {
    "POST /api/v1/orders": {"partner_id": None},
    "PUT /api/v1/orders/{order_id}": {"customer_number": "", "comment": ""},
    "POST /api/v1/orders/{order_id}/submit": {"expected_gross": "1", "ask_approval": False},
    "PUT /api/v1/orders/{order_id}/pickup": {
        "trailer": "", "vehicle_model": "", "driver_name": "", "driver_document": "", "driver_phone": "",
        "proxy_number": "", "proxy_date": None, "proxy_valid_to": None,
    },
    "PATCH /api/v1/me": {"locale": "kk", "theme": "dark", "phone": ""},
    "POST /api/v1/me/tokens": {"read_only": True},
}  # fmt: skip
# Nobody's fields: passwords are measured, not tidied; a way back that is no path of ours is simply not taken.
_VERBATIM: Final = {"password", "secret", "current", "new", "repeat", "next"}
_WITH_OWN_TESTS: Final = {"POST /api/v1/session", "DELETE /api/v1/session", "POST /{locale}/{tenant_code}/sign-in",
                          "POST /{locale}/{tenant_code}/sign-in/code", "POST /{locale}/{tenant_code}/sign-in/passkey",
                          "POST /api/v1/session/passkey", "POST /api/v1/erp/events"}  # fmt: skip
# In the catalogue's row no quantity takes the product out of the order.
_NO_QUANTITY: Final = {("POST /orders/draft-lines", ""), ("POST /orders/draft-lines", "0")}
REFUSED: Final = {400, 404, 422}


def _wrong(name: str) -> Sequence[str]:
    plain = name.rpartition(".")[2].partition("[")[0]
    if plain in _BY_NAME:
        return _BY_NAME[plain]
    return _IDS if plain.endswith("_id") or plain in {"id", "membership"} else _TEXTS


def _every_wrong(name: str) -> Sequence[object]:
    return (*_wrong(name), *_OTHER_TYPES)


def _path(field: Field, key: str) -> str:
    address = key.partition(" ")[2]
    for name, kinds in field.things.items():
        address = address.replace(f"{{{name}}}", str(kinds[OWN]))
    return address.replace("{country}", "KZ")


def _sender(field: Field, key: str) -> Browser:
    """Somebody whose rights are not what the answer is about."""
    admins = ("users/", "/invitations", "/factor-roles", "/access/", "/settings/", "/audit/", "/erp/")
    if any(place in key for place in admins):
        return field.browsers["admin"]
    decides = ("/approve", "/return", "POST /api/v1/orders/{order_id}/held", "/settle")
    return field.browsers["manager" if key.endswith(decides) else "buyer"]


async def _send_json(field: Field, key: str, body: object) -> tuple[int, str]:
    headers = {"If-Match": f'"{field.version}"', "Idempotency-Key": "one", "Content-Type": "application/json"}
    content = msgspec.json.encode(body)
    method, _, _ = key.partition(" ")
    answer = await _sender(field, key).request(method, _path(field, key), content=content, headers=headers)
    if answer.status_code in REFUSED:
        told = read(answer)
        assert answer.headers["content-type"].startswith("application/problem+json"), key
        assert {"type", "title", "status", "code", "detail", "request_id", "errors"} <= set(told), key
    return answer.status_code, answer.text


_JSON_KEYS: Final = [key for key, body in JSON.items() if key not in _WITH_OWN_TESTS and (body or key in _MORE)]


@pytest.mark.parametrize("key", _JSON_KEYS)
async def test_no_field_of_a_body_takes_a_wrong_value(field: Field, key: str) -> None:
    sound = {**JSON[key], **_MORE.get(key, {})}
    taken: list[str] = []
    for name in sound:
        if name in _VERBATIM or name == "lines":
            continue
        for value in _every_wrong(name):
            status, text = await _send_json(field, key, {**sound, name: value})
            named = any(f'"field":"{name}{after}' in text for after in ('"', "["))  # it, or one of its entries
            if status not in REFUSED or (status != 404 and not named):
                taken.append(f"{name}={value!r:.40}: {status}")
    assert not taken, "\n".join(taken)


@pytest.mark.parametrize("key", _JSON_KEYS)
async def test_no_body_has_a_field_too_many_or_another_shape(field: Field, key: str) -> None:
    taken: list[str] = []
    bodies: Sequence[object] = ({**JSON[key], "is_admin": True}, {**JSON[key], "price": "1"}, [], None, "text", 5)
    for body in bodies:
        status, _ = await _send_json(field, key, body)
        if status not in REFUSED:
            taken.append(f"{body!r:.60}: {status}")
    assert not taken, "\n".join(taken)


async def test_no_line_takes_a_wrong_value(field: Field) -> None:
    key, taken = "POST /api/v1/orders/{order_id}/lines", list[str]()
    sound: Mapping[str, object] = {"product_id": str(PAIL), "quantity": "4", "agreement_id": None}
    for name in sound:
        for value in _every_wrong(name):
            status, text = await _send_json(field, key, {"lines": [{**sound, name: value}]})
            if status not in REFUSED or f'"field":"lines[0].{name}"' not in text:
                taken.append(f"{name}={value!r:.40}: {status}")
    for lines in ([], [sound] * 501):
        assert (await _send_json(field, key, {"lines": lines}))[0] in REFUSED
    assert not taken, "\n".join(taken)


async def test_all_problems_are_told_at_once_and_in_the_reader_s_words(field: Field) -> None:
    body = {**DETAILS, "contract_id": "5", "ship_on": "never", "delivery": "teleport", "comment": "\x00", "price": "1"}
    place = _path(field, "PUT /api/v1/orders/{order_id}")
    answer = await field.browsers["buyer"].put(place, json=body, headers={"If-Match": '"1"'})
    errors = msgspec.convert(read(answer)["errors"], list[dict[str, str]])
    assert {one["field"] for one in errors} == {"contract_id", "ship_on", "delivery", "comment", "price"}
    assert all(one["message"] and one["message"] != one["code"] for one in errors)


@pytest.mark.parametrize("key", [key for key, form in FORMS.items() if form and key not in _WITH_OWN_TESTS])
async def test_no_field_of_a_form_takes_a_wrong_value(field: Field, key: str) -> None:
    line, version = str(field.things["line_id"][OWN]), str(field.version)
    sound = {name: {"VERSION": version, "LINE": line}.get(str(value), str(value)) for name, value in FORMS[key].items()}
    taken: list[str] = []
    for name in (*sound, "price", "lines[0]", "[0]", "a.b.c.d.e.f.g"):
        for value in ("1",) if name not in sound else _wrong(name):
            if (
                name in _VERBATIM
                or (key, value) in _NO_QUANTITY
                or (value == "" and name.endswith("_id"))
                or value in sound.values()
            ):
                continue  # nothing chosen is a choice of a draft
            form = {**sound, name: value}
            answer = await _sender(field, key).post(_path(field, key), data=form)
            if answer.status_code not in REFUSED:
                taken.append(f"{name}={value!r:.40}: {answer.status_code}")
    assert not taken, "\n".join(taken)
