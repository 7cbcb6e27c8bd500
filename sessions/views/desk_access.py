"""The desk is for the provider's people (rules: People); `clients.desk` says how."""

from clients.desk import StaffRequest, for_staff

__all__ = ["StaffRequest", "for_staff"]
