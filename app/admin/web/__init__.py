"""Pages of the admin cabinet."""

from typing import Final

from app.admin.web.audit import AuditPages

WEB: Final = [AuditPages]
