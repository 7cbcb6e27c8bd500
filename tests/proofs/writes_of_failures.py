"""The forms by which what failed is tried again or given up (see `writes.py`)."""

from tests.journeys.belongings_of_failures import a_failure
from tests.proofs.writes import Stage, Write


def rows(stage: Stage) -> dict[str, Write]:
    """What an administrator does about failures; trying all again meets the notice that failed, and so stands beside it."""
    ada, notice = stage.cast.ada, str(sorted({"pk": stage.things.notice.pk}.items()))
    again, given_up = ({"letter": f"failure:{a_failure().pk}"} for _ in range(2))
    return {
        "desk-failure-retry": Write(ada, again, about=notice),
        "desk-failure-give-up": Write(ada, given_up, {"reason": "the client has it on paper"}, about=notice),
        "desk-failures-retry": Write(ada, about=notice),
    }
