"""Which addresses cost much to answer, and of which kind each is: how often one may ask is named in the settings (proof SEC14)."""

_KINDS = {
    "paper": "statement-pdf rounding-pdf invoice-account-pdf desk-invoice-account-pdf invoice-document desk-invoice-document"
    " delivery-estimate-document desk-delivery-estimate-document delivery-estimate-link",
    "export": "statement-csv statement-xlsx desk-invoices-csv desk-invoices-xlsx desk-invoices-zip desk-overdue-csv desk-overdue-xlsx"
    " desk-report-csv desk-report-xlsx desk-report-ec-file desk-delivery-reports-csv desk-delivery-reports-xlsx desk-books-list"
    " desk-books-month-file desk-books-sie desk-payout-file desk-audit-csv desk-audit-xlsx client-data-file",
    "search": "session-new session-postpone desk-session-new desk-session-move series-new desk-week-events help",
    "suggestion": "help-suggestions",
    "calendar": "calendar-feed",
}
ADDRESSES = {name: kind for kind, names in _KINDS.items() for name in names.split()}
