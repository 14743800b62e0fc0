"""The application, step by step."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from flask import Flask
from flask_compress import Compress
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from portal import blueprints
from portal.config import Settings
from portal.infra import access, assets, i18n, logging, web
from portal.infra.asked import Asked
from portal.infra.db import db

ROOT = Path(__file__).parents[1]
LARGEST_POST = 32 * 1024 * 1024


def create_app(settings: Settings | None = None, *, testing: bool = False) -> Flask:
    """Build the application: settings, database, languages, log-in, features, gate.

    :param settings: by default read from the environment.
    :raises RuntimeError: when a page declares no permission or a workflow names something unknown.
    """
    settings = settings or Settings.from_environment()
    app = Flask("portal", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "portal" / "static"))
    app.request_class = Asked
    configure(app, settings, testing=testing)
    if not testing:  # a test keeps its own log
        logging.configure(json_lines=not settings.embedded)
    db.init_app(app)
    CSRFProtect(app)
    Compress(app)
    i18n.set_up(app)
    assets.set_up(app)
    blueprints.set_up_log_in(app)
    web.set_up(app, blueprints.look_ups())
    blueprints.register(app)
    blueprints.check_definitions()
    refuse_undeclared(app)
    serve_static(app, settings, testing=testing)
    return app


def configure(app: Flask, settings: Settings, *, testing: bool) -> None:
    """Flask's own settings, made from ours."""
    app.config.update(
        PORTAL=settings,
        TESTING=testing,
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        MAX_CONTENT_LENGTH=LARGEST_POST,
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        MAX_FORM_PARTS=5000,
        SESSION_COOKIE_NAME="portal",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure,
        SESSION_REFRESH_EACH_REQUEST=False,  # see infra.web: now and then is enough
        REMEMBER_COOKIE_SECURE=settings.secure,
        PERMANENT_SESSION_LIFETIME=12 * 3600,
        WTF_CSRF_CHECK_DEFAULT=False,  # asked by the gate (infra.web), which knows who is there
        WTF_CSRF_TIME_LIMIT=12 * 3600,
        WTF_CSRF_SSL_STRICT=settings.secure,
        COMPRESS_MIMETYPES=[
            "text/html",
            "application/json",
            "text/css",
            "application/javascript",
            "image/svg+xml",
            "application/xml",
        ],
        COMPRESS_MIN_SIZE=800,
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_BR_LEVEL=4,
        COMPRESS_LEVEL=5,
        TEMPLATES_AUTO_RELOAD=False,
        VERSION=installed_version(),
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.do")


def installed_version() -> str:
    """The version of the portal that is installed."""
    try:
        return version("city-grants-portal")
    except PackageNotFoundError:
        return "0"


def refuse_undeclared(app: Flask) -> None:
    """A page that does not say who may see it stops the program, not a user."""
    silent = access.undeclared(app)
    if silent:
        raise RuntimeError(f"these pages declare no permission: {', '.join(silent)}")


def serve_static(app: Flask, settings: Settings, *, testing: bool) -> None:
    """Static files straight from the server, compressed, kept for a year under addresses that carry their digest."""
    root = assets.STATIC if testing else assets.build(settings.data_dir / "static")
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app, root=str(root), prefix="static/", max_age=31_536_000
    )
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
