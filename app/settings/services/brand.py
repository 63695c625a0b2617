"""The brand: what the manufacturer is called, its colour made readable, its logo written anew."""

import base64
import binascii
from collections.abc import Sequence

import msgspec

from app.access.tenants import digest, logo_href, styles_href
from app.kernel.colours import Fit, Palette, Theme, palette
from app.kernel.errors import ChangedMeanwhileError, InvalidInputError, Problem, RejectedError
from app.settings.queries import tenant as queries
from app.settings.queries.tenant import Brand, TenantRow
from app.settings.rules.pictures import PictureError, clean_png
from app.settings.schemas import BrandInput, BrandView, FitView
from app.settings.services.office import Office, plain


async def read_brand(office: Office) -> BrandView:
    """Read the brand as it stands."""
    return view(await queries.read_tenant(office.transaction))


async def change_brand(office: Office, wish: BrandInput, version: int) -> BrandView:
    """Change names and colour.

    Raises:
        ChangedMeanwhileError: somebody was faster.
    """
    old = await queries.read_tenant(office.transaction)
    new = msgspec.convert({**plain(wish), "accent": wish.accent.lower()}, Brand)
    if not await queries.write_brand(office.transaction, new, version):
        raise await _changed(office)
    await office.note("brand.changed", plain(old.brand), plain(new))
    return await read_brand(office)


async def change_logo(office: Office, png: bytes, version: int) -> BrandView:
    """Put a logo; only its pixels are kept.

    Raises:
        ChangedMeanwhileError: somebody was faster.
        RejectedError: the file is no logo, and why.
    """
    old = await queries.read_tenant(office.transaction)
    try:
        picture = clean_png(png)
    except PictureError as error:
        raise RejectedError([Problem(error.code, "png", error.params)]) from None
    return await _put_logo(office, old, digest(picture.body), picture.body, version)


async def remove_logo(office: Office, version: int) -> BrandView:
    """Take the logo away; the portal's own sign stands instead.

    Raises:
        ChangedMeanwhileError: somebody was faster.
    """
    return await _put_logo(office, await queries.read_tenant(office.transaction), "", b"", version)


def read_base64(text: str) -> bytes:
    """Read a file that came as text.

    Raises:
        InvalidInputError: it is no base64.
    """
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidInputError([Problem("text_malformed", "png")]) from None


def fits(accent: str) -> Sequence[FitView]:
    """Say what a colour becomes in both themes, with the figures; nothing without a colour."""
    if not accent:
        return []
    both: Palette = palette(accent.lower())
    return [_fit("light", both.light), _fit("dark", both.dark)]


def view(row: TenantRow) -> BrandView:
    """Show a brand."""
    told = {
        "logo_href": logo_href(row.code, row.logo),
        "styles_href": styles_href(row.code, row.brand.accent),
        "fits": [plain(one) for one in fits(row.brand.accent)],
        "version": row.brand_version,
    }
    return msgspec.convert({**plain(row.brand), **told}, BrandView)


async def _put_logo(office: Office, old: TenantRow, name: str, body: bytes, version: int) -> BrandView:
    if not await queries.write_logo(office.transaction, name, body, version):
        raise await _changed(office)
    await office.note("logo.changed", {"logo": old.logo}, {"logo": name})
    return await read_brand(office)


async def _changed(office: Office) -> ChangedMeanwhileError:
    return ChangedMeanwhileError((await queries.read_tenant(office.transaction)).brand_version)


def _fit(theme: str, found: Theme) -> FitView:
    main: Fit = found.main
    return FitView(
        theme="dark" if theme == "dark" else "light",
        ground=main.ground,
        chosen=main.chosen,
        chosen_ratio=f"{main.chosen_ratio:.2f}",
        used=main.used,
        used_ratio=f"{main.used_ratio:.2f}",
        is_changed=main.is_changed,
        on_used=found.on_main,
    )
