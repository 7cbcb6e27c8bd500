"""Addresses of the staff's pages of the app `dashboard`, under `desk/`."""

from django.urls import path

from dashboard.views import (
    desk_agreements,
    desk_clients,
    desk_credit,
    desk_ending,
    desk_home,
    desk_lots,
    desk_penalties,
    desk_plans,
    desk_topups,
)

urlpatterns = [
    path("", desk_home.desk, name="desk"),
    path("day/", desk_home.day, name="desk-day"),
    path("clients/", desk_clients.client_list, name="desk-clients"),
    path("clients/<int:organisation_id>/", desk_clients.client, name="desk-client"),
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
    path("plans/", desk_plans.plan_list, name="desk-plans"),
    path("plans/<int:plan_id>/publishing/", desk_plans.publish, name="desk-plan-publish"),
    path("plans/<int:plan_id>/withdrawal/", desk_plans.withdraw, name="desk-plan-withdraw"),
    path("plans/<int:plan_id>/fee/", desk_plans.fee, name="desk-plan-fee"),
    path("clients/<int:organisation_id>/agreement/", desk_agreements.agreement, name="desk-agreement"),
    path("clients/<int:organisation_id>/agreement/new/", desk_agreements.agree, name="desk-agreement-new"),
    path("clients/<int:organisation_id>/trial/", desk_agreements.trial, name="desk-trial"),
    path("agreements/<int:agreement_id>/plans/", desk_agreements.bind, name="desk-agreement-plans"),
    path("agreements/<int:agreement_id>/targets/", desk_agreements.add_target, name="desk-agreement-target"),
    path("agreements/<int:agreement_id>/terms/", desk_agreements.add_term, name="desk-agreement-term"),
    path("agreements/<int:agreement_id>/services/", desk_agreements.add_service, name="desk-agreement-service"),
    path("agreement-targets/<int:target_id>/removal/", desk_agreements.drop_target, name="desk-agreement-target-drop"),
    path("agreement-terms/<int:term_id>/removal/", desk_agreements.drop_term, name="desk-agreement-term-drop"),
    path("agreement-services/<int:service_id>/removal/", desk_agreements.drop_service, name="desk-agreement-service-drop"),
]
