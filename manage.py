#!/usr/bin/env python
"""Django's command line, with the settings of this project; what its commands do is told of in the audit log."""

import os
import sys

from core.production import NotFitToStart
from trail.commands import CommandLine

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        CommandLine(sys.argv).execute()
    except NotFitToStart as faults:
        sys.exit(str(faults))
