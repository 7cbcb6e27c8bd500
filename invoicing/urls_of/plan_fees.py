"""Addresses of plan fees, indexes and what missed guarantees grant."""

from django.urls import URLPattern, path

from invoicing.views import compensations, guarantees, plan_fees, plan_money

DESK: list[URLPattern] = [
    path("plan-fees/", plan_fees.to_take_back, name="desk-plan-fees"),
    path("plan-fees/<int:credit_id>/settling/", plan_fees.settle, name="desk-plan-credit-settle"),
    path("plan-fees/<int:credit_id>/keeping/", plan_fees.keep, name="desk-plan-credit-keep"),
    path("price-indexes/", plan_fees.indexes, name="desk-price-indexes"),
    path("agreement-plans/<int:row_id>/announcing/", plan_fees.announce, name="desk-plan-announce"),
    path("agreement-plans/<int:row_id>/money/", plan_money.money, name="desk-plan-money"),
    path("clients/<int:organisation_id>/guarantees/", guarantees.desk_page, name="desk-client-guarantees"),
    path("missed-guarantees/", compensations.compensation_list, name="desk-compensations"),
    path("missed-guarantees/<int:compensation_id>/", compensations.proposal, name="desk-compensation"),
    path("missed-guarantees/<int:compensation_id>/granting/", compensations.grant, name="desk-compensation-grant"),
    path("missed-guarantees/<int:compensation_id>/declining/", compensations.decline, name="desk-compensation-decline"),
    path("missed-guarantees/<int:compensation_id>/crediting/", plan_fees.credit_share, name="desk-compensation-credit"),
]
PORTAL: list[URLPattern] = [path("support/<int:organisation_id>/guarantees/", guarantees.portal_page, name="guarantees")]
