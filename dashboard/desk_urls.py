"""Addresses of the staff's pages of the app `dashboard`, under `desk/`."""

from django.urls import path

from dashboard.views import desk_clients, desk_home, desk_topups

urlpatterns = [
    path("", desk_home.desk, name="desk"),
    path("day/", desk_home.day, name="desk-day"),
    path("clients/", desk_clients.client_list, name="desk-clients"),
    path("clients/<int:organisation_id>/", desk_clients.client, name="desk-client"),
    path("top-ups/", desk_topups.unpaid, name="desk-topups"),
    path("top-ups/<int:top_up_id>/payment/", desk_topups.payment, name="desk-topup"),
]
