"""What was found when something was asked."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

logger = logging.getLogger(__name__)


class State(StrEnum):
    """How something is: as it should be, worth knowing, or wrong."""

    OK = "ok"
    NOTE = "note"
    FAULT = "fault"


@dataclass(frozen=True)
class Finding:
    """One sentence about one thing, and what to do where it is not as it should be."""

    name: str
    state: State
    says: str
    advice: str = ""


@dataclass(frozen=True)
class Said:
    """What a check answers; its name is added by whoever asks."""

    state: State
    says: str
    advice: str = ""


Check = Callable[[datetime], Said]


def ok(says: str) -> Said:
    """It is as it should be."""
    return Said(State.OK, says)


def note(says: str, advice: str = "") -> Said:
    """It is worth knowing."""
    return Said(State.NOTE, says, advice)


def fault(says: str, advice: str) -> Said:
    """It is wrong, and this is what to do."""
    return Said(State.FAULT, says, advice)


def ask(name: str, check: Check, at: datetime) -> Finding:
    """What the check found; one that cannot be carried out is a fault, never a silence."""
    try:
        said = check(at)
    except Exception as error:
        logger.debug("%s could not be asked", name, exc_info=True)
        said = fault(f"could not be asked ({type(error).__name__})", "See to what is named above first, then ask again.")
    return Finding(name, said.state, said.says, said.advice)
