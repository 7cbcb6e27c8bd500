"""Seller and buyer as CII writes them (rule I4)."""

from invoicing.einvoice.identifiers import SWEDISH_NUMBER, compact, electronic_address, registered
from invoicing.einvoice.terms import F_TAX
from invoicing.einvoice.texts import one_line
from invoicing.einvoice.trees import Element, Writer
from invoicing.facts import Party

VAT, TAX = "VA", "FC"


def add_party(writer: Writer, group: Element, party: Party, *, vat: bool, seller: bool) -> None:
    """Everything about a party. Without `vat` its VAT number is no tax identifier, and the seller's is told in words instead."""
    register, registered_number = registered(party)
    vat_number = compact(party.vat_number)
    if register == SWEDISH_NUMBER:
        writer.value(group, "ram:GlobalID", registered_number, schemeID=register)
    writer.value(group, "ram:Name", one_line(party.name))
    if seller and vat_number and not vat:
        writer.value(group, "ram:Description", f"VAT {vat_number}")
    if registered_number:
        writer.value(writer.group(group, "ram:SpecifiedLegalOrganization"), "ram:ID", registered_number, schemeID=register)
    _add_contact(writer, group, party)
    _add_address(writer, group, party)
    scheme, address = electronic_address(party)
    if scheme and address:
        writer.value(writer.group(group, "ram:URIUniversalCommunication"), "ram:URIID", address, schemeID=scheme)
    if vat and vat_number:
        writer.value(writer.group(group, "ram:SpecifiedTaxRegistration"), "ram:ID", vat_number, schemeID=VAT)
    if seller and party.f_tax:
        writer.value(writer.group(group, "ram:SpecifiedTaxRegistration"), "ram:ID", F_TAX, schemeID=TAX)


def _add_contact(writer: Writer, group: Element, party: Party) -> None:
    name, phone, mail = (one_line(text) for text in (party.contact_name, party.contact_phone, party.contact_email))
    if not (name or phone or mail):
        return
    contact = writer.group(group, "ram:DefinedTradeContact")
    writer.value(contact, "ram:PersonName", name)
    if phone:
        writer.value(writer.group(contact, "ram:TelephoneUniversalCommunication"), "ram:CompleteNumber", phone)
    if mail:
        writer.value(writer.group(contact, "ram:EmailURIUniversalCommunication"), "ram:URIID", mail)


def _add_address(writer: Writer, group: Element, party: Party) -> None:
    lines = [text for text in (one_line(text) for text in party.address_lines) if text]
    address = writer.group(group, "ram:PostalTradeAddress")
    writer.value(address, "ram:PostcodeCode", one_line(party.postcode))
    for name, text in (("One", lines[:1]), ("Two", lines[1:2]), ("Three", lines[2:])):
        writer.value(address, f"ram:Line{name}", ", ".join(text))
    writer.value(address, "ram:CityName", one_line(party.city))
    writer.value(address, "ram:CountryID", party.country)
