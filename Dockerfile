# syntax=docker/dockerfile:1
# The portal with everything it needs. Data lives in /data unless PORTAL_DATABASE_URL names a database server.

FROM python:3.11-slim-bookworm AS build
WORKDIR /app
COPY portal/install.py portal/install.py
COPY requirements.lock requirements-dev.lock requirements-uv.lock requirements-node.lock package.json package-lock.json .npmrc ./
COPY translations translations
# System libraries come in the next stage: here only Python packages, style sheets and catalogues are made.
RUN PORTAL_NO_APT=1 python3 portal/install.py setup && rm -rf node_modules

FROM python:3.11-slim-bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
       fonts-noto-core fonts-noto-cjk \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home --uid 10001 portal \
    && install -d -o portal -g portal /data
WORKDIR /app
COPY --from=build /app/.venv .venv
COPY . .
COPY --from=build /app/portal/static/vendor portal/static/vendor
COPY --from=build /app/translations translations
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PORTAL_DATA_DIR=/data \
    PORTAL_BIND=0.0.0.0:8000
USER portal
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health', timeout=4)"]
# One container prepares the database (`portal db upgrade`) before others serve; see compose.yaml.
CMD ["sh", "-c", "portal db upgrade && exec portal serve"]
