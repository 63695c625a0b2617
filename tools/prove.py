"""`make prove`: the long proofs, each a line in the registry below.

    python -m tools.prove             every proof
    python -m tools.prove starter     one of them

A proof is a command; what it prints are its figures. One that needs something this machine does
not have ends with status 77, and is listed as "could not" instead of being forgotten.
"""

import subprocess
import sys
import time
from collections.abc import Sequence

from msgspec import Struct

from tools.phases import ROOT

COULD_NOT = 77
PYTHON = sys.executable


class Proof(Struct, frozen=True):
    """One long check."""

    says: str  # what is true when it passes
    argv: tuple[str, ...]


def _tests(*paths: str, **settings: str) -> tuple[str, ...]:
    """Files of `make test`, made long by what they read from the environment; what they print is shown."""
    return ("env", *(f"{name}={value}" for name, value in settings.items()), PYTHON, "-m", "pytest", "-q", "-s", *paths)


PROOFS = {
    "access": Proof(
        "Casbin, Cedar, the compiled check, its reasons and both forms of SQL agree on a million random questions and"
        " on every small policy; whatever is put wrong into them is noticed",
        _tests(
            "tests/access/test_compiler_agreement.py",
            "tests/access/test_small_scope.py",
            KARAVAN_EXAMPLES="20000",
            KARAVAN_OBJECTS="50",
            KARAVAN_MUTANTS="all",
            KARAVAN_PAIRS="all",
        ),
    ),
    "audit": Proof(
        "a thousand ways of tampering with the audit trail are found and the block is named, and one letter among"
        " 100,000 rows",
        _tests("tests/infra/test_audit_seals.py", KARAVAN_TAMPERINGS="1000", KARAVAN_AUDIT_ROWS="100000"),
    ),
    "conformance": Proof(
        "published clients of 1C's standard interface, unmodified and each in its own venv, work with the stand-in",
        _tests("tests/erp_peer/third_party/proof_of_clients.py"),
    ),
    "caches": Proof(
        "a million questions made to be mistaken for each other share no key and no value; in 20,000 lives of"
        " writers, readers, lost keys and crashes nothing older is shown after something newer; ten stampedes are ten"
        " loads",
        _tests(
            "tests/caching",
            KARAVAN_CACHE_KEYS="1000000",
            KARAVAN_EXAMPLES="20000",
            KARAVAN_STAMPEDES="10",
        ),
    ),
    "edge": Proof(
        "every protection of the HTTP edge, taken out, is missed by its tests; a refusal's time tells nothing",
        (PYTHON, "-m", "tools.prove_edge"),
    ),
    "contract": Proof(
        "many rounds of right and wrong requests to every address, as five roles: no failure, nothing undocumented",
        (PYTHON, "-m", "tools.prove_contract"),
    ),
    "faults": Proof(
        "whichever part dies at whichever step of the exchange, and whatever the wire does: nothing is lost or doubled",
        _tests("tests/faults/test_crashes.py", KARAVAN_CELLS="all"),
    ),
    "last-units": Proof(
        "a hundred times, sixteen buyers ask three processes for ten units: ten are sold, and holds equal the ledger",
        _tests("tests/orders/test_last_units.py", KARAVAN_RUNS="100", KARAVAN_WEB_WORKERS="3"),
    ),
    "mutation": Proof(
        "tests notice nine of ten small changes to the rules of money, goods and rights",
        (PYTHON, "-m", "tools.prove_mutation"),
    ),
    "newcomer": Proof(
        "a fresh clone in a folder with a space starts, signs everybody in and stops, for root and for anybody",
        (PYTHON, "-m", "tools.prove_newcomer"),
    ),
    "pages": Proof(
        "no page of any role has a fault in 3 languages, 2 themes and 2 widths; pictures are in var/pages",
        _tests("e2e/test_pages.py", KARAVAN_PICTURES="var/pages"),
    ),
    "redis-gone": Proof(
        "Redis is gone for a minute: no page fails, p99 stays within three times of before, nobody is signed out, and"
        " within five seconds of its return all is as it was",
        _tests("tests/faults/proof_of_redis.py", KARAVAN_GONE_S="60"),
    ),
    "reconciliation": Proof(
        "ten thousand rows of the portal's copy of 1C, deleted, changed and added at random under labels that stay:"
        " a comparison in depth finds every one and puts it right by itself",
        _tests("tests/erp/test_corruptions.py", KARAVAN_CORRUPTIONS="10000"),
    ),
    "revocation": Proof(
        "ten thousand revocations race readers at three processes while Valkey is killed: no answer is stale",
        _tests("tests/access/test_revocation.py", KARAVAN_REVOCATIONS="10000", KARAVAN_WEB_WORKERS="3"),
    ),
    "starter": Proof(
        "twenty kills of the starter at random moments leave no process behind and lose nothing",
        (PYTHON, "-m", "tools.prove_starter"),
    ),
}


def main(words: Sequence[str]) -> int:
    """Run the proofs asked for and sum up."""
    unknown = [word for word in words if word not in PROOFS]
    if unknown:
        sys.stderr.write(f"No proof {', '.join(unknown)}. There are: {', '.join(PROOFS)}.\n")
        return 2
    lines = [_run(name, PROOFS[name]) for name in words or PROOFS]
    print(f"\n{'':-<60}\n" + "\n".join(lines), flush=True)
    return int(any("FAILED" in line for line in lines))


def _run(name: str, proof: Proof) -> str:
    print(f"\n=== {name}: {proof.says}", flush=True)
    started = time.monotonic()
    status = subprocess.run(proof.argv, cwd=ROOT, check=False).returncode
    word = {0: "proved", COULD_NOT: "could not be run here"}.get(status, f"FAILED with status {status}")
    return f"{name:<12} {time.monotonic() - started:>7.1f} s  {word}: {proof.says}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
