"""Made worlds, read by wire names."""

import datetime as dt
from functools import cache

import msgspec
from msgspec import Struct

from erp_peer.data.load import MAKERS, Plan, world_of
from erp_peer.data.world import World
from erp_peer.streams import BY_NAME
from tests.erp_peer.portal import Row

TODAY = dt.date(2026, 11, 22)


class Made(Struct):
    """A world with its rows; a null is backslash N, as in COPY."""

    world: World
    streams: dict[str, list[Row]]

    def by_ref(self, stream: str) -> dict[str, Row]:
        """Rows by reference."""
        return {row["Ref_Key"]: row for row in self.streams[stream]}


@cache
def made(profile: str, ib: str = "erp", seed: int = 1, today: dt.date = TODAY) -> Made:
    """Make a world; the same one is made only once a run."""
    world = world_of(Plan(ib, profile, seed, today))
    streams: dict[str, list[Row]] = {}
    for name, make in MAKERS:
        fields = BY_NAME[name].stored
        streams[name] = [
            {"Ref_Key": row.ref, "DeletionMark": "true" if row.deleted else "false"}
            | {field.wire: "\\N" if value is None else value for field, value in zip(fields, row.values, strict=True)}
            for row in make(world)
        ]
    return Made(world, streams)


def refs(text: str) -> list[str]:
    """A JSON array of references."""
    return msgspec.json.decode(text, type=list[str])


def docs(text: str) -> list[dict[str, str]]:
    """A JSON array of objects."""
    return msgspec.json.decode(text, type=list[dict[str, str]])
