"""docs/erp-surface-h.md says what the program does: the portal is written from that page alone."""

from pathlib import Path

from erp_peer.commands.wording import message
from erp_peer.rules.problems import Code, Problem
from erp_peer.streams.page import sections

PAGE = (Path(__file__).parents[2] / "docs" / "erp-surface-h.md").read_text(encoding="utf-8")
FIGURES = (
    *("Статус", "Валюта", "expected", "Количество", "multiple", "amount", "minimum", "Просрочено", "ДнейПросрочки"),
    *("limit", "over", "free", "asked", "Сумма", "Номер"),
)


def test_the_column_tables_are_those_of_the_program() -> None:
    assert PAGE.endswith(sections())


def test_every_refusal_is_on_the_page_and_has_a_text() -> None:
    for code in Code:
        assert f"`{code}`" in PAGE, code
        text = message(Problem(code, dict.fromkeys(FIGURES, "7"), "3"))
        assert text.startswith("Строка 3: ")
        assert "{" not in text
