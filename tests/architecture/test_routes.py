"""Who may enter which page: written down here, and complete both ways against the application itself."""

from __future__ import annotations

import pytest
from flask import Flask

from portal.core.actor import OrgRole, Role
from portal.core.permissions import HELD_BY, Permission
from portal.infra import access
from tests.conftest import Place

#: roles by letter: Officer, Manager, Translator, Finance officer, Administrator, aUditor; external Evaluator; Lead,
#: Contributor, Signatory, Viewer of an organisation that applies; focal Point of a member
LETTERS: dict[str, Role | OrgRole] = {
    "O": Role.PROGRAMME_OFFICER,
    "M": Role.PROGRAMME_MANAGER,
    "T": Role.TRANSLATOR,
    "F": Role.FINANCE_OFFICER,
    "A": Role.ADMINISTRATOR,
    "U": Role.AUDITOR,
    "E": Role.EVALUATOR,
    "L": OrgRole.LEAD,
    "C": OrgRole.CONTRIBUTOR,
    "S": OrgRole.SIGNATORY,
    "V": OrgRole.VIEWER,
    "P": OrgRole.FOCAL_POINT,
}
STAFF, CLIENTS = "OMTFAU", "LCSV"
PUBLIC, SIGNED_IN = "public", "signed in"

#: endpoint → methods, what it needs, and the roles that therefore enter
TABLE: dict[str, tuple[str, str, str]] = {
    "accounts.ask_for_reset": ("POST", PUBLIC, ""),
    "accounts.change_password": ("POST", SIGNED_IN, ""),
    "accounts.change_profile": ("POST", SIGNED_IN, ""),
    "accounts.choose": ("GET", SIGNED_IN, ""),
    "accounts.forgot": ("GET", PUBLIC, ""),
    "accounts.log_in": ("POST", PUBLIC, ""),
    "accounts.login": ("GET", PUBLIC, ""),
    "accounts.logout": ("POST", SIGNED_IN, ""),
    "accounts.profile": ("GET", SIGNED_IN, ""),
    "accounts.start": ("GET", PUBLIC, ""),
    "accounts.switch": ("POST", SIGNED_IN, ""),
    "accounts.ticket": ("GET", PUBLIC, ""),
    "accounts.use_ticket": ("POST", PUBLIC, ""),
    "applications.autosave": ("POST", "case:edit", "LC"),
    "applications.case": ("GET", "case:read_own", CLIENTS),
    "applications.changes": ("GET", "case:read_own", CLIENTS),
    "applications.check": ("GET", "case:read_own", CLIENTS),
    "applications.cities": ("GET", "case:read_own desk:read", STAFF + CLIENTS),
    "applications.document": ("GET", "case:read_own desk:read", STAFF + CLIENTS),
    "applications.file": ("GET", "case:read_own desk:read", STAFF + CLIENTS),
    # Which of the moves a role may make is asked of the workflow.
    "applications.full_proposal": ("GET", "case:read_own", CLIENTS),
    "applications.make": ("POST", "case:read_own", CLIENTS),
    "applications.move": ("GET", "case:read_own", CLIENTS),
    "applications.my_cases": ("GET", "case:read_own", CLIENTS),
    "applications.reword": ("POST", "case:message", "OMLCS"),
    "applications.save_section": ("POST", "case:edit", "LC"),
    "applications.section": ("GET", "case:edit", "LC"),
    "applications.send_message": ("POST", "case:message", "OMLCS"),
    "applications.settle": ("POST", "case:edit", "LC"),
    "applications.start": ("POST", "case:start", "LC"),
    "applications.start_full_proposal": ("POST", "case:start", "LC"),
    "applications.submitted": ("GET", "case:read_own", CLIENTS),
    "calls.answer_question": ("POST", "call:manage", "MA"),
    "calls.ask": ("POST", "case:start", "LC"),
    "calls.begin": ("POST", "call:manage", "MA"),
    "calls.call": ("GET", PUBLIC, ""),
    "calls.calls": ("GET", PUBLIC, ""),
    "evaluation.add_round": ("POST", "evaluation:manage", "OM"),
    "evaluation.assign_all": ("POST", "evaluation:manage", "OM"),
    "evaluation.autosave": ("POST", "evaluation:write", "E"),
    "evaluation.change_case": ("POST", "evaluation:manage", "OM"),
    "evaluation.change_panel": ("POST", "panel:manage", "M"),
    "evaluation.close": ("POST", "evaluation:manage", "OM"),
    "evaluation.declare": ("POST", "evaluation:write", "E"),
    "evaluation.evaluation": ("GET", "evaluation:write", "E"),
    "evaluation.extend": ("POST", "evaluation:manage", "OM"),
    "evaluation.inbox": ("GET", "evaluation:write", "E"),
    "evaluation.invite": ("POST", "evaluation:manage", "OM"),
    "evaluation.of_case": ("GET", "evaluation:read", STAFF),
    "evaluation.one_round": ("GET", "evaluation:read", STAFF),
    "evaluation.panel": ("GET", "evaluation:read", STAFF),
    "evaluation.panel_csv": ("GET", "evaluation:read", STAFF),
    "evaluation.profile": ("GET POST", "evaluation:write", "E"),
    "evaluation.round_case": ("GET", "evaluation:read", STAFF),
    "evaluation.rounds": ("GET", "evaluation:read", STAFF),
    "evaluation.save": ("POST", "evaluation:write", "E"),
    "evaluation.sign": ("POST", "evaluation:write", "E"),
    "calls.decisions": ("GET", "call:manage", "MA"),
    "calls.discard_call": ("POST", "call:manage", "MA"),
    "calls.edit": ("GET", "call:manage", "MA"),
    "calls.extend": ("POST", "call:manage", "MA"),
    "calls.late_entry": ("POST", "call:manage", "MA"),
    "calls.manage": ("GET", "call:manage", "MA"),
    "calls.question": ("GET", "call:manage", "MA"),
    "calls.questions_feed": ("GET", PUBLIC, ""),
    "calls.questions": ("GET", "call:manage", "MA"),
    "calls.save_call": ("POST", "call:manage", "MA"),
    "calls.set_aside": ("POST", "call:manage", "MA"),
    "grants.accept_agreement": ("POST", "grant:accept", "S"),
    "grants.agreement": ("GET", "grant:read", STAFF + CLIENTS),
    "grants.approve_payment": ("POST", "payment:approve", "FM"),
    "grants.enter_payment": ("POST", "payment:record", "F"),
    "grants.grant": ("GET", "grant:read", STAFF + CLIENTS),
    "grants.grants": ("GET", "grant:read", STAFF + CLIENTS),
    "grants.refuse_payment": ("POST", "payment:approve", "FM"),
    "insight.add_standard": ("GET", "standards:manage", "A"),
    "insight.begin_standard": ("POST", "standards:manage", "A"),
    "insight.breaches": ("GET", "standards:read", STAFF),
    "insight.calendar": ("GET", "standards:read", STAFF),
    "insight.calendar_change": ("GET", "standards:manage", "A"),
    "insight.confirm_standard": ("GET", "standards:manage", "A"),
    "insight.create_feed": ("POST", "case:message desk:work evaluation:write member:answer", "OMTFALCSEP"),
    "insight.feed": ("GET", PUBLIC, ""),
    "insight.feeds": ("GET", "case:read_own desk:read evaluation:write member:answer", STAFF + CLIENTS + "EP"),
    "insight.revoke_feed": ("POST", "case:message desk:work evaluation:write member:answer", "OMTFALCSEP"),
    "insight.discard_standard": ("POST", "standards:manage", "A"),
    "insight.new_version": ("POST", "standards:manage", "A"),
    "insight.performance": ("GET", PUBLIC, ""),
    "insight.performance_csv": ("GET", PUBLIC, ""),
    "insight.performance_feed": ("GET", PUBLIC, ""),
    "insight.performance_json": ("GET", PUBLIC, ""),
    "insight.publish_calendar": ("POST", "standards:manage", "A"),
    "insight.publish_standard": ("POST", "standards:manage", "A"),
    "insight.run_what_if": ("POST", "standards:manage", "A"),
    "insight.save_standard_draft": ("POST", "standards:manage", "A"),
    "insight.save_standard_text": ("POST", "standards:manage", "A"),
    "insight.standard": ("GET", "standards:read", STAFF),
    "insight.standard_draft": ("GET", "standards:manage", "A"),
    "insight.standard_text": ("GET", "standards:manage", "A"),
    "insight.standards": ("GET", "standards:read", STAFF),
    "insight.manual": ("GET", "workflow:read", STAFF),
    "insight.workflow": ("GET", "workflow:read", STAFF),
    "insight.workflows": ("GET", "workflow:read", STAFF),
    "insight.what_if": ("GET", "standards:manage", "A"),
    "members.add_member": ("POST", "member:manage", "OMA"),
    "members.again": ("POST", "circular:manage", "OM"),
    "members.answer_comment": ("POST", "circular:manage", "OM"),
    "members.answer_sponsorship": ("POST", "sponsor:answer", "P"),
    "members.answers": ("GET", "circular:read", "OMUP"),
    "members.ask_sponsors": ("GET", "sponsor:invite", "LC"),
    "members.bounced": ("POST", "circular:manage", "OM"),
    "members.case": ("GET", "circular:read", "OMUP"),
    "members.circular": ("GET", "circular:read", "OMUP"),
    "members.circulars": ("GET", "circular:read", "OMUP"),
    "members.change_member": ("POST", "member:manage", "OMA"),
    "members.comment": ("POST", "member:answer", "P"),
    "members.compose": ("GET", "circular:manage", "OM"),
    "members.dismiss_focal_point": ("POST", "member:manage", "OMA"),
    "members.discard": ("POST", "circular:manage", "OM"),
    "members.document": ("GET", "circular:read", "OMUP"),
    "members.file": ("GET", "circular:read", "OMUP"),
    "members.inbox": ("GET", "member:answer", "P"),
    "members.invite_focal_point": ("POST", "member:manage", "OMA"),
    "members.invite_sponsor": ("POST", "sponsor:invite", "LC"),
    "members.member": ("GET", "member:manage", "OMA"),
    "members.new_member": ("GET", "member:manage", "OMA"),
    "members.received": ("POST", "member:answer", "P"),
    "members.record_period": ("POST", "member:manage", "OMA"),
    "members.record_proof": ("POST", "sponsor:record", "OM"),
    "members.register": ("GET", "member:manage", "OMA"),
    "members.save": ("POST", "circular:manage", "OM"),
    "members.send": ("POST", "circular:manage", "OM"),
    "members.sponsorship": ("GET", "sponsor:answer", "P"),
    "members.stance": ("POST", "member:answer", "P"),
    "members.withdraw": ("POST", "member:answer", "P"),
    "organisations.change_roles": ("POST", "organisation:manage", "L"),
    "organisations.invite": ("POST", "organisation:manage", "L"),
    "organisations.mine": ("GET", "organisation:read", CLIENTS),
    "partnerships.accept_agreement": ("POST", "partnership:accept", "S"),
    "partnerships.partnerships": ("GET", "partnership:read", STAFF + CLIENTS),
    "partnerships.partnership": ("GET", "partnership:read", STAFF + CLIENTS),
    "public.accessibility": ("GET", PUBLIC, ""),
    "public.brand": ("GET", PUBLIC, ""),
    "public.change_password": ("GET", PUBLIC, ""),
    "public.favicon": ("GET", PUBLIC, ""),
    "public.health": ("GET", PUBLIC, ""),
    "public.help_page": ("GET", PUBLIC, ""),
    "public.home": ("GET", PUBLIC, ""),
    "public.invite_staff": ("POST", "people:manage", "A"),
    "public.letter": ("GET", "mail:read", "OMAU"),
    "public.letter_html": ("GET", "mail:read", "OMAU"),
    "public.look_up": ("POST", PUBLIC, ""),
    "public.outbox": ("GET", "mail:read", "OMAU"),
    "public.people": ("GET", "people:read", "AU"),
    "public.policy": ("GET", "standards:read", STAFF),
    "public.project": ("GET", PUBLIC, ""),
    "public.projects": ("GET", PUBLIC, ""),
    "public.publish_policy": ("POST", "policy:manage", "A"),
    "public.resend": ("POST", "mail:resend", "OMA"),
    "public.revoke": ("POST", "people:manage", "A"),
    "public.robots": ("GET", PUBLIC, ""),
    "public.security": ("GET", PUBLIC, ""),
    "public.sitemap_index": ("GET", PUBLIC, ""),
    "public.sitemap_pages": ("GET", PUBLIC, ""),
    "public.sitemap_projects": ("GET", PUBLIC, ""),
    "public.status": ("GET", PUBLIC, ""),
    "reporting.report": ("GET", "grant:read", STAFF + CLIENTS),
    "review.assign_case": ("GET POST", "case:assign", "OM"),
    "review.explain_breach": ("POST", "breach:explain", "OMF"),
    "review.claim_condition": ("POST", "case:edit", "LC"),
    "review.conditions": ("GET", "case:read_own", CLIENTS),
    "review.decide_call": ("GET", "desk:work", "OMTFA"),
    "review.evidence": ("GET", "desk:read", STAFF),
    "review.own_evidence": ("GET", "case:read_own", CLIENTS),
    "review.follow_condition": ("POST", "desk:work", "OMTFA"),
    # Who may name the signatory of this case is asked of the case.
    "review.name_signatory": ("POST", "case:edit desk:work", "OMTFALC"),
    "review.signatory": ("GET", "case:read_own desk:work", "OMTFA" + CLIENTS),
    "review.reword": ("POST", "case:note", "OMTFA"),
    "review.make_decisions": ("POST", "desk:work", "OMTFA"),
    "review.case": ("GET", "desk:read", STAFF),
    "review.cancel_absence": ("POST", "absence:record", "OMTFA"),
    "review.desk": ("GET", "desk:read", STAFF),
    "review.document": ("GET", "desk:read", STAFF),
    "review.file": ("GET", "desk:read", STAFF),
    "review.letter": ("GET", "desk:read", STAFF),
    "review.letter_seen": ("POST", "desk:work", "OMTFA"),
    "review.letter_words": ("POST", "desk:work", "OMTFA"),
    "review.move": ("GET POST", "desk:work", "OMTFA"),
    "review.reassign": ("GET POST", "case:reassign", "M"),
    "review.record_absence": ("POST", "absence:record", "OMTFA"),
    "review.save_assessment": ("POST", "case:assess", "O"),
    "review.team": ("GET", "desk:read", STAFF),
    "review.write": ("POST", "case:note", "OMTFA"),
    "static": ("GET", PUBLIC, ""),
    "translation.inbox": ("GET", "translation:read", "TOMU"),
    "translation.save": ("POST", "translation:write", "T"),
    "translation.translate": ("GET", "translation:read", "TOMU"),
}

