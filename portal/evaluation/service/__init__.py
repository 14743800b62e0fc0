"""What evaluators and the secretariat do."""

from portal.evaluation.service import assign, consensus, evaluate, people, rank, rounds

__all__ = ["assign", "consensus", "evaluate", "people", "rank", "rounds"]
