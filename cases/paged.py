"""Whoever is on call is paged for a case (rule S18): the one place from which the verbs of a case ask for it."""

from datetime import datetime

from cases.models import Case


def page(case: Case, *, at: datetime) -> None:
    """Page whoever is on call, where the case's target names a rota."""
