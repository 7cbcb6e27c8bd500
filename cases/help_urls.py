"""Addresses of the help articles for whoever is signed in."""

from django.urls import path

from cases.views import help as pages

urlpatterns = [
    path("help/", pages.articles, name="help"),
    path("help/suggestions/", pages.suggestions, name="help-suggestions"),
    path("help/<slug:slug>/", pages.article, name="help-article"),
]
