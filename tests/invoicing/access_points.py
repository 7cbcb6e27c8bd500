"""An access point on this machine that answers as the test says, and invoices that are complete enough to go there."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from clients.models import Organisation, Provider
from invoicing import documents
from invoicing.models import Buyer, Invoice, InvoicingTerms
from people.models import Person
from tests.cast import NOON, Client
from tests.invoicing.scene import an_invoice, invoicing_terms

SECRET = "Bearer s3cret"
ANSWER = '{"data": {"id": "AP-17"}}'


@dataclass
class Asked:
    """One request: how, where to, with which headers (in small letters), and its body."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class AccessPoint:
    """`answers` are what is said to the next requests, a status and a text each; ANSWER after the last."""

    answers: list[tuple[int, str]] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    before_answering: Callable[[], Any] = lambda: None
    port: int = 0

    @property
    def taken(self) -> set[str]:
        """The keys of what it was sent: who keeps to them takes each once."""
        return {asked.headers["idempotency-key"] for asked in self.asked if asked.method == "POST"}

    def answer(self, handler: BaseHTTPRequestHandler, method: str) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        self.asked.append(Asked(method, handler.path, {name.lower(): value for name, value in handler.headers.items()}, body))
        status, text = self.answers.pop(0) if self.answers else (200, ANSWER)
        self.before_answering()
        handler.send_response(status)
        handler.send_header("X-Id", "H-5")
        handler.send_header("Content-Length", str(len(text.encode())))
        handler.end_headers()
        handler.wfile.write(text.encode())


@contextmanager
def an_access_point(*answers: tuple[int, str]) -> Iterator[AccessPoint]:
    point = AccessPoint(answers=list(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            point.answer(self, "POST")

        def do_GET(self) -> None:
            point.answer(self, "GET")

        def log_message(self, *_args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    point.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield point
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def connected(point: AccessPoint, **more: Any) -> None:
    """The provider's e-invoices go there."""
    kept = {"url": f"http://localhost:{point.port}/outbox", "secret_from": "ACCESS_POINT_TOKEN", "id_at": "/data/id", **more}
    InvoicingTerms.objects.update(access_point=kept)


def polled(point: AccessPoint) -> None:
    """The same, and it can be asked what became of them."""
    url = f"http://localhost:{point.port}/status/{{id}}"
    connected(point, status_url=url, status_at="/state", delivered=["delivered"], refused=["rejected"])


def a_seller(**fields: Any) -> InvoicingTerms:
    """A provider and terms of which an e-invoice is complete."""
    Provider.objects.filter(pk=1).update(organisation_number="556036-0793", vat_number="SE556036079301")
    return invoicing_terms(endpoint="5560360793", **fields)


def a_buyer(client: Client, *, sent_by: str = "peppol", email: str = "") -> Client:
    """A client whose invoices can travel by Peppol."""
    Organisation.objects.filter(pk=client.organisation.pk).update(
        organisation_number="556703-7485", vat_number="SE556703748501", address="Sveavägen 2\n753 10 Uppsala", country="SE"
    )
    endpoint = {"endpoint_scheme": "0007", "endpoint": "5567037485", "reference": "ref-4711"}
    Buyer.objects.create(organisation=client.organisation, sent_by=sent_by, email=email, **endpoint)
    client.account.refresh_from_db()
    client.organisation.refresh_from_db()
    return client


def documented(client: Client, finance: Person) -> Invoice:
    """An issued invoice whose documents have been made."""
    invoice = an_invoice(client, finance)
    documents.keep(invoice, at=NOON)
    return invoice
