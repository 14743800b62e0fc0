"""What the demonstration works out without database or web."""
