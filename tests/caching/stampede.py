"""One of several processes that all want the same value at once: ``python -m tests.caching.stampede URL TENANT AT``.

Prints how often it went to the owner, how many readers got the value, and how many got anything else.
"""

import asyncio
import sys
import time

from app.caching.flight import Flights
from app.caching.lazy import Lazy
from app.caching.near import Near
from app.caching.store import RedisStore
from tests.caching.fakes import FENCE, Owner, call

READERS = 1_000


async def main(url: str, realm: str, at: float) -> None:
    store, owner = RedisStore(url, patience_s=2.0), Owner("the value")
    await store.run()
    owner.pause_s = 0.05
    lazy = Lazy(store, Flights(store), Near())
    fence = type(FENCE)(FENCE.tenant_id, realm)
    await asyncio.sleep(max(at - time.time(), 0))
    found = await asyncio.gather(*(lazy.read(call(owner.load, fence=fence)) for _ in range(READERS)))
    right = sum(one.value == "the value" for one in found)
    print(owner.loads, right, len(found) - right)  # noqa: T201 - the answer of this process
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3])))
