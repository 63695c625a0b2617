"""Rows of the trail in the reader's words, for the page and for files."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final, cast
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from app.access.defaults import role_labels
from app.access.devices import read_device
from app.admin.audit_wording import DEEDS, EFFECTS, FIELDS, ICONS, KINDS, NO, NOTHING, SYSTEM, VALUES, YES, thing_of
from app.admin.queries.audit import Record
from app.infra.i18n.dates import date_time, long_date
from app.infra.i18n.numbers import numbers
from app.infra.i18n.wording import gettext
from app.orders.labels import decision_text, state_badges

_SUMS: Final = frozenset({"gross", "net", "vat", "kg"})
_LONGEST: Final = 500


class ChangeView(Struct, frozen=True):
    """One field: what it was and what it is; empty where there was no such side."""

    label: str
    before: str
    after: str


class RowView(Struct, frozen=True):
    """One deed, ready to be drawn."""

    id: int
    time: str
    moment: str
    who: str
    is_system: bool
    behalf: str
    organisation: str
    deed: str
    kind: str
    icon: str
    object: str
    object_id: str
    object_href: str
    changes: Sequence[ChangeView]
    told: Sequence[ChangeView]  # what is told besides; only ``after`` is filled
    has_before: bool
    has_after: bool
    address: str
    device: str
    request_id: str
    block: str
    sealed_at: str


class DayView(Struct, frozen=True):
    """The deeds of one day."""

    label: str
    rows: Sequence[RowView]


class Show:
    """Words for one reader."""

    def __init__(self, locale: str, zone: str, *, links_orders: bool = False) -> None:
        """Know the language, the clock, and whether a link to an order leads anywhere."""
        self._locale = locale
        self._zone = ZoneInfo(zone)
        self._links_orders = links_orders
        self._roles = {role: cast("str", getattr(label, locale)) for role, label in role_labels().items()}
        self._states: Mapping[str, str] = {str(state): badge.label for state, badge in state_badges(locale).items()}

    def days(self, records: Sequence[Record]) -> list[DayView]:
        """Part the rows by day, in the order they came."""
        parted: dict[str, list[RowView]] = {}
        for record in records:
            day = long_date(self._locale, record.at.astimezone(self._zone).date())
            parted.setdefault(day, []).append(self.row(record))
        return [DayView(label, rows) for label, rows in parted.items()]

    def row(self, record: Record) -> RowView:
        """Put one row into words."""
        device = read_device(record.device)
        return RowView(
            id=record.id,
            time=f"{record.at.astimezone(self._zone):%H:%M}",
            moment=self.moment(record.at),
            who=self.who(record),
            is_system=record.actor_id is None,
            behalf=record.behalf_name,
            organisation=record.organisation,
            deed=self.deed(record.action),
            kind=self.kind(record.object_kind),
            object=record.object_name or str(record.detail.get("number", "") or record.detail.get("title", "")),
            icon=ICONS.get(thing_of(record.action), "history"),
            object_id="" if record.object_id is None else str(record.object_id),
            object_href=self._href(record),
            changes=self.changes(record),
            told=self.told(record),
            has_before=record.before is not None,
            has_after=record.after is not None,
            address=record.address,
            device=", ".join(word for word in (device.browser, device.system) if word) or record.device[:60],
            request_id=record.request_id,
            block="" if record.block is None else numbers(self._locale).number(record.block),
            sealed_at="" if record.sealed_at is None else self.moment(record.sealed_at),
        )

    def who(self, record: Record) -> str:
        """Name who acted."""
        return record.actor_name or (gettext(self._locale, SYSTEM) if record.actor_id is None else str(record.actor_id))

    def deed(self, action: str) -> str:
        """Name a deed; one of another release keeps its code."""
        return self._word(DEEDS, action)

    def kind(self, kind: str) -> str:
        """Name a kind of object."""
        return self._word(KINDS, kind)

    def moment(self, at: datetime) -> str:
        """Write a moment to the second: rows of one minute have an order."""
        return f"{date_time(self._locale, at, self._zone)}:{at.astimezone(self._zone):%S}"

    def changes(self, record: Record) -> list[ChangeView]:
        """Put before and after side by side."""
        before, after = _without_common(record.before or {}, record.after or {})
        names = list(dict.fromkeys((*after, *before)))
        return [
            ChangeView(self._label(name), self._side(name, before, record), self._side(name, after, record))
            for name in names
        ]

    def told(self, record: Record) -> list[ChangeView]:
        """Tell what is known of the deed besides; empty values say nothing."""
        shown = {*(record.before or {}), *(record.after or {}), *(("number",) if record.object_name else ())}
        return [
            ChangeView(self._word(FIELDS, name), "", self.value(name, value, record))
            for name, value in record.detail.items()
            if name not in shown and name != "currency" and value not in {"", None}
        ]

    def value(self, name: str, value: object, record: Record) -> str:
        """Write one value as the language does."""
        if value is None or value in ("", []):
            return gettext(self._locale, VALUES.get(name, {}).get("", NOTHING))
        if isinstance(value, bool):
            return gettext(self._locale, YES if value else NO)
        if isinstance(value, list):
            many = cast("list[object]", value)
            said = [self._line(str(one)) if _is_cell(name) else self.value("", one, record) for one in many]
            return ", ".join(said)[:_LONGEST]
        if isinstance(value, dict):
            return msgspec.json.encode(value).decode()[:_LONGEST]
        return self._text(name, str(value), record)

    def _text(self, name: str, text: str, record: Record) -> str:
        if name == "state" and record.object_kind == "order":
            return self._states.get(text, text)
        if name == "role":
            return self._roles.get(text, text)
        if name == "code":
            return decision_text(text, self._locale) or text
        if word := VALUES.get(name, {}).get(text):
            return gettext(self._locale, word)
        if name in _SUMS and text.replace(".", "", 1).replace("-", "", 1).isdigit():
            return self._sum(name, text, record)
        return self._time(text) or text

    def _sum(self, name: str, text: str, record: Record) -> str:
        currency = str(record.detail.get("currency", ""))
        amount = Decimal(text)
        if name == "kg" or not currency:
            return numbers(self._locale).number(amount)
        return numbers(self._locale).money(amount, currency)

    def _time(self, text: str) -> str:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return ""
        return "" if moment.tzinfo is None else date_time(self._locale, moment, self._zone)

    def _side(self, name: str, fields: Mapping[str, object], record: Record) -> str:
        return self.value(name, fields[name], record) if name in fields else ""

    def _href(self, record: Record) -> str:
        if record.object_kind == "order" and record.object_id is not None and self._links_orders:
            return f"/orders/{record.object_id}"
        return ""

    def _label(self, name: str) -> str:
        """Name a field, or a cell of the access matrix: whose it is, and what is allowed there or not."""
        if not _is_cell(name):
            return self._word(FIELDS, name)
        subject, _, permission = name.partition(" ")
        return f"{self._roles.get(subject.removeprefix('r:'), subject)} · {permission}"

    def _line(self, text: str) -> str:
        """Say a line of a cell; its terms are written as rules are."""
        effect, _, terms = text.partition(" ")
        return f"{self._word(EFFECTS, effect)} {terms}".rstrip()

    def _word(self, words: Mapping[str, str], code: str) -> str:
        return gettext(self._locale, words[code]) if code in words else code


def _is_cell(name: str) -> bool:
    """Whether a change is of a cell of the access matrix: "r:admin order:view"."""
    return " " in name


def _without_common(
    before: Mapping[str, object], after: Mapping[str, object]
) -> tuple[Mapping[str, object], Mapping[str, object]]:
    """Of lists only what went and what came: a calendar of a year that lost one day reads as that day."""
    old, new = dict(before), dict(after)
    for name in old.keys() & new.keys():
        went, came = old[name], new[name]
        if isinstance(went, list) and isinstance(came, list):
            old[name] = [one for one in cast("list[object]", went) if one not in came]
            new[name] = [one for one in cast("list[object]", came) if one not in went]
    return old, new
