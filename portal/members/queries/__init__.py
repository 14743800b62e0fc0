"""Read members, their sponsorships, circulars and answers."""
