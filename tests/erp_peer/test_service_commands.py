"""Commands of service: each once, each only about one's own, and what the manufacturer's people make of them."""

from collections.abc import Iterator
from typing import Final
from uuid import uuid4

import pytest

from tests.erp_peer.conftest import running
from tests.erp_peer.portal import Outcome, Portal, Row, command
from tests.support.waiting import eventually

Data = dict[str, object]
ZERO: Final = "00000000-0000-0000-0000-000000000000"


class Client:
    """A buyer with a contract, points and somebody else beside it."""

    def __init__(self, portal: Portal) -> None:
        self.contract = next(row for row in portal.rows("contracts") if row["DeletionMark"] == "false")
        self.partner = self.contract["Партнер_Key"]
        others = [row for row in portal.rows("contracts") if row["Партнер_Key"] != self.partner]
        self.foreign = next(row for row in others if row["DeletionMark"] == "false")
        self.whose: Data = {"Партнер_Key": self.partner, "Договор_Key": self.contract["Ref_Key"]}


@pytest.fixture(scope="module")
def client(portal: Portal) -> Client:
    return Client(portal)


def claim(client: Client, **more: object) -> Data:
    return {
        **client.whose,
        "ВидПретензии": "Количество",
        "Description": "Недостача",
        "ОписаниеПретензии": "Не хватает двух бочек",
        **more,
    }


def one(portal: Portal, kind: str, data: object, ref: str = "", **more: object) -> Outcome:
    [outcome] = portal.run(command(kind, ref or str(uuid4()), data, **more))
    return outcome


def test_a_claim_is_registered_once_and_changed_until_somebody_works_on_it(
    portal: Portal, client: Client, node: str
) -> None:
    ref = str(uuid4())
    first = command("claim.put", ref, claim(client, Сумма="100.50"))
    [made], [again] = portal.run(first), portal.run(first)
    assert (made.status, made.state, made.replayed) == ("ok", "Зарегистрирована", False)
    assert (again.replayed, again.number) == (True, made.number)
    row = portal.one("claims", Ref_Key=ref)
    assert (row["Code"], row["Сумма"], row["Валюта"]) == (
        *(made.number, "100.50"),
        client.contract["ВалютаВзаиморасчетов"],
    )
    changed = one(portal, "claim.put", claim(client, Description="Недостача 2"), ref, if_label=made.label)
    assert (changed.status, changed.number) == ("ok", made.number)
    assert one(portal, "claim.put", claim(client), ref, if_label=made.label).status == "conflict"
    assert one(portal, "claim.status", {"Статус": "Обрабатывается"}, ref).status == "ok"
    assert one(portal, "claim.put", claim(client), ref).codes == ["wrong_state"]
    decided = one(portal, "claim.status", {"Статус": "Удовлетворена", "РезультатыОтработки": "Вернём"}, ref)
    assert (decided.status, decided.state) == ("ok", "Удовлетворена")
    assert one(portal, "claim.status", {"Статус": "Обрабатывается"}, ref).codes == ["wrong_state"]
    assert [item.type for item in portal.audit(ref)] == ["claim.put", "claim.put", "claim.status", "claim.status"]
    assert ref in {entry.ref for entry in portal.drain(node)}


def test_a_claim_leans_on_the_clients_own_papers_only(portal: Portal, client: Client) -> None:
    foreign = {"Договор_Key": client.foreign["Ref_Key"]}
    order = next(row for row in portal.rows("orders") if row["Партнер_Key"] != client.partner)
    shipment = next(row for row in portal.rows("shipments") if row["Партнер_Key"] != client.partner)
    for more, expected in (
        (foreign, "contract_mismatch"),
        ({"ЗаказКлиента_Key": order["Ref_Key"]}, "order_missing"),
        ({"Основание_Key": shipment["Ref_Key"]}, "shipment_missing"),
    ):
        ref = str(uuid4())
        assert one(portal, "claim.put", claim(client, **more), ref).codes == [expected]
        assert portal.audit(ref) == []
    assert one(portal, "claim.status", {"Статус": "Обрабатывается"}).codes == ["claim_missing"]


