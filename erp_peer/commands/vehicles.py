"""`vehicle.put`: the vehicle and driver that collect an order."""

from msgspec import Struct

from erp_peer.commands.facts import find_order
from erp_peer.commands.outcomes import refuse
from erp_peer.commands.shapes import PICKUP, VehicleData
from erp_peer.rules.life import Status
from erp_peer.rules.problems import Code
from erp_peer.store.db import one, value
from erp_peer.store.rows import upsert
from erp_peer.store.writing import Write

_FORMING = "Формируется"
_CHANGEABLE = frozenset({_FORMING, "КПогрузке"})


class TaskRow(Struct, frozen=True):
    """The transport row as it stands."""

    number: str
    status: str


async def put(write: Write, ref: str, data: VehicleData) -> None:
    """Name or change the vehicle of a self-pickup order.

    Raises:
        RefusedError: no such order, not self-pickup, order over, or the vehicle has left.
    """
    order = await find_order(write, str(data.order))
    if order is None:
        raise refuse(Code.ORDER_MISSING)
    if order.mode != PICKUP:
        raise refuse(Code.WRONG_MODE)
    if order.is_cancelled or order.status is Status.CLOSED:
        raise refuse(Code.WRONG_STATE, {"Статус": order.status})
    sql = "SELECT number, status FROM peer.transport WHERE ib = $1 AND ref = $2"
    before = await one(write.conn, TaskRow, sql, write.ib, ref)
    if before is not None and before.status not in _CHANGEABLE:
        raise refuse(Code.WRONG_STATE, {"Статус": before.status})
    await upsert(
        write,
        "transport",
        ref,
        {
            "number": before.number if before else await _new_number(write),
            "order_ref": str(data.order),
            "status": before.status if before else _FORMING,
            "driver": data.driver,
            "licence_series": data.licence_series,
            "licence_number": data.licence_number,
            "phone": data.phone,
            "plate": data.plate,
            "model": data.model,
            "trailer": data.trailer,
            "trailer_plate": data.trailer_plate,
            "proxy": data.proxy,
            "arrive_on": data.arrive_on,
        },
    )


async def _new_number(write: Write) -> str:
    sql = (
        "UPDATE peer.infobases SET last_transport = last_transport + 1 WHERE ib = $1"
        " RETURNING 'ТР00-' || lpad(last_transport::text, 6, '0')"
    )
    return await value(write.conn, str, sql, write.ib)
