"""What holds for clocks wherever they are shown, without database or web."""
