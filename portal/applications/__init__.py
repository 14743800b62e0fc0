"""The applicant's side: her cases, the draft and its sections, checking and submitting, and how a case stands."""
