"""How long this room's rows are kept."""

from typing import Final

from app.infra.keeping import Keep

KEEPING: Final = (
    Keep(
        "password_resets",
        "30 days: long enough to find out who asked, and no link works that long",
        "t.created_at < now() - interval '30 days'",
    ),
    Keep(
        "invitations",
        "a year after they ended; what was done with them stays in the audit trail",
        "t.expires_at < now() - interval '1 year'",
    ),
    Keep(
        "spent_challenges",
        "an hour: what they answered is no longer believed after five minutes",
        "t.at < now() - interval '1 hour'",
    ),
)
