"""An electronic address is an identifier of a scheme of the network (rule I4)."""

import pytest
from django.urls import reverse

from invoicing import buyers, endpoints
from invoicing.buyers import Asked, EndpointWrong
from invoicing.models import Buyer, SentBy
from tests.cast import NOON
from tests.invoicing.scene import invoicing_terms


@pytest.mark.parametrize(
    ("scheme", "address"),
    [
        ("", ""),
        ("0007", "5567037485"),
        ("0007", "556703-7485"),
        ("0088", "7300009039456"),
        ("0192", "974 760 673"),
        ("9930", "DE136695976"),
        ("0204", "04011000-12345-03"),
        ("0201", "A"),
    ],
)
def test_i4_an_address_that_can_be_one(scheme, address):
    assert endpoints.wrong_with(scheme, address) is None


@pytest.mark.parametrize(
    ("scheme", "address", "field"),
    [
        ("", "!!", "endpoint_scheme"),
        ("", "5567037485", "endpoint_scheme"),
        ("0007", "", "endpoint"),
        ("0007", "5567037486", "endpoint"),
        ("0007", "55670374", "endpoint"),
        ("0088", "7300009039457", "endpoint"),
        ("0088", "730000903945", "endpoint"),
        ("0088", "٧٣٠٠٠٠٩٠٣٩٤٥٩", "endpoint"),
        ("0003", "5567037485", "endpoint_scheme"),
        ("9999", "5567037485", "endpoint_scheme"),
        ("0192", "!!", "endpoint"),
        ("0192", "974760673\n", "endpoint"),
        ("0192", "9" * 51, "endpoint"),
        ("0192", "-974760673", "endpoint"),
    ],
)
def test_i4_what_cannot_be_an_address_says_which_field_is_wrong(scheme, address, field):
    wrong = endpoints.wrong_with(scheme, address)

    assert (wrong is not None and wrong.field, wrong is not None and len(str(wrong.why)) > 20) == (field, True)


@pytest.mark.django_db
def test_i4_the_form_refuses_such_an_address_on_its_field_and_keeps_nothing(cast, acme, client_of):
    invoicing_terms()
    url, browser = reverse("desk-buyer", args=[acme.organisation.pk]), client_of(cast.fia)
    said = {"email": "", "sent_by": "mail", "reference": "", "payment_days": ""}

    no_scheme = browser.post(url, said | {"endpoint_scheme": "", "endpoint": "!!"})
    no_number = browser.post(url, said | {"endpoint_scheme": "0007", "endpoint": "5567037486"})
    kept = Buyer.objects.exists()
    right = browser.post(url, said | {"endpoint_scheme": "0007", "endpoint": "556703-7485"})

    assert [answer.status_code for answer in (no_scheme, no_number)] == [422, 422]
    assert (list(no_scheme.context["form"].errors), list(no_number.context["form"].errors)) == (["endpoint_scheme"], ["endpoint"])
    assert (kept, right.status_code, Buyer.objects.get().endpoint) == (False, 302, "556703-7485")


def test_i4_what_cannot_be_an_address_is_refused_whoever_asks(cast, acme):
    asked = Asked(sent_by=SentBy.PEPPOL, endpoint_scheme="0007", endpoint="5567037486")

    with pytest.raises(EndpointWrong, match="no Swedish organisation number"):
        buyers.change(acme.organisation, asked, by=cast.fia, at=NOON)

    assert not Buyer.objects.exists()
