"""Addresses of the client's pages about credit."""

from django.urls import path

from credits.views import statements, topups

urlpatterns = [
    path("credit/", statements.accounts, name="credit"),
    path("credit/<int:account_id>/statement/", statements.statement, name="statement"),
    path("credit/<int:account_id>/statement.csv", statements.statement_csv, name="statement-csv"),
    path("top-ups/", topups.orders, name="topup-orders"),
    path("credit/<int:account_id>/top-ups/", topups.topup_list, name="topups"),
    path("credit/<int:account_id>/top-ups/new/", topups.topup_new, name="topup-new"),
    path("top-ups/<int:top_up_id>/cancellation/", topups.topup_cancel, name="topup-cancel"),
]
