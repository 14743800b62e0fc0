"""Review: the secretariat's desk and case page, completeness, assessment, decision and letter."""
