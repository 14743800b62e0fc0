"""Versioned, multilingual form definitions and what is done with their answers.

A library: it knows nothing of the application around it, of a web framework or of a database.
"""
