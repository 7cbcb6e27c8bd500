"""Cases of Acme's as the desk works on them, for the walk through every address (see `belongings.py`)."""

from cases.models import Case, SavedView
from clients.models import Membership
from tests.cases.opened import a_case
from tests.cast import NOON, Cast, Client
from tests.journeys.belongings import Own

ACTS = ("say", "begin", "no-answer", "take", "release", "assign", "merge", "link", "unlink", "tag", "untag", "watch", "unwatch")


def desk_pages(cast: Cast, acme: Client) -> dict[str, Own]:
    """What Tessa does with a case of Acme's; its people have the portal."""
    case, tessa, ours = a_case_of_the_desk(acme), cast.tessa.person, [acme.approver, acme.requester]
    member = Membership.objects.get(person=acme.requester)
    view, _made = SavedView.objects.get_or_create(person=tessa, name="Mine", defaults={"query": "whose=mine"})
    return {
        "desk-case": Own({"case_id": case.pk}, tessa, strangers=[*ours, cast.fia]),
        **{f"desk-case-{name}": Own({"case_id": case.pk}, tessa, acts_only=True, strangers=[*ours, cast.fia]) for name in ACTS},
        "desk-case-report": Own({"member_id": member.pk}, tessa, strangers=[*ours, cast.fia]),
        "desk-view-drop": Own({"view_id": view.pk}, tessa, acts_only=True, strangers=[*ours, cast.fia]),
    }


def a_case_of_the_desk(client: Client, name: str = "desk") -> Case:
    """A case that nobody has yet."""
    return a_case(client, at=NOON, cause=f"{name}:{client.organisation.pk}")
