"""Every address of the product. Portal pages are for clients; desk pages, under `desk/`, for staff."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("dashboard.urls")),
    path("", include("credits.urls")),
    path("", include("sessions.urls")),
    path("desk/", include("dashboard.desk_urls")),
    path("desk/", include("sessions.desk_urls")),
    path("desk/", include("notices.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
]
