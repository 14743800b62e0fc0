"""Organisations: cities, associations of cities, governments and members, the people in them, and the cities known."""
