"""The bare controls: each knows its classes, the ids that describe it, and the language of what is typed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Protocol

from markupsafe import Markup
from wtforms.widgets import html_params


class Described(Protocol):
    """What a widget needs of its field."""

    id: str
    name: str

    @property
    def described_by(self) -> str: ...  # noqa: D102
    @property
    def invalid(self) -> bool: ...  # noqa: D102


def attributes(field: Any, css: str, **more: Any) -> str:
    """Return the attributes every control has, as HTML; more ones win. Falsy ones are left out."""
    own: dict[str, Any] = {
        "id": field.anchor,
        "name": field.name,
        "class": css + (" is-invalid" if field.invalid else ""),
        "aria-describedby": field.described_by,
        "aria-invalid": "true" if field.invalid else None,
        "required": False,
    }
    own.update({key.rstrip("_").replace("_", "-"): value for key, value in more.items()})
    return html_params(**{key: value for key, value in own.items() if value not in (None, False, "")})


def tag(name: str, attrs: str, body: str | Markup | None = None) -> Markup:
    """Return an element; *body* is escaped unless it is markup; without it the element is void."""
    # The attributes were escaped by html_params; names of elements are our own.
    opening = Markup(f"<{name} {attrs}>")  # noqa: S704
    return opening if body is None else opening + body + Markup(f"</{name}>")  # noqa: S704


class LineWidget:
    """One line: words (any direction), figures, e-mail addresses, telephone numbers, days."""

    TYPES: ClassVar = {"email": "email", "phone": "tel", "date": "date", "month": "month"}
    MODES: ClassVar = {"number": "numeric", "money": "decimal"}

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        """Render the input."""
        kind = field.question.kind
        words = kind == "text"
        # A figure may carry a sign or decimals, which a numeric keypad does not offer.
        mode = "decimal" if field.question.decimals else self.MODES.get(kind)
        if field.question.min is not None and field.question.min < 0:
            mode = None
        more = {
            "type": "text" if field.unreadable else self.TYPES.get(kind, "text"),
            "value": field.typed,
            "inputmode": mode,
            "autocomplete": field.autocomplete,
            "dir": "auto" if words else "ltr",
            "lang": field.written_in if words else None,
            "placeholder": {"month": "2027-03", "date": "2027-03-15"}.get(kind),
        }
        attrs = attributes(field, "form-control", **{**more, **kwargs})
        # An empty value is written too: scripts and tests find the attribute where they expect it.
        return tag("input", attrs if field.typed else attrs + Markup(' value=""'))


class ProseWidget:
    """Several lines."""

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        """Render the textarea."""
        limit = field.question.max_words
        rows = 3 if not limit else max(4, min(14, limit // 25))
        more = {"rows": rows, "dir": "auto", "lang": field.written_in, **kwargs}
        # The line feed after the start tag is dropped by browsers; it keeps a text's own first line feed.
        return tag("textarea", attributes(field, "form-control", **more), Markup("\n{}").format(field.typed))


class ListWidget:
    """A closed list, with groups of choices when there are several."""

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        """Render the select."""
        groups: list[tuple[str, list[tuple[str, str]]]] = field.groups
        body = Markup('<option value="">{}</option>').format(field.empty_label)
        for heading, pairs in groups:
            options = self._options(pairs, field.typed)
            body += Markup('<optgroup label="{}">{}</optgroup>').format(heading, options) if heading else options
        return tag("select", attributes(field, "form-select", **kwargs), body)

    @staticmethod
    def _options(pairs: Iterable[tuple[str, str]], chosen: str) -> Markup:
        selected = Markup(" selected")
        return Markup("").join(
            Markup('<option value="{}"{}>{}</option>').format(code, selected if code == chosen else "", label)
            for code, label in pairs
        )


class TicksWidget:
    """Radio buttons, check boxes, or the one box of a confirmation; the marker tells "none ticked" from "not asked"."""

    def __init__(self, input_type: str) -> None:
        self.input_type = input_type

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        """Render the buttons with their labels."""
        out = Markup("")
        if self.input_type == "checkbox":
            out += tag("input", html_params(type="hidden", name=field.name, value=""))
        for number, (code, label, ticked, hint) in enumerate(field.options):
            own = f"{field.id}-{number}"
            described = " ".join(filter(None, (f"{own}-hint" if hint else "", field.described_by)))
            box = attributes(
                field, "form-check-input", id=own, type=self.input_type, value=code, checked=ticked,
                aria_describedby=described, aria_invalid=None, **kwargs,
            )  # fmt: skip
            text = Markup('<label class="form-check-label" for="{}">{}</label>').format(own, label)
            if hint:
                text += Markup('<div class="form-text" id="{}-hint">{}</div>').format(own, hint)
            out += Markup('<div class="form-check">{}{}</div>').format(tag("input", box), text)
        return out


class PickWidget:
    """A name with suggestions; whoever knows the id sends it along, whoever does not is still understood."""

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        """Render the input, its id and its suggestions."""
        listed = f"{field.id}-list" if field.suggestions or field.picker_url else None
        more = {
            "type": "text", "name": f"{field.name}-name", "value": field.typed, "dir": "auto", "lang": field.written_in,
            "list": listed, "autocomplete": "off", "data_pick_url": field.picker_url or None,
            "data_pick_id": f"{field.id}-id", "data_pick_country": field.question.country_from, **kwargs,
        }  # fmt: skip
        out = tag("input", attributes(field, "form-control", **more))
        out += tag(
            "input", html_params(type="hidden", name=f"{field.name}-id", id=f"{field.id}-id", value=field.known_id)
        )
        if listed:
            options = Markup("").join(Markup('<option value="{}"></option>').format(name) for name in field.suggestions)
            out += Markup('<datalist id="{}">{}</datalist>').format(listed, options)
        return out


class UploadWidget:
    """The browser's file input, beside the id of the file that is there already."""

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        """Render both inputs."""
        more = {"type": "file", "name": f"{field.name}-upload", **kwargs}
        hidden = tag("input", html_params(type="hidden", name=field.name, value=field.typed))
        return hidden + tag("input", attributes(field, "form-control", **more))


class ReadOnlyWidget:
    """A value that is given and cannot be changed here."""

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        """Render the value as text."""
        return Markup('<bdi class="given" id="{}">{}</bdi>').format(field.anchor, field.shown)
