"""Rights as JSON (CONTRACT, section 3): the same verbs as the pages, under the same rights."""

from typing import Final

from app.rights.api.explain import ExplainApi
from app.rights.api.matrix import DraftsApi, PreviewApi, RulesApi, VersionsApi
from app.rights.api.seeing import SeeingApi

API: Final = [RulesApi, DraftsApi, VersionsApi, PreviewApi, ExplainApi, SeeingApi]
