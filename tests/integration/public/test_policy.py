"""An administrator changes the rules: what was submitted keeps those of its day, what is new follows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.cases import queries as cases
from portal.cases.service import route
from portal.cases.service.context import form_context
from portal.cases.service.move import make_move
from portal.core.errors import Invalid, NotAllowed, NotNow
from portal.infra import tenancy
from portal.infra.db import db
from portal.tenants import queries as tenants
from portal.tenants import service
from portal.tenants.models import PolicyVersion
from tests.conftest import Place
from tests.factories import NOW, World
from tests.integration.cases import proposals, stories
from tests.integration.insight.test_standards_admin import fields_of

HOME = "/alpha/admin/rules/"
DAY = timedelta(days=1)


def test_a_changed_threshold_is_for_what_comes(
    place: Place, world: World, client_for: Callable[[str | None], FlaskClient]
) -> None:
    before = datetime.now(UTC) - timedelta(hours=2)
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        running = proposals.submitted(world, amount="200000.00", now=before)
        stories.returned(world, running, before + timedelta(minutes=30))
        running_id = running.id
        assert running.route == "middle"
        db.session.commit()
    boss = client_for(world.email("alpha", "administrator"))
    form = fields_of(boss.get(f"{HOME}?lang=en"), HOME)
    form["middle_limit"], form["instrument_limits.project_proposal"] = "100,000", "190,000"
    assert boss.post(HOME, data=form).status_code == 422, "a reason is asked for"
    form["reason"] = "The members want to see <more>."
    form["small_limit"] = "100,001"
    refused = boss.post(HOME, data=form)
    assert refused.status_code == 422
    assert 'value="100,001"' in refused.text
    form["small_limit"] = "75,000"
    assert boss.post(HOME, data=form).location == HOME
    assert boss.post(HOME, data=form).status_code == 409, "the form was made from older rules"
    page = boss.get(f"{HOME}?lang=en").text
    assert "The members want to see &lt;more&gt;." in page
    assert 'value="100000"' in page
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        case = cases.by_id(running_id)
        policy = route.policy_of(case)
        assert (policy.middle_limit, policy.limit_for("project_proposal")) == (Decimal(250000), Decimal(500000))
        assert form_context(case, "en", datetime.now(UTC)).amount_limit == Decimal(500000), "it can be sent again"
        make_move(case, "resubmit", stories.who(world, case, "lead"), datetime.now(UTC))
        assert cases.by_id(running_id).route == "middle"
        fresh = proposals.submitted(world, amount="150000.00", now=datetime.now(UTC))
        assert fresh.route == "large"
        draft = proposals.draft(world, amount="200000.00", now=datetime.now(UTC))
        assert form_context(draft, "en", datetime.now(UTC)).amount_limit == Decimal(190000)
        with pytest.raises(NotNow):
            proposals.submit(world, draft, datetime.now(UTC))
    with place.app.app_context(), tenancy.scope(world["beta"].id):
        assert tenants.by_id(world["beta"].id).policy.middle_limit == Decimal(250000)
        assert db.session.scalars(select(PolicyVersion)).all() == []


def test_versions_say_which_rules_held_when(alpha: World) -> None:
    boss, tenant = alpha.actor("alpha", "administrator"), alpha["alpha"].id
    now = tenants.by_id(tenant).policy
    for number, limit in ((0, "60000"), (2, "70000")):
        data = tenants.by_id(tenant).policy.to_data() | {"small_limit": limit}
        service.publish_policy(data, "Why not.", number, boss, NOW + (number + 1) * DAY)
    assert [(row.number, row.published_by) for row in tenants.policies()] == [(3, boss.name), (2, boss.name), (1, "")]
    held = [tenants.policy_at(tenant, at).small_limit for at in (NOW, NOW + DAY, NOW + 2 * DAY, NOW + 3 * DAY, None)]
    assert held == [now.small_limit, Decimal(60000), Decimal(60000), Decimal(70000), Decimal(70000)]


def test_who_may_and_what_is_refused(alpha: World) -> None:
    data = tenants.by_id(alpha["alpha"].id).policy.to_data()
    for name in ("manager", "officer", "auditor", "vilankulo.lead"):
        with pytest.raises(NotAllowed):
            service.publish_policy(data | {"small_limit": "1"}, "x", 0, alpha.actor("alpha", name), NOW)
    boss = alpha.actor("alpha", "administrator")
    for reason in ("", " ", "x" * 401):
        with pytest.raises(Invalid):
            service.publish_policy(data | {"small_limit": "1"}, reason, 0, boss, NOW)
    with pytest.raises(NotNow, match="changes nothing"):
        service.publish_policy(data, "x", 0, boss, NOW)
    with pytest.raises(NotNow, match="meanwhile"):
        service.publish_policy(data | {"small_limit": "1"}, "x", 7, boss, NOW)
    with pytest.raises(ValueError, match="no such policy"):
        service.publish_policy(data | {"nothing": 1}, "x", 0, boss, NOW)


def test_the_secretariat_reads_and_only_administrators_change(
    world: World, client_for: Callable[[str | None], FlaskClient]
) -> None:
    auditor = client_for(world.email("alpha", "auditor"))
    for language in ("en", "ar"):
        page = auditor.get(f"{HOME}?lang={language}")
        assert page.status_code == 200
        assert "<form" not in page.text.split("<main")[1]
    assert client_for(world.email("alpha", "vilankulo.lead")).get(HOME).status_code == 403
    assert client_for(world.email("beta", "administrator")).get(HOME).status_code == 403
    assert HOME in auditor.get("/alpha/admin/standards/").text
