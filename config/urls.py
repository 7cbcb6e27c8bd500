"""Every address of the product. Portal pages are for clients; desk pages, under `desk/`, for staff."""

from allauth.account.decorators import secure_admin_login
from allauth.account.urls import urlpatterns as account_urls
from django.contrib import admin
from django.urls import include, path

# Addresses are the provider's to change and need no confirmation: the pages for that are left out.
LEFT_OUT = {"account_email", "account_email_verification_sent", "account_confirm_email"}
sign_in = [url for url in account_urls if url.name not in LEFT_OUT]

# The administration has no sign-in of its own: one page counts the wrong passwords.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("", include("dashboard.urls")),
    path("", include("credits.urls")),
    path("", include("sessions.urls")),
    path("", include("cases.urls")),
    path("", include("cases.help_urls")),
    path("desk/", include("dashboard.desk_urls")),
    path("desk/", include("sessions.desk_urls")),
    path("desk/", include("cases.on_call_urls")),
    path("desk/", include("cases.desk_urls")),
    path("desk/", include("cases.help_desk_urls")),
    path("desk/", include("notices.urls")),
    path("mail/", include("notices.webhook_urls")),
    path("", include("people.urls")),
    path("accounts/", include(sign_in)),
    path("admin/", admin.site.urls),
]
