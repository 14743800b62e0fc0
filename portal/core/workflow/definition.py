"""What a workflow is made of, and the questions one may ask of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from portal.core.text import Text


class WorkflowError(ValueError):
    """A definition that cannot be used; one line for each thing to mend."""

    def __init__(self, name: str, problems: list[str]) -> None:
        """:param name: which workflow; :param problems: what is wrong, each naming its state or move."""
        super().__init__(f"workflow {name}: " + "; ".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class State:
    """Where a case can be.

    :param owner: for whom everybody waits: applicant, secretariat, translator, recipient, or nobody at an end.
    :param public: the code of the public state the applicant and everybody else sees.
    :param name: the name the secretariat sees; :param public_name: the name everybody else sees.
    :param editable: which sections the applicant may edit: ``all``, ``returned`` or ``none``.
    :param no_clock: the reason why nobody is promised anything here, when no standard runs.
    :param veiled: outside, the case still stands where it came from, and what led here is not told.
    """

    code: str
    owner: str
    public: str
    name: Text
    public_name: Text
    editable: str = "none"
    no_clock: str = ""
    tab: str = ""
    veiled: bool = False

    @property
    def is_end(self) -> bool:
        """Whether nobody is waited for: the case has ended here."""
        return self.owner == "nobody"


@dataclass(frozen=True)
class Option:
    """One of the values of a coded question a move asks."""

    code: str
    label: Text


@dataclass(frozen=True)
class Ask:
    """Something a move asks of whoever makes it: a reason, sections, grounds."""

    code: str
    kind: str
    label: Text
    help: Text | None = None
    required: bool = True
    options: tuple[Option, ...] = ()


@dataclass(frozen=True)
class Target:
    """Where a move leads, and the further fact it states on the way (``translation_requested``)."""

    state: str
    when: str = ""
    event: str = ""


@dataclass(frozen=True)
class Mail:
    """A mail a move sends: which template, to whom (applicants, signatories, monitor, officers, …)."""

    template: str
    to: str


@dataclass(frozen=True)
class Move:
    """One step, named by its verb.

    :param who: the roles that may make it (secretariat roles, roles in the organisation, or ``system``).
    :param guards: names of rules that must hold; :param effects: names of what it does besides changing the state.
    :param then: a move the system makes at once afterwards.
    :param not_by: roles of earlier acts that bar the same person (``assessor``, ``decider``).
    """

    code: str
    label: Text
    sources: tuple[str, ...]
    targets: tuple[Target, ...]
    who: tuple[str, ...]
    event: str
    guards: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()
    asks: tuple[Ask, ...] = ()
    mails: tuple[Mail, ...] = ()
    then: str = ""
    tone: str = "secondary"
    hint: Text | None = None
    place: str = "case"


@dataclass(frozen=True)
class Workflow:
    """A whole process: states, moves, and where a case begins."""

    name: str
    version: int
    start: str
    states: dict[str, State] = field(default_factory=dict)
    moves: dict[str, Move] = field(default_factory=dict)

    def moves_from(self, state: str) -> tuple[Move, ...]:
        """Every move that leads out of a state, whoever may make it."""
        return tuple(move for move in self.moves.values() if state in move.sources)

    def moves_for(self, state: str, roles: frozenset[str]) -> tuple[Move, ...]:
        """The moves out of a state that these roles may make; guards are still to be asked."""
        return tuple(move for move in self.moves_from(state) if not roles.isdisjoint(move.who))

    def reachable(self) -> frozenset[str]:
        """Every state a case can come to."""
        seen, todo = {self.start}, [self.start]
        while todo:
            for move in self.moves_from(todo.pop()):
                for target in move.targets:
                    if target.state and target.state not in seen:
                        seen.add(target.state)
                        todo.append(target.state)
        return frozenset(seen)

    def event_kinds(self) -> frozenset[str]:
        """Every fact the moves of this workflow may state."""
        kinds = {move.event for move in self.moves.values()}
        return frozenset(kinds | {t.event for m in self.moves.values() for t in m.targets if t.event})

    def clocked(self, starts: frozenset[str], stops: frozenset[str]) -> frozenset[str]:
        """The states in which a clock runs that these facts start and those stop."""
        todo = [
            target.state or source
            for move in self.moves.values()
            for target in move.targets
            if not starts.isdisjoint({move.event, target.event})
            for source in move.sources
        ]
        if self.start and starts & {"started", "report_opened"}:
            todo.append(self.start)
        seen: set[str] = set()
        while todo:
            state = todo.pop()
            if state in seen:
                continue
            seen.add(state)
            for move in self.moves_from(state):
                todo += [
                    target.state or state
                    for target in move.targets
                    if stops.isdisjoint({move.event, target.event} - starts)
                ]
        return frozenset(seen)
