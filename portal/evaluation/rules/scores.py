"""What a filled review form is worth: weighted scales, or yes and no, on a scale of 0 to 100."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

STANDARD_SCALE: Mapping[str, int] = {"met": 100, "partly": 50, "not_met": 0, "yes": 100, "no": 0}
STANDARD_PASS_MARK, STANDARD_SPREAD = 60, 20
_TENTH = Decimal("0.1")


@dataclass(frozen=True)
class Scoring:
    """How a review form is scored.

    :param section: the section with the criteria; :param scale: answer → points, 0 to 100.
    :param weights: criterion → weight; a criterion not named weighs one.
    :param pass_mark: the least score that passes; :param spread: how far scores may lie apart (points) before the
        reviewers have to agree in writing.
    """

    section: str
    scale: Mapping[str, Decimal]
    weights: Mapping[str, Decimal]
    pass_mark: Decimal
    spread: Decimal

    @classmethod
    def parse(cls, data: Mapping[str, Any] | None) -> Scoring:
        """Read the table ``scoring`` of an instrument; without one the standard scale holds."""
        data = data or {}
        scale = data.get("scale", STANDARD_SCALE)
        return cls(
            str(data.get("section", "criteria")),
            {str(key): Decimal(str(value)) for key, value in scale.items()},
            {str(key): Decimal(str(value)) for key, value in data.get("weights", {}).items()},
            Decimal(str(data.get("pass_mark", STANDARD_PASS_MARK))),
            Decimal(str(data.get("spread", STANDARD_SPREAD))),
        )


@dataclass(frozen=True)
class Score:
    """A score of 0 to 100 with one decimal (none while nothing is judged), and whether it passes."""

    value: Decimal | None
    passed: bool | None


def score(scoring: Scoring, answers: Mapping[str, Any], criteria: Iterable[str]) -> Score:
    """The weighted mean over the criteria that were judged.

    :param answers: question → answer of the section with the criteria; :param criteria: the questions that count.
    """
    total = weight = Decimal(0)
    for code in criteria:
        points = scoring.scale.get(_key(answers.get(code)))
        if points is None:
            continue
        own = scoring.weights.get(code, Decimal(1))
        total, weight = total + own * points, weight + own
    if not weight:
        return Score(None, None)
    value = (total / weight).quantize(_TENTH, ROUND_HALF_UP)
    return Score(value, value >= scoring.pass_mark)


def _key(answer: Any) -> str:
    """An answer as the scale names it: “4” for 4, 4.0 and “4”."""
    if answer is True:
        return "yes"
    text = str(answer)
    return text.removesuffix(".0")


def mean(values: Iterable[Decimal]) -> Decimal | None:
    """The mean with one decimal; none of nothing."""
    found = list(values)
    return (sum(found, Decimal(0)) / len(found)).quantize(_TENTH, ROUND_HALF_UP) if found else None


def spread(values: Iterable[Decimal]) -> Decimal | None:
    """How far the highest lies above the lowest, in points; none where there are not two to compare."""
    found = list(values)
    return max(found) - min(found) if len(found) > 1 else None
