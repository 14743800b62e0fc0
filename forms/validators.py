"""Validators for WTForms fields, with messages that say how to mend and are translated when shown."""

from __future__ import annotations

from typing import Any, ClassVar

from email_validator import EmailNotValidError, validate_email
from wtforms.validators import StopValidation, ValidationError

from .engine.cleaning import clean_line, count_words
from .engine.text import N_, Message


class MessageError(ValidationError):
    """A validation error that keeps its message untranslated."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.args = (message,)


class Needed:
    """The field must be filled in; blanks do not count."""

    field_flags: ClassVar = {"required": True}

    def __init__(self, message: Message | None = None) -> None:
        self.message = message or N_("Fill in this field.")

    def __call__(self, form: Any, field: Any) -> None:
        """Stop with the message when there is nothing."""
        value = field.data
        if value is None or value == [] or (isinstance(value, str) and not clean_line(value)):
            field.errors = []
            raise StopValidation(self.message)  # type: ignore[arg-type]  # kept as a Message for the template


class MostWords:
    """At most *limit* words, counted for any script."""

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def __call__(self, form: Any, field: Any) -> None:
        """Raise when there are more words."""
        count = count_words(field.data or "")
        if count > self.limit:
            raise MessageError(N_("Write at most %(limit)s words; this has %(count)s.", limit=self.limit, count=count))


class EmailAddress:
    """A complete e-mail address (syntax)."""

    def __call__(self, form: Any, field: Any) -> None:
        """Raise when it is not one."""
        try:
            validate_email(clean_line(field.data or ""), check_deliverability=False)
        except (EmailNotValidError, ValueError):
            raise MessageError(N_("Write a complete e-mail address, such as name@city.gov.mz.")) from None
