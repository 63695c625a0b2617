"""The 22 entities exchanged with 1C:ERP, as data: who owns each, how fresh it is, and who wins a conflict.

Source: the exchange design, section 2. Where it gives one bound only, the standard interface (O) gets what its
polling allows: a packet of the exchange plan for objects, half a minute to a minute for registers.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct

from app.infra.i18n.wording import N_, NC_


class Direction(StrEnum):
    """Whose word counts first."""

    ERP = "erp"
    PORTAL = "portal"
    BOTH = "both"


class CacheKind(StrEnum):
    """Which of the three caches serves it."""

    LAZY = "lazy"
    SYNCHRONIZED = "synchronized"
    WRITE_THROUGH = "write_through"


class Conflict(StrEnum):
    """What happens when both sides have changed the same thing; `SENTENCES` says it in words."""

    ERP_WINS = "erp_wins"
    MERGED_BY_ALIAS = "merged_by_alias"
    DUPLICATES_SHOWN = "duplicates_shown"
    ACTIVE_ONCE_ACCEPTED = "active_once_accepted"
    FIELDS_MERGED = "fields_merged"
    CONTACT_DATA_LAST_VALID = "contact_data_last_valid"
    ORDERS_CHECKED_AGAIN = "orders_checked_again"
    CATALOGUE_REBUILT = "catalogue_rebuilt"
    REFERENCE_IS_IDENTITY = "reference_is_identity"
    NEVER_GOES_BACK = "never_goes_back"
    NEWEST_PERIOD = "newest_period"
    LEDGER_OF_HOLDS = "ledger_of_holds"
    POSTING_DECIDES = "posting_decides"
    NEW_VERSION = "new_version"
    PORTAL_WINS = "portal_wins"
    APPEND_ONLY = "append_only"
    OWNER_BY_STATE = "owner_by_state"
    PORTAL_UNTIL_LOADING = "portal_until_loading"
    SPENT_BY_RESERVATION = "spent_by_reservation"


SENTENCES: Final[Mapping[Conflict, str]] = {
    Conflict.ERP_WINS: N_("1C:ERP wins."),
    Conflict.MERGED_BY_ALIAS: N_("1C:ERP wins; a merged duplicate lives on under the one it was merged into."),
    Conflict.DUPLICATES_SHOWN: N_("1C:ERP wins; duplicates are shown to a person and never merged by themselves."),
    Conflict.ACTIVE_ONCE_ACCEPTED: N_("A new one is a request; it can be used once 1C:ERP has accepted it."),
    Conflict.FIELDS_MERGED: N_("Merged field by field; the address of a placed order is a copy and stays."),
    Conflict.CONTACT_DATA_LAST_VALID: N_("Sign-in and role belong to the portal; of contact data the last valid edit."),
    Conflict.ORDERS_CHECKED_AGAIN: N_("1C:ERP wins; an order is checked again when it is submitted."),
    Conflict.CATALOGUE_REBUILT: N_("1C:ERP wins; the catalogue of the agreement follows at once."),
    Conflict.REFERENCE_IS_IDENTITY: N_("1C:ERP wins; the reference says which it is, never the SKU or the code."),
    Conflict.NEVER_GOES_BACK: N_("Text and files belong to the portal, state and decision to 1C:ERP; no going back."),
    Conflict.NEWEST_PERIOD: N_("The newest price of 1C:ERP wins; an order keeps the one it was submitted with."),
    Conflict.LEDGER_OF_HOLDS: N_("Free stock of 1C:ERP less the portal's holds that it does not contain yet."),
    Conflict.POSTING_DECIDES: N_("The portal holds credit at once; the check of 1C:ERP when posting is final."),
    Conflict.NEW_VERSION: N_("An edit of the portal is a new version to be approved."),
    Conflict.PORTAL_WINS: N_("The portal wins."),
    Conflict.APPEND_ONLY: N_("Nothing is ever changed, only added; each number of a conversation exists once."),
    Conflict.OWNER_BY_STATE: N_("A draft belongs to the portal, an order being supplied to 1C:ERP, line by line."),
    Conflict.PORTAL_UNTIL_LOADING: N_("The vehicle belongs to the portal until it is sent to load, then to 1C:ERP."),
    Conflict.SPENT_BY_RESERVATION: N_("1C:ERP wins; points are reserved before they are spent."),
}


class Entity(Struct, frozen=True):
    """One entity. `streams` are its own on surface H; a stream belongs to exactly one entity."""

    number: int  # of the exchange design, 1 to 22
    key: str
    name: str  # for pages, to be translated
    streams: tuple[str, ...]
    objects: tuple[str, ...]  # entity sets of the standard interface
    direction: Direction
    fresh_h_s: int  # 99 of 100 changes of the ERP are visible within
    fresh_o_s: int
    cache: CacheKind
    conflict: Conflict
    carried_by: tuple[str, ...] = ()  # streams of other entities that bring it along
    sends: tuple[str, ...] = ()  # kinds of messages that leave for the ERP, over either interface
    yet: str = ""  # what of the design does not flow yet, for the documentation


_E, _P, _B = Direction.ERP, Direction.PORTAL, Direction.BOTH
_L, _S, _W = CacheKind.LAZY, CacheKind.SYNCHRONIZED, CacheKind.WRITE_THROUGH

ENTITIES: Final[tuple[Entity, ...]] = (
    Entity(
        *(1, "clients", NC_("entity", "Clients"), ("partners",), ("Catalog_Партнеры",)),
        *(_E, 5, 300, _S, Conflict.MERGED_BY_ALIAS),
    ),
    Entity(
        *(2, "counterparties", NC_("entity", "Counterparties"), ("counterparties",), ("Catalog_Контрагенты",)),
        *(_E, 5, 300, _S, Conflict.DUPLICATES_SHOWN),
    ),
    Entity(
        *(3, "consignees", NC_("entity", "Consignees"), (), ("Catalog_Контрагенты",)),
        *(_B, 5, 300, _S, Conflict.ACTIVE_ONCE_ACCEPTED, ("counterparties",)),
        yet="comes in; the portal asks for no new consignee",
    ),
    Entity(
        *(4, "consignee_addresses", NC_("entity", "Addresses of consignees")),
        *(("addresses",), ("Catalog_АдресаДоставки",)),
        *(_B, 5, 300, _S, Conflict.FIELDS_MERGED),
        yet="comes in; addresses are not edited in the portal",
    ),
    Entity(
        *(5, "regions", NC_("entity", "Regions"), ("regions",), ("Catalog_БизнесРегионы",)),
        *(_E, 3_600, 3_600, _L, Conflict.ERP_WINS),
    ),
    Entity(
        *(6, "client_staff", NC_("entity", "The clients' people")),
        *(("contacts",), ("Catalog_КонтактныеЛицаПартнеров",)),
        *(_B, 5, 300, _S, Conflict.CONTACT_DATA_LAST_VALID),
        yet="comes in; contact data edited in the portal stays there",
    ),
    Entity(
        *(7, "contracts", NC_("entity", "Contracts"), ("contracts",), ("Catalog_ДоговорыКонтрагентов",)),
        *(_E, 5, 300, _S, Conflict.ORDERS_CHECKED_AGAIN, ("files",)),
    ),
    Entity(
        *(8, "agreements", NC_("entity", "Agreements"), ("agreements", "segments", "segment_items")),
        ("Catalog_СоглашенияСКлиентами", "Catalog_СегментыНоменклатуры", "InformationRegister_НоменклатураСегмента"),
        *(_E, 5, 120, _S, Conflict.CATALOGUE_REBUILT),
    ),
    Entity(
        *(9, "products", NC_("entity", "Products")),
        ("products", "characteristics", "packages", "lines", "standards", "plants"),
        (
            *("Catalog_Номенклатура", "Catalog_ХарактеристикиНоменклатуры", "Catalog_УпаковкиЕдиницыИзмерения"),
            *("Catalog_ТоварныеКатегории", "Catalog_СтандартыКачества", "Catalog_СтруктураПредприятия"),
        ),
        *(_E, 10, 300, _S, Conflict.REFERENCE_IS_IDENTITY),
    ),
    Entity(
        *(10, "claims", NC_("entity", "Claims"), ("claims", "files")),
        ("Catalog_Претензии", "Catalog_ПрисоединенныеФайлы"),
        *(_B, 2, 45, _W, Conflict.NEVER_GOES_BACK),
        yet="comes in with its files; claims are not made or shown in the portal yet",
    ),
    Entity(
        *(11, "staff", NC_("entity", "The manufacturer's people"), ("managers",), ("Catalog_Пользователи",)),
        *(_E, 60, 300, _S, Conflict.ERP_WINS),
    ),
    Entity(
        *(12, "prices", NC_("entity", "Prices"), ("prices", "price_types")),
        ("InformationRegister_ЦеныНоменклатуры", "Catalog_ВидыЦен"),
        *(_E, 10, 300, _S, Conflict.NEWEST_PERIOD),
    ),
    Entity(
        *(13, "stock", NC_("entity", "Stock"), ("stock", "warehouses")),
        ("AccumulationRegister_ЗапасыИПотребности", "Catalog_Склады"),
        *(_B, 2, 30, _W, Conflict.LEDGER_OF_HOLDS),
        sends=("order.put",),  # an order is what takes stock there
    ),
    Entity(
        *(14, "limits", NC_("entity", "Limits"), ("limits",), ("AccumulationRegister_РасчетыСКлиентамиПоСрокам",)),
        *(_B, 3, 60, _W, Conflict.POSTING_DECIDES, ("contracts",)),
        sends=("order.put",),
        yet="a higher limit cannot be asked for",
    ),
    Entity(
        *(15, "plans", NC_("entity", "Plans"), ("plans",), ("AccumulationRegister_ПланыПродаж",)),
        *(_B, 900, 900, _S, Conflict.NEW_VERSION),
        yet="comes in; plans are not edited in the portal",
    ),
    Entity(
        *(16, "notifications", NC_("entity", "Notifications"), (), ()),
        *(_P, 1, 1, _W, Conflict.PORTAL_WINS),
        yet="live in the portal; no copy goes to 1C:ERP",
    ),
    Entity(
        *(17, "messages", NC_("entity", "Messages"), (), ("InformationRegister_Портал_Сообщения",)),
        *(_P, 1, 30, _W, Conflict.APPEND_ONLY),
        yet="nothing: the stand-in takes them, the portal has none",
    ),
    Entity(
        *(18, "orders", NC_("entity", "Orders"), ("orders",)),
        ("Document_ЗаказКлиента", "InformationRegister_СостоянияЗаказовКлиентов"),
        *(_B, 2, 45, _W, Conflict.OWNER_BY_STATE),
        sends=("order.put", "order.cancel"),
        yet="what is paid and shipped is shown by its papers, not in percent; one line alone cannot be cancelled",
    ),
    Entity(
        *(19, "shipments", NC_("entity", "Shipments"), ("shipments", "transport", "batches")),
        ("Document_РеализацияТоваровУслуг", "Document_ЗаданиеНаПеревозку", "Catalog_СерииНоменклатуры"),
        *(_B, 3, 45, _W, Conflict.PORTAL_UNTIL_LOADING),
        sends=("vehicle.put",),
        yet="shipments are shown with their order; they have no pages of their own",
    ),
    Entity(
        *(20, "invoices", NC_("entity", "Invoices"), ("invoices",), ("Document_СчетНаОплатуКлиенту",)),
        *(_E, 5, 45, _S, Conflict.ERP_WINS, ("files",)),
        yet="shown with their order and their files",
    ),
    Entity(
        *(21, "payments", NC_("entity", "Payments"), ("payments",)),
        ("Document_ПоступлениеБезналичныхДенежныхСредств",),
        *(_E, 10, 45, _S, Conflict.ERP_WINS),
        yet="shown with their order; no statement of account",
    ),
    Entity(
        *(22, "bonus", NC_("entity", "Bonus points"), ("bonus",), ("AccumulationRegister_БонусныеБаллы",)),
        *(_E, 10, 60, _S, Conflict.SPENT_BY_RESERVATION),
        yet="comes in; no page shows points and none can be reserved",
    ),
)
BY_KEY: Final[Mapping[str, Entity]] = {entity.key: entity for entity in ENTITIES}
BY_STREAM: Final[Mapping[str, Entity]] = {stream: entity for entity in ENTITIES for stream in entity.streams}
