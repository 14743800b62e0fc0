"""What the typeset documents of a case are called. Pure."""

from __future__ import annotations

import re

from portal.core.text import N_, Message

#: kind of document → its title, in the document's own language
TITLES: dict[str, Message] = {
    "submission": N_("Application %(reference)s"),
    "report": N_("Report %(reference)s"),
    "letter": N_("Letter on %(reference)s"),
    "agreement": N_("Agreement %(reference)s"),
    "partnership": N_("Partnership agreement %(reference)s"),
}
#: kinds that a submission was made into; of the others there may be a second one of the same kind
SUBMITTED = frozenset({"submission", "report"})
_NUMBER = re.compile(r"-(\d{1,6})$")
#: what no file name may hold on some system
_FORBIDDEN = re.compile(r'[\x00-\x1f<>:"/\\|?*\u2066-\u2069]+')


def number_in(key: str) -> int:
    """Which one of its kind a document is: ``submission-2`` → 2; 1 where its key does not say."""
    found = _NUMBER.search(key)
    return int(found[1]) if found else 1


def as_file_name(words: str) -> str:
    """Words as the name of a file on any system, without its ending; at most 150 characters long."""
    return _FORBIDDEN.sub("-", words).strip(" .-")[:150]
