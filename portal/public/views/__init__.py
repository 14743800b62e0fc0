"""What everybody may see, and the pages that look after a tenant."""

from portal.public.views import crawlers, health, home, mail, people, policy, projects, status
from portal.public.views.base import blueprint

__all__ = ["blueprint", "crawlers", "health", "home", "mail", "people", "policy", "projects", "status"]