def test_people_and_addresses_stay_with_their_client(portal: Portal, client: Client) -> None:
    person, place = str(uuid4()), str(uuid4())
    contact = {"Партнер_Key": client.partner, "Description": "Әлия Нұрлан", "Телефон": "+7 701 000 00 00"}
    assert one(portal, "contact.put", contact, person).status == "ok"
    assert portal.one("contacts", Ref_Key=person)["Роль"] == "", "roles are the portal's"
    moved = {**contact, "Партнер_Key": client.foreign["Партнер_Key"]}
    assert one(portal, "contact.put", moved, person).codes == ["contract_mismatch"]
    own = next(row for row in portal.rows("counterparties") if row["Партнер_Key"] == client.partner)
    address = {
        "Партнер_Key": client.partner,
        "Грузополучатель_Key": own["Ref_Key"],
        "Description": "Склад",
        "Представление": "Алматы, Рыскулова 1",
    }
    assert one(portal, "address.put", address, place).status == "ok"
    rail = {**address, "ВидДоставки": "rail", "ЖДСтанция": "Алматы-1", "ЖДКод": "70"}
    assert one(portal, "address.put", rail, place).codes == ["station_missing"]
    assert one(portal, "address.put", {**rail, "ЖДКод": "700007"}, place).status == "ok"
    other = next(row for row in portal.rows("counterparties") if row["Партнер_Key"] == client.foreign["Партнер_Key"])
    stolen = {**address, "Грузополучатель_Key": other["Ref_Key"]}
    assert one(portal, "address.put", stolen).codes == ["consignee_mismatch"]


def requests(client: Client, line: str, region: str) -> dict[str, Data]:
    return {
        "discount.request": {**client.whose, "СкидкаПроцент": "4.5", "Обоснование": "Объём"},
        "limit.request": {**client.whose, "Сумма": "7000000.00"},
        "act.request": {**client.whose, "НачалоПериода": "2026-01-01", "КонецПериода": "2026-03-31"},
        "plan.put": {
            "Партнер_Key": client.partner,
            "ТоварнаяКатегория_Key": line,
            "НачалоПериода": "2035-02-01",
            "ПланКг": "12500.000",
        },
        "client.put": {"Description": "Жаңа Май", "НалоговыйНомер": "990140000385", "БизнесРегион_Key": region},
    }


def test_what_is_asked_for_waits_and_comes_true_when_granted(portal: Portal, client: Client) -> None:
    line, region = portal.rows("lines")[0]["Ref_Key"], portal.rows("regions")[-1]["Ref_Key"]
    results: dict[str, Row] = {}
    for kind, data in requests(client, line, region).items():
        ref = str(uuid4())
        asked = one(portal, kind, data, ref)
        assert (asked.status, asked.state) == ("ok", "НаРассмотрении"), kind
        assert one(portal, kind, data, ref).number == asked.number, "put again it is the same request"
        portal.edit(edit="request", request=asked.number, grant=True, decision="Да")
        results[kind] = portal.one("requests", Ref_Key=ref)
        assert (results[kind]["Статус"], results[kind]["Решение"]) == ("Согласована", "Да")
        assert one(portal, kind, data, ref).codes == ["wrong_state"]
    contract = portal.one("contracts", Ref_Key=client.contract["Ref_Key"])
    assert contract["ДопустимаяСуммаЗадолженности"] == "7000000.00"
    act = portal.one("files", Ref_Key=results["act.request"]["Результат_Key"])
    assert act["ВладелецФайла_Key"] == client.contract["Ref_Key"]
    assert portal.http.get(f"/files/{act['Ref_Key']}").headers["x-file-sha256"] == act["ХешСумма"]
    plan = portal.one("plans", Ref_Key=results["plan.put"]["Результат_Key"])
    assert (plan["Месяц"], plan["ПланКг"]) == ("2035-02-01", "12500.000")
    partner = portal.one("partners", Ref_Key=results["client.put"]["Результат_Key"])
    assert (partner["Description"], partner["ВидПартнера"]) == ("Жаңа Май", "prospect")
    assert results["discount.request"]["Результат_Key"] == ZERO


