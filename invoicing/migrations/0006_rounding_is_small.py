from decimal import Decimal

from django.db import migrations, models

from core.migrating import AddCheckBeside


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('invoicing', '0005_payments_come_by_rounding'),
    ]

    operations = [
        AddCheckBeside(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('way__in', ['bank', 'hand', 'credit', 'card', 'refund', 'payout', 'rounding'])), name='payment_way_known'),
        ),
        AddCheckBeside(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('reverses', None), models.Q(models.Q(('reason', ''), _negated=True), models.Q(('amount__lt', 0), ('way', 'rounding'), _connector='OR')), _connector='OR'), name='reversed_payment_says_why'),
        ),
        AddCheckBeside(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('way', 'rounding'), _negated=True), models.Q(('amount__gte', Decimal('-1')), ('amount__lte', Decimal('1')), ('invoice__isnull', False), ('transaction', None)), _connector='OR'), name='rounding_is_small_and_of_an_invoice'),
        ),
    ]
