"""What all processes must remember together for a short while: tries to sign in, and codes that were used."""

from typing import ClassVar

from django.db import models


class SharedCacheEntry(models.Model):
    """A row of Django's database cache, as `createcachetable` would make it: a model, so that `migrate` makes the table."""

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "shared_cache"
        default_permissions: ClassVar[tuple[str, ...]] = ()

    def __str__(self) -> str:
        return self.cache_key
