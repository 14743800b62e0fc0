"""A call is written as a draft, announced when it is whole in its languages, and changed only with a reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from portal.calls import queries
from portal.calls.models import Call
from portal.calls.rules import announcing, call_form
from portal.calls.service import announce as service
from portal.core import local_time
from portal.core.errors import Invalid, NotAllowed, NotFound, NotNow
from portal.infra import tenancy
from portal.infra.db import db
from tests.conftest import Place
from tests.factories import NOW, World
from tests.integration.insight.test_standards_admin import fields_of

Clients = Callable[[str | None], FlaskClient]
HOME = "/alpha/admin/calls/"
PAGE = f"{HOME}fund-2027/"


# -- rules


def test_an_instant_is_read_in_the_named_zone() -> None:
    assert call_form.instant("2026-07-01T17:00", "America/New_York") == datetime(2026, 7, 1, 21, tzinfo=UTC)
    assert call_form.instant("2026-11-01T01:30", "America/New_York") == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert call_form.instant(" ", "UTC") is None
    for text in ("soon", "2026-03-08T02:30", "2026-07-01T17:00+02:00", "1899-01-01T00:00"):
        with pytest.raises(call_form.WrongError):
            call_form.instant(text, "America/New_York")
    at = datetime(2026, 7, 1, 21, tzinfo=UTC)
    assert call_form.instant(local_time.typed(at, "Asia/Kolkata"), "Asia/Kolkata") == at


def test_a_day_for_which_no_list_of_countries_is_known_is_refused() -> None:
    for text in ("2013-12-31", "soon", "", "0001-01-01"):
        assert "eligible_on" in call_form.read({"eligible_on": text}, [], ["en"], "en").problems
    assert call_form.read({"eligible_on": "2014-01-01"}, [], ["en"], "en").values["eligible_on"] == date(2014, 1, 1)


@pytest.mark.parametrize(
    ("text", "locale", "amount"),
    [("250,000", "en", 250000), ("250.000,50", "pt", Decimal("250000.50")), ("", "en", None), ("٢٥٠٠٠", "ar", 25000)],
)
def test_an_amount_is_read_as_the_reader_writes_it(text: str, locale: str, amount: Decimal | None) -> None:
    assert call_form.amount(text, locale) == amount


@pytest.mark.parametrize("text", ["0", "-5", "much", "1.234567", "9" * 16])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(call_form.WrongError):
        call_form.amount(text, "en")


def test_a_reader_gets_a_call_in_one_language() -> None:
    call = Call(title={"fr": "Fonds", "pt": "Fundo"}, summary={"fr": "Pour les villes"}, languages=["fr", "pt"])
    assert announcing.holes(call) == [("summary", "pt")]
    assert announcing.whole_in(call) == ["fr"]
    assert [announcing.read_in(call, wish) for wish in ("fr", "pt", "en")] == ["fr", "fr", "fr"]


# -- services


def begun(world: World, code: str = "fund-2027", instrument: str = "concept_note") -> Call:
    """A draft."""
    return service.begin(code, instrument, world.actor("alpha", "manager"), NOW)


def whole(call: Call) -> Call:
    """A draft that nothing is missing of."""
    call.summary = dict.fromkeys(call.languages, "For cities.")
    call.next_instrument = "project_proposal"
    db.session.flush()
    return call


def test_a_draft_is_nobodys_business(alpha: World) -> None:
    call = begun(alpha)
    assert (call.is_draft, call.languages, call.title["fr"]) == (True, ["en", "fr", "pt", "ar"], "Note conceptuelle")
    assert not call.is_open(NOW + timedelta(days=1))
    with pytest.raises(NotFound):
        queries.by_code(call.code)
    assert call not in [*queries.open_calls(NOW), *queries.other_calls(NOW)]
    assert queries.for_managers(call.code) is call
    service.discard(call, alpha.actor("alpha", "manager"))
    with pytest.raises(NotFound):
        queries.for_managers("fund-2027")


def test_it_is_announced_only_when_nothing_is_missing(alpha: World) -> None:
    call, boss = begun(alpha), alpha.actor("alpha", "administrator")
    assert set(service.faults(call, NOW)) == {f"summary-{code}" for code in call.languages} | {"next_instrument"}
    with pytest.raises(NotNow):
        service.publish(call, boss, NOW)
    whole(call)
    call.closes_at = NOW - timedelta(days=1)
    assert set(service.faults(call, NOW)) == {"closes_at"}
    call.closes_at = NOW + timedelta(days=30)
    call.questions_until = NOW + timedelta(days=31)
    assert set(service.faults(call, NOW)) == {"questions_until"}
    call.questions_until = None
    change = service.publish(call, boss, NOW)
    assert (change.kind, change.decided_by_name, change.until) == ("announced", boss.name, call.closes_at)
    assert queries.by_code("fund-2027").is_open(NOW)
    with pytest.raises(NotNow):
        service.publish(call, boss, NOW)
    with pytest.raises(NotNow):
        service.discard(call, boss)


@pytest.mark.parametrize("code", ["", "A b", "-x", "x--y", "é", "preparatory-grants", "a" * 61])
def test_a_name_that_is_none_or_is_taken(alpha: World, code: str) -> None:
    with pytest.raises(Invalid):
        begun(alpha, code)


def test_who_may(alpha: World) -> None:
    call = whole(begun(alpha))
    for name in ("officer", "auditor", "translator", "vilankulo.lead", "stranger"):
        actor = alpha.actor("alpha", name)
        for verb in (
            lambda actor=actor: service.begin("another", "concept_note", actor, NOW),
            lambda actor=actor: service.save(call, {}, actor),
            lambda actor=actor: service.publish(call, actor, NOW),
            lambda actor=actor: service.discard(call, actor),
        ):
            with pytest.raises(NotAllowed):
                verb()


def test_a_change_keeps_what_was_before_and_takes_no_language_away(alpha: World) -> None:
    call, boss = whole(begun(alpha)), alpha.actor("alpha", "manager")
    call.languages = ["en", "fr"]
    service.publish(call, boss, NOW)
    values = {"title": {"en": "Fund", "fr": "Fonds", "pt": "Fundo"}, "summary": dict(call.summary),
              "languages": ["pt"], "envelope": Decimal(1000000), "amount_limit": Decimal(1)}  # fmt: skip
    with pytest.raises(Invalid):
        service.change(call, values, " ", boss, NOW)
    change = service.change(call, values, "Better words.", boss, NOW)
    assert (call.languages, call.envelope, call.policy_overrides) == (["en", "fr", "pt"], 1000000, {})
    assert change.details["languages"] == [["en", "fr"], ["en", "fr", "pt"]]
    assert set(change.details) == {"title", "languages", "envelope"}
    with pytest.raises(NotNow, match="changes nothing"):
        service.change(call, values, "Again.", boss, NOW)
    with pytest.raises(Invalid):
        service.change(call, values | {"title": {"en": "Fund"}}, "Lost.", boss, NOW)


# -- pages


def send(client: FlaskClient, form: MultiDict[str, str], do: str, page: str = PAGE) -> TestResponse:
    """Press a button of the form of a call."""
    return client.post(page, data=MultiDict([*form.items(multi=True), ("do", do)]))


def test_a_call_from_the_first_word_to_the_public_page(place: Place, world: World, client_for: Clients) -> None:
    boss, anybody = client_for(world.email("alpha", "manager")), client_for(None)
    begin = fields_of(boss.get(HOME), HOME)
    begin["instrument"], begin["code"] = "concept_note", "Bad Name"
    refused = boss.post(HOME, data=begin)
    assert refused.status_code == 422
    assert 'value="Bad Name"' in refused.text
    begin["code"] = "fund-2027"
    assert boss.post(HOME, data=begin).location == PAGE
    form = fields_of(boss.get(PAGE), PAGE)
    form.setlist("term", [""])
    form.setlist("languages", ["en", "ar"])
    form["title-en"], form["summary-en"] = "Fund <2027>", "For cities & towns."
    form["zone"], form["closes_at"], form["envelope"] = "Africa/Maputo", "2098-04-30T17:00", "1,500,000"
    form["amount_limit"], form["page_limit"], form["next_instrument"] = "120000", "6", "project_proposal"
    form["zone"] = "Mars/Olympus"
    wrong = send(boss, form, "save")
    form["zone"] = "Africa/Maputo"
    assert wrong.status_code == 422
    assert "Fund &lt;2027&gt;" in wrong.text, "nothing typed is lost"
    assert send(boss, form, "publish").location == f"{PAGE}?check=1"
    checked = boss.get(f"{PAGE}?check=1").text
    assert 'href="#f-summary-ar"' in checked
    assert 'href="#f-summary-en"' not in checked
    assert anybody.get("/alpha/calls/fund-2027/").status_code == 404
    assert "fund-2027" not in anybody.get("/alpha/calls/").text
    form = fields_of(boss.get(PAGE), PAGE)
    form.setlist("term", [""])
    assert form.getlist("languages") == ["en", "ar"]
    assert (form["closes_at"], form["envelope"], form["page_limit"]) == ("2098-04-30T17:00", "1500000", "6")
    form["summary-ar"] = "للمدن"
    assert send(boss, form, "publish").location == PAGE
    page = anybody.get("/alpha/calls/fund-2027/?lang=en").text
    for told in ("Fund &lt;2027&gt;", "120,000", "1,500,000", "at most 6 pages", "(Maputo)",
                 "Two stages", 'data-zone="Africa/Maputo"', "English or Arabic"):  # fmt: skip
        assert told in page, told
    french = anybody.get("/alpha/calls/fund-2027/?lang=fr").text
    assert '<h1 lang="en" dir="ltr">Fund &lt;2027&gt;</h1>' in french, "never half in one language"
    assert 'lang="ar"' in anybody.get("/alpha/calls/?lang=ar").text
    assert "Note conceptuelle</h1>" not in french
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        call = db.session.scalars(select(Call).where(Call.code == "fund-2027")).one()
        assert call.closes_at == datetime(2098, 4, 30, 15, tzinfo=UTC)
        assert call.policy_overrides == {"amount_limit": "120000", "page_limits": {"concept_note": 6}}


def test_an_announced_call_is_changed_with_a_reason(world: World, client_for: Clients) -> None:
    boss = client_for(world.email("alpha", "administrator"))
    page = f"{HOME}preparatory-grants/"
    form = fields_of(boss.get(page), page)
    assert "opens_at" not in form
    for code in ("en", "fr", "pt", "ar"):
        form[f"title-{code}"], form[f"summary-{code}"] = f"Grants {code}", f"Small {code}"
    assert boss.post(page, data=form).status_code == 422
    form["reason"] = "The other languages were missing."
    assert boss.post(page, data=form).location == page
    assert "Grants fr" in boss.get("/alpha/calls/preparatory-grants/?lang=fr").text
    form["questions_until"] = "2098-01-01T12:00"
    assert boss.post(page, data=form).location == page
    assert 'value="2098-01-01T12:00"' in boss.get(page).text


def test_calls_of_another_tenant_are_not_there(world: World, client_for: Clients) -> None:
    boss = client_for(world.email("alpha", "manager"))
    begin = fields_of(boss.get(HOME), HOME)
    begin["code"] = "fund-2027"
    assert boss.post(HOME, data=begin).status_code == 303
    stranger = client_for(world.email("beta", "manager"))
    assert stranger.get("/beta/admin/calls/fund-2027/").status_code == 404
    assert stranger.get(PAGE).status_code == 404
    assert client_for(world.email("alpha", "officer")).get(PAGE).status_code == 403
    assert "fund-2027" not in stranger.get("/beta/admin/calls/").text
