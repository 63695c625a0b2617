"""onec-odata (httpx): service document, metadata, lists, counts, pages, links, labels, writing, posting, slices, codes."""

import datetime as dt
import sys

from onec_odata import F, Guid, ODataClient, Query
from onec_odata.exceptions import ODataError

with ODataClient(f"{sys.argv[1]}/erp", auth=("Портал", "karavan-erp")) as client:
    assert "Catalog_Номенклатура" in client.service_document()
    described = client.metadata()
    assert described is not None
    goods = client.catalog("Номенклатура")
    page = goods.list(Query().filter(F("DeletionMark") == False).top(3).with_count())  # noqa: E712
    assert len(list(page)) == 3
    assert page.total_count > 3
    assert goods.count() == len(list(goods.iterate(Query(), page_size=70)))
    expanded = next(iter(goods.list(Query().filter(F("IsFolder") == False).top(1).expand("ТоварнаяКатегория"))))  # noqa: E712
    assert expanded["ТоварнаяКатегория"]["Ref_Key"] == str(expanded["ТоварнаяКатегория_Key"])

    partners = client.catalog("Партнеры")
    made = partners.create({"Description": "Создан третьим клиентом"})
    label = made.data_version
    partners.update(made.ref_key, {"Description": "Изменён"}, if_match=label)
    try:
        partners.update(made.ref_key, {"Description": "Ещё"}, if_match=label)
    except ODataError as error:
        assert "412" in repr(error) + str(error) + str(vars(error)), vars(error)
    else:
        raise AssertionError("412")
    try:
        partners.get(Guid("00000000-0000-0000-0000-000000000000"))
    except ODataError as error:
        assert "9" in str(vars(error)), vars(error)
    else:
        raise AssertionError("9")

    orders = client.document("ЗаказКлиента")
    reasons = []
    for order in orders.list(Query().filter((F("Posted") == True) & (F("Статус") == "КОбеспечению"))):  # noqa: E712
        try:
            orders.post_document(order.ref_key, operational=False)
            break
        except ODataError as error:
            reasons.append(str(error))
    else:
        raise AssertionError(reasons)
    sliced = client.information_register("ЦеныНоменклатуры").call("SliceLast", {"Period": dt.datetime(2030, 1, 1)})  # noqa: DTZ001
    assert sliced
