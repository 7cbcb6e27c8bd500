"""The forms of the bank: a file that is read, what becomes of money that waits (see `writes.py`)."""

from io import BytesIO
from itertools import count

from tests.invoicing.bank_files import Ntry, camt053
from tests.journeys.belongings_of_bank import at_the_bank
from tests.proofs.writes import KEY, Stage, Write

_services = count(1)


class BankUpload(BytesIO):
    """A file that can be sent several times: it begins anew each time."""

    name = "bank.xml"

    def read(self, size: int | None = -1, /) -> bytes:
        """All of it, whoever has read it before."""
        return self.getvalue()


def rows(stage: Stage) -> dict[str, Write]:
    """What finance does at the bank."""
    things, fia = at_the_bank(stage.cast, stage.client), stage.cast.fia
    file = BankUpload(camt053(Ntry(amount="41.00", service=f"W{next(_services)}")))
    return {
        "desk-bank": Write(fia, {}, {"file": file}, about="bank"),
        "desk-bank-transaction": Write(fia, {"transaction_id": things.waits.pk}, {"act": "pay", "invoice": things.invoice.number}),
        "desk-bank-money": Write(fia, {}, {"invoice": things.invoice.pk, "key": KEY}, about="the client’s money"),
    }
