"""A workflow's definition: read as it is meant, and refused with everything that is wrong in it at once."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

import pytest

from portal.core.workflow import ANY, NOTHING, STANDARD, STATE, TRACK, Known, WorkflowError, parse_workflow

WORDS = {"en": "Words", "fr": "Mots"}
GOOD: dict[str, Any] = {
    "version": 1,
    "start": "draft",
    "state": [
        {"code": "draft", "owner": "applicant", "name": WORDS, "public_name": WORDS, "editable": "all",
         "no_clock": "hers"},
        {"code": "checking", "owner": "secretariat", "name": WORDS, "public_name": WORDS},
        {"code": "closed", "owner": "nobody", "name": WORDS, "public_name": WORDS, "tab": "ended"},
    ],
    "move": [
        {"code": "submit", "label": WORDS, "from": ["draft"], "to": "checking", "who": ["lead"], "event": "submitted",
         "guards": ["complete"], "effects": ["freeze"], "mails": [{"template": "submitted", "to": "applicants"}]},
        {"code": "close", "label": WORDS, "from": ["checking"], "who": ["programme_officer"], "event": "completed",
         "to": [{"state": "closed", "when": "outcome:good", "event": "praised"}, {"state": "closed"}],
         "ask": [{"code": "why", "kind": "choice", "label": WORDS, "options": [{"code": "a", "label": WORDS}]}]},
        {"code": "note", "label": WORDS, "from": ["checking"], "who": ["programme_officer"], "event": "noted"},
    ],
}  # fmt: skip
KNOWN: dict[str, Any] = {
    "guards": frozenset({"complete", "outcome", "tracks_ended"}),
    "effects": frozenset({"freeze"}),
    "languages": ("en", "fr"),
    "clocked": frozenset({"checking"}),
}
Break = Callable[[dict[str, Any]], object]


def state(data: dict[str, Any], code: str) -> dict[str, Any]:
    """One of the states of a definition."""
    return next(row for row in data["state"] if row["code"] == code)


def move(data: dict[str, Any], code: str) -> dict[str, Any]:
    """One of the moves of a definition."""
    return next(row for row in data["move"] if row["code"] == code)


def test_a_good_definition_is_read_as_it_is_meant() -> None:
    workflow = parse_workflow(GOOD, "good", **KNOWN)
    assert (workflow.start, list(workflow.states)) == ("draft", ["draft", "checking", "closed"])
    assert workflow.states["closed"].is_end
    assert workflow.states["closed"].tab == "ended"
    assert workflow.states["checking"].tab == "checking"
    assert [found.code for found in workflow.moves_from("checking")] == ["close", "note"]
    assert workflow.moves_for("checking", frozenset({"lead"})) == ()
    assert workflow.reachable() == {"draft", "checking", "closed"}
    assert workflow.event_kinds() == {"submitted", "completed", "praised", "noted"}
    # A move without a target keeps the state, and a clock that runs goes on running.
    assert workflow.moves["note"].targets[0].state == ""
    assert workflow.clocked(frozenset({"submitted"}), frozenset({"completed"})) == {"checking"}


BROKEN: dict[str, tuple[Break, str]] = {
    "start": (lambda d: d.update(start="nowhere"), "start: there is no state 'nowhere'"),
    "owner": (lambda d: state(d, "checking").update(owner="me"), "state checking: owner must be one of"),
    "editable": (lambda d: state(d, "draft").update(editable="some"), "state draft: editable must be one of"),
    "unknown key": (lambda d: state(d, "draft").update(colour="red"), "state draft: unknown key 'colour'"),
    "no name": (lambda d: state(d, "draft").pop("name"), "state draft name: a text by language is missing"),
    "language": (lambda d: state(d, "draft").update(name={"en": "Draft"}), "state draft: a name is missing in fr"),
    "no clock": (lambda d: state(d, "draft").pop("no_clock"), "state draft: no clock runs here"),
    "dead end": (lambda d: state(d, "closed").update(owner="recipient", no_clock="x"), "state closed: dead end"),
    "unreachable": (
        lambda d: d["state"].append({"code": "moon", "owner": "nobody", "name": WORDS, "public_name": WORDS}),
        "state moon: nothing leads here",
    ),
    "state twice": (lambda d: d["state"].append(d["state"][0]), "state draft: there are two with this code"),
    "move twice": (lambda d: d["move"].append(d["move"][0]), "move submit: there are two with this code"),
    "state without code": (lambda d: state(d, "closed").pop("code"), "state: one has no code"),
    "role": (lambda d: move(d, "submit").update(who=["lead", "king"]), "move submit: unknown role 'king'"),
    "nobody makes it": (lambda d: move(d, "submit").update(who=[]), "move submit: who, from and event are needed"),
    "no event": (lambda d: move(d, "submit").pop("event"), "move submit: who, from and event are needed"),
    "move's key": (lambda d: move(d, "submit").update(mail=[]), "move submit: unknown key 'mail'"),
    "source": (lambda d: move(d, "submit").update({"from": ["draft", "sun"]}), "move submit: there is no state 'sun'"),
    "target": (lambda d: move(d, "submit").update(to="sun"), "move submit: there is no state 'sun'"),
    "target's key": (lambda d: move(d, "close")["to"][0].update(iff="x"), "move close to: unknown key 'iff'"),
    "target's state": (lambda d: move(d, "close")["to"][1].pop("state"), "move close to: a state is missing"),
    "only conditions": (lambda d: move(d, "close")["to"].pop(), "move close: the last target must hold without"),
    "no target": (lambda d: move(d, "close").update(to=[]), "move close: the last target must hold without"),
    "then": (lambda d: move(d, "submit").update(then="fly"), "move submit: there is no move 'fly'"),
    "guard": (lambda d: move(d, "submit").update(guards=["lucky"]), "move submit: unknown guard 'lucky'"),
    "condition": (lambda d: move(d, "close")["to"][0].update(when="sunny:x"), "move close: unknown guard 'sunny:x'"),
    "effect": (lambda d: move(d, "submit").update(effects=["burn:all"]), "move submit: unknown effect 'burn:all'"),
    "ask": (lambda d: move(d, "close")["ask"][0].update(kind="riddle"), "move close ask why: kind must be one of"),
    "ask's key": (lambda d: move(d, "close")["ask"][0].update(hint="x"), "move close ask why: unknown key 'hint'"),
    "options": (lambda d: move(d, "close")["ask"][0].pop("options"), "move close ask why: options are needed"),
    "option": (
        lambda d: move(d, "close")["ask"][0]["options"][0].pop("code"),
        "move close ask why: an option has no code",
    ),
    "option's label": (
        lambda d: move(d, "close")["ask"][0]["options"][0].update(label={"en": "A"}),
        "move close: a name is missing in fr",
    ),
    "mail": (lambda d: move(d, "submit")["mails"][0].pop("to"), "move submit mail: template and to are needed"),
    "hint": (lambda d: move(d, "submit").update(hint={"en": "Now"}), "move submit: a name is missing in fr"),
    "track": (
        lambda d: move(d, "close").update(guards=["tracks_ended:panel"]),
        "move close: waits for the track 'panel', which nothing opens",
    ),
    "after": (
        lambda d: move(d, "submit").update(then="note"),
        "move submit: 'note' follows by itself, so the system has to be among its roles",
    ),
    "after, from elsewhere": (
        lambda d: (
            move(d, "note").update({"from": ["draft"], "who": ["system"]}),
            move(d, "submit").update(then="note"),
        ),
        "move submit: 'note' follows, but does not lead out of state 'checking'",
    ),
    "no end": (
        lambda d: move(d, "close").update(to="checking"),
        "state checking: no way leads from here to an end",
    ),
    "round and round": (
        lambda d: d["move"].extend(
            [
                {"code": "there", "label": WORDS, "from": ["checking"], "to": "draft", "who": ["system"], "event": "a"},
                {"code": "back", "label": WORDS, "from": ["draft"], "to": "checking", "who": ["system"], "event": "b"},
            ]
        ),
        "state checking: moves of the system alone lead from here back to here",
    ),
    "key of the file": (lambda d: d.update(states=[]), "file: unknown key 'states'"),
    "reason of spaces": (lambda d: state(d, "draft").update(no_clock=" "), "state draft: no clock runs here"),
    "name of spaces": (
        lambda d: state(d, "draft").update(name={"en": "Draft", "fr": " "}),
        "state draft: a name is missing in fr",
    ),
    "tone": (lambda d: move(d, "submit").update(tone="loud"), "move submit: tone must be one of primary, secondary"),
    "place": (lambda d: move(d, "submit").update(place="moon"), "move submit: place must be one of"),
    "never chosen": (
        lambda d: move(d, "close")["to"][0].pop("when"),
        "move close to: after 'closed', which has no condition, nothing is reached",
    ),
    "mail's key": (lambda d: move(d, "submit")["mails"][0].update(cc="x"), "move submit mail: unknown key 'cc'"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_definition_names_its_problem(name: str) -> None:
    spoil, problem = BROKEN[name]
    data = copy.deepcopy(GOOD)
    spoil(data)
    with pytest.raises(WorkflowError, match=re.escape(problem)):
        parse_workflow(data, "broken", **KNOWN)


def test_every_problem_is_named_at_once() -> None:
    data = copy.deepcopy(GOOD)
    names = ("owner", "language", "role", "guard", "effect", "ask", "then", "source", "unreachable")
    for name in names:
        BROKEN[name][0](data)
    with pytest.raises(WorkflowError) as refused:
        parse_workflow(data, "broken", **KNOWN)
    for name in names:
        assert any(BROKEN[name][1] in problem for problem in refused.value.problems), name
    assert str(refused.value).startswith("workflow broken: ")


def test_an_empty_definition_is_refused_and_not_a_crash() -> None:
    with pytest.raises(WorkflowError) as refused:
        parse_workflow({}, "empty")
    assert refused.value.problems == [f"file: {key} is missing" for key in ("version", "start", "state", "move")]


#: a value of the wrong sort, and what is said of it
MISSHAPEN: dict[str, tuple[Break, str]] = {
    "version": (lambda d: d.update(version="one"), "file: version must be a whole number from 1 on"),
    "version yes": (lambda d: d.update(version=True), "file: version must be a whole number from 1 on"),
    "states": (lambda d: d.update(state="draft"), "file: state must be a list of tables"),
    "moves": (lambda d: d.update(move=[1]), "file: move must be a list of tables"),
    "owner": (lambda d: state(d, "draft").update(owner=5), "state draft: owner must be a word in quotes"),
    "reason": (lambda d: state(d, "draft").update(no_clock=3), "state draft: no_clock must be a word in quotes"),
    "veil": (lambda d: state(d, "draft").update(veiled="no"), "state draft: veiled must be true or false"),
    "name": (lambda d: state(d, "draft").update(name="Draft"), "state draft: name must be a text by language"),
    "names": (lambda d: state(d, "draft").update(name={"en": 1}), "state draft: name must be a text by language"),
    "from": (lambda d: move(d, "submit").update({"from": "draft"}), "move submit: from must be a list of words"),
    "who": (lambda d: move(d, "submit").update(who="lead"), "move submit: who must be a list of words"),
    "guards": (lambda d: move(d, "submit").update(guards=[1]), "move submit: guards must be a list of words"),
    "effects": (lambda d: move(d, "submit").update(effects="x"), "move submit: effects must be a list of words"),
    "to": (lambda d: move(d, "submit").update(to=["checking"]), "move submit: to must be a state or a list of tables"),
    "to number": (lambda d: move(d, "submit").update(to=5), "move submit: to must be a state or a list of tables"),
    "when": (lambda d: move(d, "close")["to"][0].update(when=1), "move close to: when must be a word in quotes"),
    "mails": (lambda d: move(d, "submit").update(mails=["x"]), "move submit: mails must be a list of tables"),
    "mail": (lambda d: move(d, "submit")["mails"][0].update(to=1), "move submit mail: to must be a word in quotes"),
    "ask": (lambda d: move(d, "close")["ask"][0].update(kind=1), "move close ask why: kind must be a word in quotes"),
    "option": (
        lambda d: move(d, "close")["ask"][0].update(options=["a"]),
        "move close ask why: options must be a list of tables",
    ),
}


@pytest.mark.parametrize("name", MISSHAPEN)
def test_a_value_of_the_wrong_sort_is_named_and_not_a_crash(name: str) -> None:
    spoil, problem = MISSHAPEN[name]
    data = copy.deepcopy(GOOD)
    spoil(data)
    with pytest.raises(WorkflowError) as refused:
        parse_workflow(data, "broken", **KNOWN)
    assert problem in refused.value.problems


TAKES: dict[str, Any] = {"complete": NOTHING, "outcome": frozenset({"good", "bad"}), "freeze": ANY, "late": STANDARD}
BEHIND: dict[str, tuple[Break, str | None]] = {
    "a word of the list": (lambda d: move(d, "submit").update(effects=["freeze:it"]), None),
    "one too much": (
        lambda d: move(d, "submit").update(guards=["complete:all"], effects=["freeze:it"]),
        "move submit: 'complete:all': nothing can stand behind the colon of 'complete'",
    ),
    "none": (lambda _: None, "move submit: 'freeze': say which, as in 'freeze:…'"),
    "an unknown word": (
        lambda d: (
            move(d, "submit").update(effects=["freeze:it"]),
            move(d, "close")["to"][0].update(when="outcome:god"),
        ),
        "move close: 'outcome:god': there is no outcome 'god'; choose one of bad, good",
    ),
    "an unknown standard": (
        lambda d: move(d, "submit").update(guards=["late:CHK,FXI"], effects=["freeze:it"]),
        "move submit: 'late:CHK,FXI': there is no standard 'FXI'; choose one of CHK",
    ),
    "an unknown state": (
        lambda d: move(d, "submit").update(guards=["decided_in:drafty"], effects=["freeze:it"]),
        "move submit: 'decided_in:drafty': there is no state 'drafty'; choose one of checking, closed, draft",
    ),
    "a track that nothing opens": (
        lambda d: move(d, "submit").update(effects=["freeze:it", "close_track:panel"]),
        "move submit: 'close_track:panel': there is no track 'panel'; choose one of none",
    ),
}


@pytest.mark.parametrize("name", BEHIND)
def test_what_stands_behind_a_colon_is_what_the_name_takes(name: str) -> None:
    change, problem = BEHIND[name]
    data = copy.deepcopy(GOOD)
    change(data)
    known = Known(
        clocked=frozenset({"checking"}),
        takes=TAKES | {"decided_in": STATE, "close_track": TRACK},
        standards=frozenset({"CHK"}),
    )
    if problem is None:
        assert parse_workflow(data, "good", known=known).start == "draft"
        return
    with pytest.raises(WorkflowError) as refused:
        parse_workflow(data, "broken", known=known)
    assert refused.value.problems == [problem]


def test_names_that_are_not_installed_are_told_apart() -> None:
    known = Known(
        guards=frozenset({"complete"}), conditions=frozenset({"sunny"}), effects=frozenset({"freeze"}),
        mails=frozenset({"other"}), groups=frozenset({"monitor"}),
    )  # fmt: skip
    with pytest.raises(WorkflowError) as refused:
        parse_workflow(GOOD, "good", known=known)
    assert refused.value.problems == [
        "move submit: unknown mail 'submitted'",
        "move submit: unknown group of receivers 'applicants'",
        "move close: unknown condition 'outcome:good'",
    ]
