"""The lint that keeps statements in ``queries`` and transactions that act for nobody with the jobs."""

from typing import Final

import pytest

from tools.phases import ROOT
from tools.reads import APP, NOBODY, SPEAKERS, find_faults, is_queries, main

SERVICE: Final = "app/orders/services/placing.py"


@pytest.mark.parametrize(
    "line",
    [
        "rows = await transaction.driver.fetch(TEXT, 1)",
        "rows = await desk.transaction.connection.execute(statement)",
        "row = await session.get(Order, key)",
        "row = await transaction.session.scalars(statement)",
        "statement = sa.select(Order)",
        "statement = sa.update(Order).values(state='x')",
        "from sqlalchemy import select",
        'TEXT = "SELECT number FROM orders"',
        'TEXT = "  UPDATE orders o SET state = $1"',
        'TEXT = f"DELETE FROM orders WHERE id = {order_id}"',
        'TEXT = "WITH page AS (SELECT 1) SELECT 2"',
    ],
)
def test_a_statement_outside_queries_is_found(line: str) -> None:
    assert [fault.line for fault in find_faults(SERVICE, f"\n{line}\n")] == [2]
    assert find_faults("app/orders/queries/board.py", line) == []
    assert find_faults("app/partners/queries.py", line) == []


@pytest.mark.parametrize(
    "line",
    [
        "open_transaction(engine, read_only=True)",
        "open_tenant_transaction(engine, 1)",
        "transaction.open_tenant_transaction(engine, 1, grounds=None)",
    ],
)
def test_a_transaction_that_acts_for_nobody_is_found_even_in_queries(line: str) -> None:
    for path in (SERVICE, "app/orders/queries/board.py"):
        assert [fault.says.split(":")[0] for fault in find_faults(path, line)] == [
            "opens a transaction that acts for nobody"
        ]
    assert find_faults("app/erp/feed.py", line) == []


@pytest.mark.parametrize(
    "line",
    [
        "open_tenant_transaction(engine, 1, grounds=Grounds())",
        "found = await self.client.get('/orders')",
        'note = "Select a product"',
        "session.add(order)",
    ],
)
def test_what_reads_nothing_is_left_alone(line: str) -> None:
    assert find_faults(SERVICE, line) == []


def test_names_of_folders_and_not_parts_of_names_are_queries() -> None:
    assert not is_queries("app/orders/queries_of_old.py")
    assert is_queries("app/catalog/queries/page.py")


def test_every_exception_is_still_there_and_has_a_reason() -> None:
    for places in (SPEAKERS, NOBODY):
        assert all((ROOT / place).exists() and reason for place, reason in places.items())


def test_every_exception_is_still_needed_and_only_where_no_request_comes_a_whole_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert {place for place in SPEAKERS if (ROOT / place).is_dir()} == {"app/erp", "app/cli"}
    needed = dict(SPEAKERS)
    for place in needed:
        monkeypatch.delitem(SPEAKERS, place)
        files = (ROOT / place).rglob("*.py") if (ROOT / place).is_dir() else [ROOT / place]
        texts = {file.relative_to(ROOT).as_posix(): file.read_text(encoding="utf-8") for file in files}
        assert any("queries" in fault.says for path in texts for fault in find_faults(path, texts[path])), place


def test_the_portal_keeps_to_it() -> None:
    assert APP.is_dir()
    assert main() == 0
