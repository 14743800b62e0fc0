"""What holds for grants, without database or web."""
