"""An administrator adds a promise in the browser, sees what it would have meant and publishes it; a case is counted."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.journeys import desk
from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.journey, pytest.mark.xdist_group("journeys")]
Person = Callable[..., Visitor]
WORDS = {
    "en": ("Officer named?", "We tell you within 20 working days who looks after your application."),
    "fr": ("Responsable désigné ?", "Nous vous indiquons sous 20 jours ouvrables qui suit votre candidature."),
    "pt": ("Responsável nomeado?", "Dizemos-lhe em 20 dias úteis quem acompanha a sua candidatura."),
    "ar": ("هل عُيّن المتابع؟", "نخبركم خلال 20 يوم عمل بمن يتابع طلبكم."),
}


def test_a_new_standard_is_tried_published_and_counted(person: Person) -> None:
    boss = person("ca-admin")
    boss.go("admin/standards/")
    boss.look("st-01-standards")
    boss.send(boss.page.get_by_role("link", name="Add a standard"))
    boss.page.select_option("#f-process", "preparatory_grant/application")
    boss.page.fill("#f-code", "named")
    boss.look("st-02-adding")
    boss.send("#content form button.btn-primary")
    _write(boss)
    _try(boss)
    _publish(boss)
    _count(person("ca-officer"), boss)


def _write(boss: Visitor) -> None:
    """What is missing is said beside its field; a row more needs no script; nothing typed is lost."""
    boss.page.fill("[id='f-name.en']", WORDS["en"][0])
    boss.send("button[value=try]")
    boss.says("Promise, Arabic: ", "The clock starts with: Name at least one event.")
    boss.look("st-03-missing")
    for code, (name, promise) in WORDS.items():
        boss.page.fill(f"[id='f-name.{code}']", name)
        boss.page.fill(f"[id='f-promise.{code}']", promise)
    boss.page.select_option("#f-start", label="Found complete and eligible")
    boss.page.select_option("#f-stop", label="Assessment filed")
    boss.page.fill("#f-amount", "20")
    boss.page.locator("#rows-tiers summary").click()
    boss.send("button[value='add:tiers']")
    expect(boss.page.locator("[id='f-name.ar']")).to_have_value(WORDS["ar"][0])
    boss.page.fill("[id='f-tiers.0.percent']", "50")
    boss.page.fill("[id='f-tiers.0.amount']", "10")
    boss.look("st-04-written")
    boss.send("button[value=try]")


def _try(boss: Visitor) -> None:
    """The figures of the last quarters' cases, reckoned while she waits."""
    boss.page.select_option("#f-period", "quarter")
    boss.send("#content form button.btn-primary")
    boss.says("What it would have meant", "Cases that would have missed it")
    boss.page.select_option("#f-period", "twelve_months")
    boss.send("#content form button.btn-primary")
    judged = boss.page.locator("table").first.locator("tbody tr")
    kept, missed = (int(judged.nth(row).locator("td").inner_text()) for row in (1, 2))
    assert kept + missed > 3, "the demonstration has cases of a year"
    boss.look("st-05-tried")
    boss.send(boss.page.get_by_role("link", name="Go on to publishing"))


def _publish(boss: Visitor) -> None:
    boss.says("No clock of this standard runs at the moment.", "Publish version 1")
    boss.look("st-06-publishing")
    boss.send("form[action$='/publish/'] button")
    boss.says("Version 1 of NAMED is in force.", "by Paula Winters", "50% within 10 working days")
    boss.look("st-07-in-force")
    boss.go("admin/standards/")
    boss.says(WORDS["en"][0])


def _count(officer: Visitor, boss: Visitor) -> None:
    """The next case that is found complete has the clock, with its reckoning to read."""
    officer.go("desk/?tab=checking")
    reference = _waiting_case(officer)
    desk.step(officer, reference, "find_complete")
    officer.go(f"desk/{reference}/?tab=clocks")
    clock = officer.page.locator(".promise", has=officer.page.get_by_text(WORDS["en"][0], exact=True))
    clock.locator("summary").click()
    expect(clock).to_contain_text("Time allowed in working days: 20.")
    expect(clock).to_contain_text("Counted under version 1 of the standard")
    officer.look("st-08-counted")
    boss.go("admin/standards/preparatory_grant/application/NAMED/")
    boss.says("Running now", "Version 1")


def _waiting_case(officer: Visitor) -> str:
    """A case that waits to be found complete."""
    for reference in dict.fromkeys(re.findall(r"CA-\d{4}-\d{4}", officer.page.inner_html("#content"))):
        officer.go(f"desk/{reference}/")
        if officer.page.locator("[href*='/moves/find_complete/'], form[action*='/moves/find_complete/']").count():
            return reference
    raise AssertionError("no case waits to be found complete")