def test_what_is_denied_changes_nothing_but_the_request(portal: Portal, client: Client) -> None:
    before = portal.one("contracts", Ref_Key=client.contract["Ref_Key"])
    ref = str(uuid4())
    asked = one(portal, "limit.request", {**client.whose, "Сумма": "9.00"}, ref)
    portal.edit(edit="request", request=asked.number, grant=False, decision="Нет")
    assert portal.one("requests", Ref_Key=ref)["Статус"] == "Отклонена"
    assert portal.one("contracts", Ref_Key=client.contract["Ref_Key"]) == before


@pytest.mark.parametrize(
    ("kind", "more", "status", "code"),
    [
        ("discount.request", {"СкидкаПроцент": "0"}, "invalid", "bad_field"),
        ("discount.request", {"СкидкаПроцент": "100"}, "invalid", "bad_field"),
        ("limit.request", {"Сумма": "-1"}, "invalid", "bad_field"),
        ("act.request", {"КонецПериода": "2025-12-31"}, "invalid", "bad_field"),
        ("plan.put", {"НачалоПериода": "2020-01-01"}, "refused", "month_closed"),
        ("plan.put", {"НачалоПериода": "2035-02-02"}, "invalid", "bad_field"),
        ("plan.put", {"ТоварнаяКатегория_Key": ZERO}, "invalid", "unknown_reference"),
        ("client.put", {"БизнесРегион_Key": ZERO}, "invalid", "unknown_reference"),
        ("limit.request", {"Партнер_Key": ZERO}, "invalid", "unknown_reference"),
        ("limit.request", {"Договор_Key": ZERO}, "invalid", "unknown_reference"),
        ("limit.request", {"Лишнее": "1"}, "invalid", "unknown_field"),
    ],
)
def test_what_cannot_be_asked_for(
    portal: Portal, client: Client, kind: str, more: Data, status: str, code: str
) -> None:
    line, region = portal.rows("lines")[0]["Ref_Key"], portal.rows("regions")[-1]["Ref_Key"]
    ref = str(uuid4())
    outcome = one(portal, kind, {**requests(client, line, region)[kind], **more}, ref)
    assert (outcome.status, outcome.code) == (status, code)
    assert portal.audit(ref) == []


def test_no_client_is_asked_for_twice(portal: Portal) -> None:
    taken = next(row["НалоговыйНомер"] for row in portal.rows("counterparties") if row["DeletionMark"] == "false")
    region = portal.rows("regions")[-1]["Ref_Key"]
    data = {"Description": "Дубль", "НалоговыйНомер": taken, "БизнесРегион_Key": region}
    assert one(portal, "client.put", data).codes == ["client_exists"]


