"""Who takes e-invoices: what the profile may say, what is asked, and what the answers mean (rules I4, P1)."""

import json

import pytest

from clients.profile_table import Table
from core.outbound import Reply
from invoicing.transmission import access_point
from invoicing.transmission.access_point import AccessPoint
from invoicing.transmission.requests import Heard, Verdict, became, heard, pointed, request, status_address

URL = "https://ap.example.com/outbox"
WHOLE = {
    "url": URL,
    "format": "multipart",
    "header": "X-Api-Key",
    "secret_from": "ACCESS_POINT_TOKEN",
    "id_at": "/data/id",
    "status_url": URL + "/{id}",
    "status_at": "/state",
    "delivered": "Delivered, accepted",
    "refused": "rejected",
}
POINT = AccessPoint(url=URL, id_at="/data/id", status_at="/state", delivered=("delivered",), refused=("rejected",))


def read(**said):
    """What is kept of the table, and its faults by key."""
    table = Table("invoicing.access_point", said, [])
    kept = access_point.read(table)
    return kept, {fault.key.removeprefix("invoicing.access_point."): str(fault.reason) for fault in table.faults}


def test_p1_the_whole_table_is_kept_as_plain_values_and_read_back():
    kept, faults = read(**WHOLE)

    back = access_point.of(json.loads(json.dumps(kept)))

    assert faults == {}
    assert (back.header, back.delivered, back.refused, back.format) == ("X-Api-Key", ("delivered", "accepted"), ("rejected",), "multipart")
    assert read() == ({}, {})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("url", "http://ap.example.com/"),
        ("url", "https://127.0.0.1/"),
        ("url", "https://user:secret@ap.example.com/"),
        ("url", "file:///etc/passwd"),
        ("format", "cii"),
        ("header", "X-Key: a\r\nHost"),
        ("secret_from", "SECRET_KEY"),
        ("secret_from", "DATABASE_URL"),
        ("id_at", "data.id"),
        ("id_header", "Two words"),
        ("status_url", "https://ap.example.com/status"),
        ("status_url", "https://localhost/{id}"),
        ("status_at", ""),
        ("colour", "red"),
    ],
)
def test_p1_what_cannot_be_is_a_fault_of_its_key(key, value):
    _kept, faults = read(**(WHOLE | {key: value}))

    assert next(iter(faults)) == ("status_url" if key == "status_at" else key)


def test_i4_no_secret_is_kept(monkeypatch):
    monkeypatch.setenv("ACCESS_POINT_TOKEN", "Bearer s3cret")

    kept, _faults = read(**WHOLE)

    assert "s3cret" not in json.dumps(kept)
    assert access_point.of(kept).authorisation() == {"X-Api-Key": "Bearer s3cret"}
    monkeypatch.delenv("ACCESS_POINT_TOKEN")
    with pytest.raises(access_point.SecretMissing):
        access_point.of(kept).authorisation()


def test_i4_the_same_invoice_under_the_same_key_is_the_same_request():
    point = access_point.of(read(**WHOLE)[0])

    first, again = (request(b"<a/>", name="a.xml", key="k", access_point=point) for _ in range(2))

    assert first == again
    assert first[1]["Idempotency-Key"] == "k"


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        *((status, Verdict.TAKEN) for status in (200, 201, 202, 204)),
        *((status, Verdict.REFUSED) for status in (400, 403, 404, 409, 413, 422)),
        *((status, Verdict.NOT_NOW) for status in (301, 304, 401, 407, 408, 425, 429, 500, 502, 503, 504)),
    ],
)
def test_i4_what_an_answer_means(status, verdict):
    assert heard(Reply(status, {}, b""), POINT) == Heard(verdict, "", str(status))


@pytest.mark.parametrize(
    ("body", "number"),
    [
        (b'{"data": {"id": "A-1"}}', "A-1"),
        (b'{"data": {"id": 17}}', "17"),
        (b'{"data": {"id": true}}', ""),
        (b'{"data": {"id": ["x"]}}', ""),
        (b'{"data": [1]}', ""),
        (json.dumps({"data": {"id": "x" * 201}}).encode(), ""),
        (json.dumps({"data": {"id": "a\r\nb"}}).encode(), ""),
        (b"[" * 100_000, ""),
        (b"\xff\xfe", ""),
        (b"", ""),
    ],
)
def test_i4_the_number_is_what_the_pointer_leads_to_or_none(body, number):
    found = heard(Reply(200, {}, body), POINT)

    assert (found.verdict, found.answer_id) == (Verdict.TAKEN, number)


def test_i4_a_pointer_leads_through_tables_and_lists():
    document = {"a/b": [{"m~n": 8}], "": 0}

    assert [pointed(document, at) for at in ("/a~1b/0/m~0n", "/", "/a~1b/1", "/a~1b/x", "/a~1b/0/m~0n/x", "")] == [
        8,
        0,
        None,
        None,
        None,
        document,
    ]


def test_i4_a_number_cannot_lead_elsewhere():
    point = AccessPoint(url=URL, status_url=URL + "/{id}/state")

    assert status_address(point, "../../admin?x=#1") == URL + "/..%2F..%2Fadmin%3Fx%3D%231/state"


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        (b'{"state": " Delivered "}', Verdict.TAKEN),
        (b'{"state": "REJECTED"}', Verdict.REFUSED),
        (b'{"state": null}', Verdict.NOT_NOW),
        (b"", Verdict.NOT_NOW),
    ],
)
def test_i4_what_became_of_it_is_told_by_its_words(body, verdict):
    assert became(Reply(200, {}, body), POINT) == verdict
