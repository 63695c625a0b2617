"""Which addresses of an infobase are taken: the listed servers, in one spelling, and nothing that reads as another."""

import pytest

from app.settings.rules.addresses import AddressError, is_listed, origin_of, read_base

LISTED = ("https://erp.plant.example", "http://10.0.0.5:8080")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://erp.plant.example", "https://erp.plant.example"),
        ("https://ERP.Plant.Example/", "https://erp.plant.example"),
        ("  https://erp.plant.example:443/1c/ ", "https://erp.plant.example/1c"),
        ("http://10.0.0.5:8080/base", "http://10.0.0.5:8080/base"),
        ("http://10.0.0.5:80", "http://10.0.0.5"),
        ("http://[::1]:7380", "http://[::1]:7380"),
    ],
)
def test_an_address_is_kept_in_one_spelling(text: str, expected: str) -> None:
    assert read_base(text) == expected
    assert read_base(expected) == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "address_malformed"),
        ("erp.plant.example", "address_scheme"),
        ("//erp.plant.example", "address_scheme"),
        ("ftp://erp.plant.example", "address_scheme"),
        ("file:///etc/passwd", "address_scheme"),
        ("gopher://10.0.0.5:8080", "address_scheme"),
        ("https://user@erp.plant.example", "address_with_user"),
        ("https://erp.plant.example@evil.example", "address_with_user"),
        ("https://erp.plant.example:80:443", "address_malformed"),
        ("https://erp.plant.example:99999", "address_malformed"),
        ("https://erp.plant.example:0", "address_malformed"),
        ("https://", "address_malformed"),
        ("https://erp.plant.example?x=1", "address_malformed"),
        ("https://erp.plant.example?", "address_malformed"),
        ("https://erp.plant.example#x", "address_malformed"),
        ("https://erp.plant.example/a/../b", "address_malformed"),
        ("https://erp.plant.example/%2e%2e", "address_malformed"),
        ("https://erp.plant.example//evil.example", "address_malformed"),
        ("https://erp.plant.example\\@evil.example", "address_malformed"),
        ("https://erp.plant.example\r\nHost: evil", "address_malformed"),
        ("https://erp plant", "address_malformed"),
        ("https://ерп.example", "address_malformed"),
        ("https://-erp.example", "address_malformed"),
        ("https://erp.plant.example/" + "a" * 200, "address_malformed"),
    ],
)
def test_whatever_could_be_read_as_another_address_is_refused(text: str, code: str) -> None:
    with pytest.raises(AddressError) as caught:
        read_base(text)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("https://erp.plant.example", True),
        ("https://erp.plant.example/1c", True),
        ("http://10.0.0.5:8080/x", True),
        ("http://erp.plant.example", False),  # not encrypted: another server to us
        ("https://erp.plant.example:8443", False),
        ("http://10.0.0.5", False),
        ("http://10.0.0.5:80801", False),
        ("https://erp.plant.example.evil.example", False),
        ("https://evil.example/erp.plant.example", False),
        ("http://127.0.0.1:8080", False),
        ("http://2130706433:8080", False),
        ("http://[::ffff:10.0.0.5]:8080", False),
    ],
)
def test_only_the_servers_the_operator_lists_are_called(base: str, *, expected: bool) -> None:
    assert is_listed(base, LISTED) is expected


def test_the_server_of_an_address_is_its_scheme_host_and_port() -> None:
    assert origin_of("http://10.0.0.5:8080/base/x") == "http://10.0.0.5:8080"
