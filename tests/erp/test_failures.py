"""What an answer, or none, means: the table of ERP-EXCHANGE 4.4."""

import httpx
import pytest

from app.erp.wire.failures import failure_of_answer, failure_of_transport

JSON = "application/json;charset=utf-8"
HTML = "text/html;charset=utf-8"


def told(code: str, *, retry: bool, after_ms: int | None = None) -> bytes:
    after = "null" if after_ms is None else str(after_ms)
    return (f'{{"error":{{"code":"{code}","retry":{str(retry).lower()},"after_ms":{after},"message":"m"}}}}').encode()


@pytest.mark.parametrize(
    ("case", "status", "content_type", "body", "failure"),
    [
        ("lock wait", 503, JSON, told("lock_conflict", retry=True), "transient"),
        ("fault of the ERP itself", 500, JSON, told("internal", retry=True), "transient"),
        ("too many requests", 429, "text/plain", b"", "transient"),
        ("page of a proxy", 502, HTML, b"<html>", "unknown"),
        ("nothing at all", 500, "", b"", "unknown"),
        ("JSON that is cut", 500, JSON, b'{"error":{"co', "unknown"),
        ("maintenance said in words", 503, JSON, told("maintenance", retry=True), "channel"),
        ("maintenance as a page", 503, HTML, b"<html>", "channel"),
        ("wrong password", 401, HTML, b"<html>", "channel"),
        ("another tenant", 403, JSON, told("tenant_mismatch", retry=False), "channel"),
        ("a login page that says 200", 200, HTML, b"<html>", "channel"),
        ("sent elsewhere", 302, HTML, b"", "channel"),
        ("no licence", 500, HTML, "Не обнаружено свободной лицензии".encode(), "channel"),
        ("a field it does not know", 400, JSON, told("bad_request", retry=False), "schema"),
        ("an id used for something else", 409, JSON, told("id_reuse", retry=False), "schema"),
        ("too large", 413, JSON, told("too_large", retry=False), "schema"),
        ("no such place", 404, HTML, b"<html>", "schema"),
    ],
)
def test_answers_are_classed(case: str, status: int, content_type: str, body: bytes, failure: str) -> None:
    found = failure_of_answer(status, content_type, body)
    assert found is not None, case
    assert found.failure == failure, case


def test_a_good_answer_is_no_failure() -> None:
    assert failure_of_answer(200, JSON, b"{}") is None


def test_the_erp_may_ask_for_time() -> None:
    found = failure_of_answer(503, JSON, told("lock_conflict", retry=True, after_ms=800))
    assert found is not None
    assert (found.code, found.after_s) == ("lock_conflict", 0.8)


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (httpx.ConnectError("refused"), "channel"),
        (httpx.ConnectTimeout("slow"), "channel"),
        (httpx.PoolTimeout("busy"), "channel"),
        (httpx.ReadTimeout("silent"), "unknown"),
        (httpx.ReadError("reset"), "unknown"),
        (httpx.WriteError("reset"), "unknown"),
        (httpx.RemoteProtocolError("cut"), "unknown"),
    ],
)
def test_before_anything_was_sent_the_outcome_is_known(error: httpx.HTTPError, failure: str) -> None:
    assert failure_of_transport(error).failure == failure
