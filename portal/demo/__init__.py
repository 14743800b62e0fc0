"""The demonstration: its content, and what puts it into a database."""
