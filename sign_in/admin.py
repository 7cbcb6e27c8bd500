"""People in the administration: who changes them shows first, as for factors of their own, that it is still them."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from people.models import Person
from sign_in import accounts
from sign_in.accounts import TooManyLinks

Page = Callable[..., HttpResponse]


def shown_again(page: Page) -> Page:
    """The page, for who has shown within five minutes that it is them. What was sent without that is not kept: its page opens anew."""

    @wraps(page)
    def asks(of: "PersonAdmin", request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if did_recently_reauthenticate(request):
            return page(of, request, *args, **kwargs)
        if request.method == "POST":
            messages.warning(request, _("Nothing has been saved: show first that it is you."))
        way = get_adapter(request).get_reauthentication_methods(request.user)[0]
        return redirect(f"{way['url']}?{urlencode({'next': request.get_full_path()})}")

    return asks


class PersonForm(forms.ModelForm[Person]):
    """A person, whose address is kept in lower case."""

    def clean_email(self) -> str:
        """The address, as it is kept."""
        return str(self.cleaned_data["email"]).lower()


@admin.register(Person)
class PersonAdmin(admin.ModelAdmin[Person]):
    """Accounts. What somebody may do is said on the pages of people; the duty of an administrator opens the administration."""

    form = PersonForm
    actions = ("send_links",)
    list_display = ("email", "name", "language", "is_active", "is_staff")
    list_filter = ("is_active", "is_staff", "language")
    search_fields = ("email", "name")
    ordering = ("email",)
    readonly_fields = ("is_staff", "is_superuser", "groups", "user_permissions", "joined_at", "last_login")
    fieldsets = (
        (None, {"fields": ("email",)}),
        (_("Person"), {"fields": ("name", "mobile", "language", "time_zone")}),
        (_("Access"), {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        (_("Dates"), {"fields": ("joined_at", "last_login")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name", "mobile", "language", "time_zone")}),)

    add_view = shown_again(admin.ModelAdmin.add_view)
    change_view = shown_again(admin.ModelAdmin.change_view)
    delete_view = shown_again(admin.ModelAdmin.delete_view)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The list, which anybody here reads; what is done to those who are ticked is a change."""
        page = admin.ModelAdmin.changelist_view
        return (shown_again(page) if request.method == "POST" else page)(self, request, *args, **kwargs)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Nobody guesses at passwords by filtering people."""
        return not lookup.startswith("password") and super().lookup_allowed(lookup, value, request)

    def get_fieldsets(self, request: HttpRequest, obj: Person | None = None) -> Any:
        """Fewer for somebody new."""
        return super().get_fieldsets(request, obj) if obj else self.add_fieldsets

    def save_model(self, request: HttpRequest, obj: Person, form: forms.ModelForm[Person], change: bool) -> None:
        """Keep what was typed and nothing else, for a password or a round may have changed meanwhile. Who is new has no password."""
        if not change:
            obj.set_unusable_password()
            return super().save_model(request, obj, form, change)
        before = str(form.initial["email"])
        obj.save(update_fields=form.changed_data)
        if obj.email != before:
            accounts.address_was_changed(person=obj, before=before, but=request.session, at=timezone.now())
        return None

    @admin.action(description=_("Send a link to choose a password"), permissions=["change"])
    def send_links(self, request: HttpRequest, people: QuerySet[Person]) -> None:
        """Write to those who are ticked and may sign in."""
        sent = 0
        try:
            for person in people.filter(is_active=True):
                accounts.send_password_link(request, person=person)
                sent += 1
        except TooManyLinks as refusal:
            messages.warning(request, str(refusal))
        messages.success(request, ngettext("%(count)d link was sent.", "%(count)d links were sent.", sent) % {"count": sent})
