"""What holds for every case, without database or web."""
