"""Redis and RabbitMQ for tests. Each test has queues of its own there, so that two runs at once do not meet."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import redis
from celery import Celery
from kombu.connection import Connection
from kombu.entity import Exchange, Queue

USUAL = {"redis": "redis://127.0.0.1:6379/0", "rabbitmq": "amqp://guest:guest@127.0.0.1:5672//"}


def settings_for(url: str, prefix: str, **transport_options: Any) -> dict[str, Any]:
    """What an app has instead of the product's settings to use only what bears this prefix at the broker."""
    exchange = Exchange(prefix, type="direct")
    return {
        "broker_url": url,
        "broker_transport_options": {**transport_options, **({"global_keyprefix": f"{prefix}."} if url.startswith("redis") else {})},
        "task_queues": [Queue(f"{prefix}.{name}", exchange, name, alias=name) for name in ("default", "mail", "pdf", "fetch")],
        "task_default_queue": f"{prefix}.default",
        "task_ignore_result": True,
        "control_exchange": f"{prefix}.control",
        "event_exchange": f"{prefix}.events",
    }


class Broker:
    """The broker at `url`, so far as one test uses it."""

    def __init__(self, url: str) -> None:
        self.url, self.prefix = url, f"test-{uuid.uuid4().hex[:12]}"
        self.is_redis = url.startswith("redis")
        self._settings = settings_for(url, self.prefix)
        self._app = Celery("publisher", fixups=[], set_as_current=False)
        self._app.conf.update(self._settings)

    def send(self, job: str, *, times: int = 1) -> None:
        """Messages such as beat sends at a tick."""
        for _ in range(times):
            self._app.send_task("dashboard.jobs.run", args=[job], queue="default", shadow=job)

    def send_strange(self, task: str) -> None:
        """Messages of another release: a task that nobody here knows, a job that nobody knows, and arguments that nobody expects."""
        self._app.send_task(task, args=["x"], queue="default")
        for arguments in (["a job of tomorrow"], ["deliver notices", "in a new way"]):
            self._app.send_task("dashboard.jobs.run", args=arguments, kwargs={"how": "otherwise"}, queue="default")

    def lose_everything(self) -> int:
        """Empty the queues; returns how many messages were in them."""
        with self._queues() as queues:
            return sum(queue.purge() for queue in queues)

    def clean_up(self) -> None:
        """Leave nothing behind."""
        self._app.close()
        with self._queues() as queues:
            for queue in queues:
                queue.delete()
            for exchange in (self.prefix, f"{self.prefix}.events", f"{self.prefix}.control.pidbox", f"reply.{self.prefix}.control.pidbox"):
                Exchange(exchange, channel=queues[0].channel).delete()
        if self.is_redis:
            with redis.Redis.from_url(self.url) as server:
                for key in server.scan_iter(f"{self.prefix}.*"):
                    server.delete(key)

    @contextmanager
    def _queues(self) -> Iterator[list[Queue]]:
        with Connection(self.url, transport_options=self._settings["broker_transport_options"]) as connection:
            queues = [queue.bind(connection.default_channel) for queue in self._settings["task_queues"]]
            for queue in queues:
                queue.declare()
            yield queues


def find(kind: str) -> Broker:
    """The broker that TEST_REDIS_URL or TEST_RABBITMQ_URL names, else one on this machine; raises what tells that none answers."""
    broker = Broker(os.environ.get(f"TEST_{kind.upper()}_URL", USUAL[kind]))
    with Connection(broker.url, connect_timeout=5) as connection:
        connection.ensure_connection(max_retries=1, interval_start=0.2)
    return broker
