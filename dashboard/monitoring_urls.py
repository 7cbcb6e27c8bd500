"""Addresses that machines ask."""

from django.urls import path

from dashboard.views import monitoring

urlpatterns = [
    path("healthz", monitoring.healthz, name="healthz"),
    path("readyz", monitoring.readyz, name="readyz"),
    path("readyz/pages", monitoring.readyz_pages, name="readyz-pages"),
    path("metrics", monitoring.metrics, name="metrics"),
    path(".well-known/security.txt", monitoring.security_txt, name="security-txt"),
]
