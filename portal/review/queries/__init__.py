"""Read what the secretariat works with: assessments, decisions and letters (``record``), and its lists (``desk``)."""
