"""The e-invoice as it is kept and sent (rule I4): written from the facts, and looked at before anybody gets it.

What breaks one of our own checks is not made, be it a rule for which the network only warns: we write nothing that breaks any. Where
the operator has named a folder of further rules (`EINVOICE_RULES`) the official rules and those are asked too, and what they
turn away is not made either; what they warn of passes. Where they cannot be asked, nothing is made until they can.
"""

from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from core.errors import DomainError
from invoicing.einvoice import checks, official, ubl
from invoicing.einvoice.findings import Finding, Gravity
from invoicing.facts import InvoiceFacts


class RulesBroken(DomainError):
    """The e-invoice would break rules: `findings` says which, and where."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(findings)
        self.findings = tuple(findings)

    @property
    def message(self) -> str:
        """Each rule once, by its name and in a sentence."""
        told = dict.fromkeys(f"{finding.rule}: {finding.sentence}" for finding in self.findings)
        return _("The e-invoice was not made, for it breaks rules. %(broken)s Nothing has changed.") % {"broken": " ".join(told)}


class RulesNotAsked(Exception):
    """The operator's rules could not be asked, so that nobody knows yet whether the e-invoice keeps them. A fault to be mended."""


def made(facts: InvoiceFacts) -> bytes:
    """The e-invoice that says `facts`, which breaks no rule; the same facts give the same bytes.

    Raises NotComplete, NotInAgreement, RulesBroken(findings), RulesNotAsked.
    """
    document = ubl.written(facts)
    if found := checks.findings_of(document):
        raise RulesBroken(found)
    if further := folder_of_rules():
        _ask(document, further)
    return document


def folder_of_rules() -> Path | None:
    """The folder that the operator filled with further rules; None where none is named."""
    return Path(settings.EINVOICE_RULES) if settings.EINVOICE_RULES else None


def _ask(document: bytes, further: Path) -> None:
    """Raises RulesBroken for what the official and the operator's rules turn away, RulesNotAsked where some did not run."""
    try:
        verdict = official.judged(document, further=further)
    except official.RulesDidNotRun as fault:
        raise RulesNotAsked(f"EINVOICE_RULES: {fault}") from fault
    if not verdict.is_valid:
        raise RulesBroken([finding for finding in verdict.findings if finding.gravity == Gravity.FATAL])
