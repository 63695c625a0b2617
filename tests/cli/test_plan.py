"""The plan of an installation: what is embedded, what is named by settings, what is refused."""

from collections.abc import Mapping
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import asyncpg
import pytest

from app.cli.database import make_accounts
from app.cli.plan import make_plan
from app.cli.site import Site
from app.infra.processes.installation import Secrets
from app.infra.processes.parts import Part, StartError
from app.infra.processes.ports import Ports
from app.infra.processes.roles import on_database, with_account
from tests.support.servers import postgres_server
from tests.support.waiting import run_apart

OUTSIDE = {
    "KARAVAN_DATABASE_URL": "postgresql://karavan_owner:o@db.example/portal?sslmode=require",
    "KARAVAN_DATABASE_CLIENT_URL": "postgresql://karavan_client:c@db.example/portal",
    "KARAVAN_DATABASE_STAFF_URL": "postgresql://karavan_staff:s@db.example/portal",
    "KARAVAN_REDIS_URL": "rediss://cache.example/1",
    "KARAVAN_ERP_URL": "https://erp.example/base",
}


def site(folder: Path, env: Mapping[str, str]) -> Site:
    return Site(env=env, folder=folder, secrets=Secrets(), ports=Ports(), say=lambda _text: None)


def test_without_settings_everything_is_embedded(tmp_path: Path) -> None:
    plan = make_plan(site(tmp_path, {}))
    parts = [node.name for node in plan.nodes if isinstance(node, Part)]
    assert sorted(parts) == ["erp_peer", "postgres", "redis", "web", "worker"]
    assert plan.outside == {}
    users = [urlsplit(plan.env[f"KARAVAN_DATABASE{kind}_URL"]).username for kind in ("", "_CLIENT", "_STAFF")]
    assert users == ["karavan_owner", "karavan_client", "karavan_staff"]


def test_nothing_embedded_is_started_for_what_a_setting_names(tmp_path: Path) -> None:
    plan = make_plan(site(tmp_path, OUTSIDE))
    assert sorted(node.name for node in plan.nodes if isinstance(node, Part)) == ["web", "worker"]
    assert {name: plan.env[name] for name in OUTSIDE} == OUTSIDE
    assert {name: facts["url"] for name, facts in plan.outside.items()} == {
        "postgres": OUTSIDE["KARAVAN_DATABASE_URL"],
        "redis": OUTSIDE["KARAVAN_REDIS_URL"],
        "erp_peer": OUTSIDE["KARAVAN_ERP_URL"],
    }


def test_the_stand_in_brings_its_own_database_to_a_server_of_others(tmp_path: Path) -> None:
    settings = {name: url for name, url in OUTSIDE.items() if name != "KARAVAN_ERP_URL"}
    plan = make_plan(site(tmp_path, settings))
    parts = [node.name for node in plan.nodes if isinstance(node, Part)]
    assert sorted(parts) == ["erp_peer", "erp_postgres", "web", "worker"]


def test_whoever_serves_people_needs_the_data(tmp_path: Path) -> None:
    nodes = {node.name: node for node in make_plan(site(tmp_path, {})).nodes}

    def needs(name: str) -> set[str]:
        return {need for direct in nodes[name].needs for need in (direct, *needs(direct))}

    assert {"postgres", "redis"} <= needs("web")
    # The first load finds its source; later the exchange copes with an ERP that comes up after it.
    assert {"postgres", "redis", "erp_peer"} <= needs("worker")
    assert "postgres" in needs("erp_peer")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("KARAVAN_PORT", "eighty", "KARAVAN_PORT must be a whole number, not 'eighty'"),
        ("KARAVAN_PORT", "70000", "No free port from 70000 upwards"),
        ("KARAVAN_HOST", "no.such.host.invalid", "KARAVAN_HOST=no.such.host.invalid is not an address"),
        ("KARAVAN_WEB_WORKERS", "0", "KARAVAN_WEB_WORKERS must be a whole number of at least 1"),
        ("KARAVAN_REDIS_URL", "http://cache", "KARAVAN_REDIS_URL must begin with redis://"),
        ("KARAVAN_SECRET_KEY", "short", "KARAVAN_SECRET_KEY must have at least 32 characters"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_its_name(tmp_path: Path, name: str, value: str, words: str) -> None:
    with pytest.raises(StartError) as refused:
        make_plan(site(tmp_path, {name: value}))
    assert words in str(refused.value)


def test_an_account_for_everything_makes_the_three_others(tmp_path: Path) -> None:
    with postgres_server(tmp_path) as server:
        run_apart(_ask(server, "CREATE ROLE keeper LOGIN CREATEDB CREATEROLE PASSWORD 'k'"))
        run_apart(_ask(server, "CREATE DATABASE portal OWNER keeper"))
        # Left by the fixture; a role is managed by whoever made it.
        for role in ("karavan_owner", "karavan_client", "karavan_staff"):
            run_apart(_ask(server, f"DROP ROLE {role}"))
        given = with_account(server, "keeper", "k", "portal")
        there = site(tmp_path, {"KARAVAN_DATABASE_URL": given})
        for _again in range(2):
            run_apart(make_accounts(there, given))
        owner = with_account(given, "karavan_owner", there.secrets.owner)
        assert run_apart(_ask(owner, "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'portal'")) == (
            "karavan_owner"
        )
        for role, password in (("karavan_client", there.secrets.client), ("karavan_staff", there.secrets.staff)):
            assert run_apart(_ask(with_account(given, role, password), "SELECT current_user")) == role


def test_a_role_above_the_walls_is_refused(tmp_path: Path) -> None:
    with postgres_server(tmp_path) as server:
        run_apart(_ask(server, "ALTER ROLE karavan_staff BYPASSRLS"))
        given = on_database(server, "postgres")
        with pytest.raises(StartError, match="karavan_staff may pass row-level security"):
            run_apart(make_accounts(site(tmp_path, {"KARAVAN_DATABASE_URL": given}), given))


def test_an_account_with_too_few_rights_is_told_what_to_set(pg_server_url: str, tmp_path: Path) -> None:
    run_apart(_ask(pg_server_url, "DROP ROLE IF EXISTS humble"))
    run_apart(_ask(pg_server_url, "CREATE ROLE humble LOGIN PASSWORD 'h'"))
    given = with_account(pg_server_url, "humble", "h", "postgres")
    with pytest.raises(StartError, match="Set KARAVAN_DATABASE_CLIENT_URL and KARAVAN_DATABASE_STAFF_URL"):
        run_apart(make_accounts(site(tmp_path, {"KARAVAN_DATABASE_URL": given}), given))


def test_addresses_keep_their_options_and_their_odd_characters() -> None:
    url = "postgresql://a:b@host:5/x?sslmode=require"
    assert with_account(url, "ж", "p@ss/") == "postgresql://%D0%B6:p%40ss%2F@host:5/x?sslmode=require"
    assert on_database(url, "y") == "postgresql://a:b@host:5/y?sslmode=require"


async def _ask(url: str, question: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return cast("object", await connection.fetchval(question))
    finally:
        await connection.close()
