"""Technology: the database, the web, mail, files, jobs. Knows no business word."""
