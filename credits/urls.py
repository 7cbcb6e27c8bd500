"""Addresses of the client's pages about credit."""

from django.urls import path

from credits.views import accounts, explain, outlook, statement_files, statements, topups, transfers

urlpatterns = [
    path("credit/", statements.accounts, name="credit"),
    path("credit/<int:account_id>/statement/", statements.statement, name="statement"),
    path("credit/<int:account_id>/statement.pdf", statement_files.statement_pdf, name="statement-pdf"),
    path("credit/<int:account_id>/statement.xlsx", statement_files.statement_xlsx, name="statement-xlsx"),
    path("credit/<int:account_id>/statement.csv", statement_files.statement_csv, name="statement-csv"),
    path("credit/<int:account_id>/outlook/", outlook.outlook, name="outlook"),
    path("credit/<int:account_id>/why/<slug:figure>/", explain.why, name="why"),
    path("credit/<int:account_id>/rounding/<int:year>/<int:quarter>/", explain.rounding, name="rounding"),
    path("credit/lots/<int:lot_id>/why/", explain.lot_why, name="lot-why"),
    path("credit/entries/<int:entry_id>/", explain.entry, name="entry"),
    path("credit/accounts/", accounts.account_list, name="accounts"),
    path("credit/accounts/new/", accounts.account_new, name="account-new"),
    path("credit/accounts/<int:account_id>/", accounts.account, name="account"),
    path("credit/transfers/", transfers.transfer_list, name="transfers"),
    path("credit/transfers/new/", transfers.transfer_new, name="transfer-new"),
    path("credit/transfers/<int:transfer_id>/", transfers.transfer, name="transfer"),
    path("credit/transfers/<int:transfer_id>/approval/", transfers.transfer_approve, name="transfer-approve"),
    path("credit/transfers/<int:transfer_id>/decline/", transfers.transfer_decline, name="transfer-decline"),
    path("top-ups/", topups.orders, name="topup-orders"),
    path("credit/<int:account_id>/top-ups/", topups.topup_list, name="topups"),
    path("credit/<int:account_id>/top-ups/new/", topups.topup_new, name="topup-new"),
    path("top-ups/<int:top_up_id>/approval/", topups.topup_approval, name="topup-approval"),
    path("top-ups/<int:top_up_id>/cancellation/", topups.topup_cancel, name="topup-cancel"),
]
