"""How long this room's rows are kept."""

from typing import Final

from app.infra.keeping import Keep

KEEPING: Final = (
    Keep(
        "sessions",
        "a day after they ended by themselves; whoever signs out is forgotten at once",
        "t.expires_at < now() - interval '1 day'",
    ),
    Keep(
        "seeings",
        "a day after they ended and that was written down; the audit trail keeps who looked as whom, and at what",
        "t.ended_at IS NOT NULL AND t.ends_at < now() - interval '1 day'",
    ),
)
