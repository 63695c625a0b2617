"""A lint of our own: who may speak SQL, and who may act for nobody.

    python -m tools.reads

Statements stand in ``queries`` modules, where a reader finds every one of them and its grounds; a service, a page or
an API that reads for itself is refused. A transaction without ``grounds`` acts for nobody and sees all of a tenant:
only jobs and commands open one. Exceptions are named below, each with its reason.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from msgspec import Struct

from tools.phases import ROOT

APP: Final = ROOT / "app"
# Files that may hold statements although they are no ``queries``; whole folders only where no request ever comes.
SPEAKERS: Final = {
    "app/infra/audit.py": "appends to the trail, in the transaction of the deed",
    "app/infra/audit_chain.py": "looks the whole trail over, for nobody",
    "app/infra/audit_clock.py": "sets the trail's clock after a restore, for nobody",
    "app/infra/audit_seals.py": "seals the trail, for nobody",
    "app/infra/db/transaction.py": "opens transactions and sets their context",
    "app/infra/http/checks.py": "asks whether the servers answer",
    "app/infra/http/idempotency.py": "keeps the answers of repeated calls: the caller's own rows",
    "app/infra/http/unit.py": "begins the transaction of a request",
    "app/infra/keeping.py": "takes away what is old, for nobody",
    "app/infra/live.py": "appends what open pages hear of; the hub reads it for nobody",
    "app/infra/outbox.py": "appends intents, in the transaction of the fact",
    "app/infra/outbox_claims.py": "takes intents out of the outbox, for nobody",
    "app/infra/processes/roles.py": "makes roles and databases, as the superuser",
    "app/erp": "the exchange: staged rows of the ERP, written for nobody",
    "app/cli": "commands of the operator, as the owner of the database",
    "app/admin/accounts.py": "makes accounts, as the owner of the database",
    "app/admin/founding.py": "founds a tenant by a command of the operator, as the owner of the database",
    "app/admin/people.py": "chooses the first people of a tenant, as the owner of the database",
    "app/admin/tenants.py": "makes tenants, as the owner of the database",
    "app/access/factors.py": "takes codes at the door: rows of whoever signs in",
    "app/access/hub.py": "asks for nobody which sessions still stand",
    "app/access/seeing.py": "the first statement of a look",
    "app/access/services/people.py": "people as actors, for jobs",
    "app/access/services/profile.py": "one's own settings, sessions and tokens",
    "app/access/services/proving.py": "one's own password",
    "app/access/services/signing.py": "signing in and out: rows of whoever does",
    "app/access/sessions.py": "the first statement of a request, and one's own session",
    "app/access/tenants.py": "the list of tenants, for everybody",
    "app/worker.py": "asks which tenants there are",
}
# Who may open a transaction that acts for nobody.
NOBODY: Final = {
    "app/infra": "health, keeping, outbox",
    "app/erp": "the exchange",
    "app/admin": "commands of the operator",
    "app/cli/demo_exchange.py": "begins the troubles of the demo's exchange, as the owner of the database",
    "app/worker.py": "loops of the worker",
    "app/caching/checking.py": "asks which collections changed; reads no row of anybody",
    "app/caching/jobs.py": "carries changes of collections into Redis",
    "app/documents/jobs.py": "the worker takes away contents nobody needs",
    "app/rights/jobs.py": "the worker ends looks as somebody else whose time is over",
    "app/settings/jobs.py": "the worker's way to a tenant's own infobase",
    "app/notifications/jobs.py": "tells people; asks the policy about each of them",
    "app/access/hub.py": "tells open pages; asks the policy about each of them",
    "app/access/tenants.py": "the list of tenants",
}
_SQL: Final = re.compile(
    r"\s*(?:WITH\s+(?:RECURSIVE\s+)?\w+\s+AS|SELECT|INSERT INTO|DELETE FROM|UPDATE\s+\w+\s+(?:\w+\s+)?SET)\s"
)
_MAKERS: Final = frozenset({"select", "insert", "update", "delete", "text"})
_RUNNERS: Final = {
    "driver": frozenset({"fetch", "fetchrow", "fetchval", "execute", "executemany", "copy_to_table"}),
    "connection": frozenset({"execute", "scalar", "scalars", "stream", "exec_driver_sql"}),
    "session": frozenset({"execute", "scalar", "scalars", "get", "get_one", "stream", "refresh", "merge"}),
}
_OPENERS: Final = frozenset({"open_transaction", "open_tenant_transaction"})


class Fault(Struct, frozen=True, order=True):
    """One place and what is wrong there."""

    path: str
    line: int
    says: str


def find_faults(path: str, source: str) -> list[Fault]:
    """Look at one file; ``path`` is relative to the root of the project."""
    tree = ast.parse(source)
    found: list[Fault] = []
    if not (is_queries(path) or _within(path, SPEAKERS)):
        found += [Fault(path, line, says) for line, says in _statements(tree)]
    if not _within(path, NOBODY):
        found += [
            Fault(path, line, "opens a transaction that acts for nobody: give it grounds") for line in _nobody(tree)
        ]
    return sorted(set(found))


def is_queries(path: str) -> bool:
    """Whether a file is one of a room's ``queries``."""
    return "queries" in Path(path).with_suffix("").parts


def main() -> int:
    """Print every fault; the exit status says whether there was one."""
    faults: list[Fault] = []
    for file in sorted(APP.rglob("*.py")):
        faults += find_faults(file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8"))
    for fault in faults:
        print(f"{fault.path}:{fault.line}: {fault.says}")
    return int(bool(faults))


def _within(path: str, places: dict[str, str]) -> bool:
    return any(path == place or path.startswith(f"{place}/") for place in places)


def _statements(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _SQL.match(node.value):
            yield node.lineno, "a statement outside queries"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            target, name = node.func.value, node.func.attr
            if isinstance(target, ast.Name) and target.id == "sa" and name in _MAKERS:
                yield node.lineno, f"sa.{name} outside queries"
            elif name in _RUNNERS.get(_last_name(target), frozenset()):
                yield node.lineno, f"{_last_name(target)}.{name} outside queries"
        elif isinstance(node, ast.ImportFrom) and node.module == "sqlalchemy":
            for alias in node.names:
                if alias.name in _MAKERS:
                    yield node.lineno, f"{alias.name} of sqlalchemy outside queries"


def _nobody(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _last_name(node.func) in _OPENERS:
            given = {word.arg: word.value for word in node.keywords}
            value = given.get("grounds")
            if value is None or (isinstance(value, ast.Constant) and value.value is None):
                yield node.lineno


def _last_name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


if __name__ == "__main__":
    sys.exit(main())
