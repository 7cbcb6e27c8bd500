"""Addresses of the pages where staff write help articles, under `desk/`."""

from django.urls import path

from cases.views import help_desk

urlpatterns = [
    path("help/", help_desk.articles, name="desk-help"),
    path("help/new/", help_desk.new, name="desk-help-new"),
    path("help/<slug:slug>/", help_desk.article, name="desk-help-article"),
    path("help/<slug:slug>/history/", help_desk.history, name="desk-help-history"),
    path("help/<slug:slug>/<slug:language>/publication/", help_desk.publish, name="desk-help-publish"),
    path("help/<slug:slug>/<slug:language>/withdrawal/", help_desk.withdraw, name="desk-help-withdraw"),
]
