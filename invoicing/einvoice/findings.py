"""What a rule finds in a document (rule I4)."""

from dataclasses import dataclass
from enum import StrEnum


class Gravity(StrEnum):
    """Whether the network turns the document away for it, or lets it pass with a word."""

    FATAL = "fatal"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """That a document breaks `rule`: what is wrong, in a sentence, and where, as a path into the document."""

    rule: str
    sentence: str
    place: str
    gravity: Gravity = Gravity.FATAL
