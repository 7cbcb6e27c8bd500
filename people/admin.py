"""People in the administration."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.utils.translation import gettext_lazy as _

from people.models import Person


@admin.register(Person)
class PersonAdmin(UserAdmin[Person]):  # type: ignore[type-var]  # typed for AbstractUser, written for any user
    """Accounts. What somebody may do is said on the pages of people; the duty of an administrator opens the administration."""

    list_display = ("email", "name", "language", "is_active", "is_staff")
    list_filter = ("is_active", "is_staff", "language")
    search_fields = ("email", "name")
    ordering = ("email",)
    readonly_fields = ("is_staff", "is_superuser", "groups", "user_permissions", "joined_at", "last_login")
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        (_("Person"), {"fields": ("name", "mobile", "language", "time_zone")}),
        (_("Access"), {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        (_("Dates"), {"fields": ("joined_at", "last_login")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "name", "language", "time_zone", "password1", "password2")}),)
