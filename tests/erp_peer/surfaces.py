"""Both surfaces of one stand-in as places to strike: what is read and what is written on each."""

from uuid import uuid4

import httpx
from msgspec import Raw

from tests.erp_peer.odata.client import Interface
from tests.erp_peer.portal import Portal

H, O = "H", "O"  # noqa: E741 - so the two are called
SURFACES = (H, O)
PARTNERS = "Catalog_Партнеры"


class Surface:
    """One of the two."""

    def __init__(self, name: str, portal: Portal, odata: Interface) -> None:
        self.name = name
        self.portal = portal
        self._odata = odata

    @property
    def pattern(self) -> str:
        """Paths of this surface."""
        return "/hs/portal/" if self.name == H else "standard[.]odata"

    def strike(self, fault: str, path: str = "", **rule: object) -> None:
        """Put a rule in force for this surface only, once unless told otherwise."""
        match = {"path~": f"{self.pattern}.*{path}"}
        self.portal.steer("/faults", {"rules": [{"times": 1, "match": match, "fault": fault, **rule}]}, dict[str, Raw])

    def read(self) -> httpx.Response:
        """Read something small."""
        if self.name == H:
            return self.portal.http.get("/ping")
        return self._odata.send("GET", f"{PARTNERS}?$format=json&$top=1")

    def write(self, ref: str | None = None) -> httpx.Response:
        """Write something that is refused or new."""
        if self.name == H:
            command = {"id": str(uuid4()), "type": "order.cancel", "ref": ref or str(uuid4()), "data": {"reason": "x"}}
            return self.portal.http.post("/commands", json={"commands": [command]})
        body = {"Ref_Key": ref or str(uuid4()), "Description": "Записан"}
        return self._odata.send("POST", f"{PARTNERS}?$format=json", body)
