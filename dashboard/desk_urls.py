"""Addresses of the staff's pages of the app `dashboard`, under `desk/`."""

from django.urls import path

from dashboard.views import desk_clients, desk_credit, desk_domains, desk_ending, desk_home, desk_lots, desk_penalties, desk_topups

urlpatterns = [
    path("", desk_home.desk, name="desk"),
    path("day/", desk_home.day, name="desk-day"),
    path("clients/", desk_clients.client_list, name="desk-clients"),
    path("clients/<int:organisation_id>/", desk_clients.client, name="desk-client"),
    path("clients/<int:organisation_id>/domains/", desk_domains.verify, name="desk-client-domain"),
    path("clients/domains/<int:domain_id>/forgetting/", desk_domains.forget, name="desk-domain-forget"),
    path("accounts/<int:account_id>/", desk_credit.account, name="desk-account"),
    path("accounts/<int:account_id>/adjustment/", desk_credit.adjust, name="desk-account-adjust"),
    path("accounts/<int:account_id>/closing/", desk_credit.close, name="desk-account-close"),
    path("accounts/<int:account_id>/reopening/", desk_credit.reopen, name="desk-account-reopen"),
    path("lots/<int:lot_id>/extension/", desk_lots.extend, name="desk-lot-extend"),
    path("lots/<int:lot_id>/freezing/", desk_lots.freeze, name="desk-lot-freeze"),
    path("lots/<int:lot_id>/release/", desk_lots.unfreeze, name="desk-lot-unfreeze"),
    path("lots/<int:lot_id>/refund/", desk_lots.refund, name="desk-lot-refund"),
    path("penalties/<int:entry_id>/", desk_penalties.penalty, name="desk-penalty"),
    path("agreements/<int:agreement_id>/winding-up/", desk_ending.wind_up, name="desk-winding-up"),
    path("top-ups/", desk_topups.unpaid, name="desk-topups"),
    path("top-ups/<int:top_up_id>/payment/", desk_topups.payment, name="desk-topup"),
]
