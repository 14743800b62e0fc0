"""What changes in this feature: drafts of standards, absences, explanations, addresses of feeds."""
