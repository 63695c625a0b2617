"""Say in words what is right, what is doubtful and what is wrong. Changes nothing."""

from collections.abc import Awaitable, Callable, Sequence

from app.cli.checks import Finding, Level
from app.cli.checks.database import check_database
from app.cli.checks.machine import check_packages, check_settings, check_space
from app.cli.checks.parts import check_parts
from app.cli.command import run_command
from app.cli.site import Site

CHECKS: tuple[Callable[[Site], Awaitable[list[Finding]]], ...] = (
    check_packages,
    check_space,
    check_settings,
    check_parts,
    check_database,
)
MARKS = {Level.GOOD: "  ok     ", Level.DOUBTFUL: "  look   ", Level.BAD: "  WRONG  "}


def main(_words: Sequence[str]) -> int:
    """Look at everything; the status is 1 if something is wrong."""
    return run_command(examine)


async def examine(site: Site) -> int:
    """Run the checks one by one and print what each found."""
    site.say(f"Karavan in {site.folder}")
    worst = Level.GOOD
    for check in CHECKS:
        for finding in await check(site):
            site.say(MARKS[finding.level] + finding.words)
            worst = max(worst, finding.level)
    site.say(
        {
            Level.GOOD: "Everything looked at is in order.",
            Level.DOUBTFUL: "It works; the lines marked `look` deserve a look.",
            Level.BAD: "Something is wrong; each such line says what to do.",
        }[worst]
    )
    return int(worst is Level.BAD)
