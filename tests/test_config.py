"""A wrong or missing setting stops the start with one sentence that names it."""

import pytest

from app.config import SettingError, read_settings

GOOD = {
    "KARAVAN_DATABASE_URL": "postgresql://owner@127.0.0.1/karavan",
    "KARAVAN_DATABASE_CLIENT_URL": "postgresql://client@127.0.0.1/karavan",
    "KARAVAN_DATABASE_STAFF_URL": "postgresql://staff@127.0.0.1/karavan",
    "KARAVAN_REDIS_URL": "redis://127.0.0.1:6379/0",
    "KARAVAN_ERP_URL": "http://127.0.0.1:7380/",
    "KARAVAN_SECRET_KEY": "0123456789abcdef0123456789abcdef",
}


def test_good_settings_are_read_with_their_defaults() -> None:
    settings = read_settings(GOOD)
    assert settings.erp_url == "http://127.0.0.1:7380"
    assert settings.public_url == "http://127.0.0.1:8000"
    assert (settings.host, settings.port, settings.web_workers, settings.profile) == ("127.0.0.1", 8000, 1, "demo")
    assert settings.smtp_url == ""


def test_servers_of_the_erp_are_listed_with_commas() -> None:
    found = read_settings({**GOOD, "KARAVAN_ERP_HOSTS": " https://ERP.plant.example/ ,http://10.0.0.5:8080,"})
    assert found.erp_hosts == ("https://erp.plant.example", "http://10.0.0.5:8080")
    assert read_settings(GOOD).erp_hosts == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", ""),
        ("DATABASE_CLIENT_URL", "mysql://x"),
        ("REDIS_URL", "http://127.0.0.1"),
        ("ERP_URL", "ftp://127.0.0.1"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "٨٠٠٠"),
        ("PORT", "8000; rm"),
        ("WEB_WORKERS", "-1"),
        ("SECRET_KEY", "short"),
        ("ERP_HOSTS", "erp.plant.example"),
        ("ERP_HOSTS", "https://erp.plant.example/path"),
        ("ERP_HOSTS", "https://erp.plant.example, ftp://x"),
    ],
)
def test_a_bad_setting_is_named_in_one_sentence(name: str, value: str) -> None:
    with pytest.raises(SettingError) as caught:
        read_settings({**GOOD, f"KARAVAN_{name}": value})
    message = str(caught.value)
    assert f"KARAVAN_{name}" in message
    assert "\n" not in message
