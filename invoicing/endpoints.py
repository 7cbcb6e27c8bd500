"""Electronic addresses in the Peppol network: a scheme of the list EAS, and an identifier of that scheme (rule I4). Pure.

Of Swedish organisation numbers and GLNs the check digit is looked at; of the others, that it can be an identifier at all: 1 to 50
letters, digits and the marks that identifiers of the network have.
"""

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from stdnum import ean

from invoicing.einvoice import identifiers

SWEDISH, GLN = identifiers.SWEDISH_NUMBER, "0088"
SCHEME, ADDRESS = "endpoint_scheme", "endpoint"
"""The fields that are wrong, by the names that they have in forms."""
IDENTIFIER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9:._~@-]{0,48}[A-Za-z0-9])?\Z")
LISTED = """
0002 0007 0009 0037 0060 0088 0096 0097 0106 0130 0135 0142 0147 0151 0154 0158 0170 0177 0183 0184 0188 0190 0191 0192 0193 0194 0195 0196
0198 0199 0200 0201 0202 0203 0204 0205 0208 0209 0210 0211 0212 0213 0215 0216 0217 0218 0219 0220 0221 0225 0230 0235 0240
9901 9902 9904 9905 9906 9907 9910 9913 9914 9915 9918 9919 9920 9922 9923 9924 9925 9926 9927 9928 9929 9930 9931 9932 9933 9934 9935
9936 9937 9938 9939 9940 9941 9942 9943 9944 9945 9946 9947 9948 9949 9950 9951 9952 9953 9955 9957 9958 9959
"""
SCHEMES = frozenset(LISTED.split())
"""The schemes of four digits of the list EAS (Electronic Address Scheme) that Peppol uses, those that are being given up too."""


@dataclass(frozen=True)
class Wrong:
    """Which field is wrong, and why."""

    field: str
    why: str | Promise


def wrong_with(scheme: str, address: str) -> Wrong | None:
    """What is wrong with such an address; None where nothing is, or where there is none."""
    if not scheme and not address:
        return None
    if not scheme:
        return Wrong(SCHEME, _("An electronic address has a scheme of four digits, like 0007."))
    if not address:
        return Wrong(ADDRESS, _("Write the address of this scheme, or leave out the scheme."))
    if scheme not in SCHEMES:
        return Wrong(SCHEME, _("No such scheme is in the list of the network (EAS)."))
    return _wrong_identifier(scheme, address.replace(" ", ""))


def _wrong_identifier(scheme: str, identifier: str) -> Wrong | None:
    if scheme == SWEDISH and not identifiers.is_swedish_number(identifiers.compact(identifier)):
        return Wrong(ADDRESS, _("This is no Swedish organisation number: ten digits, of which the last is a check digit."))
    if scheme == GLN and not (len(identifier) == 13 and identifier.isascii() and ean.is_valid(identifier)):
        return Wrong(ADDRESS, _("This is no GLN: thirteen digits, of which the last is a check digit."))
    if not IDENTIFIER.match(identifier):
        return Wrong(ADDRESS, _("An identifier has letters, digits and the marks : . _ - ~ @ only, 50 at most."))
    return None
