"""Whose an object is, seen from the first company: the kinds every address is tried with."""

from typing import Final

OWN: Final = "own"
CONTRACT: Final = "other contract"  # of the same company; one of its people may not touch that contract
REGION: Final = "other region"  # a company far away, served by others
OTHER: Final = "other company"
FOREIGN: Final = "other tenant"
NOWHERE: Final = "nonexistent"
KINDS: Final = (NOWHERE, OWN, CONTRACT, REGION, OTHER, FOREIGN)
