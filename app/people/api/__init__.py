"""The room as JSON."""

from typing import Final

from app.people.api.absences import DelegationsApi
from app.people.api.directory import UsersApi
from app.people.api.factors import FactorRolesApi, FactorsApi
from app.people.api.invitations import InvitationsApi, PasswordResetsApi

API: Final = [UsersApi, DelegationsApi, FactorsApi, FactorRolesApi, InvitationsApi, PasswordResetsApi]
