"""Campaigns: bonus minutes for top-ups that are ordered while one runs (rule C12).

The bonus enlarges the paid lot, which keeps its total price. Of several campaigns the one that gives most counts;
they are never added up.
"""

from dataclasses import dataclass
from datetime import date

from credits.models import Campaign

__all__ = ["NO_BONUS", "Bonus", "Campaign", "best"]


@dataclass(frozen=True)
class Bonus:
    """`minutes` on top of an order, and the campaign that gives them; none: 0."""

    minutes: int
    campaign: Campaign | None


NO_BONUS = Bonus(0, None)


def best(*, minutes: int, on: date) -> Bonus:
    """What an order of `minutes` on the provider's local date `on` gets on top: whole minutes, rounded down."""
    running = Campaign.objects.filter(first_on__lte=on, last_on__gte=on, minimum_minutes__lte=minutes).order_by("pk")
    bonuses = [Bonus(minutes * campaign.bonus_percent // 100, campaign) for campaign in running]
    return max((bonus for bonus in bonuses if bonus.minutes), key=lambda bonus: bonus.minutes, default=NO_BONUS)
