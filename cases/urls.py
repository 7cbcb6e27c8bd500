"""Pages of support cases for clients."""

from django.urls import path

from cases.views import portal

urlpatterns = [
    path("cases/", portal.cases, name="cases"),
    path("cases/<int:case_id>/", portal.case, name="case"),
]
