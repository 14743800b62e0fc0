"""Read what panels have recommended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from portal.evaluation.models import EvaluationRound, RankedCase
from portal.infra import tenancy
from portal.infra.db import db


@dataclass(frozen=True)
class Advice:
    """What the panel of a case's newest round has said of it.

    :param place: in the ranking, counted from 1; :param of: how many cases were ranked.
    """

    round: EvaluationRound
    row: RankedCase
    of: int

    @property
    def recommended(self) -> bool:
        """Whether the panel recommends the case."""
        return self.row.recommended


def advice_on(case_ids: Iterable[UUID]) -> dict[UUID, Advice]:
    """What panels have recommended about some cases, by case. One query.

    A round in which nothing was recommended yet says nothing of any of its cases.
    """
    wanted = tuple(case_ids)
    told = select(RankedCase.round_id).where(RankedCase.recommended.is_(True))
    ranked = aliased(RankedCase)
    of = select(func.count(ranked.id)).where(ranked.round_id == EvaluationRound.id).scalar_subquery()
    told_of = (
        select(EvaluationRound, RankedCase, of)
        .join(RankedCase, RankedCase.round_id == EvaluationRound.id)
        .where(RankedCase.case_id.in_(wanted), EvaluationRound.id.in_(told))
        .order_by(EvaluationRound.opens_at, EvaluationRound.made_at, EvaluationRound.id)
    )
    rows = tenancy.once(("advice", *wanted), lambda: tuple(db.session.execute(told_of)))
    return {row.case_id: Advice(found, row, count) for found, row, count in rows}
