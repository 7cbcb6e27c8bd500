"""The door of the desk, as pages of sessions name it."""

from clients.desk_access import StaffRequest, for_staff

__all__ = ["StaffRequest", "for_staff"]
