"""Seller and buyer as UBL writes them (rule I4), with what Swedish law wants of a Swedish seller (SE-R-001 to 005)."""

from invoicing.einvoice.identifiers import SWEDISH_NUMBER, compact, electronic_address, registered
from invoicing.einvoice.terms import F_TAX
from invoicing.einvoice.texts import one_line
from invoicing.einvoice.trees import Element, Writer
from invoicing.facts import Party


def add_party(writer: Writer, parent: Element, party: Party, *, vat: bool, seller: bool) -> None:
    """Everything about a party. Without `vat` its VAT number is no tax identifier, and the seller's is told in words instead."""
    group = writer.group(parent, "cac:Party")
    scheme, address = electronic_address(party)
    writer.value(group, "cbc:EndpointID", address, schemeID=scheme)
    register, registered_number = registered(party)
    if register == SWEDISH_NUMBER and registered_number:
        writer.value(writer.group(group, "cac:PartyIdentification"), "cbc:ID", registered_number, schemeID=register)
    writer.value(writer.group(group, "cac:PartyName"), "cbc:Name", one_line(party.name))
    _add_address(writer, group, party)
    number = compact(party.vat_number)
    if vat and number:
        _add_tax_scheme(writer, group, number, "VAT")
    if seller and party.f_tax:
        _add_tax_scheme(writer, group, F_TAX, "TAX")
    legal = writer.group(group, "cac:PartyLegalEntity")
    writer.value(legal, "cbc:RegistrationName", one_line(party.name))
    writer.value(legal, "cbc:CompanyID", registered_number, schemeID=register)
    if seller and number and not vat:
        writer.value(legal, "cbc:CompanyLegalForm", f"VAT {number}")
    _add_contact(writer, group, party)


def _add_address(writer: Writer, group: Element, party: Party) -> None:
    lines = [text for text in (one_line(text) for text in party.address_lines) if text]
    address = writer.group(group, "cac:PostalAddress")
    writer.value(address, "cbc:StreetName", "".join(lines[:1]))
    writer.value(address, "cbc:AdditionalStreetName", "".join(lines[1:2]))
    writer.value(address, "cbc:CityName", one_line(party.city))
    writer.value(address, "cbc:PostalZone", one_line(party.postcode))
    if rest := ", ".join(lines[2:]):
        writer.value(writer.group(address, "cac:AddressLine"), "cbc:Line", rest)
    writer.value(writer.group(address, "cac:Country"), "cbc:IdentificationCode", party.country)


def _add_tax_scheme(writer: Writer, group: Element, number: str, scheme: str) -> None:
    tax = writer.group(group, "cac:PartyTaxScheme")
    writer.value(tax, "cbc:CompanyID", number)
    writer.value(writer.group(tax, "cac:TaxScheme"), "cbc:ID", scheme)


def _add_contact(writer: Writer, group: Element, party: Party) -> None:
    known = (one_line(party.contact_name), one_line(party.contact_phone), one_line(party.contact_email))
    if any(known):
        contact = writer.group(group, "cac:Contact")
        for name, text in zip(("Name", "Telephone", "ElectronicMail"), known, strict=True):
            writer.value(contact, f"cbc:{name}", text)
