"""What everybody may see, and the pages that look after a tenant: mail, people, standards."""
