"""Our own checks of an e-invoice (rule I4): the rules of the Peppol network and of Sweden, which nobody may pass on as they are.

They are written anew from what the rules are published to say, under the same numbers, for everything that our documents can hold and
that neither the schema nor EN 16931 looks at. The official rules in an operator's own folder (`official.judged`) stay the last word.
"""

from invoicing.einvoice import allowance_rules, peppol_rules, swedish_rules
from invoicing.einvoice.findings import Finding
from invoicing.einvoice.trees import parsed
from invoicing.einvoice.ubl import ROOTS, UBL

RULES = (*peppol_rules.RULES, *allowance_rules.RULES, *swedish_rules.RULES)
FORMS = {f"{{{UBL}:{name}-2}}{name}" for name in ROOTS.values()}


class NotAnEInvoice(Exception):
    """The document is neither an invoice nor a credit note in UBL, so that nothing was checked."""


def findings_of(document: bytes) -> tuple[Finding, ...]:
    """What breaks a rule, in the order of the rules. Raises NotAnEInvoice, or trees.Unreadable."""
    root = parsed(document)
    if root.tag not in FORMS:
        raise NotAnEInvoice(root.tag)
    return tuple(finding for rule in RULES for finding in rule.findings(root))
