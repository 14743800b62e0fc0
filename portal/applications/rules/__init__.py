"""What the applicant's pages decide without database or web."""
