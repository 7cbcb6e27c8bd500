"""Work on a case: time, calls, changes of priority, proposed solutions, pages to who is on call (rules S5, S9 to S11, S18)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.cases import Case
from cases.models.teams import Tag
from clients.models import OnCallRota
from clients.timelog import TimeEntry
from people.models import Person


class CaseTime(TimeEntry):
    """Somebody worked on a case. Covered by the plan, and never deducted from credit. Minutes."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="time_entries", verbose_name=_("case"))

    class Meta(TimeEntry.Meta):
        verbose_name = _("time on a case")
        verbose_name_plural = _("time on cases")

    def __str__(self) -> str:
        return f"#{self.case_id} {self.started_at:%Y-%m-%d %H:%M}"


class CallReason(models.TextChoices):
    """Why we phone the reporter."""

    ANSWERS = "answers", _("The answers have not solved it")
    WORK = "work", _("The work takes long: agree how to go on")
    ASKED = "asked", _("The client asked for a call")
    ESCALATION = "escalation", _("The client asked for an escalation")


class CallTask(models.Model):
    """A call to make (rules S9, S10). Closed once, by a note of what was said, or as needed no more."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="call_tasks", verbose_name=_("case"))
    reason = models.CharField(_("why"), max_length=10, choices=CallReason)
    cause = models.CharField(_("cause"), max_length=120, unique=True)
    raised_at = models.DateTimeField(_("raised"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    closed_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("closed by"))
    note = models.TextField(_("what was said"), blank=True)

    class Meta:
        verbose_name = _("call to make")
        verbose_name_plural = _("calls to make")
        indexes: ClassVar = [models.Index(fields=["case"], condition=Q(closed_at=None), name="call_open_of_case")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(reason__in=CallReason.values), name="call_reason_known"),
            models.CheckConstraint(condition=Q(closed_at=None, note="") | Q(closed_at__isnull=False), name="call_note_closes"),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} #{self.case_id}"


class Reclassification(models.Model):
    """A change of priority, or the client's wish for one (rule S5).

    `decided_at` None: asked for, not yet decided. `objected_at`: the client objects; until `settled_at` the shorter target
    runs. `upheld`: the change stands.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="reclassifications", verbose_name=_("case"))
    old = models.PositiveSmallIntegerField(_("from"))
    new = models.PositiveSmallIntegerField(_("to"))
    reason = models.CharField(_("reason"), max_length=500)
    asked_at = models.DateTimeField(_("asked for"))
    asked_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("asked for by"))
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("decided by"))
    granted = models.BooleanField(_("granted"), null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=500, blank=True)
    objected_at = models.DateTimeField(_("objected"), null=True, blank=True)
    objected_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("objected by"))
    objection = models.CharField(_("objection"), max_length=500, blank=True)
    settled_at = models.DateTimeField(_("objection decided"), null=True, blank=True)
    settled_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("objection decided by"))
    upheld = models.BooleanField(_("the change stands"), null=True, blank=True)

    class Meta:
        verbose_name = _("change of priority")
        verbose_name_plural = _("changes of priority")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case"], condition=Q(decided_at=None), name="priority_asked_for_once_at_a_time"),
            models.CheckConstraint(
                condition=Q(decided_at=None, granted=None) | Q(decided_at__isnull=False, granted__isnull=False),
                name="reclassification_decided_somehow",
            ),
            models.CheckConstraint(
                condition=Q(settled_at=None, upheld=None) | Q(settled_at__isnull=False, objected_at__isnull=False, upheld__isnull=False),
                name="objection_settled_somehow",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.case_id} {self.old} → {self.new}"


class SolutionAnswer(models.TextChoices):
    """What became of a proposed solution (rule S11)."""

    APPROVED = "approved", _("approved")
    REFUSED = "refused", _("refused")
    SILENCE = "silence", _("nothing was said")
    WITHDRAWN = "withdrawn", _("withdrawn by us")


class Solution(models.Model):
    """A solution that waits for the client's approval (rule S11). One at a time; answered once."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="solutions", verbose_name=_("case"))
    text = models.TextField(_("solution"))
    proposed_at = models.DateTimeField(_("proposed"))
    proposed_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("proposed by"))
    remind_at = models.DateTimeField(_("next reminder"), null=True, blank=True)
    closes_at = models.DateTimeField(_("silence closes the case"), null=True, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    answered_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("answered by"))
    answer = models.CharField(_("answer"), max_length=10, choices=SolutionAnswer, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("proposed solution")
        verbose_name_plural = _("proposed solutions")
        indexes: ClassVar = [models.Index(fields=["remind_at"], condition=Q(answered_at=None), name="solution_to_remind_of")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case"], condition=Q(answered_at=None), name="solution_open_once"),
            models.CheckConstraint(
                condition=Q(answered_at=None, answer="") | Q(answered_at__isnull=False, answer__in=SolutionAnswer.values),
                name="solution_answered_somehow",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.case_id} {self.proposed_at:%Y-%m-%d %H:%M}"


class PageStep(models.TextChoices):
    """Who is paged (rule S18)."""

    ON_CALL = "on_call", _("on call")
    NEXT = "next", _("next in turn")
    LEAD = "lead", _("lead")


class Page(models.Model):
    """Somebody on call was paged for a case (rule S18). `next_at`: unless somebody acknowledges before, the next step follows."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="pages", verbose_name=_("case"))
    rota = models.ForeignKey(OnCallRota, models.PROTECT, related_name="+", verbose_name=_("rota"))
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("who"))
    step = models.CharField(_("step"), max_length=10, choices=PageStep)
    cause = models.CharField(_("cause"), max_length=120, unique=True)
    paged_at = models.DateTimeField(_("paged"))
    next_at = models.DateTimeField(_("next step at"), null=True, blank=True)
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True, blank=True)
    acknowledged_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("acknowledged by"))

    class Meta:
        verbose_name = _("page")
        verbose_name_plural = _("pages")
        indexes: ClassVar = [models.Index(fields=["next_at"], condition=Q(acknowledged_at=None), name="page_to_follow_up")]

    def __str__(self) -> str:
        return f"#{self.case_id} {self.get_step_display()}"


class Watcher(models.Model):
    """Somebody who is told what is said in a case, besides its reporter and its owner. Also a right to answer by mail."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="watchers", verbose_name=_("case"))
    person = models.ForeignKey(Person, models.CASCADE, related_name="+", verbose_name=_("person"))

    class Meta:
        verbose_name = _("watcher")
        verbose_name_plural = _("watchers")
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "person"], name="watcher_once")]

    def __str__(self) -> str:
        return f"{self.person} #{self.case_id}"


class CaseTag(models.Model):
    """A tag on a case."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="case_tags", verbose_name=_("case"))
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="+", verbose_name=_("tag"))

    class Meta:
        verbose_name = _("tag of a case")
        verbose_name_plural = _("tags of cases")
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "tag"], name="case_tag_once")]

    def __str__(self) -> str:
        return f"{self.tag} #{self.case_id}"


class CaseLink(models.Model):
    """Two cases that have to do with each other; kept once, `case` being the lower number."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="links", verbose_name=_("case"))
    other = models.ForeignKey(Case, models.CASCADE, related_name="linked_from", verbose_name=_("other case"))

    class Meta:
        verbose_name = _("link between cases")
        verbose_name_plural = _("links between cases")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "other"], name="case_link_once"),
            models.CheckConstraint(condition=Q(other__gt=models.F("case")), name="case_link_in_order"),
        ]

    def __str__(self) -> str:
        return f"#{self.case_id} – #{self.other_id}"
