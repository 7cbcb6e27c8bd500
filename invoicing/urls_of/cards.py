"""Addresses of payments by card. The service's own calls have no name: nothing of ours leads there."""

from django.urls import URLPattern, path

from invoicing.views import cards, desk_cards

PORTAL: list[URLPattern] = [
    path("invoices/<int:invoice_id>/card/", cards.pay, name="invoice-card"),
    path("invoices/card-payments/<int:card_payment_id>/", cards.card_payment, name="card-payment"),
    path("payments/card/", cards.called),
]
DESK: list[URLPattern] = [
    path("bank/cards/", desk_cards.card_list, name="desk-cards"),
    path("bank/cards/<int:card_payment_id>/return/", desk_cards.give_back, name="desk-card-return"),
]
