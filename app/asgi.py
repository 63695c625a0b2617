"""The web program: ports meet adapters here. ``python -m app.asgi`` serves it."""

# Before whatever would load what it keeps out.
import app.infra.light  # noqa: F401  # pyright: ignore[reportUnusedImport]

# isort: split

import asyncio
import gc
import signal
import warnings
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from multiprocessing import parent_process
from typing import Final, NoReturn, cast

import uvicorn
from litestar import Litestar, Request, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import LitestarDeprecationWarning
from litestar.middleware import DefineMiddleware
from litestar.openapi.config import OpenAPIConfig
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, ControllerRouterHandler
from litestar.types.internal_types import RouteHandlerMapItem
from redis.asyncio import Redis

from app.access.actors import Actor
from app.access.cookies import SessionCookies
from app.access.entrance import Entrance
from app.access.guard import PUBLIC, Guard, Keys
from app.access.hub import Hub
from app.access.looks import Looks
from app.access.passwords import Hashing
from app.access.permissions import PERMISSIONS
from app.access.places import sign_in_place
from app.access.policy import Policy
from app.access.services.profile import Profile
from app.access.services.proving import Proving
from app.access.services.signing import Signing
from app.access.sockets import SocketDoor, live_socket
from app.access.subjects import Subject, Subjects
from app.access.tenants import Tenants
from app.access.visitors import visitor_of
from app.cabinets.frames import CabinetFrames
from app.cabinets.menu import Menu
from app.cabinets.ports import HomePart, Searcher
from app.cabinets.services.catalog_part import CatalogSearch
from app.cabinets.services.clients_part import ClientsPart
from app.cabinets.services.credit_part import CreditPart
from app.cabinets.services.home import Home
from app.cabinets.services.news_part import NewsPart
from app.cabinets.services.orders_part import OrdersPart, OrdersSearch
from app.cabinets.services.plans_part import PlansPart
from app.cabinets.services.portal_part import PortalPart
from app.caching.checking import OwnerChecker
from app.caching.near import Listener
from app.caching.shelf import Caches
from app.caching.store import RedisStore
from app.config import Settings, read_settings
from app.documents.owners import Owner, Owners
from app.documents.services.shelf import Shelf
from app.documents.store import FileStore
from app.erp.hints import HintBox
from app.infra.db.engine import Engines, make_engines
from app.infra.db.transaction import Transaction
from app.infra.http.checks import check_database, check_exchange, check_redis
from app.infra.http.csrf import FormTokens
from app.infra.http.explaining import Explainer
from app.infra.http.front import Front
from app.infra.http.idempotency import Idempotency
from app.infra.http.limits import RateLimiter
from app.infra.http.locales import guess_locale
from app.infra.http.openapi import DocumentPlugin
from app.infra.http.origins import Origins
from app.infra.http.page import FlashBox, Page, Stage
from app.infra.http.query import note_queries
from app.infra.http.request import EdgeRequest
from app.infra.http.routes import handlers_of, page_paths
from app.infra.http.secrets import derive
from app.infra.http.serving import AssetFiles, Health, HealthApi
from app.infra.http.visit import visit_of
from app.infra.http.wording import WORDING as EDGE_WORDING
from app.infra.http.words import Wording
from app.infra.live import LIVE
from app.infra.logs import set_up_logs
from app.infra.pages.assets import Assets, load_assets
from app.infra.pages.renderer import installed_renderer
from app.infra.processes.lifeline import die_with_parent
from app.infra.rooms import collect, room_modules
from app.infra.waking import Crier, end_tasks, say_afterwards
from app.notifications.bell import Bell
from app.notifications.notices import Notice, Notices
from app.orders.services.basket import CatalogueDesk
from app.people.links import Links
from app.people.services.factors import FactorDesk
from app.people.services.joining import Joining
from app.people.services.recovering import Recovering
from app.settings.services.infobase import make_servers

_BODY_LIMIT: Final = 1024 * 1024
_GRACE_S: Final = 5.0
_YOUNG: Final = 20_000  # objects more than before, and the collector looks; a page of the catalogue makes 1,400
SEARCHERS: Final[Sequence[Searcher]] = (OrdersSearch(), CatalogSearch())


class _Application(Litestar):
    """Litestar 2.25 refuses two controllers at one address, because each brings an answer to OPTIONS."""

    @property
    def route_handler_method_map(self) -> dict[str, RouteHandlerMapItem]:
        """Give what is registered so far, without those answers; the newest one stays."""
        found = super().route_handler_method_map
        for methods in found.values():
            methods.pop("OPTIONS", None)
        return found


