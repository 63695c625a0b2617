"""Pictures a phone reads, as part of the page: nothing is fetched and nothing is kept."""

import segno
from markupsafe import Markup


def draw_code(text: str) -> Markup:
    """Draw a QR code; dark on white in every theme, with the quiet zone scanners want."""
    svg = segno.make(text, error="m").svg_inline(scale=4, border=4, dark="#000", light="#fff", svgclass="qr")
    return Markup(svg)  # noqa: S704 - drawn here out of squares; the text is not part of it
