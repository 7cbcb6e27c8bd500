"""`manage.py judge_e_invoices`: what is stored is judged anew, and what was not judged is never taken for good (rule I4)."""

import re
import sys

import pytest
from django.core.management import CommandError, call_command

from invoicing import crediting, documents
from invoicing.einvoice import official, ubl, vetting
from tests.cast import NOON
from tests.invoicing.access_points import a_buyer, a_seller, documented
from tests.invoicing.breaking import add, broken, drop, put
from tests.invoicing.official_rules import WARNING, a_compiled_rule, a_rule
from tests.invoicing.scene import an_invoice

pytestmark = pytest.mark.django_db
TOTAL = "cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount"


@pytest.fixture
def seller(cast):
    return a_seller()


@pytest.fixture
def invoice(cast, acme, seller):
    return documented(a_buyer(acme), cast.fia)


def judge(capsys, *asked):
    """What the command prints, and what it ends with: 0, or 1 where somebody should look."""
    ended: object = 0
    try:
        call_command("judge_e_invoices", *[str(one) for one in asked])
    except SystemExit as end:
        ended = end.code
    printed = capsys.readouterr()
    return ended, printed.out, printed.err


def kept_with_a_fault(monkeypatch, client, finance, *breaks):
    """An invoice whose e-invoice was kept with a fault, as a version of the product might have that looked at nothing."""
    written = ubl.written
    with monkeypatch.context() as patch:
        patch.setattr(vetting, "made", lambda said: broken(written(said), *breaks))
        return documented(client, finance)


def test_i4_all_that_is_stored_is_judged_and_said_how_many_rules_fired(cast, acme, invoice, capsys):
    other = documented(acme, cast.fia)

    ended, out, err = judge(capsys)
    _ended, one, _err = judge(capsys, other.number)

    told = r"^(\d+): good; findings: 0; rules fired: ([1-9]\d+) \(EN16931-UBL-validation\.xslt \2\)$"
    lines = re.findall(told, out, re.MULTILINE)
    assert [number for number, _fired in lines] == [invoice.number, other.number]
    together = sum(int(fired) for _number, fired in lines)
    assert (ended, err, f"E-invoices: 2; rules fired: {together:,}; none breaks a rule." in out) == (0, "", True)
    assert re.findall(told, one, re.MULTILINE) == [lines[1]]


def test_i4_credit_notes_are_judged_too(cast, invoice, capsys):
    note = crediting.credit(invoice, None, reason="Agreed", by=cast.fia, at=NOON, cause="note")
    documents.keep(note, at=NOON)

    ended, out, _err = judge(capsys, note.number)

    assert (ended, f"{note.number}: good; findings: 0" in out) == (0, True)


def test_i4_what_breaks_an_official_rule_is_named_and_ends_with_one(cast, acme, seller, monkeypatch, capsys):
    client = a_buyer(acme)
    good, bad = documented(client, cast.fia), kept_with_a_fault(monkeypatch, client, cast.fia, put(TOTAL, "1.00"))

    ended, out, err = judge(capsys)

    assert (ended, f"{good.number}: good" in out, f"{bad.number}: broken; findings: 2" in out) == (1, True, True)
    assert re.findall(r"^  (\S+) \((\w+)\): \[", out, re.MULTILINE) == [("BR-CO-15", "fatal"), ("BR-CO-16", "fatal")]
    assert re.search(r"^E-invoices: 2; rules fired: [1-9]\d\d; broken, or not judged: 1\.$", err, re.MULTILINE)


@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        (drop("cbc:BuyerReference"), "PEPPOL-EN16931-R003"),
        (put("cac:PaymentMeans[1]/cac:PayeeFinancialAccount/cbc:ID", "505-1055"), "SE-R-008"),
        (add(".", "<cbc:Note>Too late</cbc:Note>"), "XSD"),
    ],
)
def test_i4_nor_are_rules_of_the_network_and_the_schema_passed_over(cast, acme, monkeypatch, capsys, fault, rule):
    a_seller()
    kept_with_a_fault(monkeypatch, a_buyer(acme), cast.fia, fault)

    ended, out, _err = judge(capsys)

    assert (ended, f"  {rule} (" in out) == (1, True)


