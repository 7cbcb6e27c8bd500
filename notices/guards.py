"""The last guards of mail, in the database itself: what came in stays as it came (rule S8)."""

from clients.erasable import emptied_mail, erasable
from core.guards import closed_once, columns_fixed

GUARDS = [
    emptied_mail(columns_fixed("notices_incomingmail", ["raw", "digest", "size", "source", "received_at"])),
    *erasable(["reason"], columns_fixed("notices_outgoinghold", ["reason", "held_at"]), closed_once("notices_outgoinghold", "released_at")),
]
