"""What never stands in a log: addresses that are secrets themselves."""

import logging
import re
from typing import Any


class Without(logging.Filter):
    """Writes … for whatever `secret`, a regular expression, finds in a line that is logged, before it is written anywhere."""

    def __init__(self, secret: str) -> None:
        super().__init__()
        self.secret = re.compile(secret)

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every line through, without its secrets."""
        record.msg = self._cleaned(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(self._cleaned(argument) for argument in record.args)
        return True

    def _cleaned(self, said: Any) -> Any:
        return self.secret.sub("…", said) if isinstance(said, str) else said
