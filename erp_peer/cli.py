"""Command line of the stand-in."""

import argparse
import os
from collections.abc import Sequence

import uvloop

from erp_peer import serving
from erp_peer.data.figures import PROFILES
from erp_peer.settings import Settings
from erp_peer.store.wire import LabelStyle
from erp_peer.streams.page import sections

# What a row before $skip costs a real base; a guess.
_REAL_SKIP_US = 20.0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("erp_peer", description="Stand-in 1C:ERP for development, demos and tests.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, text in (
        ("serve", "seed when needed, then serve"),
        ("seed", "seed when needed"),
        ("reset", "wipe and seed anew"),
        ("simulate", "move orders on and edit things in a database that is served elsewhere"),
    ):
        _options(verbs.add_parser(verb, help=text))
    verbs.add_parser("columns", help="print the column tables of docs/erp-surface-h.md")
    return parser


def _options(parser: argparse.ArgumentParser) -> None:
    # Words of a command are seen by every user of the machine: secrets had better come by environment.
    parser.add_argument("--db", default=os.environ.get("ERP_PEER_DB"), help="postgresql:// address, or ERP_PEER_DB")
    parser.add_argument("--profile", choices=sorted(PROFILES), default="demo")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=7380)
    token = os.environ.get("ERP_PEER_CONTROL_TOKEN", "")
    parser.add_argument("--control-token", default=token, help="or ERP_PEER_CONTROL_TOKEN; empty: no control surface")
    parser.add_argument("--user", default="Портал")
    parser.add_argument("--password", default=os.environ.get("KARAVAN_ERP_PASSWORD", "karavan-erp"))
    parser.add_argument("--dataversion-style", choices=[str(style) for style in LabelStyle], default="a")
    parser.add_argument("--hint-url", default="", help="where to post hints about changes")
    parser.add_argument("--hint-secret", default=os.environ.get("ERP_PEER_HINT_SECRET", ""))
    parser.add_argument("--simulate", action="store_true", help="let posted orders move on by themselves")
    parser.add_argument("--speed", type=float, default=60.0, help="how much faster than life, with --simulate")
    parser.add_argument("--realistic", action="store_true", help="be as slow as a real base, for demos")
    parser.add_argument("--sessions", type=int, default=8, help="sessions of each infobase")
    parser.add_argument("--session-wait-ms", type=float, default=20_000, help="how long a call waits for a session")
    parser.add_argument("--skip-us-per-row", type=float, default=0, help="what each row before $skip costs")
    parser.add_argument("--rate", default="0/s", help="accountants' edits, such as 5/s")


class _Options(argparse.Namespace):
    """Parsed options, typed."""

    verb: str
    db: str | None
    profile: str
    seed: int
    host: str
    port: int
    control_token: str
    user: str
    password: str
    dataversion_style: str
    hint_url: str
    hint_secret: str
    simulate: bool
    speed: float
    rate: str
    realistic: bool
    sessions: int
    session_wait_ms: float
    skip_us_per_row: float


def _settings(options: _Options, dsn: str) -> Settings:
    return Settings(
        dsn=dsn,
        host=options.host,
        port=options.port,
        profile=options.profile,
        seed=options.seed,
        user=options.user,
        password=options.password,
        control_token=options.control_token,
        label_style=LabelStyle(options.dataversion_style),
        hint_url=options.hint_url,
        hint_secret=options.hint_secret,
        simulate=options.simulate,
        speed=options.speed,
        rate=float(options.rate.removesuffix("/s")),
        realistic=options.realistic,
        sessions=options.sessions,
        session_wait_s=options.session_wait_ms / 1000,
        skip_us_per_row=options.skip_us_per_row or (_REAL_SKIP_US if options.realistic else 0),
    )


_VERBS = {
    "serve": serving.serve,
    "seed": serving.seed_only,
    "reset": serving.reset,
    "simulate": serving.simulate,
}


def main(argv: Sequence[str] | None = None) -> None:
    """Run one verb."""
    parser = _parser()
    options = parser.parse_args(argv, _Options())
    if options.verb == "columns":
        print(sections(), end="")  # noqa: T201 - that is the verb
        return
    if not options.db:
        parser.error("no database: set ERP_PEER_DB or give --db")
    uvloop.run(_VERBS[options.verb](_settings(options, options.db)))
