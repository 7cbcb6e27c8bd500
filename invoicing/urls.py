"""Addresses of the clients' pages of the app `invoicing`."""

from invoicing.urls_of import bank, books, cards, debts, desk_invoices, due, figures, payouts, plan_fees, portal, sending

urlpatterns = [
    *portal.PORTAL,
    *desk_invoices.PORTAL,
    *bank.PORTAL,
    *books.PORTAL,
    *cards.PORTAL,
    *due.PORTAL,
    *debts.PORTAL,
    *figures.PORTAL,
    *sending.PORTAL,
    *payouts.PORTAL,
    *plan_fees.PORTAL,
]
