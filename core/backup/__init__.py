"""Keeping a copy of an installation, and making an installation of a copy (docs/backup.md)."""
