"""Pages of support cases for staff, under `desk/`."""

from django.urls import path

from cases.views import desk

urlpatterns = [
    path("cases/", desk.queue, name="desk-cases"),
    path("cases/<int:case_id>/", desk.case, name="desk-case"),
]
