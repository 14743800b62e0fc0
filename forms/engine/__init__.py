"""From a definition (data) to a form, and from answers to checks, displays, exports and translations."""
