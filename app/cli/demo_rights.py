"""What the administrators of the demo have done to rights: versions in force, one to come, drafts under way.

By the portal's own API, and so that nobody of the demo may less than before.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec import Struct

from app.cli.demo_work import Desk
from app.cli.show import Account

ADMIN: Final = "admin"
TWO: Final = 2
EVERYTHING: Final[Mapping[str, str]] = {}
OWN: Final = {"org": "@own"}
NEXT_MONTH: Final = timedelta(days=30)


class _Draft(Struct):
    id: str
    version: int
    state: str


class _Cell(Struct):
    draft_version: int


def leave_versions(url: str, public_url: str, accounts: Sequence[Account]) -> None:
    """Work as the two administrators of the first tenant that has two.

    Raises:
        httpx.HTTPError: the portal did not take something.
    """
    admins = [account for account in accounts if account.role == ADMIN]
    pairs = [[one for one in admins if one.tenant == other.tenant] for other in admins]
    pair = next((found for found in pairs if len(found) >= TWO), None)
    if pair is None:
        return
    first, second = (Desk(url, public_url, account) for account in pair[:TWO])
    plans = _draft(second, "Планы для логистов", {"r:logistician plan:view": EVERYTHING})
    waiting = _publish(second, plans, "По планам логисты заказывают вагоны на месяц вперёд")
    first.send("POST", f"/access/drafts/{waiting.id}/approve", _Draft, version=waiting.version)
    reports = _draft(first, "Отчёты старших менеджеров", {"r:buyer_senior report:view": OWN})
    _publish(first, reports, "Руководители попросили показать отчёты старшим менеджерам")
    plans = _draft(first, "Планы со следующего месяца", {"r:distributor_manager plan:view": OWN})
    moment = datetime.now(UTC) + NEXT_MONTH
    _publish(first, plans, "Планы по линейкам открываются всем менеджерам дистрибьюторов", moment)
    wide = _draft(second, "Заказы всех регионов", {"r:manager_limited order:view": EVERYTHING})
    _publish(second, wide, "Замена на время отпусков: заказы видны во всех регионах")
    cells = {"r:forwarder document:view": OWN, "r:distributor_manager limit:view": OWN}
    _draft(first, "Документы перевозчиков и лимиты", cells)
    for desk in (first, second):
        desk.leave()


def _draft(desk: Desk, title: str, cells: Mapping[str, Mapping[str, str]]) -> _Draft:
    draft = desk.post("/access/drafts", _Draft, {"title": title})
    for name, terms in cells.items():
        subject, _, permission = name.partition(" ")
        body = {"subject": subject, "permission": permission, "allows": [dict(terms)]}
        path = f"/access/drafts/{draft.id}/cells"
        draft.version = desk.send("PUT", path, _Cell, body, version=draft.version).draft_version
    return draft


def _publish(desk: Desk, draft: _Draft, reason: str, moment: datetime | None = None) -> _Draft:
    body = {"reason": reason, "activates_at": None if moment is None else moment.isoformat()}
    return desk.send("POST", f"/access/drafts/{draft.id}/publish", _Draft, body, version=draft.version)
