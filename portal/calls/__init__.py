"""Calls: the openings of an instrument, and which version of its form and workflow a case of it keeps."""
