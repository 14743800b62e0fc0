"""The refusals a service may answer with; the web layer turns each into a page, never into a trace."""

from __future__ import annotations

from collections.abc import Mapping

from portal.core.text import N_, Message


class PortalError(Exception):
    """A refusal with a message for the person who asked."""

    def __init__(self, message: Message) -> None:
        """:param message: what was refused and how to mend it; translated where it is shown."""
        super().__init__(message.id)
        self.message = message


class NotFound(PortalError):
    """There is no such thing for this reader (a stranger's case is not found rather than forbidden)."""

    def __init__(self, message: Message | None = None) -> None:
        """:param message: what was looked for, if worth saying."""
        super().__init__(message or N_("There is nothing here that you may see."))


class NotAllowed(PortalError):
    """The actor's roles do not allow this."""

    def __init__(self, message: Message | None = None) -> None:
        """:param message: which role would be needed."""
        super().__init__(message or N_("Your role does not allow this."))


class NotNow(PortalError):
    """The case's state, or a guard, refuses for now; the message says what would satisfy it."""


class Invalid(PortalError):
    """Something typed cannot be taken as it is; one message a field."""

    def __init__(self, problems: Mapping[str, Message]) -> None:
        """:param problems: field name → what is wrong and how to mend it."""
        super().__init__(next(iter(problems.values()), N_("Please check what you have entered.")))
        self.problems = dict(problems)
