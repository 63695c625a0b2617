"""More of the field: goods only a second contract sells, and a third company in a region served by others."""

from typing import Final

from app.orders.schemas.inputs import Details
from tests.orders.shop import (
    ADMIN,
    ALPHA,
    ALPHA_LLP,
    ALPHA_YARD,
    ELSEWHERE,
    GRADE,
    LIST,
    SECOND,
    SECOND_AGREEMENT,
    SOON,
    WAREHOUSE,
    Shop,
    person,
    uid,
)

GAMMA, GAMMA_LLP, GAMMA_YARD = uid(0x23), uid(0x33), uid(0x43)
GAMMA_CONTRACT, GAMMA_AGREEMENT = uid(0x54), uid(0x64)
SECOND_SEGMENT, GAMMA_SEGMENT = uid(0x72), uid(0x73)
SECOND_ONLY, GAMMA_ONLY = uid(0xD0), uid(0xD1)
GAMMA_HEAD: Final = person(26, "distributor_head", GAMMA)
# A head of the first company who may not touch its second contract: nothing of it is there for this one person.
NARROWED: Final = person(25, "distributor_head", ALPHA)
_NOT_THEIRS: Final = ("contract", "agreement", "offer", "price", "order", "pickup", "limit")
SECOND_DETAILS: Final = Details(contract_id=SECOND, counterparty_id=ALPHA_LLP, address_id=ALPHA_YARD, ship_on=SOON)
GAMMA_DETAILS: Final = Details(
    contract_id=GAMMA_CONTRACT, counterparty_id=GAMMA_LLP, address_id=GAMMA_YARD, ship_on=SOON
)
_ROWS: Final = f"""
    INSERT INTO partners (tenant_id, id, kind, name, region_id, src_version, src_label)
    VALUES (1, '{GAMMA}', 'distributor', 'Gamma', '{ELSEWHERE}', 1, 'a');
    INSERT INTO counterparties (tenant_id, id, partner_id, name, tax_id, country, src_version, src_label)
    VALUES (1, '{GAMMA_LLP}', '{GAMMA}', 'Gamma LLP', '333', 'KZ', 1, 'a');
    INSERT INTO consignee_addresses
        (tenant_id, id, partner_id, counterparty_id, kind, text, region_id, src_version, src_label)
    VALUES (1, '{GAMMA_YARD}', '{GAMMA}', '{GAMMA_LLP}', 'road', 'Gamma lane 3', '{ELSEWHERE}', 1, 'a');
    INSERT INTO contracts
        (tenant_id, id, partner_id, counterparty_id, number, currency, status, credit_limited, vat_country,
        src_version, src_label)
    VALUES (1, '{GAMMA_CONTRACT}', '{GAMMA}', '{GAMMA_LLP}', 'KZ-7', 'KZT', 'live', false, 'KZ', 1, 'a');
    INSERT INTO credit_accounts
        (tenant_id, contract_id, partner_id, currency, limited, erp_limit, erp_debt, erp_orders, as_of, as_of_batch,
        src_version)
    VALUES (1, '{GAMMA_CONTRACT}', '{GAMMA}', 'KZT', false, 0, 0, 0, now(), 100, 1);
    INSERT INTO segments (tenant_id, id, name_ru, name_kk, name_en, src_version, src_label)
    VALUES (1, '{SECOND_SEGMENT}', 's', 's', 's', 1, 'a'), (1, '{GAMMA_SEGMENT}', 's', 's', 's', 1, 'a');
    INSERT INTO agreements
        (tenant_id, id, partner_id, contract_id, number, name, segment_id, price_list_id, warehouse_id, status,
        src_version, src_label)
    VALUES (1, '{GAMMA_AGREEMENT}', '{GAMMA}', '{GAMMA_CONTRACT}', 'G-1', 'Gamma', '{GAMMA_SEGMENT}', '{LIST}',
        '{WAREHOUSE}', 'live', 1, 'a');
    UPDATE agreements SET segment_id = '{SECOND_SEGMENT}' WHERE id = '{SECOND_AGREEMENT}';
    INSERT INTO products
        (tenant_id, id, pos, grade_id, sku, name_ru, name_kk, name_en, package, net_kg, gross_kg, src_version,
        src_label)
    VALUES (1, '{SECOND_ONLY}', 8, '{GRADE}', 'AL-SECOND', 'Второй', 'Екінші', 'Seconds', 'drum', 1, 1, 1, 'a'),
        (1, '{GAMMA_ONLY}', 9, '{GRADE}', 'AL-GAMMA', 'Дальний', 'Алыстағы', 'Faraway', 'drum', 1, 1, 1, 'a');
    INSERT INTO segment_items (tenant_id, segment_id, product_id, src_version)
    VALUES (1, '{SECOND_SEGMENT}', '{SECOND_ONLY}', 1), (1, '{GAMMA_SEGMENT}', '{GAMMA_ONLY}', 1);
    INSERT INTO prices (tenant_id, price_list_id, product_id, amount, valid_from, src_version)
    VALUES (1, '{LIST}', '{SECOND_ONLY}', 100, '2020-01-01', 1),
        (1, '{LIST}', '{GAMMA_ONLY}', 100, '2020-01-01', 1);
    INSERT INTO stock_levels (tenant_id, product_id, warehouse_id, erp_free, as_of, as_of_batch, src_version)
    VALUES (1, '{SECOND_ONLY}', '{WAREHOUSE}', 10, now(), 100, 1),
        (1, '{GAMMA_ONLY}', '{WAREHOUSE}', 10, now(), 100, 1);
    SELECT catalog_rebuild(1)
"""


async def add_afar(shop: Shop) -> None:
    """Write the rows, and the rules that narrow one person to the first contract."""
    await shop.change(_ROWS)
    for number, resource in enumerate(_NOT_THEIRS):
        await shop.change(
            "INSERT INTO access_rules (tenant_id, id, subject, resource, action, effect, ctr, created_by)"
            " VALUES (1, $1, $2, $3, '*', 'deny', $4, $5)",
            *(uid(0x4F0 + number), f"m:{NARROWED.membership_id}", resource, str(SECOND), ADMIN.user_id),
        )
