"""How long this room's rows are kept."""

from typing import Final

from app.infra.keeping import Keep

KEEPING: Final = (
    Keep(
        "sessions",
        "a day after they ended by themselves; whoever signs out is forgotten at once",
        "t.expires_at < now() - interval '1 day'",
    ),
)
