"""What administrators are told about the exchange, by bell and by letter."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from app.erp.entities import BY_STREAM
from app.erp.rules import Trouble
from app.erp.wording import ALERTS
from app.infra.db.transaction import Transaction
from app.infra.http.words import fill
from app.infra.i18n.wording import N_, gettext
from app.notifications.notices import Notice
from app.notifications.services import Audience, notify

ALERT: Final = "erp_alert"
BEGAN: Final = "erp.alert"


def alert_text(locale: str, params: Mapping[str, str]) -> str:
    """Word an alert: what is wrong, with its figure."""
    text = ALERTS.get(params.get("kind", ""), "")
    return fill(locale, text, {**params, "stream": stream_name(locale, params.get("stream", ""))}) if text else ""


def stream_name(locale: str, stream: str) -> str:
    """Name what a stream carries; one that belongs to no entity keeps its own name."""
    entity = BY_STREAM.get(stream)
    return stream if entity is None else gettext(locale, entity.name)


async def tell_alert(transaction: Transaction, alert_id: UUID, trouble: Trouble) -> None:
    """Ring for whoever manages the exchange."""
    params = {"kind": trouble.kind, "stream": trouble.subject, "detail": trouble.detail}
    await notify(transaction, Audience(), BEGAN, ALERT, alert_id, params)


NOTICES: Final = [
    Notice(
        kind=BEGAN,
        title=N_("The exchange with 1C:ERP needs you"),
        text=N_("The page of the exchange tells what is wrong."),
        href="/erp",
        tone="bad",
        asks="manage",
        text_of=alert_text,
    )
]
