"""A second file of one number, or one out of line, is named before it is left out in silence."""

import shutil
from pathlib import Path

import pytest

from tools.migrations import FOLDER, faults_of


@pytest.fixture
def steps(tmp_path: Path) -> Path:
    for file in FOLDER.glob("[0-9]*.py"):
        shutil.copy(file, tmp_path)
    return tmp_path


def test_the_steps_stand_in_one_line(steps: Path) -> None:
    assert faults_of(steps.glob("*.py")) == []


def test_two_steps_of_one_number_are_named(steps: Path) -> None:
    shutil.copy(steps / "0002_access.py", steps / "0002_again.py")
    assert faults_of(steps.glob("*.py")) == ["0002_again.py: comes after 0001, but stands after 0002"]


def test_a_step_that_is_missing_or_misnamed_is_named(steps: Path) -> None:
    (steps / "0003_partners.py").unlink()
    (steps / "0005_stock_credit.py").rename(steps / "0005a_stock_credit.py")
    assert faults_of(steps.glob("*.py")) == [
        "0004_catalog.py: comes after 0003, but stands after 0002",
        "0005a_stock_credit.py: its revision is 0005",
    ]