class Portal:
    """What one web process is made of."""

    def __init__(self, settings: Settings, more: Sequence[ControllerRouterHandler] = ()) -> None:
        """Put the parts together; nothing is opened before the server starts. ``more`` are routes of a test."""
        self.settings = settings
        self.origins = Origins(settings.public_url)
        self.engines: Engines = make_engines(settings)
        self.tenants = Tenants(self.engines.client)
        self.policy = Policy()
        self.cookies = SessionCookies(is_secure=self.origins.is_secure)
        self.tokens = FormTokens(settings.secret_key)
        self.assets: Assets = load_assets()
        self.wording = Wording(_tables())
        self.menu = Menu(self.policy)
        flashes = FlashBox(settings.secret_key, is_secure=self.origins.is_secure)
        self.stage = Stage(installed_renderer(), CabinetFrames(self.engines, self.tenants, self.menu), flashes)
        self.hashing = Hashing()
        self.limiter = RateLimiter(settings.redis_url)
        self.redis = Redis.from_url(settings.redis_url, socket_timeout=1, socket_connect_timeout=1)
        self.health = Health(
            {"postgres": check_database(self.engines.staff)},
            {
                "redis": check_redis(self.redis),
                "erp": check_exchange(self.engines.staff),
            },
        )
        self.caches = Caches(RedisStore(settings.redis_url), OwnerChecker(self.engines.staff))
        self.entrance = Entrance(self.engines, self.tenants, self.cookies, self.tokens, self.caches)
        self.signing = Signing(
            self.engines, self.hashing, self.limiter, self.entrance, settings.secret_key, settings.public_url
        )
        proving = Proving(self.hashing, self.limiter)
        self.profile = Profile(self.policy, self.hashing, proving)
        self.subjects = Subjects(collect("subjects", "SUBJECTS", Subject))
        self.bell = Bell(Notices(collect("notices", "NOTICES", Notice)))
        self.crier = Crier(self.redis)
        self.hub = Hub(self.engines, self.policy, self.subjects, self.crier)
        for engine in (self.engines.client, self.engines.staff):
            say_afterwards(engine, self._spread)
        self.looks = Looks(self.engines, self.policy)
        self.door = SocketDoor(self.entrance, self.origins, self.hub, self.looks)
        self.home = Home(self.menu, _home_parts(self.bell), SEARCHERS)
        self.servers = make_servers(settings.erp_url, settings.erp_hosts, settings.secret_key)
        self.links = Links(settings.secret_key)
        self.joining = Joining(self.engines, self.policy, self.hashing, self.limiter)
        self.factor_desk = FactorDesk(settings.secret_key, proving, self.signing.passkeys)
        self.recovering = Recovering(self.engines, self.hashing, self.limiter, self.links)
        self.explainer = Explainer(self.stage, self.wording, sign_in_place, self.entrance.recognise)
        with warnings.catch_warnings():
            # Arguments of handlers are found by their names in Litestar 2, which is pinned; 3 will want them marked.
            warnings.simplefilter("ignore", LitestarDeprecationWarning)
            self.litestar = self._application(more)

    def _application(self, more: Sequence[ControllerRouterHandler]) -> Litestar:
        keys = Keys(
            engines=self.engines,
            policy=self.policy,
            entrance=self.entrance,
            tokens=self.tokens,
            origins=self.origins,
            looks=self.looks,
            count_attempt=self.signing.count_attempt,
        )

        async def page(request: Request[object, object, State]) -> Page:
            return Page(self.stage, request.scope)

        application = _Application(
            route_handlers=[AssetFiles, HealthApi, live_socket, *_handlers(), *more],
            dependencies={
                "actor": Provide(_actor, sync_to_thread=False),
                "transaction": Provide(_transaction, sync_to_thread=False),
                "idempotency": Provide(_idempotency, sync_to_thread=False),
                "page": Provide(page),
                **{name: _constant(value) for name, value in self._shared().items()},
            },
            middleware=[DefineMiddleware(Guard, keys=keys)],
            request_class=EdgeRequest,
            request_max_body_size=_BODY_LIMIT,
            exception_handlers={Exception: _pass_on},
            openapi_config=OpenAPIConfig(
                title="Karavan",
                version="1",
                openapi_router=Router("/schema", route_handlers=[], opt={"permission": PUBLIC}),
                render_plugins=[DocumentPlugin()],
            ),
            logging_config=None,
            lifespan=[self._life],
            state=State({"portal": self}),
        )
        check_permissions(application)
        resolve_one_by_one(application)
        note_queries(application)
        self.menu.know_pages(page_paths(application))
        return application

    def _shared(self) -> Mapping[str, object]:
        """What handlers may ask for by name and all requests share."""
        return {
            "policy": self.policy,
            "signing": self.signing,
            "profile": self.profile,
            "tenants": self.tenants,
            "jar": self.cookies,
            "form_tokens": self.tokens,
            "wording": self.wording,
            "assets": self.assets,
            "health": self.health,
            "bell": self.bell,
            "home": self.home,
            "door": self.door,
            "servers": self.servers,
            "catalog_desk": CatalogueDesk(),
            "links": self.links,
            "shelf": Shelf(FileStore(self.settings.data_dir / "files"), Owners(collect("owners", "OWNERS", Owner))),
            "joining": self.joining,
            "recovering": self.recovering,
            "factor_desk": self.factor_desk,
            "hints": HintBox(self.settings.secret_key, self.tenants, self.limiter, self.crier),
            "metrics_token": derive(self.settings.secret_key, "metrics"),
        }

    def _spread(self, words: frozenset[str]) -> None:
        if LIVE in words:
            self.hub.wake()
        self.crier.say(words)

    @asynccontextmanager
    async def _life(self, _application: Litestar) -> AsyncGenerator[None]:
        self.hub.start()
        listening = asyncio.create_task(Listener(self.settings.redis_url, self.caches.near).run())
        try:
            yield
        finally:
            await self.hub.stop()
            await end_tasks([listening], _GRACE_S)
            await self.caches.store.close()
            await self.crier.close()
            self.hashing.close()
            await self.limiter.close()
            await self.redis.aclose()
            await self.engines.dispose()


