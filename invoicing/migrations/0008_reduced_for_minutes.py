from django.db import migrations, models

from core.migrating import AddCheckBeside


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('invoicing', '0007_prices_are_reduced'),
    ]

    operations = [
        AddCheckBeside(
            model_name='bookmove',
            constraint=models.CheckConstraint(condition=models.Q(('share__in', ['sold', 'taken_over', 'given', 'moved_in', 'used', 'late_change', 'no_show', 'expired', 'adjusted', 'refunded', 'reduced', 'moved_out', 'owed', 'repaid', 'taken_back'])), name='book_move_share_known'),
        ),
        AddCheckBeside(
            model_name='bookmove',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('share', 'reduced'), _negated=True), ('over_minutes', None)), models.Q(('amount__lt', 0), ('lot__isnull', False), ('minutes', 0), ('over_minutes__gt', 0), ('over_minutes__isnull', False), ('share', 'reduced')), _connector='OR'), name='book_move_reduces_for_minutes'),
        ),
    ]
