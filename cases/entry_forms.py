"""What staff type who report for somebody: by phone, in chat, by video, or on their own (rule S1)."""

import re
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.intake import Caller, Report
from cases.models import Environment, Opened
from clients.models import AgreedService, CaseKind, Membership, Priority
from core.forms import ActForm

VIAS = [(via.value, via.label) for via in (Opened.PHONE, Opened.CHAT, Opened.VIDEO, Opened.STAFF)]
ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w.-]{1,190}")
CALLER = ("caller_name", "caller_company", "caller_phone", "caller_email")


class EntryForm(ActForm):
    """A report that staff enter for a member of a client. By phone it names the caller whole (rule S1)."""

    via = forms.ChoiceField(label=_("Came by"), choices=VIAS)
    caller_name = forms.CharField(label=_("Caller’s name"), max_length=120, required=False)
    caller_company = forms.CharField(label=_("Caller’s company"), max_length=160, required=False)
    caller_phone = forms.CharField(
        label=_("Direct number"), max_length=40, required=False, widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"})
    )
    caller_email = forms.EmailField(label=_("E-mail"), required=False)
    subject = forms.CharField(label=_("What it is about"), max_length=200)
    text = forms.CharField(label=_("What is wrong"), max_length=200_000, strip=False, widget=forms.Textarea(attrs={"rows": 7}))
    kind = forms.ChoiceField(label=_("Kind"), choices=CaseKind.choices)
    priority = forms.ChoiceField(label=_("Priority"), required=False)
    environment = forms.ChoiceField(label=_("Environment"), choices=Environment.choices)
    service = forms.ModelChoiceField(label=_("Service"), queryset=AgreedService.objects.none(), required=False, empty_label=_("None"))
    version = forms.CharField(label=_("Version"), max_length=80, required=False)
    impact = forms.CharField(label=_("Effect on the business"), max_length=500, required=False)
    is_outage = forms.BooleanField(label=_("A hosted application is down"), required=False)
    by_outage_path = forms.BooleanField(
        label=_("It came on the phone for outages"),
        help_text=_("On plans without a phone, too: what is no outage becomes an ordinary case."),
        required=False,
    )
    key = forms.CharField(max_length=60, widget=forms.HiddenInput, initial=lambda: str(uuid4()))

    def __init__(self, *args: Any, member: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member
        named = [("", _("The plan’s default")), *((str(row.number), str(row)) for row in Priority.objects.order_by("number"))]
        self.fields["priority"].choices = named  # type: ignore[attr-defined]
        services = AgreedService.objects.filter(agreement__organisation=member.organisation_id)
        self.fields["service"].queryset = services  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """By phone all four about the caller are asked for."""
        cleaned = super().clean() or {}
        if cleaned.get("via") == Opened.PHONE:
            for name in CALLER:
                if not str(cleaned.get(name, "")).strip() and name not in self.errors:
                    self.add_error(name, _("A report by phone cannot be saved without it."))
        return cleaned

    @property
    def report(self) -> Report:
        """What is reported."""
        said = self.cleaned_data
        caller = Caller(*(said[name] for name in CALLER)) if said["via"] != Opened.STAFF else Caller()
        return Report(
            organisation=self.member.organisation,
            reporter=self.member.person,
            via=Opened(said["via"]),
            subject=said["subject"],
            text=said["text"],
            kind=CaseKind(said["kind"]),
            priority=int(said["priority"]) if said["priority"] else None,
            environment=Environment(said["environment"]),
            version=said["version"],
            impact=said["impact"],
            service=said["service"],
            is_outage=said["is_outage"],
            by_outage_path=said["by_outage_path"],
            called=said["via"] == Opened.PHONE,
            caller=caller,
        )


class PastedForm(forms.Form):
    """A chat, as it was copied: the form of the case is filled in from it."""

    chat = forms.CharField(
        label=_("The chat, pasted"),
        help_text=_("An e-mail address in it finds who wrote; its first line becomes the subject."),
        max_length=200_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )


def from_chat(text: str) -> dict[str, str]:
    """What a pasted chat says about the case: the first line that says something is the subject."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return {"via": Opened.CHAT, "subject": lines[0][:200] if lines else "", "text": text}


def addresses_in(text: str) -> list[str]:
    """The e-mail addresses that stand in a text, in lower case, each once."""
    return list(dict.fromkeys(found.lower().rstrip(".") for found in ADDRESS.findall(text)))[:20]


def about(member: Membership) -> dict[str, str]:
    """What is known of the caller: the direct number is asked for each time."""
    mobile = member.person.mobile
    return dict(zip(CALLER, (member.person.name, member.organisation.name, mobile, member.person.email), strict=True))
