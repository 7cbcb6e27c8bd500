"""How long either side of the line to PostgreSQL waits for the other, unless DATABASE_URL says otherwise (docs/running.md).

A server that does not answer is given up within half a minute, where the system would wait for minutes; the server notices in a minute
that one of our machines has died, and lets go of what it had locked. Nobody waits longer than half a minute for a lock: a page says
503 and its form can be sent again. A transaction in which nothing is asked for longer than a job may take is ended.
"""

from typing import Any

SERVER = {
    "tcp_keepalives_idle": 30,
    "tcp_keepalives_interval": 10,
    "tcp_keepalives_count": 3,
    "lock_timeout": "30s",
}


def options(*, longest_transaction_seconds: int) -> dict[str, Any]:
    """For `OPTIONS` of the database."""
    server = SERVER | {"idle_in_transaction_session_timeout": f"{longest_transaction_seconds}s"}
    return {
        "connect_timeout": 5,
        "keepalives_idle": 15,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,  # milliseconds
        "options": " ".join(f"-c {name}={value}" for name, value in server.items()),
    }
