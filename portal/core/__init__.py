"""Pure rules and words: no Flask, no SQLAlchemy, no input or output."""
