"""The database server and the browser that the other tests lean on are real and behave as promised."""

from __future__ import annotations

import psycopg
import pytest
from playwright.sync_api import sync_playwright

from tests.machine import Database, axe_source, browser, postgres_database


@pytest.fixture(scope="module")
def database() -> Database:
    return postgres_database("machine")


def connect(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"), autocommit=True)


@pytest.mark.postgres
def test_neither_role_can_step_around_row_level_security(database: Database) -> None:
    for url, name in ((database.owner_url, "portal_owner"), (database.app_url, "portal_app")):
        with connect(url) as connection:
            row = connection.execute(
                "SELECT current_user, rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
        assert row == (name, False, False, False)


@pytest.mark.postgres
def test_application_role_uses_what_the_owner_makes_and_owns_nothing(database: Database) -> None:
    with connect(database.owner_url) as owner:
        owner.execute(
            "CREATE TABLE note (tenant_id int, text text);"
            "ALTER TABLE note ENABLE ROW LEVEL SECURITY; ALTER TABLE note FORCE ROW LEVEL SECURITY;"
            "CREATE POLICY own ON note USING (tenant_id = nullif(current_setting('app.tenant', true), '')::int)"
        )
    with connect(database.app_url) as application:
        with application.transaction():
            application.execute("SELECT set_config('app.tenant', '1', true)")
            application.execute("INSERT INTO note VALUES (1, 'one')")
            assert application.execute("SELECT count(*) FROM note").fetchone() == (1,)
        assert application.execute("SELECT count(*) FROM note").fetchone() == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            application.execute("CREATE TABLE mine (id int)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            application.execute("ALTER TABLE note DISABLE ROW LEVEL SECURITY")


@pytest.mark.browser
def test_chromium_shows_a_page_and_the_accessibility_checker_runs() -> None:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(**browser().launch_options())
        page = chromium.new_page()
        page.set_content("<html lang='ar' dir='rtl'><title>x</title><main><h1>مرحبا</h1><img src='data:,'></main>")
        assert page.inner_text("h1") == "مرحبا"
        page.evaluate(axe_source())
        result = page.evaluate("axe.run({runOnly: ['image-alt', 'html-has-lang']})")
        chromium.close()
    assert [violation["id"] for violation in result["violations"]] == ["image-alt"]
