"""Fill the forms of an instrument with answers as they are stored, through the inputs a person would use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from playwright.sync_api import Locator, expect

from tests.journeys.visitor import Visitor

ARABIC = str.maketrans("0123456789.,", "٠١٢٣٤٥٦٧٨٩٫٬")


def plain(value: str) -> str:
    """An amount as an English reader types it."""
    return f"{Decimal(value):,.2f}"


def portuguese(value: str) -> str:
    """An amount as a Portuguese reader types it: 1.234,50."""
    return plain(value).translate(str.maketrans(".,", ",."))


def arabic(value: str) -> str:
    """An amount in the digits of the Mashriq, with their own marks."""
    return plain(value).translate(ARABIC)


class Filler:
    """Types stored answers into the section that is open.

    files: by the id a stored answer names, the content to upload. money: how amounts are typed.
    """

    def __init__(self, visitor: Visitor, files: Mapping[str, bytes], money: Callable[[str], str] = plain) -> None:
        self.visitor, self.files, self.money = visitor, files, money

    @property
    def form(self) -> Locator:
        """The form of the section."""
        return self.visitor.page.locator("form[data-section]")

    def section(self, answers: Mapping[str, Any], skip: Iterable[str] = ()) -> None:
        """Type every answer of a section, except those in skip."""
        for code, value in answers.items():
            if code not in skip:
                self.answer(code, value)

    def answer(self, name: str, value: Any) -> None:
        """Type one answer, whatever its kind."""
        if isinstance(value, list):
            self.rows(name, value)
        elif isinstance(value, dict) and "size" in value:
            self.upload(name, value)
        elif isinstance(value, dict) and set(value) & {"id", "country"}:
            self.form.locator(f"[name='{name}-name']").fill(value["name"])
        elif isinstance(value, dict):
            for part, inner in value.items():
                self.answer(f"{name}-{part}", inner)
        elif value is True:
            self.form.locator(f"input[type=checkbox][name='{name}']").check()
        else:
            self.one(name, str(value))

    def one(self, name: str, value: str) -> None:
        """Type a text or a figure, or choose."""
        found = self.form.locator(f"[name='{name}']")
        if found.count() == 0:
            return  # shown only, such as the budget in a report
        first = found.first
        shape = first.evaluate("e => e.tagName === 'INPUT' ? e.type : e.tagName")
        if shape == "radio":
            self.form.locator(f"[name='{name}'][value='{value}']").check()
        elif shape == "SELECT":
            first.select_option(value)
        else:
            is_money = first.get_attribute("inputmode") == "decimal" and "." in value
            first.fill(self.money(value) if is_money else value)

    def rows(self, name: str, rows: list[dict[str, Any]]) -> None:
        """Have as many rows as wanted, then fill them."""
        shown = self.form.locator(f"[data-question='{name}'] [data-row]")
        while (count := shown.count()) < len(rows):
            self.form.locator(f"button[name=_add][value='{name}']").click()
            expect(shown).to_have_count(count + 1)
        for number, row in enumerate(rows):
            for part, value in row.items():
                if part != "_row" and value != "":
                    self.answer(f"{name}-{number}-{part}", value)

    def upload(self, name: str, value: Mapping[str, Any]) -> None:
        """Choose a file."""
        payload = {"name": value["name"], "mimeType": value["type"], "buffer": self.files[value["id"]]}
        self.form.locator(f"[name='{name}-upload']").set_input_files(payload)

    def save(self, go: str = "next", status: int = 200) -> None:
        """Press the button that saves and goes on (or back to the list)."""
        self.visitor.send(f"form[data-section] .actions button[name=go][value={go}]", status)
