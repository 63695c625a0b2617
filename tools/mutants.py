"""Protections of the HTTP edge and of rights: how to take each out, and the tests that must notice (RELIABILITY 0)."""

from typing import Final

from msgspec import Struct


class Edit(Struct, frozen=True):
    """One place of the source and what stands there instead; the place must occur exactly once."""

    path: str
    old: str
    new: str


class Mutant(Struct, frozen=True):
    """A portal without one protection; ``tests`` are what ``pytest`` is asked to run."""

    name: str
    says: str  # what is missing
    edits: tuple[Edit, ...]
    tests: tuple[str, ...]


_SESSIONS: Final = "app/access/sessions.py"
_SIGNING: Final = "app/access/services/signing.py"
_GUARD: Final = "app/access/guard.py"
_LIMITS: Final = "app/infra/http/limits.py"
_ATTACKS: Final = "tests/access/test_sessions_attacks.py"
_SIGN_IN: Final = "tests/access/test_sign_in.py"
_FRONT: Final = "tests/infra/http/test_front.py"
_FORMS: Final = "tests/infra/http/test_forms.py"
_ONCE: Final = "tests/infra/http/test_idempotency.py"
_POLICY: Final = "app/access/policy.py"
_GROUNDS: Final = "tests/access/test_grounds.py"
_TURNS: Final = "tests/access/test_turns.py"
_TURNS_MIGRATION: Final = "migrations/versions/0025_turns.py"
_NEW_ID: Final = "    secret = new_token()\n"
_WHOLE: Final = (
    "INSERT INTO sessions (tenant_id, id_hash, user_id, membership_id, epoch, class, expires_at) SELECT $1, $2, u.id,"
    " m.id, u.epoch, 'client', now() + interval '1 hour' FROM users u, memberships m WHERE u.id = app_user()"
)
_END_OLD: Final = "            await self.sign_out(origin.old)\n"

