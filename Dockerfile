# The product as an image: built with every file checked against its hash, run by nobody in particular, without build tools.
FROM python:3.11-slim-bookworm AS build
WORKDIR /srv/tillgodo
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
COPY scripts/uv.lock.txt requirements-run.lock ./
RUN python -m venv .venv \
    && .venv/bin/pip install --no-cache-dir --require-hashes --target /opt/uv --requirement uv.lock.txt \
    && /opt/uv/bin/uv pip sync --no-cache --compile-bytecode --require-hashes --python .venv/bin/python requirements-run.lock
# The libraries that draw documents are asked for here too: settings of documents are read while static files are collected.
RUN apt-get update && apt-get install --yes --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0
COPY . .
RUN for source in locale/*/LC_MESSAGES/*.po; do \
        .venv/bin/python -m babel.messages.frontend --quiet compile --input-file "$source" --output-file "${source%.po}.mo" --locale "$(echo "$source" | cut -d/ -f2)"; \
    done \
    && TILLGODO_VAR=/tmp/build STATIC_ROOT=/srv/tillgodo/collected .venv/bin/python manage.py collectstatic --noinput --verbosity 0 \
    && rm -rf /tmp/build tests benchmarks .git .ci \
    && .venv/bin/python -m compileall -q -x '/[.]venv/' .

# The client is of the server that compose.yaml names, or newer: pg_dump reads no server newer than itself.
FROM python:3.11-slim-bookworm
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core postgresql-client-15 \
    && rm -rf /var/lib/apt/lists/* \
    && python -m pip uninstall --yes pip setuptools wheel \
    && useradd --system --uid 10001 --user-group --no-create-home --home-dir /nonexistent tillgodo \
    && install -d -o 10001 -g 10001 -m 700 /var/lib/tillgodo /copies
COPY --from=build /srv/tillgodo /srv/tillgodo
WORKDIR /srv/tillgodo
ARG REVISION=""
ENV PATH=/srv/tillgodo/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    TILLGODO_VAR=/var/lib/tillgodo \
    STATIC_ROOT=/srv/tillgodo/collected \
    TILLGODO_REVISION=$REVISION \
    WEB_BIND=0.0.0.0:8000
USER 10001:10001
VOLUME /var/lib/tillgodo
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["python", "-m", "scripts.probe"]
CMD ["gunicorn", "--config", "python:config.serving", "config.wsgi"]