def resolve_one_by_one(application: Litestar) -> None:
    """Resolve the arguments of a handler one after the other.

    Litestar would start a task for each: dearer than all of ours together, and two of them would talk
    through one database connection at once.
    """
    for route in application.routes:
        if isinstance(route, HTTPRoute):
            for _, model in route.route_handler_map.values():
                model.dependency_batches = [{one} for batch in model.dependency_batches for one in batch]


def check_permissions(application: Litestar) -> None:
    """Refuse to start with a route that does not say which permission it needs, or names one that is not.

    Raises:
        RuntimeError: names every such route.
    """
    faults: list[str] = []
    for route in application.routes:
        for handler in handlers_of(route):
            named = cast("Mapping[str, object]", handler.opt).get("permission")
            pair = tuple(str(named).split(":"))
            if named != PUBLIC and pair not in PERMISSIONS:
                faults.append(f"{route.path} ({handler.handler_name}): {named}")
    if faults:
        message = "routes without a known permission: " + "; ".join(faults)
        raise RuntimeError(message)


def _home_parts(bell: Bell) -> Mapping[str, HomePart]:
    return {
        "orders": OrdersPart(),
        "credit": CreditPart(),
        "plans": PlansPart(),
        "clients": ClientsPart(),
        "portal": PortalPart(),
        "news": NewsPart(bell),
    }


def _handlers() -> list[ControllerRouterHandler]:
    """A room joins the application by having ``web.py`` with ``WEB`` or ``api.py`` with ``API``."""
    found: list[ControllerRouterHandler] = []
    for name in ("web", "api"):
        for module in room_modules(name):
            found.extend(cast("Sequence[ControllerRouterHandler]", getattr(module, name.upper())))
    return found


def _tables() -> list[Mapping[str, str]]:
    return [EDGE_WORDING, *(cast("Mapping[str, str]", one.WORDING) for one in room_modules("wording"))]


def _actor(request: Request[object, object, State]) -> Actor | None:
    return visitor_of(request.scope).actor


def _transaction(request: Request[object, object, State]) -> Transaction | None:
    return visit_of(request.scope).transaction


def _constant(value: object) -> Provide:
    def give() -> object:
        return value

    return Provide(give, sync_to_thread=False)


def _idempotency(request: Request[object, object, State]) -> Idempotency:
    return Idempotency(visit_of(request.scope).idempotency_key)


def _pass_on(_request: Request[object, object, State], error: Exception) -> NoReturn:
    """Let every failure through to the front, which answers all of them alike."""
    raise error


def create_app(settings: Settings | None = None) -> ASGIApp:
    """Make the application a server runs; settings come from the environment unless given."""
    if parent_process() is not None:
        # One of several workers: it must not outlive the process that shares out its connections.
        die_with_parent(signal.SIGKILL)
    set_up_logs()
    app = make_front(Portal(read_settings() if settings is None else settings))
    _spare_the_collector()
    return app


def _spare_the_collector() -> None:
    """Let the garbage collector look at what requests make, seldom, and never again at the program itself.

    By default it would run twice a page, and once in a while go through everything that was ever imported.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, 10, 10)


def make_front(portal: Portal) -> Front:
    """Put the outermost layer around a portal."""
    return Front(portal.litestar, portal.origins, portal.explainer, guess_locale)


def main() -> None:
    """Serve with the address, port and number of workers of the settings."""
    settings = read_settings()
    uvicorn.run(
        "app.asgi:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.web_workers,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        server_header=False,
        access_log=False,
        proxy_headers=False,
        timeout_graceful_shutdown=10,
        log_config=None,
    )


if __name__ == "__main__":
    main()
