"""Where a letter tells what an approval obliges to."""

from __future__ import annotations

from portal.review.rules.letters import with_obligations

TEXT = {"kind": "text", "text": "Approved."}
END = {"kind": "text", "text": "We look forward to working with you."}
ASKED = {"kind": "list", "lines": ["Name a leader"], "lang": "en"}
OWED = {"kind": "list", "lines": ["Strategic environmental assessment"], "lang": "en"}


def test_it_follows_the_first_paragraph_or_the_conditions() -> None:
    assert with_obligations([TEXT, END], [OWED]) == [TEXT, OWED, END]
    assert with_obligations([TEXT, ASKED, END], [OWED]) == [TEXT, ASKED, OWED, END]


def test_nothing_owed_changes_nothing() -> None:
    assert with_obligations([TEXT, END], []) == [TEXT, END]