@pytest.mark.parametrize("ending", ["xsl", "xslt", "XSL"])
def test_i4_a_compiled_rule_of_the_operator_fires(invoice, capsys, tmp_path, ending):
    ended, out, _err = judge(capsys, invoice.number, "--rules", a_compiled_rule(tmp_path, ending=ending))

    assert (ended, "  OWN-2 (fatal): Not here. [/x]" in out, f"OWN-2.{ending} 1)" in out) == (1, True, True)


def test_i4_a_rule_in_schematron_fires(invoice, capsys, tmp_path):
    ended, out, _err = judge(capsys, invoice.number, "--rules", a_rule(tmp_path))

    assert (ended, "  OWN-1 (fatal): [OWN-1]-In SEK nobody pays here." in out, "OWN-1.sch 1)" in out) == (1, True, True)


def test_i4_a_rule_that_holds_is_said_to_have_fired(invoice, capsys, tmp_path):
    ended, out, _err = judge(capsys, invoice.number, "--rules", a_rule(tmp_path, test=". = 'SEK'"))

    assert (ended, "good; findings: 0" in out, "OWN-1.sch 1)" in out) == (0, True, True)


def test_i4_a_warning_is_printed_and_breaks_nothing(invoice, capsys, tmp_path):
    ended, out, _err = judge(capsys, invoice.number, "--rules", a_rule(tmp_path, flag=WARNING))

    assert (ended, "good; findings: 1" in out, "  OWN-1 (warning): " in out) == (0, True, True)


def test_i4_the_folder_of_the_environment_counts_unless_another_is_named(invoice, capsys, tmp_path, settings):
    (tmp_path / "other").mkdir()
    settings.EINVOICE_RULES = str(a_rule(tmp_path))

    _ended, out, _err = judge(capsys, invoice.number)
    _ended, other, _err = judge(capsys, invoice.number, "--rules", a_compiled_rule(tmp_path / "other"))

    assert ("OWN-1 (" in out, "OWN-2 (" in out) == (True, False)
    assert ("OWN-1 (" in other, "OWN-2 (" in other) == (False, True)


def test_i4_a_number_that_is_unknown_or_without_an_e_invoice_is_refused(cast, acme, borealis, invoice, capsys):
    without = documented(borealis, cast.fia)

    with pytest.raises(CommandError) as refused:
        judge(capsys, invoice.number, "NO-1", without.number)

    assert str(refused.value) == (
        f"Nothing was judged. No invoice or credit note has been issued under NO-1. No e-invoice is stored of {without.number}."
    )
    assert capsys.readouterr().out == ""


def test_i4_where_nothing_is_stored_nothing_is_said_to_be_good(cast, acme, seller, capsys):
    an_invoice(a_buyer(acme), cast.fia)

    with pytest.raises(CommandError, match="Nothing was judged: no e-invoice has been made yet"):
        judge(capsys)


def test_i4_a_folder_without_rules_is_refused(capsys, tmp_path):
    (tmp_path / "read-me.txt").write_text("Rules come here")
    for folder in (tmp_path, tmp_path / "missing", tmp_path / "read-me.txt"):
        with pytest.raises(CommandError, match="Nothing was judged: there are no rules in"):
            judge(capsys, "--rules", folder)


@pytest.mark.parametrize("name", ["bad.xsl", "bad.sch"])
@pytest.mark.parametrize("said", ["", "<unclosed", "<other/>", "\x00"])
def test_i4_rules_that_cannot_be_read_are_refused(capsys, tmp_path, name, said):
    (a_rule(tmp_path) / name).write_text(said)

    with pytest.raises(CommandError, match=f"Nothing was judged: the rules {name} cannot be compiled"):
        judge(capsys, "--rules", tmp_path)


def test_i4_rules_that_have_nothing_to_say_are_no_success(invoice, capsys, tmp_path):
    (a_rule(tmp_path) / "OWN-1.sch").write_text((tmp_path / "OWN-1.sch").read_text().replace("cbc:DocumentCurrencyCode", "cbc:Nowhere"))

    ended, out, err = judge(capsys, invoice.number, "--rules", tmp_path)

    assert (ended, out) == (1, "")
    assert f"{invoice.number}: not judged, for no rule of OWN-1.sch applied to the document" in err


@pytest.mark.parametrize("library", ["saxonche", "facturx"])
def test_i4_without_the_extra_nothing_is_judged(capsys, monkeypatch, library):
    official._folder.cache_clear()
    monkeypatch.setitem(sys.modules, library, None)

    with pytest.raises(CommandError, match=r"Nothing was judged: .* the extra einvoice"):
        judge(capsys)
    official._folder.cache_clear()
