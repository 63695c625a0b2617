"""Ask the running portal for everything its OpenAPI document lists, in right and wrong ways, as several roles.

Nothing may end in a failure of the server, and every answer must be one the document promises: its status, its
media type, its body to the last property. The seed is printed: give it as the only word to ask the same again.
"""

import random
import re
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, cast
from urllib.parse import quote
from uuid import uuid4

import httpx
import msgspec
from msgspec import Struct

from tests.support.portal import Portal, running_portal
from tools.openapi import Document, Maker, Operation, faults_of

ROUNDS: Final = 25  # of every operation, for every role
ROLES: Final = ("distributor_head", "direct_buyer_manager", "forwarder", "manager_full", "admin")
WRONG: Final = (0.0, 0.0, 0.15)  # chances of nonsense at each place of a request
# What ends the session that asks, or is no plain answer.
LEFT_OUT: Final = {
    ("delete", "/api/v1/session"),
    ("delete", "/api/v1/me/sessions"),
    ("delete", "/api/v1/me/sessions/{session_id}"),
    ("post", "/api/v1/session"),
    ("post", "/api/v1/me/password"),
    ("post", "/api/v1/me/membership"),
    ("get", "/ws"),
}
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class _Token(Struct):
    csrf_token: str


class Caller:
    """One person's session, with the ids seen so far."""

    def __init__(self, portal: Portal, role: str, document: Document, chance: random.Random) -> None:
        """Sign in."""
        account = portal.account(role)
        self.role = role
        self._document = document
        self._chance = chance
        self._known: defaultdict[str, list[str]] = defaultdict(list)
        self._maker = Maker(document, chance, self._known)
        self._client = httpx.Client(base_url=portal.url, headers={"Origin": portal.url}, timeout=30)
        answer = self._client.post("/api/v1/session", json={"login": account.login, "password": account.password})
        self._token = msgspec.json.decode(answer.raise_for_status().content, type=_Token).csrf_token

    def ask(self, method: str, path: str, operation: Operation, seen: Counter[int]) -> Iterator[tuple[str, str]]:
        """Make one request; tell what of the answer the document does not promise."""
        wrong = self._chance.choice(WRONG)
        request = self._request(method, path, operation, wrong)
        answer = self._client.send(request)
        seen[answer.status_code] += 1
        asked = f"{self.role}: {method.upper()} {request.url.raw_path.decode()} {request.content[:300]!r}"
        yield from ((asked, fault) for fault in self._faults(operation, answer, path))

    def _request(self, method: str, path: str, operation: Operation, wrong: float) -> httpx.Request:
        texts: dict[str, dict[str, str]] = {"path": {}, "query": {}, "header": {}, "cookie": {}}
        for one in operation.parameters:
            if one.required or self._chance.random() < 1 / 3:
                made = self._maker.value(one.schema, one.name, wrong)
                texts[one.place][one.name] = made if isinstance(made, str) else msgspec.json.encode(made).decode()
        headers = {name: quote(text) for name, text in texts["header"].items()}
        if "Idempotency-Key" in headers:
            headers["Idempotency-Key"] = str(uuid4())
        if method != "get":
            headers["X-CSRF-Token"] = self._token
        address = re.sub(r"{(\w+)}", lambda found: quote(texts["path"][found[1]] or "-", safe=""), path)
        sent: object = None
        if operation.body:
            sent = self._maker.value(operation.body.content["application/json"].schema, "", wrong)
        return self._client.build_request(
            method, address, params=texts["query"], headers=headers, json=sent if operation.body else None
        )

    def _faults(self, operation: Operation, answer: httpx.Response, path: str) -> Iterator[str]:
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR.value:
            yield f"{answer.status_code}: {answer.text[:300]}"
            return
        promised = operation.responses.get(str(answer.status_code))
        if promised is None:
            yield f"{answer.status_code} is not in the document: {answer.text[:200]}"
            return
        media = cast("str", answer.headers.get("content-type", "")).partition(";")[0]
        if promised.content and media not in promised.content:
            yield f"{answer.status_code} came as {media or 'nothing'}, not as {' or '.join(promised.content)}"
        elif media.endswith("json") and promised.content:
            body = msgspec.json.decode(answer.content, type=object)
            yield from faults_of(self._document, promised.content[media].schema, body)
            self._learn(body, path)

    def _learn(self, value: object, path: str, name: str = "") -> None:
        """Remember ids and codes, so that later requests speak of things that exist."""
        if isinstance(value, dict):
            for key, inner in msgspec.convert(value, dict[str, object]).items():
                self._learn(inner, path, key)
        elif isinstance(value, list):
            for inner in msgspec.convert(value, list[object]):
                self._learn(inner, path, name)
        elif isinstance(value, str) and (name in {"sku", "code"} or _UUID.fullmatch(value)):
            for known in {name, _parameter_below(self._document, path)} if name == "id" else {name}:
                if value not in self._known[known]:
                    self._known[known].append(value)


def main(words: Sequence[str]) -> int:
    """Ask as every role; 0 if every answer was one the document promises."""
    seed = int(words[0]) if words else random.randrange(1 << 30)
    print(f"seed {seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="karavan-prove-") as place:
        Path(place).chmod(0o755)  # PostgreSQL may run as another user
        with running_portal(Path(place, "var")) as portal:
            return _ask_everything(portal, random.Random(seed))


def _ask_everything(portal: Portal, chance: random.Random) -> int:
    document = msgspec.json.decode(httpx.get(f"{portal.url}/schema/openapi.json").content, type=Document)
    operations = [
        (method, path, operation)
        for path, methods in document.paths.items()
        for method, operation in methods.items()
        if (method, path) not in LEFT_OUT and (method == "get" or path.startswith("/api/"))
    ]
    # Lists first: they tell what exists.
    operations.sort(key=lambda one: (one[0] != "get", one[1].count("{")))
    seen, faults = Counter[int](), set[str]()
    # All before anybody asks: what is asked without a session wears out the limit of this address.
    callers = [Caller(portal, role, document, chance) for role in ROLES]
    for caller in callers:
        for _ in range(ROUNDS):
            for method, path, operation in operations:
                for asked, fault in caller.ask(method, path, operation, seen):
                    # One example of each fault is enough to mend it.
                    kind = f"{method} {path} {_UUID.sub('', fault):.60}"
                    if kind not in faults:
                        print(f"{asked}: {fault}", flush=True)
                    faults.add(kind)
    told = ", ".join(f"{count} x {status}" for status, count in sorted(seen.items()))
    print(f"{seen.total()} answers to {len(operations)} operations as {len(ROLES)} roles: {told}")
    print(f"{len(faults)} kinds of answers the document does not promise")
    return int(bool(faults))


def _parameter_below(document: Document, path: str) -> str:
    """The name of the id in the address of one thing of a collection."""
    below = next((one for one in document.paths if re.fullmatch(re.escape(path) + r"/{\w+}", one)), path)
    names: list[str] = re.findall(r"{(\w+)}", below)
    return names[-1] if names else "id"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
