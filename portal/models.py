"""Every table of the application, imported in one place for migrations and tests."""

from __future__ import annotations

from portal.accounts import models as accounts
from portal.calls import models as calls
from portal.cases import models as cases
from portal.evaluation import models as evaluation
from portal.grants import models as grants
from portal.infra import jobs, mail, storage
from portal.members import models as members
from portal.organisations import models as organisations
from portal.partnerships import models as partnerships
from portal.review import models as review
from portal.standards import models as standards
from portal.tenants import models as tenants
from portal.translation import models as translation

ALL = (
    accounts,
    calls,
    cases,
    evaluation,
    grants,
    jobs,
    mail,
    members,
    organisations,
    partnerships,
    review,
    standards,
    storage,
    tenants,
    translation,
)
