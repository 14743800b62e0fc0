"""Every mail a workflow names is there, and says something whole in every language, whatever is known."""

from __future__ import annotations

import re
from datetime import date

import html5lib
import pytest

from portal.calls.rules import instruments
from portal.cases.mail import GROUPS
from portal.core.text import N_
from portal.infra.mail import queue_mail
from tests.factories import NOW, World

ALONE = ("message", "report_due", "paid", "warning", "breach")
KNOWN = {
    "tenant": {"en": "Alpha Fund"},
    "tenant_name": "Alpha Fund",
    "reference": "AL-2026-0001",
    "title": "Plano <50%> & bairros",
    "instrument": {"en": "Preparatory grant"},
    "name": "Ana <b>",
    "actor": "Rui",
    "action_url": "http://localhost/alpha/cases/AL-2026-0001/",
}
#: What has always to be given to the mails that tell a fact.
NEEDED = {
    "paid": {"tranche": 1, "amount": "10.00", "currency": "USD", "paid_on": date(2026, 3, 3), "bank_reference": "TRX"},
    "warning": {"standard": {"en": "Paid?"}, "due_at": NOW, "zone": "Europe/Madrid", "side": "secretariat"},
    "breach": {"standard": {"en": "Paid?"}, "due_at": NOW, "zone": "Europe/Madrid", "side": "recipient"},
    "circular": {
        "number": 7,
        "sent_at": NOW,
        "zone": "Europe/Madrid",
        "parts": {"recommended": N_("Recommended for approval")},
        "cases": [{"part": "recommended", "title": "A <plan>", "reference": "AL-2026-0001", "closes_at": NOW}],
    },
    "window_ends": {"closes_at": NOW, "zone": "Europe/Madrid"},
    "silence_insufficient": {"reached": 1, "asked": 3},
    "sponsor_invited": {"applicant": "Municipality", "organisation": "Sponsor <of> alpha", "role": "Follow it"},
    "sponsor_answered": {"organisation": "Sponsor", "confirms": True, "note": ""},
    "call_extended": {"before": NOW, "until": NOW, "zone": "Europe/Madrid", "reason": "Flood"},
    "late_entry": {"until": NOW, "zone": "Europe/Madrid", "reason": "Flood"},
    "clarification": {"questions": {"en": "May we?"}, "answers": {"en": "Yes."}},
    "message": {"body": "Line 1\nLine 2", "author": "Rui"},
    "translation_queried": {"question": "Which ward?"},
    "translation_answered": {"answer": "The second."},
    "sent_back": {"reason": "Too short"},
    "report_waived": {"reason": "Flood"},
    "extension_requested": {"days": 10, "reason": "The council meets late."},
    "returned": {"sections": [{"title": {"en": "Budget", "pt": "Orçamento"}, "reason": "Add the audit"}]},
}
FULL = {
    "reason": "Because",
    "grounds": "Grounds",
    "typed_name": "Ana",
    "access_code": "ABCDE-FGHJK",
    "signatory": "Ana",
    "amount": "72000.00",
    "currency": "USD",
    "tranche": 2,
    "paid": "72000.00",
    "spent": "71999.50",
    "next_report": "AL-2026-0001-R2",
    "period_end": date(2026, 6, 1),
}


def named() -> list[tuple[str, str, str]]:
    """Every mail of every workflow: template, group, process."""
    found = set()
    for code in instruments.all_instruments():
        for process in instruments.processes(code):
            for move in instruments.workflow(code, process, 1).moves.values():
                found |= {(mail.template, mail.to, process) for mail in move.mails}
    return sorted(found)


def test_groups_exist() -> None:
    assert {to for _, to, _ in named()} <= GROUPS


@pytest.mark.parametrize("language", ["en", "fr", "pt", "ar"])
def test_every_mail_is_whole(alpha: World, language: str) -> None:
    for template in sorted({name for name, _, _ in named()} | set(ALONE)):
        for kind in ("application", "report"):
            for more in ({}, FULL):
                context = {**KNOWN, "kind": kind, **more, **NEEDED.get(template, {})}
                if template == "paid":
                    context["paid_on"] = date(2026, 3, 3)
                mail = queue_mail(template, "ana@alpha.example", language, context, case_id=None, now=NOW)
                assert "AL-2026-0001" in mail.subject, template
                for text in (mail.subject, mail.text_body, mail.html_body):
                    assert not re.search(r"%\(|\{\{|\{%|None|Undefined", text), (template, text)
                assert KNOWN["action_url"] in mail.text_body
                assert "Ana <b>" in mail.text_body
                assert "Ana <b>" not in mail.html_body, "names are no markup"
                parser = html5lib.HTMLParser()
                parser.parse(mail.html_body)
                assert not parser.errors, (template, parser.errors)
                assert f'lang="{language}"' in mail.html_body
