"""What can only be said of a workflow as a whole: where it leads, what goes on by itself, whether its names exist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from portal.core.actor import SYSTEM
from portal.core.text import Text
from portal.core.workflow.definition import Move, Workflow

OPENS, WAITS = "open_track", "tracks_ended"

#: What stands behind the colon of a name, as ``approved`` in ``outcome:approved``: nothing, some word, or names of the
#: workflow itself, several of them with commas between. Whoever knows all the words there are lists them instead.
NOTHING, ANY, STATE, STANDARD, TRACK = "nothing", "any", "state", "standard", "track"
Takes = str | frozenset[str]


@dataclass(frozen=True)
class Known:
    """What a workflow may name; None: do not check.

    :param guards: rules that may refuse; :param conditions: rules by which a move chooses its target; None: they are
        looked for among the guards. :param mails: templates of mails; :param groups: who may be sent a mail.
    :param clocked: states in which some standard runs. :param takes: what stands behind the colon of a name; one that
        is missing is not looked at. :param standards: the codes of the standards that count here; None: do not check.
    """

    guards: frozenset[str] | None = None
    conditions: frozenset[str] | None = None
    effects: frozenset[str] | None = None
    mails: frozenset[str] | None = None
    groups: frozenset[str] | None = None
    clocked: frozenset[str] | None = None
    languages: tuple[str, ...] = ("en",)
    takes: Mapping[str, Takes] = field(default_factory=dict)
    standards: frozenset[str] | None = None


def problems(workflow: Workflow, known: Known) -> Iterator[str]:
    """Everything that is wrong with a workflow whose parts were read, each naming its state or move."""
    if workflow.start not in workflow.states:
        yield f"start: there is no state {workflow.start!r}"
        return
    for move in workflow.moves.values():
        yield from _names(workflow, move, known)
    yield from _ways(workflow, known)
    yield from _by_itself(workflow)
    yield from _wordings(workflow, known.languages)


def _names(workflow: Workflow, move: Move, known: Known) -> Iterator[str]:
    where = f"move {move.code}"
    for state in (*move.sources, *(t.state for t in move.targets if t.state)):
        if state not in workflow.states:
            yield f"{where}: there is no state {state!r}"
    choosing = {t.when for t in move.targets if t.when}
    conditions = known.guards if known.conditions is None else known.conditions
    yield from _unknown(where, "guard", set(move.guards), known.guards)
    yield from _unknown(where, "guard" if known.conditions is None else "condition", choosing, conditions)
    yield from _unknown(where, "effect", set(move.effects), known.effects)
    yield from _unknown(where, "mail", {mail.template for mail in move.mails}, known.mails)
    yield from _unknown(where, "group of receivers", {mail.to for mail in move.mails}, known.groups)
    for name in move.guards:
        head, _, codes = name.partition(":")
        for code in codes.split(",") if head == WAITS else ():
            if code not in _opened(workflow):
                yield f"{where}: waits for the track {code!r}, which nothing opens"
    for name in sorted({*move.guards, *choosing, *move.effects}):
        yield from _argument(where, name, workflow, known)


def _opened(workflow: Workflow) -> frozenset[str]:
    """The tracks that some move opens."""
    effects = (name.partition(":") for move in workflow.moves.values() for name in move.effects)
    return frozenset(code for head, _, code in effects if head == OPENS)


def _argument(where: str, name: str, workflow: Workflow, known: Known) -> Iterator[str]:
    """What stands behind the colon of a name is what it takes."""
    head, colon, argument = name.partition(":")
    takes = known.takes.get(head)
    if takes is None:
        return
    if takes == NOTHING:
        if colon:
            yield f"{where}: {name!r}: nothing can stand behind the colon of {head!r}"
        return
    if not argument:
        yield f"{where}: {name!r}: say which, as in {head + ':…'!r}"
        return
    there: dict[str, frozenset[str] | None] = {
        ANY: None,
        STATE: frozenset(workflow.states),
        STANDARD: known.standards,
        TRACK: _opened(workflow),
    }
    words, what = (there[takes], takes) if isinstance(takes, str) else (takes, head)
    for word in argument.split(","):
        if words is not None and word not in words:
            yield f"{where}: {name!r}: there is no {what} {word!r}; choose one of {', '.join(sorted(words)) or 'none'}"


def _unknown(where: str, what: str, names: set[str], known: frozenset[str] | None) -> Iterator[str]:
    for name in sorted(names):
        if known is not None and name.partition(":")[0] not in known:
            yield f"{where}: unknown {what} {name!r}"


def _ways(workflow: Workflow, known: Known) -> Iterator[str]:
    """Every state is reached, is left, and leads to an end; where somebody is waited for, time is promised."""
    for code in sorted(set(workflow.states) - workflow.reachable()):
        yield f"state {code}: nothing leads here"
    ending = _ending(workflow)
    for state in workflow.states.values():
        if not state.is_end and not workflow.moves_from(state.code):
            yield f"state {state.code}: dead end; an end is owned by nobody"
        elif state.code not in ending:
            yield f"state {state.code}: no way leads from here to an end"
        if known.clocked is not None and not state.is_end and state.code not in known.clocked and not state.no_clock:
            yield f"state {state.code}: no clock runs here; add a standard or say why (no_clock)"


def _ending(workflow: Workflow) -> set[str]:
    """The states from which some way leads to an end."""
    found = {state.code for state in workflow.states.values() if state.is_end}
    grown = True
    while grown:
        more = {
            source
            for move in workflow.moves.values()
            if any(target.state in found for target in move.targets)
            for source in move.sources
        }
        grown = bool(more - found)
        found |= more
    return found


def _by_itself(workflow: Workflow) -> Iterator[str]:
    """Moves that follow at once can be made then, and nothing goes round without somebody who acts."""
    for move in workflow.moves.values():
        if not move.then:
            continue
        after = workflow.moves.get(move.then)
        if after is None:
            yield f"move {move.code}: there is no move {move.then!r} to make afterwards"
            continue
        if SYSTEM not in after.who:
            yield f"move {move.code}: {move.then!r} follows by itself, so the system has to be among its roles"
        for target in move.targets:
            for state in (target.state,) if target.state else move.sources:
                if state not in after.sources:
                    yield f"move {move.code}: {move.then!r} follows, but does not lead out of state {state!r}"
    for code in sorted(_round(workflow)):
        yield f"state {code}: moves of the system alone lead from here back to here"


def _round(workflow: Workflow) -> set[str]:
    """The states on a circle of moves that nobody but the system makes."""
    ways: dict[str, set[str]] = {}
    for move in workflow.moves.values():
        if set(move.who) == {SYSTEM}:
            for source in move.sources:
                ways.setdefault(source, set()).update(t.state for t in move.targets if t.state and t.state != source)
    found = set()
    for start, after in ways.items():
        seen, todo = set[str](), list(after)
        while todo:
            state = todo.pop()
            if state not in seen:
                seen.add(state)
                todo += ways.get(state, ())
        if start in seen:
            found.add(start)
    return found


def _wordings(workflow: Workflow, languages: tuple[str, ...]) -> Iterator[str]:
    for state in workflow.states.values():
        yield from _lacking(f"state {state.code}", (state.name, state.public_name), languages)
    for move in workflow.moves.values():
        asked = [text for ask in move.asks for text in (ask.label, ask.help, *(o.label for o in ask.options))]
        texts = [text for text in (move.label, move.hint, *asked) if text is not None]
        yield from _lacking(f"move {move.code}", tuple(texts), languages)


def _lacking(where: str, texts: tuple[Text, ...], languages: tuple[str, ...]) -> Iterator[str]:
    for language in languages:
        if any(language not in text.languages for text in texts):
            yield f"{where}: a name is missing in {language}"
