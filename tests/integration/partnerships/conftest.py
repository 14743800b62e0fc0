"""No PDFs here: whether they can be made is another test's question."""

from __future__ import annotations

import pytest

from portal.infra import pdf


@pytest.fixture(autouse=True)
def no_pdf(monkeypatch: pytest.MonkeyPatch) -> None:
    """Agreements are sent as soon as they are drawn up."""
    monkeypatch.setattr(pdf, "available", lambda: False)
