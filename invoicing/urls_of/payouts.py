"""Addresses of money that goes back: refunds, payouts, final settlements."""

from django.urls import URLPattern, path

from invoicing.views import payouts, refunds

DESK: list[URLPattern] = [
    path("money-back/", payouts.payout_list, name="desk-payouts"),
    path("money-back/refunds/", refunds.refunds, name="desk-refunds"),
    path("money-back/refunds/<int:refund_id>/", refunds.refund, name="desk-refund"),
    path("money-back/clients/<int:organisation_id>/<str:currency>/", payouts.propose, name="desk-payout-new"),
    path("money-back/setting-off/", payouts.set_off, name="desk-set-off"),
    path("money-back/files/", payouts.make_file, name="desk-payout-file-make"),
    path("money-back/files/<int:file_id>/", payouts.file, name="desk-payout-file"),
    path("money-back/<int:payout_id>/", payouts.payout, name="desk-payout"),
    path("money-back/<int:payout_id>/approving/", payouts.approve, name="desk-payout-approve"),
    path("money-back/<int:payout_id>/paying/", payouts.mark_paid, name="desk-payout-paid"),
    path("money-back/<int:payout_id>/cancelling/", payouts.cancel, name="desk-payout-cancel"),
    path("invoices/<int:invoice_id>/credit-behind/", refunds.credit_behind, name="desk-invoice-unbacked"),
    path("final-settlements/", refunds.settlements, name="desk-settlements"),
    path("final-settlements/<int:agreement_id>/", refunds.settlement, name="desk-settlement"),
]
PORTAL: list[URLPattern] = [path("refunds/<int:refund_id>/", refunds.own_refund, name="refund")]
