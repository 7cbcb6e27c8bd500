"""Who the mails of the corpus are from and about: a case of Acme's and one of Borealis', each answered, so that there is a thread."""

from datetime import timedelta

from cases import addresses, words
from cases.models import Case
from cases.words import Said
from notices.models import Notice
from people.models import Person
from tests.cases.mail_corpus import Scene
from tests.cases.opened import a_case, a_dispatcher, a_plan, bind
from tests.cast import NOON, Client

BEFORE = NOON - timedelta(hours=2)


def a_scene(acme: Client, borealis: Client) -> Scene:
    """Acme with a plan, both cases, and what mails about them carry."""
    disa = a_dispatcher()
    bind(acme, a_plan())
    ours, others = _answered(acme, disa), _answered(borealis, disa)
    sent = _sent(ours)
    return Scene(
        address=addresses.address_of(ours),
        our_id=sent[-1],
        our_first_id=sent[0],
        tag=addresses.tag_of(ours),
        number=ours.pk,
        others_address=addresses.address_of(others),
        others_tag=addresses.tag_of(others),
        others_id=_sent(others)[-1],
    )


def _answered(client: Client, disa: Person) -> Case:
    case = a_case(client, at=BEFORE)
    words.answer(case, Said("Have you tried again?"), by=disa, at=BEFORE + timedelta(hours=1), cause=f"scene:{case.pk}")
    return case


def _sent(case: Case) -> list[str]:
    """The Message-IDs of what the reporter got."""
    return list(
        Notice.objects.filter(person=case.reporter, cause__startswith=f"case:{case.pk}:")
        .order_by("pk")
        .values_list("message_id", flat=True)
    )
