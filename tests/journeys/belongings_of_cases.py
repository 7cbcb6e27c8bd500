"""Cases of Acme's, for the walk through every address: whose they are, and who else sees them (see `belongings.py`)."""

from types import SimpleNamespace

from django.core.files.base import ContentFile

from cases import attachments, watchers
from cases.attachments import Upload
from clients.models import Priority
from tests.cases.opened import a_case
from tests.cast import NOON, Cast, Client
from tests.journeys.belongings import Own


def reported(acme: Client) -> SimpleNamespace:
    """A case with a file, and one that is to be taken back."""
    words = {"name_en": "General", "name_sv": "Allmänt", "definition_en": "The rest.", "definition_sv": "Övrigt."}
    Priority.objects.get_or_create(number=3, defaults=words)
    case = a_case(acme, cause=f"belongings:{acme.account.pk}:1", subject="Disk is full")
    upload = Upload("disk.log", "text/plain", ContentFile(b"full"))
    (file,) = attachments.attach(case.messages.get(), [upload], at=NOON)
    watched = a_case(acme, cause=f"belongings:{acme.account.pk}:2", subject="Disk is slow")
    watchers.watch(watched, acme.approver, by=acme.requester, at=NOON)
    return SimpleNamespace(case=case, file=file, watched=watched)


def portal_of_cases(cast: Cast, acme: Client, things: SimpleNamespace) -> dict[str, Own]:
    """The client's pages; a file is handed out to both sides, from one address."""
    case, rolf, ours = {"case_id": things.case.pk}, acme.requester, [cast.fia]
    staff = [cast.tessa.person, cast.max, cast.fia]
    return {
        "case": Own(case, rolf, strangers=ours),
        "case-file": Own(case | {"attachment_id": things.file.pk}, rolf, strangers=ours),
        "case-withdraw": Own(case, rolf, strangers=staff),
        "desk-case": Own(case, cast.tessa.person, strangers=[acme.approver, acme.requester, cast.fia]),
        **{f"case-{name}": Own(case, rolf, acts_only=True, strangers=staff) for name in ("answer", "watch")},
    }
