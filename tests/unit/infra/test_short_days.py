"""A short day says its month in letters in every language: figures are read the other way round elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask

from portal.infra import i18n

EIGHTEENTH = datetime(2026, 12, 18, 22, 0, tzinfo=UTC)
EXPECTED = {
    "ar": ("18 ديسمبر", "18 ديسمبر 2026"),
    "en": ("18 Dec", "18 Dec 2026"),
    "es": ("18 dic", "18 dic 2026"),
    "fr": ("18 déc.", "18 déc. 2026"),
    "ja": ("12月18日", "2026年12月18日"),
    "pt": ("18 dez.", "18 dez. 2026"),
    "ru": ("18 дек.", "18 дек. 2026"),
    "sw": ("18 Des", "18 Des 2026"),
    "zh": ("12月18日", "2026年12月18日"),
}


@pytest.mark.parametrize("code", EXPECTED)
def test_a_short_day_has_its_month_in_letters(code: str) -> None:
    app = Flask(__name__)
    i18n.Babel(app)
    with app.test_request_context("/"), i18n.in_language(code):
        assert i18n.show_short_day(EIGHTEENTH, "America/New_York") == EXPECTED[code][0]
        assert EXPECTED[code][1] in i18n.show_instant(EIGHTEENTH, "America/New_York")


def test_the_day_is_the_one_of_the_zone() -> None:
    app = Flask(__name__)
    i18n.Babel(app)
    with app.test_request_context("/"), i18n.in_language("en"):
        assert i18n.show_short_day(EIGHTEENTH, "Africa/Maputo") == "19 Dec"
