"""What evaluators and the secretariat do."""

from portal.evaluation.service import advice, assign, consensus, evaluate, people, rank, rounds

__all__ = ["advice", "assign", "consensus", "evaluate", "people", "rank", "rounds"]
