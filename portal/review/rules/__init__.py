"""What holds for reviewing, without database or web."""
