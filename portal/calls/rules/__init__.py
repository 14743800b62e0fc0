"""What calls and instruments say, without database or web."""
