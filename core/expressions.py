"""Expressions for queries that mean the same in both databases."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.db.models import Func, IntegerField


class Seconds(Func):
    """The seconds of an instant since 1970, in whole ones. Read by the thousand, a number costs a fifth of an instant."""

    output_field = IntegerField()
    arity = 1

    def get_db_converters(self, connection: Any) -> list[Any]:
        """None: both databases answer with a number."""
        return []

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """By EXTRACT."""
        return self.as_sql(compiler, connection, template="CAST(EXTRACT(EPOCH FROM %(expressions)s) AS bigint)", **context)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """By STRFTIME."""
        return self.as_sql(compiler, connection, template="CAST(STRFTIME('%%%%s', %(expressions)s) AS integer)", **context)


instant_of = partial(datetime.fromtimestamp, tz=UTC)
"""The instant, in UTC, so many seconds after 1970 began."""
