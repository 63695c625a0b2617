"""The admin cabinet for scripts."""

from typing import Final

from app.admin.api.audit import AuditApi

API: Final = [AuditApi]
