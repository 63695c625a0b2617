"""What a publication leaves in the audit trail: needs no server, so that it can be mutated."""

from datetime import UTC, datetime

from app.rights.rules.lines import Line, Terms
from app.rights.rules.recording import MOST_CELLS, changed_cells, say

SINCE, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
VIEW = Line("r:admin", "order", "view", "allow", Terms())


def line(action: str = "view", *, lin: str = "*", org: str = "*", reg: str = "*") -> Line:
    return Line("r:admin", "order", action, "allow", Terms(lin=lin, org=org, reg=reg))


def test_a_line_says_its_effect_and_every_term_that_limits_it() -> None:
    whole = Terms("1", "2", "3", "4", "5", "6", "live", "@own", SINCE, UNTIL)
    assert say(VIEW) == "allow"
    assert say(Line("r:admin", "order", "view", "deny", whole)) == (
        "deny reg=1 org=2 ctr=3 agr=4 lin=5 prd=6 val=live aut=@own"
        " since=2026-01-01T00:00:00+00:00 until=2026-02-01T00:00:00+00:00"
    )


def test_only_cells_that_changed_are_named_with_all_they_said_and_say() -> None:
    stays, went, came = line(lin="7"), line(org="@own"), line(reg="1")
    before = [VIEW, line("draft"), stays, went]
    after = [came, stays, VIEW, line("draft"), line("submit")]
    assert changed_cells(before, after) == (
        {"r:admin order:submit": [], "r:admin order:view": ["allow", "allow lin=7", "allow org=@own"]},
        {"r:admin order:submit": ["allow"], "r:admin order:view": ["allow", "allow lin=7", "allow reg=1"]},
    )
    assert changed_cells(before, before) == ({}, {})


def test_of_very_many_cells_the_first_are_named() -> None:
    many = [line(f"act{number:03}") for number in range(MOST_CELLS + 1)]
    was, now = changed_cells(many, [])
    assert list(was) == list(now) == [f"r:admin order:act{number:03}" for number in range(MOST_CELLS)]
    assert set(map(tuple, now.values())) == {()}
