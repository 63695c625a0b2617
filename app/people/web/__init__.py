"""Pages of the room."""

from typing import Final

from app.people.web.absences import AbsencePages
from app.people.web.crowd import CrowdPages
from app.people.web.directory import DirectoryPages
from app.people.web.factors import FactorPages, FactorRolesPages
from app.people.web.invitations import InvitationPages
from app.people.web.public import JoiningPages, RecoveringPages

WEB: Final = [
    AbsencePages,
    CrowdPages,
    DirectoryPages,
    FactorPages,
    FactorRolesPages,
    InvitationPages,
    JoiningPages,
    RecoveringPages,
]
