"""The WSGI entry: `wsgi:app` for granian, gunicorn or any other server."""

from portal import create_app

app = create_app()
