"""What the starter prints, and the small questions it asks of files."""

from pathlib import Path

from app.cli.checks.machine import pinned_versions
from app.cli.first_load import Progress, describe
from app.cli.schema import known_steps, newest_steps
from app.cli.show import Account, banner
from app.cli.site import ROOT


def account(tenant: str, role: str, login: str) -> Account:
    return Account(tenant, "ТОО «Бір»", "service", role, login, "word", "ru")


def test_the_banner_shows_one_account_of_each_role_of_the_first_tenant() -> None:
    accounts = [
        account("one", "admin", "a@one.example"),
        account("one", "forwarder", "f@one.example"),
        account("one", "forwarder", "g@one.example"),
        account("two", "admin", "a@two.example"),
    ]
    lines = banner("http://127.0.0.1:8000", accounts, Path("var/accounts.json")).splitlines()
    assert lines[1] == "Karavan is ready: http://127.0.0.1:8000"
    assert lines[3:6] == [
        "  role       organisation  login          password",
        "  admin      ТОО «Бір»     a@one.example  word",
        "  forwarder  ТОО «Бір»     f@one.example  word",
    ]


def test_without_accounts_the_banner_is_short() -> None:
    assert "accounts" not in banner("http://x", [], Path("a"))


def test_progress_names_what_is_being_loaded() -> None:
    loading = Progress("one", is_done=False, is_away=False, loading=(("prices", 12000, 18000),))
    done = Progress("two", is_done=True, is_away=False, loading=())
    assert describe([loading, done]) == "First load from the ERP: one prices 12,000 of 18,000"
    assert describe([]) == "First load from the ERP: being prepared"


def test_progress_names_an_erp_that_is_away() -> None:
    away = Progress("one", is_done=False, is_away=True, loading=())
    assert describe([away]) == "The ERP of one does not answer yet; trying again"


def test_steps_follow_one_another_without_branches(tmp_path: Path) -> None:
    (tmp_path / "0001_a.py").write_text('revision = "0001"\ndown_revision = None\n')
    (tmp_path / "0002_b.py").write_text('revision: str = "0002"\ndown_revision: str | None = "0001"\n')
    assert known_steps(tmp_path) == {"0001", "0002"}
    assert newest_steps(tmp_path) == {"0002"}
    assert len(newest_steps(ROOT / "migrations/versions")) == 1


def test_only_what_every_machine_needs_is_compared_with_the_lock(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text(
        "anyio==4.16.0 \\\n    --hash=sha256:00\ncolorama==0.4.6 ; sys_platform == 'win32' \\\n    --hash=sha256:11\n"
    )
    assert pinned_versions(lock) == {"anyio": "4.16.0"}
