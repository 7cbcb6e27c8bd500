"""What clients type about cases: a report, an answer, why they take one back, what they look for (rules S1, S2, S3)."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.forms.boundfield import BoundField
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from cases import uploads
from cases.attachments import Upload
from cases.intake import LONGEST_TEXT, Report
from cases.models import CaseQuerySet, Environment, Opened
from cases.report_choices import Choices, PriorityChoice
from clients.models import AgreedService, CaseKind, Organisation
from core.reasons import LONGEST_REASON
from people.models import Person


class FilesInput(forms.ClearableFileInput):
    """Several files at once."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Some files, or none: a list."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        """The files that hold anything."""
        chosen = data if isinstance(data, list | tuple) else [data] if data else []
        return [super(FilesField, self).clean(file, initial) for file in chosen]


class WithFiles(forms.Form):
    """A form with files, each of which is looked at before anything is written."""

    attached = FilesField(label=_("Files"), required=False)
    key = forms.CharField(widget=forms.HiddenInput, max_length=36)

    def __init__(self, *args: Any, request: HttpRequest | None = None, files_help: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names_dropped = uploads.dropped(request)
        self.fields["attached"].help_text = files_help

    def clean_attached(self) -> list[UploadedFile]:
        """The files, all of which can be kept. Each that cannot is named."""
        chosen: list[UploadedFile] = self.cleaned_data["attached"]
        if reasons := uploads.reasons_against(uploads.uploads_of(chosen), self.names_dropped):
            raise forms.ValidationError([*reasons, _("Choose the files again: a browser does not keep them.")])
        return chosen

    @property
    def uploads(self) -> list[Upload]:
        """As `cases.attachments` takes them."""
        return uploads.uploads_of(self.cleaned_data["attached"])


class PriorityInput(forms.RadioSelect):
    """The priorities, each with its definition beside it (rule S1)."""

    option_template_name = "cases/portal/_priority_option.html"
    offered: Sequence[PriorityChoice] = ()

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> Any:
        """With all that there is to read about it."""
        option = super().create_option(name, value, *args, **kwargs)
        option["choice"] = next((choice for choice in self.offered if str(choice.number) == str(value)), None)
        return option


class ReportForm(WithFiles):
    """A report (rule S1). `choices` are what the client's agreement leaves to choose from."""

    ABOUT = ("organisation", "subject")

    organisation: forms.ModelChoiceField[Organisation] = forms.ModelChoiceField(
        queryset=Organisation.objects.none(), widget=forms.HiddenInput
    )
    subject = forms.CharField(label=_("Subject"), help_text=_("A few words that you will recognise it by."), max_length=200)
    text = forms.CharField(
        label=_("What is wrong"),
        help_text=_("What you did, what happened, and what you expected. Copy error messages word for word."),
        widget=forms.Textarea(attrs={"rows": 8}),
        max_length=LONGEST_TEXT,
    )
    kind = forms.ChoiceField(label=_("What it is"), choices=CaseKind, initial=CaseKind.INCIDENT)
    priority = forms.TypedChoiceField(label=_("How grave it is"), coerce=int, widget=PriorityInput)
    impact = forms.CharField(
        label=_("Effect on your business"),
        help_text=_("Who cannot do what, and since when."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=500,
        required=False,
    )
    service: forms.ModelChoiceField[AgreedService] = forms.ModelChoiceField(
        label=_("Service"), queryset=AgreedService.objects.none(), empty_label=_("Another, or not sure"), required=False
    )
    environment = forms.ChoiceField(
        label=_("Where it happens"), choices=Environment, initial=Environment.PRODUCTION, widget=forms.RadioSelect
    )
    version = forms.CharField(label=_("Version"), max_length=80, required=False)
    system = forms.CharField(
        label=_("System information"),
        help_text=_("Operating system, browser, database: what you know."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=4000,
        required=False,
    )

    field_order = (
        "organisation", "subject", "text", "kind", "priority", "impact", "service", "environment", "version", "system", "attached", "key"
    )  # fmt: skip

    def __init__(self, *args: Any, choices: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choices = choices
        self.fields["organisation"].queryset = Organisation.objects.filter(pk=choices.organisation.pk)  # type: ignore[attr-defined]
        self.fields["organisation"].initial = choices.organisation.pk
        self.fields["service"].queryset = choices.services  # type: ignore[attr-defined]
        self.fields["attached"].label = _("Logs and pictures")
        self._offer(choices.priorities)
        if choices.is_outage:
            for name, value in (("kind", CaseKind.INCIDENT), ("environment", Environment.PRODUCTION), ("priority", choices.gravest)):
                self.fields[name].widget, self.fields[name].initial = forms.HiddenInput(), value
        if not choices.services:
            del self.fields["service"]

    @cached_property
    def about(self) -> list[BoundField]:
        """The first field: what it is about. Help is looked for by it (rule S14)."""
        return [field for field in self.visible_fields() if field.name in self.ABOUT]

    @cached_property
    def rest(self) -> list[BoundField]:
        """The others."""
        return [field for field in self.visible_fields() if field.name not in self.ABOUT]

    @property
    def pairs(self) -> Iterable[tuple[BoundField, Any]]:
        """Every field that is seen, with its errors, for the summary."""
        return [(field, field.errors) for field in self.visible_fields()]

    def report(self, person: Person) -> Report:
        """What is reported."""
        said = self.cleaned_data
        return Report(
            organisation=said["organisation"],
            reporter=person,
            via=Opened.PORTAL,
            subject=said["subject"],
            text=said["text"],
            kind=CaseKind(said["kind"]),
            priority=said["priority"],
            environment=Environment(said["environment"]),
            version=said["version"],
            system=said["system"],
            impact=said["impact"],
            service=said.get("service"),
            is_outage=self.choices.is_outage,
        )

    def _offer(self, offered: Sequence[PriorityChoice]) -> None:
        field = self.fields["priority"]
        field.choices = [(choice.number, str(choice)) for choice in offered]  # type: ignore[attr-defined]
        field.initial = self.choices.default
        field.widget.offered = offered


class WordForm(WithFiles):
    """What the client writes in a case."""

    text = forms.CharField(label=_("Your message"), widget=forms.Textarea(attrs={"rows": 6}), max_length=LONGEST_TEXT)
    field_order = ("text", "attached", "key")


class WithdrawalForm(forms.Form):
    """Why the client takes a case back."""

    reason = forms.CharField(
        label=_("Why"),
        help_text=_("We read it, and so do your colleagues."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=LONGEST_REASON,
    )


class WatcherForm(forms.Form):
    """Who is to follow a case."""

    person: forms.ModelChoiceField[Person] = forms.ModelChoiceField(
        label=_("Colleague"), queryset=Person.objects.none(), empty_label=_("Choose")
    )

    def __init__(self, *args: Any, people: QuerySet[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people  # type: ignore[attr-defined]


class SearchForm(forms.Form):
    """What to look for among one's cases."""

    q = forms.CharField(label=_("Number or words"), max_length=100, required=False)
    organisation: forms.ModelChoiceField[Organisation] = forms.ModelChoiceField(
        label=_("Organisation"), queryset=Organisation.objects.none(), empty_label=_("All"), required=False
    )
    state = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, organisations: Sequence[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(organisations) > 1:
            of_mine = Organisation.objects.filter(pk__in=[organisation.pk for organisation in organisations]).order_by("name")
            self.fields["organisation"].queryset = of_mine  # type: ignore[attr-defined]
        else:
            del self.fields["organisation"]

    def narrowed(self, cases: CaseQuerySet) -> CaseQuerySet:
        """Those of the organisation that was chosen, if one was."""
        chosen = self.cleaned_data.get("organisation") if self.is_valid() else None
        return cases.filter(organisation=chosen) if chosen else cases
