"""enterprise-1c-odata (urllib): reads, and shows its own two defects as it does on a real base."""

import sys
from urllib.parse import quote

from enterprise_1c_odata import ODataClient, ODataQuery
from enterprise_1c_odata.client import ODataError, ODataQueryError

client = ODataClient(f"{sys.argv[1]}/erp/odata/standard.odata", "Портал", "karavan-erp")
SET = "Catalog_Номенклатура"


def fails(query: ODataQuery, kind: type[Exception], said: str) -> None:
    try:
        client.execute(query)
    except kind as error:
        assert said in str(error), str(error)
    else:
        raise AssertionError(said)


found = client.execute(ODataQuery(quote(SET)).top(3))
assert found.count == 3
assert "Ref_Key" in found.items[0]
# Defects of the client: letters of the set are not encoded, and spaces of a filter go out as a plus sign.
fails(ODataQuery(SET).top(3), ODataError, "ascii")
fails(ODataQuery(quote(SET)).filter("DeletionMark eq false"), ODataQueryError, '"14"')
