from __future__ import annotations

from uuid import UUID

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask
from uuid_utils.compat import uuid7

from portal.infra import search, tenancy
from portal.infra.db import db
from portal.infra.search import Visibility
from tests.integration.infra.bare_app import Effect
from tests.machine import Database

TEXTS = {
    "pt": "Estratégia de Desenvolvimento da Cidade de Vilankulo; requalificação dos assentamentos informais",
    "fr": "Élaboration d'une stratégie de développement urbain à Douala, œuvre des quartiers précaires",
    "es": "Planificación urbana participativa en Bogotá, barrio El Señor",
    "ar": "استراتيجية تنمية المدينة في حلب: الإسكان والمياه للمدينة القديمة، أحياء غير رسمية",
    "ru": "Развитие города Орёл: всё для жителей",
    "zh": "北京市城市发展战略，改善贫民窟住房",
    "ja": "東京都のまちづくり計画とスラム改善プロジェクト、ガス供給",
    "tr": "IĞDIR ve İstanbul kentsel dönüşüm; Diyarbakır sırtları",
    "sw": "Mkakati wa maendeleo ya jiji la Dar es Salaam; maji safi na ng'ombe",
    "en": "Lilongwe slum upgrading, Straße 12, budget 72,000 in 2026",
}
QUERIES = [
    ("estrategia", "pt"),
    ("ESTRATÉGIA vilank", "pt"),
    ("requalificacao", "pt"),
    ("elaboration", "fr"),
    ("précaires oeuvre", "fr"),
    ("développement douala", "fr"),
    ("senor bogota", "es"),
    ("مدينة", "ar"),
    ("المدينة", "ar"),
    ("اسكان", "ar"),
    ("المَدِينَة", "ar"),
    ("استراتيجيه", "ar"),
    ("والمياه", "ar"),
    ("орел", "ru"),
    ("все жителей", "ru"),
    ("城市", "zh"),
    ("住房", "zh"),
    ("东京", None),
    ("東京", "ja"),
    ("計画", "ja"),
    ("ガス", "ja"),
    ("ｶﾞｽ", "ja"),
    ("都", "ja"),
    ("istanbul", "tr"),
    ("ığdır", "tr"),
    ("diyarbakir", "tr"),
    ("maendeleo jiji", "sw"),
    ("ng'ombe", "sw"),
    ("lilong", "en"),
    ("strasse", "en"),
    ("٢٠٢٦", "en"),
    ("lilongwe douala", None),
    ("'; DROP TABLE search_entry; --", None),
    ('"quoted* OR NEAR(', None),
]


def fill(tenant_id: int) -> dict[str, UUID]:
    ids = {language: uuid7() for language in TEXTS}
    with tenancy.scope(tenant_id):
        search.put_many(tenant_id, [search.Entry(ids[language], text) for language, text in TEXTS.items()])
        db.session.commit()
    return ids


def found(query: str, **options: object) -> list[UUID]:
    subquery = search.find(query, **options)  # type: ignore[arg-type]
    return list(db.session.execute(sa.select(subquery.c.case_id).order_by(subquery.c.place)).scalars())


def test_words_are_found_as_people_write_them(app: Flask) -> None:
    with app.app_context():
        ids = fill(1)
        with tenancy.scope(1):
            missed = {
                query: expected for query, expected in QUERIES if found(query) != ([ids[expected]] if expected else [])
            }
        assert missed == {}


def test_a_tenant_finds_only_its_own(app: Flask) -> None:
    with app.app_context():
        first, other, twelfth = fill(1), fill(2), fill(12)
        for tenant_id, ids in ((1, first), (2, other), (12, twelfth)):
            with tenancy.scope(tenant_id):
                assert found("lilongwe") == [ids["en"]]
        with pytest.raises(tenancy.NoTenantScope):
            search.find("lilongwe")
        with tenancy.scope(1), pytest.raises(tenancy.CrossesTenants):
            search.put(2, uuid7(), "x")


def test_the_database_itself_refuses_another_tenants_entry(app: Flask) -> None:
    with app.app_context():
        if db.engine.dialect.name != "postgresql":
            # SQLite has no roles: the check in the module is the only fence, proved above.
            assert "search_entry" in sa.inspect(db.engine).get_table_names()
            return
        fill(1)
        fill(2)
        with tenancy.scope(1):
            for statement in (
                "SELECT * FROM search_entry",
                "DELETE FROM search_entry",
                "SELECT search_put(2, gen_random_uuid(), 'staff', '', 'x')",
                "SELECT search_delete(2, gen_random_uuid())",
            ):
                with pytest.raises(sa.exc.ProgrammingError, match=r"permission denied|another tenant"):
                    tenancy.raw(statement, "the test tries to get round the fence")
                db.session.rollback()
        asked = sa.select(sa.func.count()).select_from(
            sa.func.search_cases("'lilongwe':*", "", "staff", 10).table_valued("case_id", "place")
        )
        assert db.session.execute(asked).scalar_one() == 0