def test_points_are_put_aside_spent_and_given_back_once(portal: Portal) -> None:
    row = next(row for row in portal.rows("bonus") if float(row["Начислено"]) > 1_000)
    same = {"Партнер_Key": row["Партнер_Key"], "БонуснаяПрограмма": row["БонуснаяПрограмма"]}
    free = float(row["Начислено"]) - float(row["КСписанию"]) - float(row["Зарезервировано"])

    def act(ref: str, action: str, amount: float) -> Outcome:
        return one(portal, "bonus.reserve", {**same, "Действие": action, "Сумма": f"{amount:.2f}"}, ref)

    def figures() -> tuple[float, float]:
        found = portal.one("bonus", Ref_Key=row["Ref_Key"])
        return float(found["Начислено"]), float(found["Зарезервировано"])

    accrued, reserved = figures()
    spent, back = str(uuid4()), str(uuid4())
    assert act(str(uuid4()), "reserve", free + 1).codes == ["no_points"]
    assert act(spent, "reserve", 300).status == "ok"
    assert act(spent, "reserve", 300).codes == ["wrong_state"]
    assert act(back, "reserve", 200).status == "ok"
    assert figures() == (accrued, reserved + 500)
    assert act(spent, "commit", 299).codes == ["hold_missing"], "another sum is another thing"
    for _time in range(2):
        assert act(spent, "commit", 300).state == "Списано"
        assert act(back, "release", 200).state == "Отменено"
    assert figures() == (accrued - 300, reserved)
    assert act(back, "commit", 200).codes == ["wrong_state"]
    assert act(str(uuid4()), "release", 1).codes == ["hold_missing"]


def test_messages_are_only_added_and_each_number_exists_once(portal: Portal, client: Client, node: str) -> None:
    talk, ref = str(uuid4()), str(uuid4())
    message = {
        "Обсуждение_Key": talk,
        "Номер": 1,
        "Партнер_Key": client.partner,
        "Автор": "Покупатель",
        "Текст": "Қашан?",
        "Дата": "2026-11-22T10:00:00+05:00",
    }
    assert one(portal, "message.put", message, ref).status == "ok"
    assert one(portal, "message.put", {**message, "Текст": "Иначе"}, ref).codes == ["message_exists"]
    assert one(portal, "message.put", message).codes == ["message_exists"]
    assert one(portal, "message.put", {**message, "Номер": 2}).status == "ok"
    assert one(portal, "message.put", {**message, "Номер": 0}).code == "bad_field"
    assert one(portal, "message.put", {**message, "Номер": 3, "Дата": "2026-11-22T10:00:00"}).code == "bad_field"
    row = portal.one("messages", Ref_Key=ref)
    assert (row["Номер"], row["Текст"], row["Дата"]) == ("1", "Қашан?", "2026-11-22T05:00:00+00:00")
    assert [entry.set for entry in portal.drain(node)] == ["InformationRegister_Портал_Сообщения"] * 2


@pytest.fixture
def lively(seeded_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """A stand-in whose people work ten thousand times as fast."""
    log = tmp_path_factory.mktemp("lively") / "log"
    with (
        running(seeded_database, log, "--simulate", "--speed", "40000", "--rate", "0") as process,
        Portal(process.url) as portal,
    ):
        yield portal


def test_the_manufacturers_people_look_at_what_the_portal_sent(lively: Portal) -> None:
    client = Client(lively)
    before = {row["Ref_Key"]: row["Статус"] for row in lively.rows("claims")}
    ref, easy, hard = str(uuid4()), str(uuid4()), str(uuid4())
    assert one(lively, "claim.put", claim(client), ref).status == "ok"
    assert one(lively, "discount.request", {**client.whose, "СкидкаПроцент": "5"}, easy).status == "ok"
    assert one(lively, "discount.request", {**client.whose, "СкидкаПроцент": "5.01"}, hard).status == "ok"

    def decided() -> bool:
        statuses = {row["Ref_Key"]: row["Статус"] for row in lively.rows("requests")}
        done = lively.one("claims", Ref_Key=ref)["Статус"] in {"Удовлетворена", "НеУдовлетворена"}
        return done and (statuses[easy], statuses[hard]) == ("Согласована", "Отклонена")

    assert eventually(decided, 20)
    after = {row["Ref_Key"]: row["Статус"] for row in lively.rows("claims") if row["Ref_Key"] != ref}
    assert after == before, "claims of the invented past are left as they are"
    kinds = [item.type for item in lively.audit(ref)]
    assert kinds == ["claim.put", "staff.claim", "staff.claim"]
