"""Many processes that all want the same value at once.

``python -m tests.caching.stampede URL REALM AT`` is one of them. It prints how often it went to the owner, how many
readers got the value, and how many got anything else.
"""

import asyncio
import subprocess
import sys
import time
from typing import Final

from app.caching.flight import Flights
from app.caching.keys import Fence
from app.caching.lazy import Lazy
from app.caching.near import Near
from app.caching.store import RedisStore
from tests.caching.fakes import FENCE, Owner, call
from tests.support.databases import ROOT

READERS: Final = 1_000
PROCESSES: Final = 4
_TOGETHER_IN_S: Final = 4.0


async def stampede(url: str, realm: str) -> tuple[int, int, int]:
    """Let all of them run; gives loads, right answers and wrong ones of all together."""
    argv = [sys.executable, "-m", "tests.caching.stampede", url, realm, str(time.time() + _TOGETHER_IN_S)]
    crowd = [await asyncio.create_subprocess_exec(*argv, cwd=ROOT, stdout=subprocess.PIPE) for _ in range(PROCESSES)]
    told = [(await one.communicate())[0].split() for one in crowd]
    loads, right, wrong = (sum(int(words[place]) for words in told) for place in range(3))
    return loads, right, wrong


async def _one(url: str, realm: str, at: float) -> None:
    store, owner = RedisStore(url, patience_s=2.0), Owner("the value")
    await store.run()
    owner.pause_s = 0.05
    lazy = Lazy(store, Flights(store), Near())
    fence = Fence(FENCE.tenant_id, realm)
    await asyncio.sleep(max(at - time.time(), 0))
    found = await asyncio.gather(*(lazy.read(call(owner.load, fence=fence)) for _ in range(READERS)))
    right = sum(one.value == "the value" for one in found)
    print(owner.loads, right, len(found) - right)  # noqa: T201 - the answer of this process
    await store.close()


if __name__ == "__main__":
    asyncio.run(_one(sys.argv[1], sys.argv[2], float(sys.argv[3])))