MUTANTS: Final = (
    Mutant(
        "F1 an id from outside is adopted",
        "the id a browser brought to the sign-in becomes the session's",
        (
            Edit(_SESSIONS, _NEW_ID, "    secret = BROUGHT.pop() if BROUGHT else new_token()\n"),
            Edit(_SESSIONS, "BEGIN_REQUEST: Final =", "BROUGHT: list[str] = []\nBEGIN_REQUEST: Final ="),
            Edit(_SIGNING, _END_OLD, _END_OLD + "            sessions.BROUGHT.append(origin.old.secret)\n"),
        ),
        (f"{_ATTACKS}::test_a_planted_id_is_never_adopted_and_sign_in_makes_a_new_one",),
    ),
    Mutant(
        "F1 the old id lives on",
        "signing in again does not end the session the browser had",
        (Edit(_SIGNING, _END_OLD, "            pass\n"),),
        (f"{_ATTACKS}::test_each_sign_in_rotates_and_the_old_id_is_dead",),
    ),
    Mutant(
        "F2 requests write their session back",
        "a slow request revives a session that was ended meanwhile",
        (
            Edit(_SESSIONS, "UPDATE sessions SET seen_at = now() WHERE tenant_id = $1 AND id_hash = $2", _WHOLE),
            Edit(
                _SESSIONS,
                " AND seen_at < now() - interval '1 minute' AND seen_at > now() - interval '30 minutes'",
                " AND u.id = m.user_id ON CONFLICT DO NOTHING",
            ),
        ),
        (f"{_ATTACKS}::test_a_session_stays_dead_although_a_slow_request_of_it_ends_later",),
    ),
    Mutant(
        "F2 an epoch ends nothing",
        "raising a person's epoch leaves the open sessions alive",
        (Edit("migrations/versions/0002_access.py", " AND u.epoch = h.epoch AND u.disabled_at", " AND u.disabled_at"),),
        (f"{_ATTACKS}::test_a_session_ends_when_its_ground_is_gone",),
    ),
    Mutant(
        "F3 an id changes whom it stands for",
        "the second sign-in of a browser writes the first one's row over",
        (
            Edit(_SESSIONS, _NEW_ID, "    secret = BROUGHT.pop() if BROUGHT else new_token()\n"),
            Edit(_SESSIONS, "BEGIN_REQUEST: Final =", "BROUGHT: list[str] = []\nBEGIN_REQUEST: Final ="),
            Edit(_SIGNING, _END_OLD, _END_OLD + "            sessions.BROUGHT.append(origin.old.secret)\n"),
        ),
        (f"{_ATTACKS}::test_identity_of_an_id_never_changes",),
    ),
    Mutant(
        "F4 strangers leave something behind",
        "every request of a stranger writes a key",
        (
            Edit(
                _GUARD,
                "        check_query(rule.query, scope)\n",
                "        if entered is None:\n"
                "            await self._keys.count_attempt(visit_of(scope).request_id)\n"
                "        check_query(rule.query, scope)\n",
            ),
            Edit(_LIMITS, '        return "unknown"\n', "        return address\n"),
        ),
        (f"{_ATTACKS}::test_three_hundred_anonymous_requests_leave_nothing_behind",),
    ),
    Mutant(
        "F5 the framework caches an answer",
        "a route for signed-in people has Litestar's response cache",
        (Edit("app/cabinets/web.py", '@get("/home")', '@get("/home", cache=30)'),),
        ("tests/infra/http/test_no_response_cache.py",),
    ),
    Mutant(
        "F5 answers may be kept",
        "nothing forbids a cache between us and the person to keep a page",
        (Edit("app/infra/http/headers.py", 'b"private, no-store"', 'b"public, max-age=60"'),),
        (f"{_FRONT}::test_what_one_person_sees_is_kept_by_nobody",),
    ),
    Mutant(
        "F6 a form token of any session",
        "the token is well formed, and bound to nothing",
        (
            Edit(
                "app/infra/http/csrf.py",
                "return hmac.digest(self._key, session_secret.encode(), sha256)",
                "return hmac.digest(self._key, session_secret[:0].encode(), sha256)",
            ),
        ),
        (f"{_ATTACKS}::test_a_token_is_worth_nothing_in_another_session",),
    ),
    Mutant(
        "F6 no form token",
        "a request with a cookie changes things without a token",
        (Edit(_GUARD, "if not self._keys.tokens.matches(token, credential.secret):", "if token is None:"),),
        (f"{_ATTACKS}::test_a_change_needs_our_origin_and_the_token_of_this_session",),
    ),
    Mutant(
        "F6 any origin",
        "a page elsewhere may send changes",
        (Edit(_GUARD, "if not is_read and not self._keys.origins.may_change(headers):", "if is_read is None:"),),
        (
            f"{_ATTACKS}::test_a_change_needs_our_origin_and_the_token_of_this_session",
            f"{_ATTACKS}::test_signing_in_from_another_site_is_refused",
        ),
    ),
    Mutant(
        "F7 a socket for any page",
        "the handshake does not look at the origin",
        (
            Edit(
                "app/access/sockets.py",
                "return origin is not None and self._origins.is_our_origin(origin, host)",
                'return self._origins is not None or f"{origin}{host}" == ""',
            ),
        ),
        ("tests/access/test_sockets.py::test_a_page_of_another_origin_gets_no_socket",),
    ),
    Mutant(
        "F7 a socket outlives its right",
        "open sockets are not looked at again",
        (
            Edit(
                "app/access/hub.py",
                "if events or events is None or joining or is_due:",
                "if joining or is_due is None:",
            ),
        ),
        ("tests/access/test_sockets.py::test_a_socket_closes_within_a_second_of_its_right",),
    ),
    Mutant(
        "F8 each process counts for itself",
        "the limiter does not use what the processes share",
        (Edit(_LIMITS, "await _hit(self._shared, limit, keys)", "await _hit(self._own, limit, keys)"),),
        (f"{_SIGN_IN}::test_the_limit_holds_over_two_processes",),
    ),
    Mutant(
        "F8 looked first, counted later",
        "the limiter asks whether there is room and counts afterwards",
        (
            Edit(
                _LIMITS,
                "    if not await limiter.hit(limit, *keys):\n",
                "    has_room = await limiter.test(limit, *keys)\n    await limiter.hit(limit, *keys)\n"
                "    if not has_room:\n",
            ),
        ),
        (f"{_SIGN_IN}::test_the_limit_holds_over_two_processes",),
    ),
    Mutant(
        "F8 no limit while Redis is away",
        "without Redis nothing is counted",
        (Edit(_LIMITS, "        await _hit(self._own, limit, keys)\n", "        return\n"),),
        (f"{_SIGN_IN}::test_without_redis_each_process_limits_for_itself",),
    ),
    Mutant(
        "F8 accounts are not counted",
        "one login may be guessed from many addresses",
        (Edit(_SIGNING, "            await self._limiter.hit(PER_ACCOUNT, account)\n", ""),),
        (f"{_SIGN_IN}::test_one_login_guessed_from_many_addresses_is_limited",),
    ),
    Mutant(
        "F8 malformed attempts are free",
        "an attempt is counted only once it could be read",
        (Edit(_GUARD, "        if rule.is_attempt:\n", "        if rule.is_attempt is None:\n"),),
        (
            f"{_SIGN_IN}::test_a_malformed_attempt_is_an_attempt",
            f"{_SIGN_IN}::test_one_address_guessing_many_logins_is_limited",
        ),
    ),
    Mutant(
        "F9 unknown fields are dropped",
        "a body may carry what nobody asked for",
        (
            Edit(
                "app/infra/http/decoding.py",
                "unknown = [str(name) for name in sent if name not in known]",
                "unknown = list[str]()",
            ),
        ),
        (
            f"{_FORMS}::test_every_problem_is_told_at_once_in_the_order_of_the_fields",
            "tests/access/test_profile_api.py",
        ),
    ),
    Mutant(
        "F9 unknown parameters are dropped",
        "a misspelt filter gives everything",
        (Edit("app/infra/http/query.py", "elif is_strict and name not in", "elif is_strict is None and name not in"),),
        ("tests/infra/http/test_refusals.py",),
    ),
    Mutant(
        "F10 deep JSON is a fault",
        "two hundred thousand brackets are answered with a 500",
        (Edit("app/infra/http/decoding.py", "    except RecursionError:\n", "    except NotImplementedError:\n"),),
        (f"{_FRONT}::test_a_body_that_is_none_is_400_and_never_a_fault",),
    ),
    Mutant(
        "F10 invisible text passes",
        "NUL and direction marks reach the database",
        (Edit("app/infra/http/text.py", "if _FORBIDDEN.search(tidy) or", "if"),),
        ("tests/infra/http/test_text.py", f"{_FRONT}::test_a_body_that_is_none_is_400_and_never_a_fault"),
    ),
    Mutant(
        "F10 no end of a body",
        "a body of any size is read",
        (Edit("app/asgi.py", "request_max_body_size=_BODY_LIMIT,", "request_max_body_size=None,"),),
        (f"{_FRONT}::test_a_body_has_a_limit", f"{_FRONT}::test_a_body_without_a_length_has_the_same_limit"),
    ),
    Mutant(
        "F16 looked first, written later",
        "the key of a call is looked up, and kept only with the answer",
        (
            Edit(
                "app/infra/http/idempotency.py", '    if done.endswith(" 1"):\n', '    if done.startswith("INSERT"):\n'
            ),
        ),
        (f"{_ONCE}::test_thirty_two_at_once_are_one_effect_and_one_answer",),
    ),
    Mutant(
        "F16 one key, any body",
        "the answer of one call is given to another",
        (
            Edit(
                "app/infra/http/idempotency.py",
                'if row["route"] != call.route or row["body_sha"] != call.body_sha:',
                "if row is None:",
            ),
        ),
        (f"{_ONCE}::test_another_body_under_the_same_key_is_refused",),
    ),
    Mutant(
        "an unknown login is answered sooner",
        "no hash is computed for a login nobody has",
        (
            Edit(
                "app/access/passwords.py",
                "        fits = await self._run(",
                "        if stored is None:\n            return False\n        fits = await self._run(",
            ),
        ),
        (f"{_SIGN_IN}::test_an_unknown_login_costs_the_work_of_a_known_one",),
    ),
    Mutant(
        "walls: a list asks no policy",
        "lists show all the connection may see: of a manufacturer's person, the whole tenant",
        (
            Edit(
                "app/access/decisions.py",
                "allowed = sa.or_(*(self._conjunction_sql(one, columns) for one in self.allow))",
                "allowed = sa.true()",
            ),
        ),
        ("tests/attacks/test_no_trace.py::test_the_world_is_the_same_whether_the_others_exist_or_not",),
    ),
    Mutant(
        "any host",
        "the portal answers under every name",
        (Edit("app/infra/http/front.py", 'raise EdgeError(400, "wrong_host")', "pass"),),
        (f"{_FRONT}::test_a_foreign_host_is_refused",),
    ),
    Mutant(
        "secrets in the log",
        "texts are written as they are",
        (
            Edit(
                "app/infra/logs.py",
                "        text = pattern.sub(instead, text)\n",
                "        text = pattern.sub(instead, text) and text\n",
            ),
        ),
        ("tests/infra/test_logs.py",),
    ),
    Mutant(
        "R1 rights are remembered past their version",
        "a decision is found again whatever happened to rules and facts",
        (
            Edit(
                _POLICY, "            actor.rules_v,\n            actor.facts_v,\n", "            0,\n            0,\n"
            ),
            Edit(_POLICY, "(*key[:5], book.version, facts_v)", "(*key[:5], 0, 0)"),
        ),
        ("tests/access/test_policy_versions.py", "tests/access/test_revocation.py"),
    ),
    Mutant(
        "R2 who writes takes no turn",
        "a writing request begins without the versions",
        (
            Edit(
                "app/access/entrance.py",
                "BEGIN_CHANGE if takes_turn and not read_only else BEGIN_REQUEST",
                "BEGIN_REQUEST",
            ),
        ),
        (f"{_TURNS}::test_who_begins_to_write_while_rights_end_waits_and_sees_them_ended",),
    ),
    Mutant(
        "R2 the gate is not fair",
        "who writes shares the row past whoever waits to change it",
        (Edit(_TURNS_MIGRATION, "            PERFORM pg_advisory_xact_lock_shared({_GATE}, tenant);\n", ""),),
        (f"{_TURNS}::test_many_who_write_do_not_keep_out_whoever_takes_rights_away",),
    ),
    Mutant(
        "R2 a client's papers end under who writes there",
        "the version of facts is not locked",
        (
            Edit(
                _TURNS_MIGRATION,
                "            PERFORM FROM facts_versions f WHERE f.tenant_id = tenant AND f.partner_id = client"
                " FOR SHARE;\n",
                "",
            ),
        ),
        (f"{_TURNS}::test_a_clients_contracts_are_not_ended_under_somebody_who_writes_there",),
    ),
    Mutant(
        "R3 the driver is not looked at",
        "texts leave for the database whatever they rest on",
        (
            Edit(
                "app/infra/db/transaction.py", "driver if grounds is None else GuardedDriver(driver, grounds)", "driver"
            ),
        ),
        (_GROUNDS,),
    ),
    Mutant(
        "R3 SQLAlchemy is not looked at",
        "statements of the session and of Core leave whatever they rest on",
        (Edit("app/infra/db/engine.py", "    guard(engine)\n", ""),),
        (_GROUNDS,),
    ),
    Mutant(
        "R4 rows are written unjudged",
        "an order is begun in or moved to where its writer may not draft",
        (Edit("app/orders/services/desk.py", 'require(allowed, facts_of(cast("Order", row)))', "None"),),
        ("tests/orders/test_rights_to_write.py",),
    ),
)
