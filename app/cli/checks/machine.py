"""Packages, free space and settings: what the portal stands on."""

import difflib
import platform
import re
import shutil
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import cast

from app.cli.checks import Finding, bad, doubtful, good
from app.cli.site import ROOT, Site
from app.config import read_settings

PINNED = re.compile(r"^([\w.-]+)==([\w.!+-]+)((?: ;[^\\\n]*)?)", re.MULTILINE)
# PostgreSQL stops with a panic on a full disk; the portal refuses uploads and orders before that.
SCARCE, ALMOST_NONE = 0.05, 0.02
KNOWN_SETTINGS = {
    *(f"KARAVAN_{name}" for name in ("DATABASE_URL", "DATABASE_CLIENT_URL", "DATABASE_STAFF_URL", "REDIS_URL")),
    *(f"KARAVAN_{name}" for name in ("ERP_URL", "ERP_PASSWORD", "HOST", "PORT", "WEB_WORKERS", "SECRET_KEY")),
    *(f"KARAVAN_{name}" for name in ("PUBLIC_URL", "DATA_DIR", "SMTP_URL", "PROFILE", "PG_BIN", "REDIS_BIN")),
}


async def check_packages(_site: Site) -> list[Finding]:
    """Compare what is installed with the lock."""
    pinned = pinned_versions(ROOT / "requirements.lock")
    wrong = [f"{name} is {found}, not {wanted}" for name, wanted in pinned.items() if (found := _found(name)) != wanted]
    if wrong:
        return [bad(f"Packages differ from requirements.lock: {'; '.join(wrong)}. Run `make up` again.")]
    return [good(f"Python {platform.python_version()}, all {len(pinned)} packages as pinned")]


def pinned_versions(lock: Path) -> dict[str, str]:
    """Versions the lock demands of every machine; lines meant for some machines only are left out."""
    lines = cast("list[tuple[str, str, str]]", PINNED.findall(lock.read_text()))
    return {name: wanted for name, wanted, condition in lines if not condition}


async def check_space(site: Site) -> list[Finding]:
    """Look at the disk of the data folder."""
    disk = shutil.disk_usage(site.folder)
    share = disk.free / disk.total
    words = f"{disk.free / 1e9:.1f} GB free ({share:.0%}) where {site.folder} is"
    if share < ALMOST_NONE:
        return [bad(f"{words}. Free some now: PostgreSQL stops when none is left.")]
    return [doubtful(f"{words}. Free some soon.")] if share < SCARCE else [good(words)]


async def check_settings(site: Site) -> list[Finding]:
    """Find settings that nobody reads, and values that would stop a start."""
    chosen = {name for name in site.env if name.startswith("KARAVAN_")}
    findings = [doubtful(_unknown(name)) for name in sorted(chosen - KNOWN_SETTINGS)]
    # Placeholders for what the starter fills in; only the person's own values can be wrong.
    filled = {f"KARAVAN_DATABASE{kind}_URL": "postgresql://-" for kind in ("", "_CLIENT", "_STAFF")}
    filled |= {"KARAVAN_REDIS_URL": "redis://-", "KARAVAN_ERP_URL": "http://-", "KARAVAN_SECRET_KEY": "-" * 32}
    try:
        read_settings({**filled, **site.env})
    except Exception as error:  # noqa: BLE001 - whatever is wrong with them is the finding
        return [*findings, bad(str(error))]
    words = ", ".join(sorted(chosen & KNOWN_SETTINGS)) or "none, so everything is embedded"
    return [*findings, good(f"Settings: {words}")]


def _unknown(name: str) -> str:
    close = difflib.get_close_matches(name, KNOWN_SETTINGS, n=1)
    return f"{name} is not a setting of Karavan" + (f"; did you mean {close[0]}?" if close else ".")


def _found(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"
