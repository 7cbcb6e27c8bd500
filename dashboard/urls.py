"""Addresses of the app `dashboard` outside the desk."""

from django.urls import path

from dashboard.views import deputies, home, opening_hours, plans, support

urlpatterns = [
    path("", home.home, name="home"),
    path("deputies/", deputies.deputy_list, name="deputies"),
    path("deputies/<int:deputyship_id>/end/", deputies.deputy_end, name="deputy-end"),
    path("opening-hours/", opening_hours.opening_hours, name="opening-hours"),
    path("plans/", plans.plan_list, name="plans"),
    path("plans/<str:code>/", plans.plan, name="plan"),
    path("support/", support.support, name="support"),
]
