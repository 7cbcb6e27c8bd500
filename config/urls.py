"""Every address of the product. Portal pages are for clients; desk pages, under `desk/`, for staff."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

# The administration has no sign-in of its own: one page counts the wrong passwords.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("", include("dashboard.urls")),
    path("", include("credits.urls")),
    path("", include("sessions.urls")),
    path("", include("cases.urls")),
    path("", include("cases.help_urls")),
    path("", include("delivery.urls")),
    path("", include("invoicing.urls")),
    path("desk/", include("dashboard.desk_urls")),
    path("desk/", include("trail.urls")),
    path("desk/", include("sessions.desk_urls")),
    path("desk/", include("cases.on_call_urls")),
    path("desk/", include("cases.desk_urls")),
    path("desk/", include("cases.help_desk_urls")),
    path("desk/", include("delivery.desk_urls")),
    path("desk/", include("invoicing.desk_urls")),
    path("desk/", include("notices.urls")),
    path("mail/", include("notices.webhook_urls")),
    path("", include("people.urls")),
    path("", include("sign_in.urls")),
    path("", include("dashboard.monitoring_urls")),
    path("admin/password_change/", RedirectView.as_view(pattern_name="account_change_password", http_method_names=["get", "head"])),
    path("admin/", admin.site.urls),
]

handler500 = "core.unavailable.handler500"