#: addresses that change something although nobody need hold a role: about one's own account, or not yet anybody's
FREE_POSTS = frozenset(
    {
        "accounts.ask_for_reset",
        "accounts.change_password",
        "accounts.change_profile",
        "accounts.log_in",
        "accounts.logout",
        "accounts.switch",
        "accounts.use_ticket",
        "public.look_up",
    }
)


def methods(app: Flask, endpoint: str) -> str:
    """What an endpoint answers, ``HEAD`` and ``OPTIONS`` apart."""
    found = {method for rule in app.url_map.iter_rules(endpoint) for method in rule.methods or ()}
    return " ".join(sorted(found - {"HEAD", "OPTIONS"}))


def test_the_table_names_every_page_and_no_other(sqlite_place: Place) -> None:
    endpoints = set(sqlite_place.app.view_functions)
    assert endpoints - set(TABLE) == set(), "new pages: write down here who may enter"
    assert set(TABLE) - endpoints == set(), "these pages are gone: strike them out"


@pytest.mark.parametrize("endpoint", sorted(TABLE))
def test_a_page_needs_what_the_table_says(sqlite_place: Place, endpoint: str) -> None:
    named, needs, letters = TABLE[endpoint]
    assert methods(sqlite_place.app, endpoint) == named
    declared = access.declared(sqlite_place.app, endpoint)
    if needs in (PUBLIC, SIGNED_IN):
        assert declared == needs
        return
    assert declared == tuple(Permission(word) for word in needs.split())
    entering = frozenset[Role | OrgRole]().union(*(HELD_BY[permission] for permission in declared))
    assert entering == {LETTERS[letter] for letter in letters}


def test_who_writes_has_to_hold_something(sqlite_place: Place) -> None:
    """A page that changes something is never open to everybody, but for the few that are about one's own account."""
    app = sqlite_place.app
    free = {
        endpoint
        for endpoint in app.view_functions
        if "POST" in methods(app, endpoint) and not isinstance(access.declared(app, endpoint), tuple)
    }
    assert free == FREE_POSTS


def test_no_page_lets_an_auditor_or_a_viewer_write() -> None:
    for endpoint, (named, needs, letters) in TABLE.items():
        if "POST" in named and needs not in (PUBLIC, SIGNED_IN):
            assert "U" not in letters, endpoint
            # A viewer passes the door of the moves; the workflow lets her make none.
            assert "V" not in letters or endpoint == "applications.make", endpoint


def test_every_permission_is_needed_somewhere() -> None:
    """A permission that no page asks for would be a policy that nobody keeps."""
    named = [needs for _, needs, _ in TABLE.values() if needs not in (PUBLIC, SIGNED_IN)]
    asked = {Permission(word) for needs in named for word in needs.split()}
    assert set(Permission) - asked == set()
