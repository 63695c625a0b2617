"""A compiled decision against Casbin's own ``Enforcer.enforce`` on the same rules: 400, 1,400, 10,000 and 100,000.

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

# Rules, and how often both are asked: walking 100,000 rules takes Casbin most of a second.
SIZES: Final = ((400, 200), (1_400, 200), (10_000, 40), (100_000, 4))
OBJECTS: Final = 100
MEASURED: Final = 200
CHECKS: Final = 100  # in one timing: a single check is too short for the clock
RNG: Final = Random(1)
CLIENTS: Final = [CLIENT, *(UUID(int=0x1000 + number) for number in range(99))]
CONTRACTS: Final = [UUID(int=0x2000 + number) for number in range(200)]
RESOURCES: Final = ("offer", "price", "order", "contract", "agreement", "document")
LINES: Final = [UUID(int=0x3000 + number) for number in range(12)]
OWN: Final = Own(BUYER.user_id, BUYER.branch, frozenset(), frozenset({CLIENT}), frozenset(CONTRACTS[:3]), frozenset())
SUBJECTS: Final = (f"r:{BUYER.role}", f"u:{BUYER.user_id}", f"o:{CLIENT}")
MEMBER: Final = "m:1"


def make_rules(count: int) -> list[Rule]:
    """The default rights, and exceptions for clients and people up to the number wanted."""
    rules = default_rules("bench")
    while len(rules) < count:
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
    count: int


async def prepare(engine: AsyncEngine, count: int) -> Side:
    """Write the rules as rows and load them once on either side."""
    await make_tenant(engine)
    async with open_tenant_transaction(engine, TENANT) as transaction:
        await write_rules(transaction, make_rules(count), default_links())
        for contract in CONTRACTS[:3]:
            await write_contract(transaction, contract, CLIENT)
    policy = Policy()
    async with open_tenant_transaction(engine, TENANT, read_only=True) as transaction:
        actor = await with_versions(transaction, BUYER)
        await policy.decision(transaction, actor, "offer", "view")
        book = await load_book(transaction)
    for subject in SUBJECTS:
        book.enforcer.get_role_manager().add_link(MEMBER, subject)
    return Side(policy, transaction, actor, book, count)


async def compare(side: Side, objects: Sequence[Facts], rounds: int) -> list[float]:
    """Ask both in turns; give the seconds of one check, of one explanation, of one compilation and of Casbin."""
    policy, transaction, actor, enforcer = side.policy, side.transaction, side.actor, side.book.enforcer
    decision = await policy.decision(transaction, actor, "offer", "view")
    few = objects[: rounds // 2]
    if [decision.check(obj) for obj in few] != [ask(enforcer, obj) for obj in few]:
        message = "the compiled decision and Casbin disagree; nothing was measured"
        raise SystemExit(message)
    samples: list[list[float]] = [[], [], [], []]
    for number in range(MEASURED):
        obj = objects[number % len(objects)]
        began = time.perf_counter()
        for _ in range(CHECKS):
            (await policy.decision(transaction, actor, "offer", "view")).check(obj)
        samples[0].append((time.perf_counter() - began) / CHECKS)
        began = time.perf_counter()
        for _ in range(CHECKS):
            decision.explain(obj)
        samples[1].append((time.perf_counter() - began) / CHECKS)
        samples[2].append(time_compiling(side.book))
        if number < rounds:
            began = time.perf_counter()
            ask(enforcer, obj)
            samples[3].append(time.perf_counter() - began)
    count = side.count
    for name, ours in zip(("decide and check", "explain", "compile one decision"), samples, strict=False):
        report(f"policy: {name}, {count} rules", ours, samples[3], count)
    return [statistics.median(many) for many in samples]


def ask(enforcer: Enforcer, obj: Facts) -> bool:
    """Ask Casbin."""
    return enforcer.enforce(MEMBER, OWN, "offer", "view", obj)


def time_compiling(book: RuleBook) -> float:
    """Seconds from the index of rules to a decision, without the database."""
    now = datetime.now(UTC)
    began = time.perf_counter()
    compile_decision(book.rules_for(SUBJECTS, "offer", "view"), OWN, now)
    return time.perf_counter() - began


def report(name: str, ours: Sequence[float], theirs: Sequence[float], count: int) -> None:
    """Print one line: our median and slowest hundredth in microseconds, and how many times as long Casbin takes."""
    mine, other = statistics.median(ours), statistics.median(theirs)
    line = {
        "bench": name,
        "value": round(mine * 1e6, 2),
        "p99": round(statistics.quantiles(ours, n=100)[98] * 1e6, 2),
        "unit": "us",
        "against": f"Enforcer.enforce on the same {count} rules, {other * 1e3:.2f} ms",
        "ratio": round(other / mine),
    }
    print(json.dumps(line, ensure_ascii=False), flush=True)


async def measure(url: str, count: int, rounds: int) -> float:
    """Run against a fresh database; gives the seconds of one check."""
    engine = make_engine(url)
    found = await compare(await prepare(engine, count), make_objects(), rounds)
    await engine.dispose()
    return found[0]


def main() -> None:
    """Start a server of its own, measure, stop it."""
    with tempfile.TemporaryDirectory() as folder, postgres_server(Path(folder)) as server:
        template = make_template(server)
        checks: list[float] = []
        for count, rounds in SIZES:
            with fresh_database(server, template) as database:
                checks.append(asyncio.run(measure(database.owner_url, count, rounds)))
    flat = {"bench": "policy: a check at the most rules against the fewest", "ratio": round(checks[-1] / checks[0], 2)}
    print(json.dumps(flat), flush=True)


if __name__ == "__main__":
    main()
