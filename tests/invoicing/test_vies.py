"""What VIES answers, read strictly, and how it is asked (rule I2)."""

import json

import pytest

from core import outbound
from core.outbound import FetchFailed, Trouble
from invoicing import vies
from invoicing.models import Verdict
from invoicing.vies import Answer, Vies

VALID = {
    "isValid": True,
    "requestDate": "2026-11-18T11:00:02.124Z",
    "userError": "VALID",
    "name": "HAZEL TREE INTERIORES LDA",
    "address": "RUA DA ROSA 57\n1200-384 LISBOA\n",
    "requestIdentifier": "WAPIAAAAYz0-GZ8v",
    "originalVatNumber": "516123459",
    "vatNumber": "516123459",
    "viesApproximate": {"name": "---", "matchName": 3},
}
INVALID = VALID | {"isValid": False, "userError": "INVALID", "name": "---", "address": "---"}


def of(said):
    return vies.understood(json.dumps(said).encode())


def away(word):
    return Answer(verdict=Verdict.UNAVAILABLE, trouble=word)


def test_i2_a_number_in_force_comes_with_its_receipt_and_its_bearer():
    assert of(VALID) == Answer(
        verdict=Verdict.VALID,
        request_identifier="WAPIAAAAYz0-GZ8v",
        name="HAZEL TREE INTERIORES LDA",
        address="RUA DA ROSA 57, 1200-384 LISBOA",
    )


def test_i2_what_a_country_keeps_to_itself_is_nothing():
    assert of(VALID | {"name": "---", "address": "---"}) == Answer(verdict=Verdict.VALID, request_identifier="WAPIAAAAYz0-GZ8v")


def test_i2_a_denied_number_is_an_answer():
    assert of(INVALID) == Answer(verdict=Verdict.INVALID, request_identifier="WAPIAAAAYz0-GZ8v")


@pytest.mark.parametrize("word", ["MS_UNAVAILABLE", "SERVICE_UNAVAILABLE", "TIMEOUT", "MS_MAX_CONCURRENT_REQ", "INVALID_INPUT"])
def test_i2_a_country_that_is_away_has_denied_nothing(word):
    assert of(INVALID | {"userError": word}) == away(word)
    assert of({"actionSucceed": False, "errorWrappers": [{"error": word}]}) == away(word)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Maintenance</html>",
        b"[]",
        b"null",
        b"{}",
        b"\xff\xfe",
        b"[" * 100_000,
        json.dumps(VALID | {"isValid": False}).encode(),
        json.dumps(VALID | {"isValid": "true"}).encode(),
        json.dumps(INVALID | {"isValid": True, "userError": "VALID "}).encode(),
        json.dumps({"userError": {"a": 1}, "errorWrappers": "x"}).encode(),
        json.dumps({"isValid": False}).encode(),
    ],
)
def test_i2_garbage_is_no_answer(body):
    assert vies.understood(body) == away("GARBLED")


def test_i2_what_is_told_is_cut_and_without_signs_nobody_sees():
    told = of(VALID | {"name": "A\x00B\u202e" + "é" * 999, "address": 7, "requestIdentifier": ["x"]})

    assert (told.name[:2], len(told.name), told.address, told.request_identifier) == ("AB", 300, "", "")


@pytest.mark.parametrize(
    ("number", "requester", "url"),
    [
        ("de 136 695 976", "SE556677889901", "/DE/vat/136695976?requesterMemberStateCode=SE&requesterNumber=556677889901"),
        ("GR094259216", "", "/EL/vat/094259216"),
        ("ATU13585627", "556677-8899!", "/AT/vat/U13585627"),
        ("IE1+23456A", "", "/IE/vat/1%2B23456A"),
    ],
)
def test_i2_vies_is_asked_on_our_behalf(monkeypatch, number, requester, url):
    asked = []

    def fetch(address, **_how):
        asked.append(address)
        return outbound.Answer(status=200, body=json.dumps(VALID).encode(), etag="", last_modified="")

    monkeypatch.setattr(outbound, "fetch", fetch)

    assert Vies().check(number, requester).verdict == Verdict.VALID
    assert asked == [vies.ADDRESS + url]


@pytest.mark.parametrize("number", ["", "DE", "DE12/../..", "DE1?x=1", "136695976", "DE" + "1" * 40, "D€136695976"])
def test_i2_what_cannot_be_a_number_is_not_asked(internet, number):
    assert Vies().check(number, "") == away("MALFORMED")
    assert internet.asked == []


def test_i2_nobody_there_is_no_answer(internet, monkeypatch):
    assert Vies().check("DE136695976", "") == away("NO_WAY")
    for reason in Trouble:
        monkeypatch.setattr(outbound, "fetch", _failing(FetchFailed(reason)))
        assert Vies().check("DE136695976", "").verdict == Verdict.UNAVAILABLE


def test_i2_an_address_inside_our_network_is_refused(internet):
    internet.names["ec.europa.eu"] = ["127.0.0.1"]

    assert Vies().check("DE136695976", "") == away("NO_WAY")
    assert internet.contacts == []


def _failing(error):
    def fetch(*_address, **_how):
        raise error

    return fetch
