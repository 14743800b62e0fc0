"""Pages of the applicant's side, one module a subject; importing them registers their addresses."""

from portal.applications.views import cases, papers, sections, stages, submitting
from portal.applications.views.base import blueprint

__all__ = ["blueprint", "cases", "papers", "sections", "stages", "submitting"]
