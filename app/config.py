"""Settings, all from the environment under ``KARAVAN_`` (CONTRACT, section 2)."""

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

LOCALES = ("ru", "kk", "en")


class SettingError(Exception):
    """A setting is wrong or missing; the message is one sentence that names it."""


class Settings(Struct, frozen=True):
    """What one process of the portal needs to know; addresses are URLs, paths are absolute."""

    database_url: str  # owner: migrations only
    database_client_url: str  # karavan_client: cabinets of client organisations
    database_staff_url: str  # karavan_staff: the manufacturer's people, the worker
    redis_url: str
    erp_url: str
    erp_password: str
    host: str
    port: int
    web_workers: int
    secret_key: str
    public_url: str  # scheme://host[:port], the one allowed origin
    data_dir: Path
    smtp_url: str  # empty: mail goes to data_dir/mail
    profile: str
    erp_hosts: tuple[str, ...] = ()  # servers administrators may name for their infobase, beside the one of erp_url


def read_settings(env: Mapping[str, str] | None = None) -> Settings:
    """Read the settings of this process.

    Raises:
        SettingError: the first setting that is missing or malformed.
    """
    source = os.environ if env is None else env
    host, port = source.get("KARAVAN_HOST", "127.0.0.1"), _port(source)
    return Settings(
        database_url=_url(source, "DATABASE_URL", "postgresql"),
        database_client_url=_url(source, "DATABASE_CLIENT_URL", "postgresql"),
        database_staff_url=_url(source, "DATABASE_STAFF_URL", "postgresql"),
        redis_url=_url(source, "REDIS_URL", "redis", "rediss"),
        erp_url=_url(source, "ERP_URL", "http", "https").rstrip("/"),
        erp_password=source.get("KARAVAN_ERP_PASSWORD", ""),
        host=host,
        port=port,
        web_workers=_count(source, "WEB_WORKERS", 1),
        secret_key=_secret(source),
        public_url=source.get("KARAVAN_PUBLIC_URL", f"http://{host}:{port}").rstrip("/"),
        data_dir=Path(source.get("KARAVAN_DATA_DIR", "var")).resolve(),
        smtp_url=source.get("KARAVAN_SMTP_URL", ""),
        profile=source.get("KARAVAN_PROFILE", "demo"),
        erp_hosts=_hosts(source),
    )


def _url(source: Mapping[str, str], name: str, *schemes: str) -> str:
    value = source.get(f"KARAVAN_{name}", "")
    if not value:
        message = f"KARAVAN_{name} is not set; `make up` sets it, or give a {schemes[0]}:// address."
        raise SettingError(message)
    if urlsplit(value).scheme not in schemes:
        message = f"KARAVAN_{name} must begin with {schemes[0]}://"
        raise SettingError(message)
    return value


def _hosts(source: Mapping[str, str]) -> tuple[str, ...]:
    listed = [one.strip().lower().rstrip("/") for one in source.get("KARAVAN_ERP_HOSTS", "").split(",") if one.strip()]
    for one in listed:
        parts = urlsplit(one)
        if parts.scheme not in {"http", "https"} or not parts.netloc or one != f"{parts.scheme}://{parts.netloc}":
            message = f"KARAVAN_ERP_HOSTS must list servers such as https://erp.plant.example, not {one!r}."
            raise SettingError(message)
    return tuple(listed)


def _port(source: Mapping[str, str]) -> int:
    port = _count(source, "PORT", 8000)
    if port > 65535:  # noqa: PLR2004 - the largest TCP port
        message = "KARAVAN_PORT must be between 1 and 65535."
        raise SettingError(message)
    return port


def _count(source: Mapping[str, str], name: str, default: int) -> int:
    raw = source.get(f"KARAVAN_{name}", str(default))
    if not raw.isascii() or not raw.isdigit() or int(raw) < 1:
        message = f"KARAVAN_{name} must be a whole number of at least 1, not {raw!r}."
        raise SettingError(message)
    return int(raw)


def _secret(source: Mapping[str, str]) -> str:
    secret = source.get("KARAVAN_SECRET_KEY", "")
    if len(secret) < 32:  # noqa: PLR2004 - 128 bits in hex
        message = "KARAVAN_SECRET_KEY must have at least 32 characters; `make up` makes one."
        raise SettingError(message)
    return secret
