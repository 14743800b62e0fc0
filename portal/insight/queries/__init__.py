"""Read the figures."""
