"""A worker that only carries files, as a process of its own that may be killed.

python -m tests.erp.porter_process <lane> <database> <stand-in> <folder>
"""

import asyncio
import sys
from pathlib import Path

from app.erp.loading import Side
from app.infra.db.engine import make_engine
from tests.erp.files import Hall
from tests.erp.stand_in import channel_to


async def _carry(lane: str, database: str, url: str, folder: str) -> None:
    engine = make_engine(database, 4)
    async with channel_to(url) as channel:
        await Hall(Side(engine, 1, "alatau"), channel, Path(folder)).step("send" if lane == "send" else "fetch")
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(_carry(*sys.argv[1:]))
