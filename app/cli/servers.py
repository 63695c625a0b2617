"""Embedded PostgreSQL and Valkey as parts."""

import signal
from functools import partial
from pathlib import Path

from app.cli.site import LOOPBACK, Site
from app.infra.embedded.binaries import EmbeddedError, find_postgres, find_valkey
from app.infra.embedded.cluster import SUPERUSER, prepare_cluster
from app.infra.embedded.identity import PLAIN_ENVIRONMENT
from app.infra.embedded.valkey import prepare_valkey
from app.infra.processes.health import postgres_answers, valkey_answers
from app.infra.processes.parts import Command, Part, StartError
from app.infra.processes.roles import with_account


def postgres_part(site: Site, name: str, port: int, *, shown_as: tuple[str, str, str]) -> Part:
    """An embedded PostgreSQL; ``shown_as`` is the account and database of its URL in the status."""
    admin = superuser_url(site, port)
    return Part(
        name=name,
        command=partial(_postgres_command, site, site.folder / name, port),
        is_healthy=partial(postgres_answers, admin),
        facts={"port": port, "url": with_account(admin, *shown_as)},
        listens=(LOOPBACK, port),
        # Fast shutdown first: it waits for nobody and loses nothing.
        stop_signals=(signal.SIGINT, signal.SIGQUIT),
        # Killed starter: end at once, as in a crash; the next start replays the log.
        death_signal=signal.SIGQUIT,
    )


def superuser_url(site: Site, port: int) -> str:
    """Full rights on an embedded server; only the starter uses it."""
    return f"postgresql://{SUPERUSER}:{site.secrets.postgres}@{LOOPBACK}:{port}/postgres"


def valkey_part(site: Site, port: int) -> Part:
    """An embedded Valkey."""
    url = f"redis://:{site.secrets.redis}@{LOOPBACK}:{port}/0"
    return Part(
        name="redis",
        command=partial(_valkey_command, site, port),
        is_healthy=partial(valkey_answers, url),
        facts={"port": port, "url": url},
        listens=(LOOPBACK, port),
        death_signal=signal.SIGTERM,
    )


def _postgres_command(site: Site, home: Path, port: int) -> Command:
    if not (home / "data").exists():
        site.say(f"Making a PostgreSQL data folder in {home}")
    try:
        cluster = prepare_cluster(find_postgres(site.env), home, site.secrets.postgres)
    except EmbeddedError as error:
        raise StartError(str(error)) from error
    return Command(
        argv=tuple(cluster.argv(port)),
        env=PLAIN_ENVIRONMENT,
        folder=Path("/"),
        user=cluster.identity.user,
        group=cluster.identity.group,
    )


def _valkey_command(site: Site, port: int) -> Command:
    try:
        program = find_valkey(site.env)
    except EmbeddedError as error:
        raise StartError(str(error)) from error
    argv = prepare_valkey(program, site.folder / "redis", port, site.secrets.redis)
    return Command(argv=tuple(argv), env=PLAIN_ENVIRONMENT, folder=site.folder)
