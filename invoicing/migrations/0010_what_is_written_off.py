from django.db import migrations, models

from core.migrating import AddCheckBeside


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('invoicing', '0009_debts_are_written_off'),
    ]

    operations = [
        AddCheckBeside(
            model_name='banktransaction',
            constraint=models.CheckConstraint(condition=models.Q(('difficulty__in', ['', 'unknown', 'several', 'under', 'over', 'double', 'credited', 'currency', 'outgoing', 'reversal', 'not_split', 'repeated', 'bad_debt'])), name='transaction_difficulty_known'),
        ),
        AddCheckBeside(
            model_name='invoice',
            constraint=models.CheckConstraint(condition=models.Q(('written_off__gte', 0), ('written_off__lte', models.F('paid'))), name='invoice_written_off_is_of_what_counts_as_paid'),
        ),
        AddCheckBeside(
            model_name='invoice',
            constraint=models.CheckConstraint(condition=models.Q(('written_off', 0), ('credited__lte', models.F('payable') - models.F('written_off')), _connector='OR'), name='invoice_written_off_is_not_credited'),
        ),
        AddCheckBeside(
            model_name='invoiceevent',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['drafted', 'changed', 'dropped', 'issued', 'sent', 'no_xml', 'by_mail', 'undelivered', 'credited', 'paid', 'unpaid', 'settled', 'reminded', 'contested', 'answered', 'withdrawn', 'stopped', 'resumed', 'extended', 'frozen', 'released', 'charged', 'waived', 'written_off', 'kept', 'unbacked'])), name='invoice_event_known'),
        ),
        AddCheckBeside(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('way__in', ['bank', 'hand', 'credit', 'card', 'refund', 'payout', 'rounding', 'bad_debt'])), name='payment_way_known'),
        ),
        AddCheckBeside(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('way', 'bad_debt'), _negated=True), models.Q(('invoice__isnull', False), ('refund', None), ('transaction', None), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='bad_debt_is_of_an_invoice_and_says_why'),
        ),
    ]
