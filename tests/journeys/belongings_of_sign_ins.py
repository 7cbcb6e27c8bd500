"""Open sign-ins, for the walk through every address: each person's own, and nobody else's (see `belongings.py`)."""

from allauth.usersessions.models import UserSession

from tests.cast import Cast, Client
from tests.journeys.belongings import Own


def a_sign_in(client: Client, name: str) -> UserSession:
    """Somewhere else where the requester is signed in."""
    made: UserSession = UserSession.objects.create(
        user=client.requester, ip="198.51.100.7", user_agent="Firefox/140.0", session_key=f"{name}-{client.requester.pk}"
    )
    return made


def sign_in_pages(cast: Cast, acme: Client) -> dict[str, Own]:
    """The button that ends one."""
    strangers = [acme.approver, cast.ada, cast.max, cast.fia, cast.tessa.person]
    return {"sign-in-end": Own({"sign_in_id": a_sign_in(acme, "own").pk}, acme.requester, acts_only=True, strangers=strangers)}
