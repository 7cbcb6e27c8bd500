"""Addresses of figures for the authorities, of checks of VAT numbers, and of statements of account."""

from django.urls import URLPattern, path

from invoicing.views import desk_buyers, figures, statements

DESK: list[URLPattern] = [
    path("reports/", figures.vat, name="desk-reports"),
    path("reports/ec-sales/", figures.sales, name="desk-report-ec"),
    path("reports/ec-sales/file/", figures.sales_file, name="desk-report-ec-file"),
    path("reports/penalties/", figures.penalties, name="desk-report-penalties"),
    path("reports/<slug:report>/workbook/", figures.workbook, name="desk-report-xlsx"),
    path("reports/<slug:report>/table/<int:place>/", figures.text, name="desk-report-csv"),
    path("clients/<int:organisation_id>/vat-number/check/", desk_buyers.check_number, name="desk-buyer-vat-check"),
    path("clients/<int:organisation_id>/invoices/account/", statements.desk_page, name="desk-invoice-account"),
    path("clients/<int:organisation_id>/invoices/account/pdf/", statements.desk_paper, name="desk-invoice-account-pdf"),
]
PORTAL: list[URLPattern] = [
    path("invoices/account/<int:organisation_id>/", statements.portal_page, name="invoice-account"),
    path("invoices/account/<int:organisation_id>/pdf/", statements.portal_paper, name="invoice-account-pdf"),
]
