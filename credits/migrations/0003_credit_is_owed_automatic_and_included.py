import django.core.validators
import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('credits', '0002_credit_is_extended_frozen_refunded_and_moved'),
        ('people', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='AutoTopUp',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cause', models.CharField(editable=False, max_length=120, unique=True, verbose_name='cause')),
                ('below_minutes', models.PositiveIntegerField(verbose_name='when less is available than (minutes)')),
                ('minutes', models.PositiveIntegerField(verbose_name='size (minutes)')),
                ('most_a_month', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(31)], verbose_name='at most in a month')),
                ('reference', models.CharField(blank=True, max_length=80, verbose_name='your reference')),
                ('issues_at_once', models.BooleanField(default=False, verbose_name='its invoices are issued at once')),
                ('state', models.CharField(choices=[('awaiting_approval', 'Waits for a second approver'), ('on', 'On'), ('stopped', 'Stopped')], default='awaiting_approval', max_length=20, verbose_name='state')),
                ('agreed_at', models.DateTimeField(verbose_name='agreed')),
                ('approved_at', models.DateTimeField(blank=True, null=True, verbose_name='approved')),
                ('stopped_at', models.DateTimeField(blank=True, null=True, verbose_name='stopped')),
                ('stopped_why', models.CharField(blank=True, max_length=500, verbose_name='why it was stopped')),
                ('trouble', models.CharField(blank=True, max_length=500, verbose_name='why nothing could be ordered')),
                ('troubled_at', models.DateTimeField(blank=True, null=True, verbose_name='when nothing could be ordered')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='auto_top_ups', to='credits.creditaccount', verbose_name='account')),
                ('agreed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='agreed by')),
                ('approved_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='approved by')),
                ('stopped_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='stopped by')),
            ],
            options={
                'verbose_name': 'automatic top-up',
                'verbose_name_plural': 'automatic top-ups',
                'constraints': [models.UniqueConstraint(condition=models.Q(('stopped_at', None)), fields=('account',), name='auto_top_up_live_once'), models.CheckConstraint(condition=models.Q(('state__in', ['awaiting_approval', 'on', 'stopped'])), name='auto_top_up_state_known'), models.CheckConstraint(condition=models.Q(('below_minutes__gt', 0), ('minutes__gt', 0)), name='auto_top_up_positive'), models.CheckConstraint(condition=models.Q(('most_a_month__gte', 1), ('most_a_month__lte', 31)), name='auto_top_up_some_a_month'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'on'), ('stopped_at', None)), models.Q(('approved_at', None), ('state', 'awaiting_approval'), ('stopped_at', None)), models.Q(('state', 'stopped'), ('stopped_at__isnull', False), models.Q(('stopped_why', ''), _negated=True)), _connector='OR'), name='auto_top_up_state_fits_dates'), models.CheckConstraint(condition=models.Q(models.Q(('approved_at', None), ('approved_by', None)), models.Q(('approved_at__isnull', False), ('approved_by__isnull', False)), _connector='OR'), name='auto_top_up_approved_by_somebody'), models.CheckConstraint(condition=models.Q(models.Q(('trouble', ''), ('troubled_at', None)), ('troubled_at__isnull', False), _connector='OR'), name='auto_top_up_trouble_has_a_time')],
            },
        ),
        migrations.CreateModel(
            name='HistoricalAutoTopUp',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('cause', models.CharField(db_index=True, editable=False, max_length=120, verbose_name='cause')),
                ('below_minutes', models.PositiveIntegerField(verbose_name='when less is available than (minutes)')),
                ('minutes', models.PositiveIntegerField(verbose_name='size (minutes)')),
                ('most_a_month', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(31)], verbose_name='at most in a month')),
                ('reference', models.CharField(blank=True, max_length=80, verbose_name='your reference')),
                ('issues_at_once', models.BooleanField(default=False, verbose_name='its invoices are issued at once')),
                ('state', models.CharField(choices=[('awaiting_approval', 'Waits for a second approver'), ('on', 'On'), ('stopped', 'Stopped')], default='awaiting_approval', max_length=20, verbose_name='state')),
                ('agreed_at', models.DateTimeField(verbose_name='agreed')),
                ('approved_at', models.DateTimeField(blank=True, null=True, verbose_name='approved')),
                ('stopped_at', models.DateTimeField(blank=True, null=True, verbose_name='stopped')),
                ('stopped_why', models.CharField(blank=True, max_length=500, verbose_name='why it was stopped')),
                ('trouble', models.CharField(blank=True, max_length=500, verbose_name='why nothing could be ordered')),
                ('troubled_at', models.DateTimeField(blank=True, null=True, verbose_name='when nothing could be ordered')),
                ('history_change_reason', models.CharField(max_length=500, null=True)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('account', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='credits.creditaccount', verbose_name='account')),
                ('agreed_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='agreed by')),
                ('approved_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='approved by')),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('stopped_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='stopped by')),
            ],
            options={
                'verbose_name': 'historical automatic top-up',
                'verbose_name_plural': 'historical automatic top-ups',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.RemoveConstraint(
            model_name='lot',
            name='lot_source_known',
        ),
        migrations.RemoveConstraint(
            model_name='topup',
            name='top_up_state_fits_dates',
        ),
        migrations.AddField(
            model_name='creditterms',
            name='auto_top_ups_invoiced_at_once',
            field=models.BooleanField(default=False, verbose_name='invoices of automatic top-ups are issued at once'),
        ),
        migrations.AddField(
            model_name='historicalcreditterms',
            name='auto_top_ups_invoiced_at_once',
            field=models.BooleanField(default=False, verbose_name='invoices of automatic top-ups are issued at once'),
        ),
        migrations.AddField(
            model_name='hold',
            name='postpaid',
            field=models.BooleanField(default=False, verbose_name='postpaid'),
        ),
        migrations.AddField(
            model_name='topup',
            name='debt',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='top_ups', to='credits.debt', verbose_name='debt that it invoices'),
        ),
        migrations.AlterField(
            model_name='lot',
            name='source',
            field=models.CharField(choices=[('top_up', 'Top-up'), ('opening', 'Opening balance'), ('goodwill', 'Goodwill'), ('our_late_change', 'Our own late change'), ('adjustment', 'Adjustment'), ('plan', 'Included in the plan')], max_length=20, verbose_name='source'),
        ),
        migrations.AlterField(
            model_name='topup',
            name='ordered_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='ordered by'),
        ),
        migrations.AddConstraint(
            model_name='lot',
            constraint=models.CheckConstraint(condition=models.Q(('source__in', ['top_up', 'opening', 'goodwill', 'our_late_change', 'adjustment', 'plan'])), name='lot_source_known'),
        ),
        migrations.AddField(
            model_name='topup',
            name='automatic',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='top_ups', to='credits.autotopup', verbose_name='ordered automatically'),
        ),
        migrations.AddConstraint(
            model_name='topup',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('paid_on', None), ('state', 'ordered')), models.Q(('approved_at', None), ('closed_at', None), ('lot', None), ('paid_on', None), ('state', 'awaiting_approval')), models.Q(('closed_at__isnull', False), ('lot__isnull', False), ('paid_on__isnull', False), ('state', 'paid')), models.Q(('closed_at__isnull', False), ('paid_on', None), ('state', 'cancelled')), _connector='OR'), name='top_up_state_fits_dates'),
        ),
        migrations.AddConstraint(
            model_name='topup',
            constraint=models.CheckConstraint(condition=models.Q(('ordered_by__isnull', False), ('debt__isnull', False), _connector='OR'), name='top_up_is_ordered_or_owed'),
        ),
        migrations.AddConstraint(
            model_name='topup',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'cancelled'), _negated=True), fields=('debt',), name='debt_invoiced_once'),
        ),
    ]
