"""Read a workflow from its definition and refuse a broken one, naming everything that is wrong at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from portal.core.actor import SYSTEM, OrgRole, Role
from portal.core.text import Text
from portal.core.workflow.checking import Known, problems
from portal.core.workflow.definition import Ask, Mail, Move, Option, State, Target, Workflow, WorkflowError
from portal.core.workflow.shape import misshapen

OWNERS = ("applicant", "secretariat", "translator", "recipient", "member", "nobody")
ASKS = (
    "text",
    "longtext",
    "choice",
    "days",
    "sections",
    "date",
    "instant",
    "confirm",
    "password",
    "assessment",
    "person",
)
EDITABLE = ("all", "returned", "none")
TONES = ("primary", "secondary", "danger")
#: where a move is offered; a place that no page asks for would hide it
PLACES = frozenset(
    {
        "case", "applicant", "sign", "submit", "discard", "withdraw", "assessment", "translation", "evaluation",
        "circular", "letter", "agreement",
    }
)  # fmt: skip
ROLES = frozenset({*(str(r) for r in Role), *(str(r) for r in OrgRole), SYSTEM})


def parse_workflow(
    data: Mapping[str, Any],
    name: str,
    *,
    guards: frozenset[str] | None = None,
    effects: frozenset[str] | None = None,
    languages: tuple[str, ...] = ("en",),
    clocked: frozenset[str] | None = None,
    known: Known | None = None,
) -> Workflow:
    """Build a workflow from its parsed definition.

    :param guards: the guard names there are; None: do not check. :param effects: likewise for effects.
    :param languages: the languages every name must have.
    :param clocked: states in which some standard runs; a waiting state outside needs a reason (``no_clock``).
    :param known: all of these in one, and what else may be named; then the others are not looked at.
    :raises WorkflowError: with every problem found: dead ends, unknown roles, missing names, states without a clock.
    """
    reader = _Reader(name)
    reader.problems += misshapen(data)
    if reader.problems:
        raise WorkflowError(name, reader.problems)
    reader.known("file", data, "version", "start", "state", "move")
    reader.once("state", data.get("state", ()))
    reader.once("move", data.get("move", ()))
    states = {raw.get("code", "?"): reader.state(raw) for raw in data.get("state", ())}
    moves = {raw.get("code", "?"): reader.move(raw) for raw in data.get("move", ())}
    workflow = Workflow(name, int(data["version"]), str(data.get("start", "")), states, moves)
    known = known or Known(guards=guards, effects=effects, clocked=clocked, languages=languages)
    reader.problems += problems(workflow, known)
    if reader.problems:
        raise WorkflowError(name, reader.problems)
    return workflow


class _Reader:
    """Collects problems while it reads, so that an author mends a definition in one go."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.problems: list[str] = []

    def known(self, where: str, raw: Mapping[str, Any], *keys: str) -> None:
        for key in sorted(set(raw) - set(keys)):
            self.problems.append(f"{where}: unknown key {key!r}")

    def once(self, what: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Every code is there, and there once: the second of two would silently take the place of the first."""
        counts = Counter(str(row.get("code", "")) for row in rows)
        if counts.pop("", 0):
            self.problems.append(f"{what}: one has no code")
        for code in sorted(code for code, number in counts.items() if number > 1):
            self.problems.append(f"{what} {code}: there are two with this code")

    def _text(self, where: str, value: Any) -> Text:
        if not value:
            self.problems.append(f"{where}: a text by language is missing")
            return Text({"en": where})
        # Spaces alone are no wording; what is missing in a language is told by the check of the whole.
        return Text({language: words.strip() for language, words in value.items()})

    def _maybe_text(self, where: str, value: Any) -> Text | None:
        return None if value is None else self._text(where, value)

    def state(self, raw: Mapping[str, Any]) -> State:
        code = str(raw.get("code", "?"))
        where = f"state {code}"
        self.known(
            where, raw, "code", "owner", "public", "name", "public_name", "editable", "no_clock", "tab", "veiled"
        )
        if raw.get("owner") not in OWNERS:
            self.problems.append(f"{where}: owner must be one of {', '.join(OWNERS)}")
        if raw.get("editable", "none") not in EDITABLE:
            self.problems.append(f"{where}: editable must be one of {', '.join(EDITABLE)}")
        return State(
            code=code,
            owner=str(raw.get("owner", "nobody")),
            public=str(raw.get("public", code)),
            name=self._text(f"{where} name", raw.get("name")),
            public_name=self._text(f"{where} public_name", raw.get("public_name")),
            editable=str(raw.get("editable", "none")),
            no_clock=str(raw.get("no_clock", "")).strip(),
            tab=str(raw.get("tab", code)),
            veiled=bool(raw.get("veiled", False)),
        )

    def move(self, raw: Mapping[str, Any]) -> Move:
        code = str(raw.get("code", "?"))
        where = f"move {code}"
        self.known(
            where, raw, "code", "label", "from", "to", "who", "event", "guards", "effects", "ask", "mails", "then",
            "tone", "hint", "place",
        )  # fmt: skip
        for role in sorted(set(raw.get("who", ())) - ROLES):
            self.problems.append(f"{where}: unknown role {role!r}")
        if not raw.get("who") or not raw.get("event") or not raw.get("from"):
            self.problems.append(f"{where}: who, from and event are needed")
        if raw.get("place", "case") not in PLACES:
            self.problems.append(f"{where}: place must be one of {', '.join(sorted(PLACES))}")
        if raw.get("tone", "secondary") not in TONES:
            self.problems.append(f"{where}: tone must be one of {', '.join(TONES)}")
        return Move(
            code=code,
            label=self._text(f"{where} label", raw.get("label")),
            sources=tuple(raw.get("from", ())),
            targets=self._targets(where, raw.get("to")),
            who=tuple(raw.get("who", ())),
            event=str(raw.get("event", "")),
            guards=tuple(raw.get("guards", ())),
            effects=tuple(raw.get("effects", ())),
            asks=tuple(self._ask(where, ask) for ask in raw.get("ask", ())),
            mails=tuple(self._mail(where, mail) for mail in raw.get("mails", ())),
            then=str(raw.get("then", "")),
            tone=str(raw.get("tone", "secondary")),
            hint=self._maybe_text(f"{where} hint", raw.get("hint")),
            place=str(raw.get("place", "case")),
        )

    def _targets(self, where: str, raw: Any) -> tuple[Target, ...]:
        """``to`` is a state, a list of conditional states, or absent: the move keeps the state."""
        if raw is None:
            return (Target(""),)
        if isinstance(raw, str):
            return (Target(raw),)
        for item in raw:
            self.known(f"{where} to", item, "state", "when", "event")
            if not item.get("state"):
                self.problems.append(f"{where} to: a state is missing")
        targets = tuple(Target(str(t.get("state", "")), str(t.get("when", "")), str(t.get("event", ""))) for t in raw)
        if not targets or targets[-1].when:
            self.problems.append(f"{where}: the last target must hold without a condition")
        for target in targets[:-1]:
            if not target.when:
                self.problems.append(f"{where} to: after {target.state!r}, which has no condition, nothing is reached")
        return targets

    def _mail(self, where: str, raw: Mapping[str, Any]) -> Mail:
        self.known(f"{where} mail", raw, "template", "to")
        if not raw.get("template") or not raw.get("to"):
            self.problems.append(f"{where} mail: template and to are needed")
        return Mail(str(raw.get("template", "")), str(raw.get("to", "")))

    def _ask(self, where: str, raw: Mapping[str, Any]) -> Ask:
        code = str(raw.get("code", "?"))
        place = f"{where} ask {code}"
        self.known(place, raw, "code", "kind", "label", "help", "required", "options")
        if raw.get("kind") not in ASKS:
            self.problems.append(f"{place}: kind must be one of {', '.join(ASKS)}")
        options = raw.get("options", ())
        if raw.get("kind") in ("choice", "days") and not options:
            self.problems.append(f"{place}: options are needed to choose from")
        if any(not option.get("code") for option in options):
            self.problems.append(f"{place}: an option has no code")
        return Ask(
            code=code,
            kind=str(raw.get("kind", "text")),
            label=self._text(f"{place} label", raw.get("label")),
            help=self._maybe_text(f"{place} help", raw.get("help")),
            required=bool(raw.get("required", True)),
            options=tuple(
                Option(str(o.get("code", "")), self._text(f"{place} option", o.get("label"))) for o in options
            ),
        )
