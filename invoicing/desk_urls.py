"""Addresses of the staff's pages of the app `invoicing`, under `desk/`."""

from invoicing.urls_of import bank, books, cards, debts, desk_invoices, due, figures, payouts, plan_fees, portal, sending

urlpatterns = [
    *portal.DESK,
    *desk_invoices.DESK,
    *bank.DESK,
    *books.DESK,
    *cards.DESK,
    *due.DESK,
    *debts.DESK,
    *figures.DESK,
    *sending.DESK,
    *payouts.DESK,
    *plan_fees.DESK,
]
