"""Serves the sample pages under the portal's own security headers, for looking and for tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

from app.infra.http.headers import CONTENT_SECURITY_POLICY
from app.infra.i18n.languages import LANGUAGES
from app.infra.pages.assets import Assets, load_assets
from app.infra.pages.renderer import Renderer
from app.infra.pages.shell import Theme
from tools.samples import sample_pages


@contextmanager
def serve_samples() -> Iterator[str]:
    """Serve on a free port of this machine while the block runs; gives the address without a slash."""
    loaded = load_assets()

    class Handler(_Handler):
        assets = loaded
        renderer = Renderer(loaded, reload=True)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """``/<language>/<page>?theme=dark`` and ``/assets/…``; everything posted is accepted and forgotten."""

    assets: Assets
    renderer: Renderer

    def do_GET(self) -> None:
        """Answer a page or a file."""
        parts = urlsplit(self.path)
        language, _, page = parts.path.strip("/").partition("/")
        if language == "assets":
            digest, _, path = page.partition("/")
            asset = self.assets.find(digest, path)
            if asset is not None:
                self._send(HTTPStatus.OK, asset.media_type, asset.body)
                return
        elif language in LANGUAGES:
            theme = _theme(parse_qs(parts.query).get("theme", [""])[0])
            samples = sample_pages(language, theme)
            if page in samples:
                name, context = samples[page]
                html = self.renderer.render(name, context, locale=language)
                self._send(HTTPStatus.OK, "text/html; charset=utf-8", html.encode())
                return
        self._send(HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", b"no such sample")

    def do_POST(self) -> None:
        """Accept and forget."""
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self._send(HTTPStatus.NO_CONTENT, "text/plain", b"")

    def _send(self, status: HTTPStatus, media_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name http.server has
        """Stay silent: the looker prints what matters."""


def _theme(asked: str) -> Theme:
    return "dark" if asked == "dark" else "light" if asked == "light" else ""
