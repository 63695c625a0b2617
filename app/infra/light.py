"""Imported first by the programs that run for long: keeps out what libraries load only because it is installed.

The web framework looks for advanced-alchemy, the log for rich, and neither is used; together they would cost a
seventh of the start and 11 MB in every process.
"""

import sys

for _name in ("advanced_alchemy", "rich"):
    sys.modules.setdefault(_name, None)  # type: ignore[arg-type] - the documented way to forbid an import
