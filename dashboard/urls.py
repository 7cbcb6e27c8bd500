"""Addresses of the app `dashboard` outside the desk."""

from django.urls import path

from dashboard.views import (
    client_data,
    deputies,
    home,
    invitation,
    my_data,
    notifications,
    opening_hours,
    people,
    plans,
    support,
    switching,
)

urlpatterns = [
    path("", home.home, name="home"),
    path("deputies/", deputies.deputy_list, name="deputies"),
    path("deputies/<int:deputyship_id>/end/", deputies.deputy_end, name="deputy-end"),
    path("people/", people.mine, name="people-mine"),
    path("organisations/<int:organisation_id>/people/", people.people, name="people"),
    path("organisations/<int:organisation_id>/data/", client_data.client_data, name="client-data"),
    path("organisations/<int:organisation_id>/data/everything.zip", client_data.client_data_file, name="client-data-file"),
    path("people/<int:membership_id>/", people.member, name="member"),
    path("people/<int:membership_id>/ending/", people.member_end, name="member-end"),
    path("people/invitations/<int:invitation_id>/withdrawal/", people.invitation_withdraw, name="invitation-withdraw"),
    path("invitations/<str:token>/", invitation.invitation, name="invitation"),
    path("organisation/", switching.choose_organisation, name="organisation-choose"),
    path("me/notifications/", notifications.notifications, name="notifications"),
    path("me/data/", my_data.my_data, name="my-data"),
    path("me/data/copies/", my_data.ask_for_copy, name="my-data-copy"),
    path("me/data/copies/<int:export_id>/", my_data.copy, name="my-data-file"),
    path("me/data/erasure/", my_data.ask_for_erasure, name="my-data-erasure"),
    path("opening-hours/", opening_hours.opening_hours, name="opening-hours"),
    path("plans/", plans.plan_list, name="plans"),
    path("plans/<str:code>/", plans.plan, name="plan"),
    path("support/", support.support, name="support"),
]
