"""How gunicorn serves the product: `gunicorn --config python:config.serving config.wsgi`.

Processes and threads, how long a request may take, and figures that all processes share. What a proxy says of the client
is believed by Django alone, where PROXY_HEADER names it. What gunicorn itself logs is written and cleaned as every line of
the product is (`config/logs.py`).
"""

import os
import shutil
import sys
from importlib import import_module
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from gunicorn.http import wsgi

from config import logs
from core.environment import ROOT, Environment

env = Environment()
Environment.read_env(ROOT / ".env")

wsgi.SERVER = "Tillgodo"  # the header Server tells no version, nor what serves

bind = env.str("WEB_BIND", default="") or f"127.0.0.1:{env.int('PORT', default=8000)}"
worker_class = "gthread"
workers = env.int("WEB_CONCURRENCY", default=2)
threads = env.int("WEB_THREADS", default=8)
timeout = 60
graceful_timeout = 30
keepalive = 5
limit_request_line = 4094
limit_request_fields = 60
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  heartbeats, which must not wait for a disk
secure_scheme_headers: dict[str, str] = {}
accesslog = None  # the product logs each request itself, without addresses
in_production = env.bool("TILLGODO_PRODUCTION", default=env.str("BASE_URL", default="").startswith("https://"))
logconfig_dict = logs.logging_of(env.str("LOG_FORMAT", default="json" if in_production else "text"), "WARNING")


def on_starting(server: Any) -> None:
    """Before the first process: where all of them keep their figures, which begin anew.

    What `child_exit` needs is read here. It runs in a signal handler, which the next process that ends may interrupt: where that
    happened half-way through an import, gunicorn itself ended, and with it the whole web server.
    """
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = mkdtemp(prefix="tillgodo-figures-")
    import_module("prometheus_client.multiprocess")  # chooses where to keep figures when it is imported


def on_exit(server: Any) -> None:
    """After the last."""
    shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)


def child_exit(server: Any, worker: Any) -> None:
    """What a process that has ended measured of the moment is over; what it counted stays."""
    sys.modules["prometheus_client.multiprocess"].mark_process_dead(worker.pid)
