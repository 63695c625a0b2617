"""What a person reads for each code the room gives."""

from collections.abc import Mapping
from typing import Final

from app.infra.i18n.wording import N_

WORDING: Final[Mapping[str, str]] = {
    "export_too_long": N_("A file of this kind holds at most %(max)s rows. Choose a shorter period."),
}
