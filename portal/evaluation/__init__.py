"""External evaluators: profiles, conflicts of interest, assignments, scores, the panel and its ranking."""
