"""Rules in Schematron: each way of asking, seen to find and to leave alone; what is not understood is refused, never left out (rule I4)."""

from textwrap import dedent

import pytest

from invoicing.einvoice import official
from invoicing.einvoice.findings import Gravity
from invoicing.einvoice.schematron import NotCompiled, stylesheet_of
from invoicing.einvoice.ubl import written
from tests.invoicing import documents

HEAD = """<schema xmlns="http://purl.oclc.org/dsdl/schematron" xmlns:xs="http://www.w3.org/2001/XMLSchema" queryBinding="{language}">
<ns prefix="cbc" uri="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"/>
<ns prefix="cac" uri="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"/>
<ns prefix="ubl" uri="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/>
<ns prefix="own" uri="urn:example:own"/>"""


def schema(inside, language="xslt2"):
    return HEAD.format(language=language) + dedent(inside) + "</schema>"


def a_pattern(*rules):
    return "<pattern>" + "".join(rules) + "</pattern>"


def a_rule(context, *asked):
    return f'<rule context="{context}">{"".join(asked)}</rule>'


def asks(name, test, said="No.", **more):
    attributes = "".join(f' {key}="{value}"' for key, value in more.items())
    return f'<assert id="{name}" test="{test}"{attributes}>{said}</assert>'


@pytest.fixture
def found(tmp_path):
    """What these rules find in an invoice for eight hours."""

    def finds(inside, *, language="xslt2", document=None):
        (tmp_path / "own.sch").write_text(schema(inside, language))
        verdict = official.judged(document or written(documents.domestic()), further=tmp_path)
        return verdict.findings

    return finds


def names(findings):
    return [finding.rule for finding in findings]


def test_i4_an_assertion_finds_what_does_not_hold_and_says_where_and_how_grave(found):
    rule = a_rule("cbc:ID[parent::ubl:Invoice]", asks("A", ". = '1'", "[A]-Not <value-of select='.'/> in <name/>", flag="warning"))

    [finding] = found(a_pattern(rule))

    assert (finding.rule, finding.sentence, finding.gravity) == ("A", "[A]-Not 2026-1001 in cbc:ID", Gravity.WARNING)
    assert finding.place.endswith("CommonBasicComponents-2}ID[1]")


def test_i4_an_assertion_that_holds_finds_nothing_and_a_report_finds_what_holds(found):
    held = asks("A", ". = 'SEK'")
    reported = """<report id="B" test=". = 'SEK'">In kronor.</report><report id="C" test=". = 'EUR'">In euro.</report>"""

    assert names(found(a_pattern(a_rule("cbc:DocumentCurrencyCode", held, reported)))) == ["B"]


def test_i4_of_a_pattern_the_first_rule_that_fits_is_asked_and_every_pattern_is(found):
    first, second = a_rule("cbc:DocumentCurrencyCode", asks("A", "false()")), a_rule("cbc:*", asks("B", "not(. = 'SEK')"))

    assert names(found(a_pattern(first, second))) == ["A"]
    assert names(found(a_pattern(second, first))) == ["B"]
    assert names(found(a_pattern(first) + a_pattern(second))) == ["A", "B"]


def test_i4_attributes_and_the_document_itself_are_asked_too(found):
    rules = a_pattern(a_rule("/", asks("A", "ubl:Nothing")), a_rule("@unitCode", asks("B", ". = 'HUR'")))

    assert names(found(rules)) == ["A", "B"]


def test_i4_values_are_known_where_they_are_named(found):
    everywhere, in_pattern = '<let name="most" value="100"/>', '<let name="currency" value="/*/cbc:DocumentCurrencyCode"/>'
    rule = a_rule(
        "cbc:PayableAmount",
        '<let name="sum" value="xs:decimal(.)"/>',
        asks("A", "$sum &lt; $most"),
        asks("B", "@currencyID = $currency"),
    )

    assert names(found(f"{everywhere}<pattern>{in_pattern}{rule}</pattern>")) == ["A"]


def test_i4_functions_are_carried_over_as_peppol_writes_them(found):
    function = """<function xmlns="http://www.w3.org/1999/XSL/Transform" name="own:is-short" as="xs:boolean">
        <param name="said"/><sequence select="string-length($said) &lt; 4"/></function>"""
    rules = a_pattern(a_rule("cbc:DocumentCurrencyCode | cbc:ProfileID", asks("A", "own:is-short(.)")))

    assert names(found(function + rules)) == ["A"]


def test_i4_braces_and_quotes_are_no_values(found):
    rule = a_rule("cbc:DocumentCurrencyCode", asks("A{1}", "matches(., '^[A-Z]{2}$')"))

    assert names(found(a_pattern(rule))) == ["A{1}"]


def test_i4_rules_of_old_take_the_first_of_many(found):
    many = a_pattern(a_rule("ubl:Invoice", asks("A", "string-length(.//cbc:ID) = 0")))

    assert names(found(many, language="xslt")) == ["A"]
    with pytest.raises(official.RulesDidNotRun):
        found(many)


def test_i4_what_says_nothing_of_a_document_is_passed_over(found):
    said = '<title>Own</title><p>Words</p><phase id="x"><active pattern="y"/></phase><!-- a note --><?hint x?><diagnostics/>'

    assert names(found(said + a_pattern("<title>Own</title>", a_rule("cbc:DocumentCurrencyCode", asks("A", "false()"))))) == ["A"]


@pytest.mark.parametrize(
    ("inside", "why"),
    [
        ('<include href="other.sch"/>', "uses include"),
        ('<extends href="other.sch"/>', "uses extends"),
        ('<pattern abstract="true"/>', "uses abstract"),
        ('<pattern is-a="other"/>', "uses is-a"),
        ("<pattern documents=\"'x.xml'\"/>", "uses documents"),
        ('<pattern><rule abstract="true" id="x"><assert test="1">No</assert></rule></pattern>', "rule in line 6 has no context"),
        ('<pattern><rule context="x"><extends rule="y"/></rule></pattern>', "uses extends"),
        ('<pattern><rule context="x"><asert test="1">No</asert></rule></pattern>', "uses asert"),
        ('<pattern><rule context="x"><assert>No</assert></rule></pattern>', "assert in line 6 has no test"),
        ('<pattern><rule context="x"><assert test="1">No <b/></assert></rule></pattern>', "uses b in a sentence"),
        ('<let name="x"/>', "let in line 6 has no value"),
        ('<other xmlns="urn:other"/>', "uses {urn:other}other"),
    ],
)
def test_i4_what_is_not_understood_is_refused(inside, why):
    with pytest.raises(NotCompiled, match=why.replace("{", r"\{")):
        stylesheet_of(schema("\n" + inside).encode())


@pytest.mark.parametrize(
    "said", ["", "words", "<schema/>", schema("", "exslt"), '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>']
)
def test_i4_what_is_no_schematron_is_refused(said):
    with pytest.raises(NotCompiled):
        stylesheet_of(said.encode())
