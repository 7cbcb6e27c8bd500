"""Commands on the server in the audit log: who is the account that ran it, what is the command's name (proof SEC15).

Arguments are not kept: they name files and people. What a command changed stands in the log as changes that came by it.
"""

import os
import pwd
from typing import Any

from django.core.management import BaseCommand, ManagementUtility

from trail.origin import Origin, coming_from

CHANGE_NOTHING = {
    *("check", "compilemessages", "makemessages", "makemigrations", "showmigrations", "sqlmigrate", "sqlflush", "sqlsequencereset"),
    *("collectstatic", "findstatic", "diffsettings", "sendtestemail", "testserver", "test", "inspectdb", "dumpdata", "optimizemigration"),
    *("audit", "audit_ledger", "check_invoices", "explain_deadline", "doctor", "environment"),
    *("runserver", "serve", "run_jobs", "run_due"),
}
"""Commands that change nothing by themselves, and those that run the product: what its jobs do has records of its own."""


class CommandLine(ManagementUtility):
    """Django's command line, whose commands are written into the audit log once they are done."""

    def fetch_command(self, subcommand: str) -> BaseCommand:
        """The command; run, it is the origin of what it changes."""
        command = super().fetch_command(subcommand)
        if subcommand not in CHANGE_NOTHING:
            run = command.execute

            def execute(*args: Any, **options: Any) -> Any:
                from trail.entries import write  # noqa: PLC0415  models are there only now
                from trail.models import Kind  # noqa: PLC0415

                with coming_from(Origin(via=subcommand, operator=account())):
                    said = run(*args, **options)
                    write(Kind.COMMAND, subcommand, person=None)
                return said

            command.execute = execute  # type: ignore[method-assign]  # of this one command
        return command


def account() -> str:
    """The name of the account on the server; its number where it has no name, as in some containers."""
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
