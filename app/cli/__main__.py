"""Find the command and run it. Each is imported only when asked for: starting must be quick."""

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import cast

COMMANDS: Mapping[str, tuple[str, str]] = {
    "up": ("app.cli.up", "start all parts in the foreground"),
    "migrate": ("app.cli.migrate", "bring the database to the newest schema"),
    "seed": ("app.cli.seed", "make the demo tenants, or the demo accounts"),
    "tenant": ("app.cli.tenant", "make a tenant with its first administrator, or list them"),
    "backup": ("app.cli.backup", "write database and files into one file"),
    "restore": ("app.cli.restore", "put a backup into an empty installation"),
    "erp": ("app.cli.erp", "find out what a tenant's 1C:ERP can do for the portal"),
    "doctor": ("app.cli.doctor", "say in words what is right and what is wrong"),
}


def main(words: Sequence[str]) -> int:
    """Run ``main`` of the command's module with the remaining words; give the exit status."""
    name = words[0] if words else ""
    if name not in COMMANDS:
        lines = [f"  {known:<12} {help_text}" for known, (_, help_text) in COMMANDS.items()]
        sys.stderr.write("\n".join(["Usage: python -m app.cli <command>", *lines, ""]))
        return 2
    module = import_module(COMMANDS[name][0])
    command = cast("Callable[[Sequence[str]], int]", module.main)
    return command(words[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
