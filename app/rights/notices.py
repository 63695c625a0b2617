"""What people are told about drafts of rights, by bell and by letter."""

from typing import Final

from app.infra.i18n.wording import N_
from app.notifications.notices import Notice

WAITS: Final = "access.waits"
APPROVED: Final = "access.approved"
SENT_BACK: Final = "access.sent_back"
_HREF: Final = "/access?draft={id}"

NOTICES: Final = [
    Notice(
        kind=WAITS,
        title=N_("Rights wait for your approval"),
        text=N_("%(author)s asks for a second person: “%(title)s”. %(reason)s"),
        href=_HREF,
        tone="warn",
        asks="approve",
    ),
    Notice(
        kind=APPROVED,
        title=N_("Your change of rights is published"),
        text=N_("%(author)s approved “%(title)s”."),
        href=_HREF,
        tone="ok",
    ),
    Notice(
        kind=SENT_BACK,
        title=N_("Your change of rights was sent back"),
        text=N_("%(author)s wants “%(title)s” changed: %(reason)s"),
        href=_HREF,
        tone="warn",
    ),
]
