"""Aleppo works in Arabic from the first page to the letter: right to left, returned once, approved on conditions."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from portal.demo import content
from tests.journeys import desk
from tests.journeys.filling import Filler, arabic
from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.journey, pytest.mark.xdist_group("journeys")]
CASE = content.load().case("aleppo-strategy")
CONDITIONS = "تقديم رسالة تؤكد التمويل المشترك قبل الدفعة الثانية\nعقد جلسة للنساء في كل حي"
REASONS = {
    "activities": "نرجو بيان دور لجان الأحياء في جدول الأنشطة.",
    "results": "نرجو ذكر خط الأساس لجودة المياه.",
}
MENDED = "يبدأ القياس بخط أساس لجودة مياه نهر قويق في خمس نقاط، ويُعاد كل عام."
Person = Callable[..., Visitor]


def test_an_arabic_applicant_from_draft_to_letter(person: Person) -> None:
    lead, mayor = person("aleppo-lead"), person("aleppo-signatory")
    reference = _fill(lead)
    _sign_and_submit(lead, mayor, reference)
    officer = person("ca-officer-two")
    _return(officer, reference)
    _mend(lead, reference)
    _see_the_difference(officer, reference)
    desk.translate(person("ca-translator-ar"), reference, CASE.translation or {}, "ar-61")
    officer.go(f"desk/{reference}/translation/")
    officer.send("form[action*='/moves/accept_translation/'] button")
    officer.look("ar-62-translated")
    desk.assess(officer, reference, CASE.assessment or {}, "ar-63")
    _decide(person("ca-manager"), officer, reference)
    _read_the_letter(lead, reference)


def right_to_left(visitor: Visitor, name: str) -> None:
    """The page is Arabic, set from right to left, and in order."""
    root = visitor.page.locator("html")
    expect(root).to_have_attribute("lang", "ar")
    expect(root).to_have_attribute("dir", "rtl")
    visitor.look(name)


def _fill(lead: Visitor) -> str:
    lead.go("my/")
    right_to_left(lead, "ar-51-my-cases")
    lead.send(lead.page.get_by_role("link", name=CASE.title))
    right_to_left(lead, "ar-52-draft")
    found = re.search(r"CA-\d{4}-\d{4}", lead.page.url)
    assert found
    reference = found[0]
    filler = Filler(lead, desk.papers(CASE), arabic)
    for piece in CASE.answers:
        lead.go(f"cases/{reference}/edit/{piece}/")
        filler.section(CASE.answers[piece])
        right_to_left(lead, f"ar-53-{piece}")
        filler.save()
    right_to_left(lead, "ar-54-check")
    expect(lead.page.locator(".error-summary")).to_have_count(0)
    lead.says("65,000")
    return reference


def _sign_and_submit(lead: Visitor, mayor: Visitor, reference: str) -> None:
    mayor.go(f"cases/{reference}/check/")
    mayor.page.fill("#sign-typed_name", "منير الكيالي")
    mayor.page.check("#sign-confirm")
    mayor.send("form[action$='/moves/sign/'] button")
    right_to_left(mayor, "ar-55-signed")
    lead.go(f"cases/{reference}/check/")
    lead.send("form[action$='/moves/submit/'] button")
    right_to_left(lead, "ar-56-submitted")
    lead.says(reference)


def _return(officer: Visitor, reference: str) -> None:
    officer.go(f"desk/{reference}/moves/return_sections/")
    for section, reason in REASONS.items():
        officer.page.check(f"#sections-{section}")
        box = officer.page.locator(f"[name=sections-{section}]")
        if not box.is_visible():
            officer.page.locator("details", has=box).locator("summary").click()
        box.fill(reason)
    officer.look("ar-57-returning")
    officer.send("#content form button.btn-primary")
    assert desk.state(officer, reference) == "Returned for completion"


def _mend(lead: Visitor, reference: str) -> None:
    """Only what was returned is open; the reason stands on the page; it goes back with one press."""
    lead.go(f"cases/{reference}/")
    right_to_left(lead, "ar-58-returned")
    lead.says(*REASONS.values())
    lead.go(f"cases/{reference}/edit/budget/", 409)
    right_to_left(lead, "ar-59-closed-section")
    lead.go(f"cases/{reference}/edit/results/")
    lead.says(REASONS["results"])
    right_to_left(lead, "ar-60-mending")
    filler = Filler(lead, {}, arabic)
    filler.answer("environment", MENDED)
    filler.save()
    lead.go(f"cases/{reference}/check/")
    lead.send("form[action$='/moves/resubmit/'] button")
    lead.go(f"cases/{reference}/changes/")
    right_to_left(lead, "ar-60-changes")
    lead.says(MENDED)


def _see_the_difference(officer: Visitor, reference: str) -> None:
    officer.go(f"desk/{reference}/")
    difference = officer.page.locator(".shown-diff")
    expect(difference).to_have_count(1)
    expect(difference.locator(".diff-after")).to_contain_text(MENDED)
    expect(difference.locator(".diff-before")).to_contain_text("نهر قويق والنفايات")
    officer.look("ar-60-difference")
    desk.step(officer, reference, "find_complete")


def _decide(manager: Visitor, officer: Visitor, reference: str) -> None:
    assert CASE.decision
    desk.step(
        manager,
        reference,
        "approve_with_conditions",
        conditions="A letter that confirms the co-financing\nA session for women in each quarter",
        grounds=CASE.decision.grounds,
    )
    desk.send_letter(officer, reference, {"ar": CONDITIONS}, "ar-64")
    assert desk.state(officer, reference) == "Agreement to prepare"


def _read_the_letter(lead: Visitor, reference: str) -> None:
    """The letter is Arabic throughout: its words can be copied out, and its own letters are drawn."""
    lead.go(f"cases/{reference}/")
    right_to_left(lead, "ar-65-decided")
    links = lead.page.locator("a[href*='/documents/'][hreflang=ar]")
    contents = [lead.download(links.nth(n).get_attribute("href") or "") for n in range(links.count())]
    letter = next(pdf for pdf in contents if "الموافقة" in desk.words_of(pdf) and "الثانية" in desk.words_of(pdf))
    words = desk.words_of(letter)
    assert reference in words
    assert sum("\u0600" <= letter <= "\u06ff" for letter in words) > 200
    fonts = set()
    for page in PdfReader(io.BytesIO(letter)).pages:
        fonts |= {str(font.get_object()["/BaseFont"]) for font in page["/Resources"]["/Font"].values()}
    assert any("Arabic" in font or "Naskh" in font for font in fonts), fonts
