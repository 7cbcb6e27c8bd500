"""Addresses of bank files and what is to be dealt with."""

from django.urls import URLPattern, path

from invoicing.views import bank

DESK: list[URLPattern] = [
    path("bank/", bank.bank_page, name="desk-bank"),
    path("bank/money/", bank.money, name="desk-bank-money"),
    path("bank/transactions/", bank.transactions, name="desk-bank-transactions"),
    path("bank/<int:transaction_id>/", bank.transaction, name="desk-bank-transaction"),
]
PORTAL: list[URLPattern] = []
