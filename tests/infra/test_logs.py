"""Nothing secret and nobody's data reaches a log, whoever writes it and however (RELIABILITY, G14)."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import cast

import pytest

from app.infra.logs import HIDDEN, clean_text, clean_value
from tests.support.waiting import eventually

ROOT = Path(__file__).parents[2]
PLANTED = {
    "session cookie": "karavan_session=1.c.9rX7mQ2vT5yB8nK1pL4sD6fG3hJ0wZaE",
    "staff cookie": "2.s.9rX7mQ2vT5yB8nK1pL4sD6fG3hJ0wZaE in a sentence",
    "bearer": "Authorization: Bearer 1.c.9rX7mQ2vT5yB8nK1pL4sD6fG3hJ0wZaE",
    "basic": "Basic 9rX7mQ2vT5yB8nK1pL4s",
    "database url": "postgresql://karavan_staff:9rX7mQ2vT5yB8nK1@127.0.0.1:5432/karavan",
    "database url with signs": "postgresql://u:9rX7mQ2v@T5yB8nK1@db.example/k",
    "redis url": "redis://:9rX7mQ2vT5yB8nK1@127.0.0.1:6379/0",
    "e-mail": "no mailbox 9rX7mQ2v.buyer@Client-One.example here",
    "BIN": "counterparty 990123456789 is unknown",
    "phone": "driver +7 (701) 990-12-34 called",
    "row": "duplicate key\nDETAIL:  Key (email)=(9rX7mQ2v) already exists.\nmore",
}  # fmt: skip
SECRETS = ("9rX7mQ2v", "T5yB8nK1", "990123456789", "990-12-34")
NAMES = (
    "password", "new_password", "secret_key", "token", "csrf_token", "cookie", "Authorization", "otp", "credential",
    "iin", "bin", "tax_id", "email", "phone", "login",
)  # fmt: skip
SPEAKER = """
import logging, sys, structlog
from app.infra.logs import set_up_logs
set_up_logs()
texts = sys.argv[1:]
ours, theirs = structlog.stdlib.get_logger("karavan"), logging.getLogger("some.library")
for text in texts:
    ours.info("it is " + text, text=text, several=[text], named={"inner": text}, password=text)
    theirs.warning("about %s", text)
    for log in (ours, theirs):
        try:
            secret = text
            raise ValueError(text)
        except ValueError:
            log.exception("failed")
theirs.info("too quiet")
"""


@pytest.mark.parametrize("text", PLANTED.values(), ids=PLANTED.keys())
def test_a_text_loses_what_is_secret_and_keeps_the_rest(text: str) -> None:
    cleaned = clean_text(text)
    assert not [secret for secret in SECRETS if secret in cleaned]
    assert HIDDEN in cleaned


@pytest.mark.parametrize(
    "text",
    [
        "order 0193e5f2-7c1a-7b11-8a00-000000000001 sent",
        "at 2026-03-01T10:20:30.123456+05:00",
        "http://127.0.0.1:8000/orders",
        "batch 123456789012.5 of 7",
        "price 12 345,50",
        "row 42 in 17.250 s",
    ],
)
def test_what_helps_to_find_a_fault_stays(text: str) -> None:
    assert clean_text(text) == text


@pytest.mark.parametrize("name", NAMES)
def test_a_name_hides_its_value_at_any_depth(name: str) -> None:
    assert clean_value({"outer": [{name: "9rX7mQ2v", "kind": "k"}]}) == {"outer": [{name: HIDDEN, "kind": "k"}]}


def test_every_line_of_every_writer_is_json_without_a_secret() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SPEAKER, *PLANTED.values()], cwd=ROOT, capture_output=True, text=True, check=True
    )
    lines = [cast("dict[str, object]", json.loads(line)) for line in done.stderr.splitlines()]
    assert len(lines) == 4 * len(PLANTED)
    assert {line["level"] for line in lines} == {"info", "warning", "error"}
    assert sum("exception" in line for line in lines) == 2 * len(PLANTED)
    assert not [secret for secret in SECRETS if secret in done.stderr]
    assert "too quiet" not in done.stderr


def test_the_worker_keeps_its_secrets_when_everything_around_it_is_away(tmp_path: Path) -> None:
    """With nothing to talk to, all it writes is about failures, and every address in its settings has a password."""
    address = "postgresql://karavan:9rX7mQ2vT5yB8nK1@127.0.0.1:9/karavan"
    settings = {
        "DATABASE_URL": address, "DATABASE_CLIENT_URL": address, "DATABASE_STAFF_URL": address,
        "REDIS_URL": "redis://:9rX7mQ2vT5yB8nK1@127.0.0.1:9/0", "ERP_URL": "http://127.0.0.1:9",
        "ERP_PASSWORD": "9rX7mQ2vT5yB8nK1", "SECRET_KEY": "9rX7mQ2vT5yB8nK1" * 4, "DATA_DIR": str(tmp_path),
    }  # fmt: skip
    environment = {**os.environ, **{f"KARAVAN_{name}": value for name, value in settings.items()}, "KARAVAN_PORT": "1"}
    log = tmp_path / "worker.log"
    with (
        log.open("wb") as out,
        subprocess.Popen([sys.executable, "-m", "app.worker"], cwd=ROOT, env=environment, stderr=out) as running,
    ):
        eventually(lambda: "loop.cut_off" in log.read_text(), 60)
        running.terminate()
    told = "".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file())
    assert "loop.cut_off" in told
    assert not [secret for secret in SECRETS if secret in told]
