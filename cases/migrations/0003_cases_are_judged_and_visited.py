import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0002_queues_are_read_by_client_plan_and_priority'),
        ('clients', '0004_clients_have_support_plans'),
        ('people', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='TriageDecision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('way', models.CharField(choices=[('support', 'Support'), ('server_support', 'Server support, paid from credit'), ('delivery', 'Delivery, at a cost')], max_length=20, verbose_name='way')),
                ('ground', models.CharField(blank=True, choices=[('configuration', 'A change of configuration to an agreed service'), ('environment', 'A change in your environment'), ('integration', 'A new integration'), ('visit', 'A visit that your plan does not include'), ('other', 'Something else that is not support')], max_length=20, verbose_name='ground')),
                ('reason', models.CharField(max_length=500, verbose_name='reason')),
                ('decided_at', models.DateTimeField(verbose_name='judged')),
                ('support_minutes', models.PositiveIntegerField(default=0, verbose_name='worked as support (minutes)')),
                ('answered_at', models.DateTimeField(blank=True, null=True, verbose_name='answered')),
                ('agreed', models.BooleanField(blank=True, null=True, verbose_name='credit may be used')),
                ('objected_at', models.DateTimeField(blank=True, null=True, verbose_name='objected')),
                ('objection', models.CharField(blank=True, max_length=500, verbose_name='objection')),
                ('settled_at', models.DateTimeField(blank=True, null=True, verbose_name='decided')),
                ('settlement', models.CharField(blank=True, max_length=500, verbose_name='why')),
                ('upheld', models.BooleanField(blank=True, null=True, verbose_name='upheld')),
                ('answered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='answered by')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='triage_decisions', to='cases.case', verbose_name='case')),
                ('decided_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='judged by')),
                ('objected_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='objected by')),
                ('service', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.agreedservice', verbose_name='agreed service')),
                ('settled_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by')),
            ],
            options={
                'verbose_name': 'judgement of a case',
                'verbose_name_plural': 'judgements of cases',
                'indexes': [models.Index(condition=models.Q(('objected_at__isnull', False), ('settled_at', None)), fields=['case'], name='triage_objection_open')],
                'constraints': [models.CheckConstraint(condition=models.Q(('way__in', ['support', 'server_support', 'delivery'])), name='triage_way_known'), models.CheckConstraint(condition=models.Q(models.Q(('ground__in', ['configuration', 'environment', 'integration', 'visit', 'other']), ('way', 'delivery')), models.Q(models.Q(('way', 'delivery'), _negated=True), ('ground', '')), _connector='OR'), name='delivery_has_a_ground'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='triage_has_a_reason'), models.CheckConstraint(condition=models.Q(models.Q(('agreed', None), ('answered_at', None)), models.Q(('agreed__isnull', False), ('answered_at__isnull', False), ('way', 'server_support')), _connector='OR'), name='triage_credit_answered_whole'), models.CheckConstraint(condition=models.Q(models.Q(('objected_at', None), ('objection', '')), models.Q(('objected_at__isnull', False), ('way', 'delivery'), models.Q(('objection', ''), _negated=True)), _connector='OR'), name='triage_objection_says_why'), models.CheckConstraint(condition=models.Q(models.Q(('settled_at', None), ('upheld', None)), models.Q(('objected_at__isnull', False), ('settled_at__isnull', False), ('upheld__isnull', False), models.Q(('settled_by', models.F('decided_by')), _negated=True)), _connector='OR'), name='triage_objection_decided_by_another')],
            },
        ),
        migrations.CreateModel(
            name='Visit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_at', models.DateTimeField(verbose_name='from')),
                ('ends_at', models.DateTimeField(verbose_name='to')),
                ('place', models.CharField(max_length=200, verbose_name='place')),
                ('contact', models.CharField(blank=True, max_length=120, verbose_name='who lets us in')),
                ('purpose', models.CharField(max_length=500, verbose_name='what is done there')),
                ('cause', models.CharField(max_length=200, unique=True, verbose_name='cause')),
                ('planned_at', models.DateTimeField(verbose_name='planned')),
                ('uid', models.UUIDField(default=uuid.uuid4, unique=True)),
                ('sequence', models.PositiveIntegerField(default=0)),
                ('live', models.BooleanField(default=True, verbose_name='in force')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended')),
                ('ended_as', models.CharField(blank=True, choices=[('made', 'Made'), ('cancelled', 'Cancelled')], max_length=10, verbose_name='ended as')),
                ('outcome', models.CharField(blank=True, max_length=500, verbose_name='outcome')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='visits', to='cases.case', verbose_name='case')),
                ('consultant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who comes')),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='ended by')),
                ('planned_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='planned by')),
            ],
            options={
                'verbose_name': 'visit',
                'verbose_name_plural': 'visits',
                'indexes': [models.Index(fields=['case', 'starts_at'], name='visit_of_case')],
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='visit_ends_after_start'), models.CheckConstraint(condition=models.Q(models.Q(('ended_as', ''), ('ended_at', None)), models.Q(('ended_as__in', ['made', 'cancelled']), ('ended_at__isnull', False)), _connector='OR'), name='visit_ends_somehow'), models.CheckConstraint(condition=models.Q(('live', True), ('ended_as', 'cancelled'), _connector='OR'), name='visit_takes_time_unless_cancelled')],
            },
        ),
        migrations.RemoveConstraint(
            model_name='caseevent',
            name='case_event_known',
        ),
        migrations.AlterField(
            model_name='caseevent',
            name='kind',
            field=models.CharField(choices=[('opened', 'Reported'), ('clock_started', 'Clock started'), ('acknowledged', 'Receipt sent'), ('answered', 'Answered'), ('noted', 'Internal note'), ('called', 'Phoned'), ('call_due', 'A call is due'), ('client_said', 'The client wrote'), ('troubleshooting', 'Troubleshooting begun'), ('waiting', 'Waits for the client'), ('resumed', 'Goes on'), ('no_answer_needed', 'No answer needed'), ('warned', 'A deadline draws near'), ('breached', 'A deadline passed'), ('met', 'Target met'), ('calendar_changed', 'Calendar changed'), ('assigned', 'Assigned'), ('handed_over', 'Handed to an inner team'), ('handed_back', 'Back from the inner team'), ('priority_asked', 'Higher priority asked for'), ('priority_changed', 'Priority changed'), ('objected', 'The client objects'), ('objection_decided', 'Objection decided'), ('escalated', 'Escalation asked for'), ('paged', 'Person on call paged'), ('page_acknowledged', 'Page acknowledged'), ('idle_alarm', 'A working day without work'), ('proposed', 'Solution proposed'), ('approved', 'Solution approved'), ('refused', 'Solution refused'), ('reminded', 'Reminder sent'), ('closed', 'Closed'), ('reopened', 'Reopened'), ('marked_external', 'Possibly of external cause'), ('unmarked_external', 'No longer held to be of external cause'), ('facts_changed', 'Facts changed'), ('merged', 'Merged'), ('linked', 'Linked'), ('unlinked', 'Link removed'), ('watched', 'Watched'), ('unwatched', 'No longer watched'), ('tagged', 'Tagged'), ('untagged', 'Tag removed'), ('logged', 'Time logged'), ('unlogged', 'Time taken back'), ('session_booked', 'Remote session booked'), ('visit_planned', 'Visit planned'), ('visit_moved', 'Visit changed'), ('visit_cancelled', 'Visit cancelled'), ('visit_made', 'Visit made'), ('triaged', 'Judged'), ('credit_agreed', 'The client agrees to use credit'), ('credit_refused', 'The client does not agree to use credit'), ('became_delivery', 'Became a delivery task'), ('called_support', 'The client objects: it is support'), ('triage_decided', 'Objection decided'), ('back_to_support', 'Back to support'), ('bounced', 'A mail did not arrive')], max_length=20, verbose_name='kind'),
        ),
        migrations.AddConstraint(
            model_name='caseevent',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['opened', 'clock_started', 'acknowledged', 'answered', 'noted', 'called', 'call_due', 'client_said', 'troubleshooting', 'waiting', 'resumed', 'no_answer_needed', 'warned', 'breached', 'met', 'calendar_changed', 'assigned', 'handed_over', 'handed_back', 'priority_asked', 'priority_changed', 'objected', 'objection_decided', 'escalated', 'paged', 'page_acknowledged', 'idle_alarm', 'proposed', 'approved', 'refused', 'reminded', 'closed', 'reopened', 'marked_external', 'unmarked_external', 'facts_changed', 'merged', 'linked', 'unlinked', 'watched', 'unwatched', 'tagged', 'untagged', 'logged', 'unlogged', 'session_booked', 'visit_planned', 'visit_moved', 'visit_cancelled', 'visit_made', 'triaged', 'credit_agreed', 'credit_refused', 'became_delivery', 'called_support', 'triage_decided', 'back_to_support', 'bounced'])), name='case_event_known'),
        ),
    ]
