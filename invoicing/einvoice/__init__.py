"""E-invoices (rule I4): written from an invoice's facts, and proven by the official rules and by our own checks.

- `vetting.made` — the e-invoice as it is kept and sent: written, and found to break no rule
- `ubl.written` — Peppol BIS Billing 3.0, for the network
- `cii.written_cii` — the same as UN/CEFACT CII (EN 16931), to be carried inside the PDF
- `official.judged` — what the official schemas and rules find in a document
- `checks.findings_of` — the rules of Peppol and of Sweden, which may not be shipped, checked by ourselves
"""
