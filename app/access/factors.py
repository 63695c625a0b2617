"""The second factor at the door: a code of the app, or one of ten one-time codes; each is taken once."""

import hmac
import secrets
import time
from collections.abc import Sequence
from hashlib import sha256
from typing import Final, cast
from uuid import UUID

from app.access.totp import DIGITS, find_step, make_secret
from app.infra.db.transaction import Transaction
from app.infra.http.secrets import derive

HOW_MANY_CODES: Final = 10
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike
_GROUP: Final = 5
# Whether the person whose context this is has anything besides the password.
HAS_FACTOR: Final = """
    /*within person $2*/
    SELECT EXISTS (SELECT FROM totp_factors WHERE tenant_id = $1 AND user_id = $2 AND confirmed_at IS NOT NULL)
        OR EXISTS (SELECT FROM passkeys WHERE tenant_id = $1 AND user_id = $2)
"""


class Factors:
    """Makes and checks codes with the installation's secret; the context of the transaction is the person's."""

    def __init__(self, secret_key: str) -> None:
        """Derive own keys."""
        self._totp_key = derive(secret_key, "one-time codes of apps")
        self._code_key = derive(secret_key, "recovery codes").encode()

    def secret(self, tenant_id: int, user_id: UUID, seed: bytes) -> bytes:
        """Make the secret a person's app holds."""
        return make_secret(self._totp_key, tenant_id, user_id, seed)

    async def spend(self, transaction: Transaction, user_id: UUID, otp: str) -> bool:
        """Take a code; False for a wrong one and for one that was taken before."""
        plain = "".join(otp.split()).replace("-", "").casefold()
        if len(plain) == DIGITS and plain.isascii() and plain.isdigit():
            return await self._spend_totp(transaction, user_id, plain)
        done = await transaction.driver.execute(
            "UPDATE /*within person $2*/ recovery_codes SET used_at = now()"
            " WHERE tenant_id = $1 AND user_id = $2 AND code_hash = $3 AND used_at IS NULL",
            *(transaction.tenant_id, user_id, self.hash_code(transaction.tenant_id, user_id, plain)),
        )
        return not done.endswith(" 0")

    def hash_code(self, tenant_id: int, user_id: UUID, plain: str) -> bytes:
        """Give what the table keeps of a one-time code."""
        return hmac.digest(self._code_key, f"{tenant_id}/{user_id}/{plain}".encode(), sha256)

    async def new_codes(self, transaction: Transaction, user_id: UUID) -> Sequence[str]:
        """Make ten one-time codes, for the person to keep; those made before no longer work."""
        tenant_id = transaction.tenant_id
        codes = ["".join(secrets.choice(_LETTERS) for _ in range(2 * _GROUP)) for _ in range(HOW_MANY_CODES)]
        await transaction.driver.execute(
            "DELETE /*within person $2*/ FROM recovery_codes WHERE tenant_id = $1 AND user_id = $2", tenant_id, user_id
        )
        await transaction.driver.executemany(
            "INSERT /*within person $2*/ INTO recovery_codes (tenant_id, user_id, code_hash) VALUES ($1, $2, $3)",
            [(tenant_id, user_id, self.hash_code(tenant_id, user_id, code)) for code in codes],
        )
        return [f"{code[:_GROUP]}-{code[_GROUP:]}" for code in codes]

    async def _spend_totp(self, transaction: Transaction, user_id: UUID, code: str) -> bool:
        row = await transaction.driver.fetchrow(
            "SELECT /*within person $2*/ seed, last_step FROM totp_factors"
            " WHERE tenant_id = $1 AND user_id = $2 AND confirmed_at IS NOT NULL",
            *(transaction.tenant_id, user_id),
        )
        if row is None:
            return False
        secret = self.secret(transaction.tenant_id, user_id, cast("bytes", row["seed"]))
        step = find_step(secret, code, time.time(), after=cast("int", row["last_step"]))
        if step is None:
            return False
        done = await transaction.driver.execute(
            "UPDATE /*within person $2*/ totp_factors SET last_step = $3"
            " WHERE tenant_id = $1 AND user_id = $2 AND last_step < $3",
            *(transaction.tenant_id, user_id, step),
        )
        return not done.endswith(" 0")
