"""What holds for translations, without database or web."""
