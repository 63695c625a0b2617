"""A compiled decision against Casbin's own ``Enforcer.enforce`` on the same 1,400 rules.

Both are asked about the same objects in turns, so that whatever else the machine does slows both. The compiled side
is what a request pays: finding the decision, comparing versions and standing, and the check itself.
"""

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncEngine

from app.access.actors import Actor
from app.access.adapter import Enforcer
from app.access.book import RuleBook
from app.access.compiler import compile_decision
from app.access.defaults import default_links, default_rules
from app.access.policy import Facts, Policy
from app.access.queries import load_book
from app.access.rules import Rule
from app.access.terms import Own
from app.infra.db.engine import make_engine
from app.infra.db.transaction import Transaction, open_tenant_transaction
from tests.access.tenants import BUYER, CLIENT, TENANT, make_tenant, with_versions, write_contract, write_rules
from tests.support.databases import fresh_database, make_template
from tests.support.servers import postgres_server

RULES: Final = 1_400
OBJECTS: Final = 100
ROUNDS: Final = 200
CHECKS: Final = 100  # in one timing: a single check is too short for the clock
RNG: Final = Random(1)
CLIENTS: Final = [CLIENT, *(UUID(int=0x1000 + number) for number in range(99))]
CONTRACTS: Final = [UUID(int=0x2000 + number) for number in range(200)]
RESOURCES: Final = ("offer", "price", "order", "contract", "agreement", "document")
LINES: Final = [UUID(int=0x3000 + number) for number in range(12)]
OWN: Final = Own(BUYER.user_id, BUYER.branch, frozenset(), frozenset({CLIENT}), frozenset(CONTRACTS[:3]), frozenset())
SUBJECTS: Final = (f"r:{BUYER.role}", f"u:{BUYER.user_id}", f"o:{CLIENT}")
MEMBER: Final = "m:1"


def make_rules() -> list[Rule]:
    """The default rights, and exceptions for clients and people up to the number wanted."""
    rules = default_rules("bench")
    while len(rules) < RULES:
        number = len(rules)
        subject = f"o:{RNG.choice(CLIENTS)}" if number % 3 else f"u:{UUID(int=0x4000 + number)}"
        exception = Rule(
            id=UUID(int=number + 1),
            subject=subject,
            resource=RESOURCES[number % len(RESOURCES)],
            action="view",
            effect="deny" if number % 10 == 0 else "allow",
            ctr=str(RNG.choice(CONTRACTS)),
            lin="|".join(str(line) for line in RNG.sample(LINES, 3)),
            val="live",
        )
        rules.append(exception)
    return rules


def make_objects() -> list[Facts]:
    """Offers of the person's contracts and of others, in force and not."""
    return [
        Facts(
            org=CLIENT, ctr=CONTRACTS[number % 6], lin=RNG.choice(LINES), prd=UUID(int=number + 1), live=number % 9 > 0
        )
        for number in range(OBJECTS)
    ]


class Side(Struct, frozen=True):
    """What is needed to ask: the policy knows its answer already, so the transaction may have ended."""

    policy: Policy
    transaction: Transaction
    actor: Actor
    book: RuleBook


async def prepare(engine: AsyncEngine) -> Side:
    """Write the rules as rows and load them once on either side."""
    await make_tenant(engine)
    async with open_tenant_transaction(engine, TENANT) as transaction:
        await write_rules(transaction, make_rules(), default_links())
        for contract in CONTRACTS[:3]:
            await write_contract(transaction, contract, CLIENT)
    policy = Policy()
    async with open_tenant_transaction(engine, TENANT, read_only=True) as transaction:
        actor = await with_versions(transaction, BUYER)
        await policy.decision(transaction, actor, "offer", "view")
        book = await load_book(transaction)
    for subject in SUBJECTS:
        book.enforcer.get_role_manager().add_link(MEMBER, subject)
    return Side(policy, transaction, actor, book)


async def compare(side: Side, objects: Sequence[Facts]) -> None:
    """Ask both in turns and print the ratio of the medians."""
    policy, transaction, actor, enforcer = side.policy, side.transaction, side.actor, side.book.enforcer
    decision = await policy.decision(transaction, actor, "offer", "view")
    if [decision.check(obj) for obj in objects] != [ask(enforcer, obj) for obj in objects]:
        message = "the compiled decision and Casbin disagree; nothing was measured"
        raise SystemExit(message)
    compiled: list[float] = []
    compiling: list[float] = []
    explaining: list[float] = []
    casbin: list[float] = []
    for number in range(ROUNDS):
        obj = objects[number % len(objects)]
        began = time.perf_counter()
        for _ in range(CHECKS):
            (await policy.decision(transaction, actor, "offer", "view")).check(obj)
        compiled.append((time.perf_counter() - began) / CHECKS)
        began = time.perf_counter()
        ask(enforcer, obj)
        casbin.append(time.perf_counter() - began)
        compiling.append(time_compiling(side.book))
        began = time.perf_counter()
        for _ in range(CHECKS):
            decision.explain(obj)
        explaining.append((time.perf_counter() - began) / CHECKS)
    report("policy: decide and check", compiled, casbin)
    report("policy: compile one decision", compiling, casbin)
    report("policy: explain one object, nearest rules included", explaining, casbin)


def ask(enforcer: Enforcer, obj: Facts) -> bool:
    """Ask Casbin."""
    return enforcer.enforce(MEMBER, OWN, "offer", "view", obj)


def time_compiling(book: RuleBook) -> float:
    """Seconds from the index of rules to a decision, without the database."""
    now = datetime.now(UTC)
    began = time.perf_counter()
    compile_decision(book.rules_for(SUBJECTS, "offer", "view"), OWN, now)
    return time.perf_counter() - began


def report(name: str, ours: Sequence[float], theirs: Sequence[float]) -> None:
    """Print one line: our median in microseconds, and how many times as long Casbin's is."""
    mine, other = statistics.median(ours), statistics.median(theirs)
    line = {
        "bench": name,
        "value": round(mine * 1e6, 2),
        "unit": "us",
        "against": f"Enforcer.enforce on the same {RULES} rules, {other * 1e3:.2f} ms",
        "ratio": round(other / mine),
    }
    print(json.dumps(line, ensure_ascii=False), flush=True)


async def measure(url: str) -> None:
    """Run against a fresh database."""
    engine = make_engine(url)
    await compare(await prepare(engine), make_objects())
    await engine.dispose()


def main() -> None:
    """Start a server of its own, measure, stop it."""
    with (
        tempfile.TemporaryDirectory() as folder,
        postgres_server(Path(folder)) as server,
        fresh_database(server, make_template(server)) as database,
    ):
        asyncio.run(measure(database.owner_url))


if __name__ == "__main__":
    main()
