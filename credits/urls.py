"""Addresses of the client's pages about credit."""

from django.urls import path

from credits.views import accounts, auto_top_ups, explain, outlook, purchase_orders, statement_files, statements, topups, transfers

urlpatterns = [
    path("credit/", statements.accounts, name="credit"),
    path("credit/<int:account_id>/statement/", statements.statement, name="statement"),
    path("credit/<int:account_id>/statement.pdf", statement_files.statement_pdf, name="statement-pdf"),
    path("credit/<int:account_id>/statement.xlsx", statement_files.statement_xlsx, name="statement-xlsx"),
    path("credit/<int:account_id>/statement.csv", statement_files.statement_csv, name="statement-csv"),
    path("credit/<int:account_id>/outlook/", outlook.outlook, name="outlook"),
    path("credit/<int:account_id>/why/<slug:figure>/", explain.why, name="why"),
    path("credit/<int:account_id>/rounding/<int:year>/<int:quarter>/", explain.rounding, name="rounding"),
    path("credit/<int:account_id>/rounding/<int:year>/<int:quarter>/pdf/", explain.rounding_paper, name="rounding-pdf"),
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
    path("purchase-orders/", purchase_orders.order_list, name="purchase-orders"),
    path("purchase-orders/new/", purchase_orders.order_new, name="purchase-order-new"),
    path("purchase-orders/<int:order_id>/", purchase_orders.order, name="purchase-order"),
    path("purchase-orders/<int:order_id>/change/", purchase_orders.order_change, name="purchase-order-change"),
    path("purchase-orders/<int:order_id>/closing/", purchase_orders.order_close, name="purchase-order-close"),
    path("purchase-orders/<int:order_id>/usual/", purchase_orders.order_usual, name="purchase-order-usual"),
    path("credit/<int:account_id>/automatic/", auto_top_ups.auto_top_up, name="auto-top-up"),
    path("credit/automatic/<int:agreement_id>/approval/", auto_top_ups.auto_approve, name="auto-top-up-approve"),
    path("credit/automatic/<int:agreement_id>/stopping/", auto_top_ups.auto_stop, name="auto-top-up-stop"),
    path("credit/automatic/<int:agreement_id>/invoicing/", auto_top_ups.auto_issuing, name="auto-top-up-issuing"),
    path("top-ups/", topups.orders, name="topup-orders"),
    path("credit/<int:account_id>/top-ups/", topups.topup_list, name="topups"),
    path("credit/<int:account_id>/top-ups/new/", topups.topup_new, name="topup-new"),
    path("top-ups/<int:top_up_id>/approval/", topups.topup_approval, name="topup-approval"),
    path("top-ups/<int:top_up_id>/cancellation/", topups.topup_cancel, name="topup-cancel"),
]
