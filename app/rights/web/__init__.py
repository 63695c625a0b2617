"""Pages of rights: the matrix with its cells, drafts, versions, what a draft would do, and why somebody may."""

from typing import Final

from app.rights.web.check import CheckPages
from app.rights.web.drafts import DraftPages
from app.rights.web.matrix import MatrixPages
from app.rights.web.preview import PreviewPages
from app.rights.web.seeing import SeeingPages
from app.rights.web.versions import VersionPages
from app.rights.web.why import WhyPages
from app.rights.web.why_terms import WhyTerms

WEB: Final = [MatrixPages, DraftPages, VersionPages, PreviewPages, CheckPages, WhyPages, WhyTerms, SeeingPages]
