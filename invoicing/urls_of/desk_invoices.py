"""Addresses of invoices at the desk."""

from django.urls import URLPattern, path

from invoicing.views import desk_acts, desk_buyers, desk_invoice, desk_invoices, desk_issuing, exchange_rates

DESK: list[URLPattern] = [
    path("invoices/", desk_invoices.invoice_list, name="desk-invoices"),
    path("invoices/drafting/", desk_invoices.pull, name="desk-invoices-draft"),
    path("invoices/issuing/", desk_issuing.issue_chosen, name="desk-invoices-issue"),
    path("invoices/list.csv", desk_invoices.text, name="desk-invoices-csv"),
    path("invoices/list.xlsx", desk_invoices.workbook, name="desk-invoices-xlsx"),
    path("invoices/exchange-rates/", exchange_rates.rates, name="desk-exchange-rates"),
    path("invoices/<int:invoice_id>/", desk_invoice.invoice, name="desk-invoice"),
    path("invoices/<int:invoice_id>/references/", desk_invoice.references, name="desk-invoice-references"),
    path("invoices/<int:invoice_id>/issuing/", desk_invoice.issue, name="desk-invoice-issue"),
    path("invoices/<int:invoice_id>/dropping/", desk_acts.drop, name="desk-invoice-drop"),
    path("invoices/<int:invoice_id>/payments/", desk_invoice.pay, name="desk-invoice-pay"),
    path("invoices/payments/<int:payment_id>/taking-back/", desk_acts.take_back, name="desk-payment-take-back"),
    path("invoices/<int:invoice_id>/credit-note/", desk_acts.credit, name="desk-invoice-credit"),
    path("invoices/<int:invoice_id>/writing-off/", desk_acts.write_off, name="desk-invoice-write-off"),
    path("clients/<int:organisation_id>/invoicing/", desk_buyers.buyer, name="desk-buyer"),
    path("clients/<int:organisation_id>/reminders/stopping/", desk_buyers.stop_reminders, name="desk-buyer-stop"),
    path("clients/<int:organisation_id>/reminders/resuming/", desk_buyers.resume_reminders, name="desk-buyer-resume"),
]
PORTAL: list[URLPattern] = []
