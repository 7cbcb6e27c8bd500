"""Addresses of how invoices get out, and of batches."""

from django.urls import URLPattern, path

from invoicing.views import desk_batches, desk_sending

DESK: list[URLPattern] = [
    path("invoices/not-delivered/", desk_sending.undelivered, name="desk-undelivered"),
    path("invoices/transmissions/<int:transmission_id>/again/", desk_sending.again, name="desk-transmission-again"),
    path("invoices/<int:invoice_id>/sending/", desk_sending.send, name="desk-invoice-send"),
    path("invoices/batches/", desk_batches.batch_list, name="desk-batches"),
    path("invoices/batches/<int:batch_id>/", desk_batches.batch, name="desk-batch"),
    path("invoices/batches/<int:batch_id>/cancelling/", desk_batches.cancel, name="desk-batch-cancel"),
    path("invoices/documents.zip", desk_batches.documents_zip, name="desk-invoices-zip"),
]
PORTAL: list[URLPattern] = []