def test_the_exact_reference_comes_first(app: Flask) -> None:
    with app.app_context(), tenancy.scope(1):
        exact, longer, mentions = uuid7(), uuid7(), uuid7()
        search.put(1, exact, "one", reference="CA-2026-0042")
        search.put(1, longer, "two", reference="CA-2026-00421")
        search.put(1, mentions, "follows CA-2026-0042", reference="CA-2026-0100")
        assert found("ca-2026-0042") == [exact, longer, mentions]
        assert found("CA 2026 0042")[0] == exact
        assert found("0042", limit=2) == [mentions, longer]


def test_replacing_and_deleting_leave_no_trace(app: Flask) -> None:
    with app.app_context(), tenancy.scope(1):
        case = uuid7()
        search.put(1, case, "first wording")
        search.put(1, case, "second wording")
        assert found("first") == []
        assert found("second") == [case]
        search.delete(1, case)
        assert found("wording") == []
        assert found("") == found("؟؟") == []


def test_each_reader_finds_by_what_they_may_read(app: Flask) -> None:
    with app.app_context(), tenancy.scope(1):
        case = uuid7()
        search.put(1, case, "slum upgrading", Visibility.public)
        search.put(1, case, "slum upgrading budget", Visibility.applicant)
        search.put(1, case, "slum upgrading budget doubts", Visibility.staff)
        by_word = {
            word: [who.value for who in Visibility if found(word, audience=who)]
            for word in ("upgrading", "budget", "doubts")
        }
        assert by_word == {
            "upgrading": ["public", "applicant", "staff"],
            "budget": ["applicant", "staff"],
            "doubts": ["staff"],
        }
        assert found("slum") == [case]


def test_the_ids_narrow_a_query_on_a_tenants_table(app: Flask) -> None:
    with app.app_context():
        for tenant_id in (1, 2):
            with tenancy.scope(tenant_id):
                row, other = Effect(what=f"mine {tenant_id}"), Effect(what="other")
                db.session.add_all([row, other])
                db.session.flush()
                search.put(tenant_id, row.id, "Vilankulo")
                search.put(tenant_id, other.id, "Lilongwe")
                db.session.commit()
        for tenant_id in (1, 2, 1):
            with tenancy.scope(tenant_id):
                query = sa.select(Effect.what).where(Effect.id.in_(search.find_ids("vilank")))
                assert list(db.session.execute(query).scalars()) == [f"mine {tenant_id}"]
                by_place = search.find("vilank")
                joined = sa.select(Effect).join(by_place, by_place.c.case_id == Effect.id).order_by(by_place.c.place)
                assert [row.what for row in db.session.execute(joined).scalars()] == [f"mine {tenant_id}"]


def test_a_rolled_back_change_is_not_found(app: Flask) -> None:
    with app.app_context(), tenancy.scope(1):
        search.put(1, uuid7(), "vanishing")
        db.session.rollback()
        assert found("vanishing") == []


def test_the_search_uses_an_index(app: Flask, request: pytest.FixtureRequest) -> None:
    with app.app_context():
        for tenant_id in (1, 2, 3):
            with tenancy.scope(tenant_id):
                entries = [search.Entry(uuid7(), f"case number{n:05} word{n % 97:02} city") for n in range(2000)]
                search.put_many(tenant_id, entries)
                db.session.commit()
        with tenancy.scope(2):
            assert len(found("word13 number00013")) == 1
            plan = "\n".join(explain("number00013", request))
        assert "search_entry_words" in plan or "VIRTUAL TABLE INDEX" in plan
        assert "Seq Scan on search_entry" not in plan
        if db.engine.dialect.name == "sqlite":
            # The words first, then each row found by its number: not the tenant's rows one by one.
            assert plan.index("SCAN search_words VIRTUAL TABLE") < plan.index("SEARCH entry USING INTEGER PRIMARY KEY")


def explain(query: str, request: pytest.FixtureRequest) -> list[str]:
    if db.engine.dialect.name == "sqlite":
        sql = str(sa.select(search.find(query)).compile(db.engine, compile_kwargs={"literal_binds": True}))
        rows = db.session.execute(sa.text("EXPLAIN QUERY PLAN " + sql), execution_options={"tenancy": "plan"})
        return [row.detail for row in rows]
    return plan_inside_the_function(query, request.getfixturevalue("postgres"))


def plan_inside_the_function(query: str, database: Database) -> list[str]:
    """The plans PostgreSQL really took, for the application's role, as its own auto_explain tells them."""
    told: list[str] = []
    with psycopg.connect(database.admin_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.add_notice_handler(lambda notice: told.append(notice.message_primary or ""))
        for statement in (
            "LOAD 'auto_explain'",
            "SET auto_explain.log_min_duration = 0",
            "SET auto_explain.log_nested_statements = on",
            "SET client_min_messages = log",
            "SET SESSION AUTHORIZATION portal_app",
            "SELECT set_config('app.tenant', '2', false)",
        ):
            connection.execute(statement)
        assert connection.execute("SELECT search_tenant()").fetchone() == (2,)
        for _ in range(8):  # after five runs the function may settle for a general plan
            connection.execute("SELECT * FROM search_cases(%s, '', 'staff', 200)", (f"'{query}':*",))
    return [line for plan in told for line in plan.splitlines()]
