"""A brand's files under addresses that carry the hash of their content; for anybody, as the sign-in page shows them."""

from litestar import Response, get
from litestar.controller import Controller

from app.access.tenants import LOGO_FILE, STYLES_FILE, Tenants
from app.access.tenants import digest as digest_of
from app.infra.http.serving import FOREVER
from app.kernel.errors import NotFoundError


class BrandFiles(Controller):
    """Colours and logo of a manufacturer."""

    opt = {"permission": "public"}  # noqa: RUF012 - Litestar reads a class attribute of this shape

    @get("/brand/{tenant_code:str}/{digest:str}/{name:str}")
    async def file(self, tenant_code: str, digest: str, name: str, tenants: Tenants) -> Response[bytes]:
        """Send one file; what an address names never changes, so it is kept for a year."""
        tenant = await tenants.by_code(tenant_code)
        if tenant is None:
            raise NotFoundError
        headers = {"Cache-Control": FOREVER, "ETag": f'"{digest}"'}
        styles = tenant.styles.encode()
        if name == STYLES_FILE and styles and digest == digest_of(styles):
            return Response(styles, media_type="text/css", headers=headers)
        logo = await tenants.logo(tenant, digest) if name == LOGO_FILE else None
        if logo is None:
            raise NotFoundError
        return Response(logo, media_type="image/png", headers=headers)
