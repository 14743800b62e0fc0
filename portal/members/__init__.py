"""The members: sponsors, circulars, donor coordination, approval by silence."""
