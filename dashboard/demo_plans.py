"""The demo's people on call, and its plans on offer (rules P2, S18): a plan around the clock is offered once somebody is."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from clients import on_call, plans, rotas
from clients.models import OnCallRota, Plan
from clients.on_call import Seat
from clients.rotas import Arrangement
from people.models import Person


def offer(*, people: Mapping[str, Person], at: datetime) -> None:
    """Put Tessa, Theo and Disa on every rota, led by Ada, and publish every plan. Next week Disa stands in for two days."""
    for rota in OnCallRota.objects.order_by("code"):
        rotas.arrange(rota=rota, arrangement=_led_by(people["ada"], rota), by=people["ada"], at=at)
        seats = [Seat(people["tessa"], by_sms=True), Seat(people["theo"]), Seat(people["disa"])]
        on_call.set_members(rota=rota, seats=seats, by=people["ada"], at=at)
    for plan in Plan.objects.filter(published_at=None).order_by("position", "code"):
        plans.publish(plan=plan, by=people["ada"], at=at)


def stand_in(*, people: Mapping[str, Person], at: datetime) -> None:
    """Two days of next week are Disa's, whoever's turn it is."""
    starts_at = (at + timedelta(days=6)).replace(minute=0, second=0, microsecond=0)
    for rota in OnCallRota.objects.order_by("code"):
        on_call.swap(rota=rota, person=people["disa"], stretch=(starts_at, starts_at + timedelta(days=2)), by=people["ada"], at=at)


def _led_by(lead: Person, rota: OnCallRota) -> Arrangement:
    return Arrangement(
        name_en=rota.name_en,
        name_sv=rota.name_sv,
        lead=lead,
        time_zone=rota.time_zone,
        turn_days=rota.turn_days,
        hands_over_at=rota.hands_over_at,
        acknowledge_minutes=rota.acknowledge_minutes,
    )
