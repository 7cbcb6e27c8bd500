"""The environment variables of the product: how they are read, and what each of them means.

A value may stand in a file instead, as secrets of containers do: `SECRET_KEY_FILE=/run/secrets/secret_key` says where. The
table is what `manage.py environment` writes; a test compares it with what the product really reads.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from environ import FileAwareEnv
from environ.fileaware_mapping import FileAwareMapping

ROOT = Path(__file__).resolve().parent.parent
READERS = {"str", "bool", "int", "float", "list", "db_url", "email_url", "cache_url", "get"}


@dataclass(frozen=True)
class Variable:
    """One variable: where it stands in the table, what it means, and its default in words where the code's says too little."""

    part: str
    name: str
    meaning: str
    default: str = ""
    is_secret: bool = False


@dataclass(frozen=True)
class Read:
    """One place that reads a variable, and the default that stands there; None where it is none, or is computed."""

    name: str
    place: str
    default: str | None


class Values(FileAwareMapping):
    """What the environment says, or the file that it names. A line break at the end of a file is not part of a secret."""

    def __getitem__(self, key: str) -> str:
        """The value. Raises ImproperlyConfigured where the file that is named cannot be read, KeyError where nothing is said."""
        try:
            return str(super().__getitem__(key)).rstrip("\r\n")
        except OSError as error:
            message = f"{key}_FILE names a file that cannot be read ({error.strerror})."
            raise ImproperlyConfigured(message) from None


class Environment(FileAwareEnv):
    """django-environ, with values in files."""

    ENVIRON = Values()


def reads(root: Path = ROOT) -> Iterator[Read]:
    """Every place of the product that reads a variable by its name: `env.str("NAME", default=…)`, `os.environ["NAME"]`."""
    for path in sorted(root.glob("*/**/*.py")):
        inside = path.relative_to(root)
        if not {"tests", "scripts", "benchmarks", ".venv", "var", "migrations"} & set(inside.parts):
            yield from _in(ast.parse(path.read_text()), inside.as_posix())


def table() -> str:
    """The table as Markdown: one part after the other, in the order of `VARIABLES`."""
    defaults = {read.name: read.default for read in reads() if read.default is not None}
    lines = [HEAD]
    part = ""
    for variable in VARIABLES:
        if variable.part != part:
            part = variable.part
            lines += [f"\n## {part}\n", "| variable | is | default | secret |", "| --- | --- | --- | --- |"]
        default = variable.default or _shown(defaults.get(variable.name))
        lines.append(f"| `{variable.name}` | {variable.meaning} | {default} | {'yes' if variable.is_secret else ''} |")
    return "\n".join(lines) + "\n"


def _in(module: ast.Module, place: str) -> Iterator[Read]:
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in READERS and _is_ours(node.func.value):
            if node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
                yield Read(node.args[0].value, f"{place}:{node.lineno}", _default(node))
        elif isinstance(node, ast.Subscript) and _is_ours(node.value) and isinstance(node.slice, ast.Constant):
            yield Read(str(node.slice.value), f"{place}:{node.lineno}", None)


def _is_ours(node: ast.expr) -> bool:
    """Whether this is `env`, or `os.environ`."""
    return ast.unparse(node) in {"env", "os.environ"}


def _default(call: ast.Call) -> str | None:
    given = [keyword.value for keyword in call.keywords if keyword.arg == "default"] + call.args[1:2]
    return str(given[0].value) if given and isinstance(given[0], ast.Constant) else None


def _shown(default: str | None) -> str:
    if default in ("True", "False"):
        return "yes" if default == "True" else "no"
    return f"`{default}`" if default else "none"


HEAD = """\
# Environment

What can be named in the environment, or as a line `NAME=value` in `.env` beside `manage.py`. Every one may stand in a file
instead, whose path `NAME_FILE` says, as in `SECRET_KEY_FILE=/run/secrets/secret_key`. `manage.py environment --write` makes
this page from `core/environment.py`; how the values go together stands in [running.md](running.md).
Lists are divided by commas. What is marked as secret belongs in no log, no ticket and no repository."""

_WEB, _KEYS, _DATA, _MAIL, _OUT, _JOBS, _WATCH, _SELDOM = (
    "The address that people use",
    "Keys",
    "Database and files",
    "Mail",
    "Texts, cards and e-invoices",
    "Jobs",
    "Watching it run",
    "Seldom",
)

VARIABLES = (
    Variable(
        _WEB,
        "BASE_URL",
        "the address that people use, as in `https://support.example.com`; links in mails begin with it",
        "`http://127.0.0.1:8000`",
    ),
    Variable(
        _WEB,
        "TILLGODO_PRODUCTION",
        "whether this is the real thing, so that what is missing or weak keeps it from starting",
        "yes where `BASE_URL` is `https://…`",
    ),
    Variable(
        _WEB,
        "ALLOWED_HOSTS",
        "the host names that are answered, the one in `BASE_URL` among them",
        "this machine's own: `127.0.0.1,localhost,[::1]`",
    ),
    Variable(
        _WEB,
        "PROXY_HEADER",
        "the header by which the proxy in front says that a request came by https, `X-Forwarded-Proto` as a rule: the proxy must set it "
        "itself, whatever a client sent. `none` where gunicorn speaks TLS itself. Production wants one or the other",
        "none: no header is believed",
    ),
    Variable(_WEB, "CSRF_TRUSTED_ORIGINS", "other origins whose forms are taken, as in `https://intranet.example.com`", "none"),
    Variable(
        _WEB,
        "TRUSTED_PROXIES",
        "how many proxies of yours stand in front; unnamed, all who come through one share limits, so that production wants it with "
        "`PROXY_HEADER`; see [signing-in.md](signing-in.md)",
    ),
    Variable(_WEB, "STAFF_SECOND_FACTOR", "whether staff must have a second factor", "yes where `BASE_URL` is https"),
    Variable(_WEB, "SESSION_IDLE_HOURS", "after how many hours an unused sign-in ends"),
    Variable(_WEB, "SESSION_LIFETIME_HOURS", "after how many hours any sign-in ends", "168"),
    Variable(_WEB, "INVITATIONS_PER_HOUR", "how many invitations one person may send in an hour"),
    Variable(_WEB, "PAPERS_A_MINUTE", "how many PDFs one person may ask for in a minute; a client's people together four times that"),
    Variable(_WEB, "EXPORTS_A_MINUTE", "the same of CSV, XLSX, ZIP, SIE and bank files"),
    Variable(_WEB, "SEARCHES_A_MINUTE", "the same of pages that look for free time, and of the help search"),
    Variable(_WEB, "HSTS_SECONDS", "for how long browsers shall come by https only", "a year in production, else 0"),
    Variable(
        _WEB,
        "SECURITY_CONTACT",
        "where weaknesses are reported, `mailto:…` or `https://…`, for `/.well-known/security.txt`",
        "the address in `DEFAULT_FROM_EMAIL`",
    ),
    Variable(
        _KEYS,
        "SECRET_KEY",
        "at least 50 random characters, the same for every process; signs sessions and links",
        "made once in `TILLGODO_VAR`; production wants its own",
        is_secret=True,
    ),
    Variable(
        _KEYS,
        "SEALING_KEYS",
        "what access instructions and the like are encrypted with; the first seals, all of them open",
        "made once in `TILLGODO_VAR`; production wants its own",
        is_secret=True,
    ),
    Variable(_DATA, "DATABASE_URL", "`postgres://user:password@host:5432/tillgodo`", "SQLite in `TILLGODO_VAR`", is_secret=True),
    Variable(
        _DATA,
        "CACHE_URL",
        "where tries to sign in and costly requests are counted, for all processes together: `redis://:password@host:6379/1`",
        "a table of the database",
        is_secret=True,
    ),
    Variable(
        _DATA,
        "BACKUP_PASSPHRASE",
        "what `manage.py backup --encrypt` seals copies with; see [backup.md](backup.md)",
        "it asks",
        is_secret=True,
    ),
    Variable(_DATA, "LOCK_TIMEOUT_SECONDS", "how long `manage.py migrate` waits for a table on PostgreSQL before it steps back"),
    Variable(_DATA, "LOCK_TRIES", "how often it tries"),
    Variable(_DATA, "AUDIT_ADDRESS_DAYS", "how many days the network addresses beside the audit log are kept"),
    Variable(_DATA, "SQLITE_IS_ENOUGH", "says that production may run on SQLite: one machine, `manage.py serve`, a few people at once"),
    Variable(
        _DATA, "TILLGODO_VAR", "a folder for what the processes keep: files that people sent, made keys, mails without a server", "`var/`"
    ),
    Variable(_DATA, "STATIC_ROOT", "where `manage.py collectstatic` puts styles and scripts", "`static/` in `TILLGODO_VAR`"),
    Variable(_DATA, "STATIC_STORAGE", "another storage for them; `whitenoise.storage.CompressedManifestStaticFilesStorage` compresses"),
    Variable(
        _MAIL,
        "EMAIL_URL",
        "the mail server: `smtp+tls://user:password@host:587`, signs such as `@` and `/` written as `%40` and `%2F`",
        "files in `TILLGODO_VAR`",
        is_secret=True,
    ),
    Variable(_MAIL, "DEFAULT_FROM_EMAIL", "who mails come from; production wants a real one"),
    Variable(_MAIL, "MAILBOX_URL", "the mailbox that is read: `imaps://user:password@host:993/INBOX`", is_secret=True),
    Variable(_MAIL, "MAIL_PROVIDER", "who hands in mail by webhook, and tells what became of ours: `mailgun`, `mandrill` or `postmark`"),
    Variable(
        _MAIL,
        "MAIL_WEBHOOK_SECRET",
        "`user:password` in the addresses that are named to that provider, the password of 16 or more",
        is_secret=True,
    ),
    Variable(_MAIL, "MAIL_WEBHOOK_KEY", "the key that Mailgun or Mandrill signs its webhooks with", is_secret=True),
    Variable(
        _OUT,
        "SMS_URL",
        "the gateway that sends texts: `https+form://user:password@host/path?from=Support`",
        "files in `TILLGODO_VAR`",
        is_secret=True,
    ),
    Variable(_OUT, "CARD_SERVICE", "who takes card payments: `stripe` (needs the extra `payments`), the path of a class, or nobody"),
    Variable(_OUT, "STRIPE_SECRET_KEY", "Stripe's key for calls", is_secret=True),
    Variable(_OUT, "STRIPE_WEBHOOK_SECRET", "what Stripe signs its webhooks with", is_secret=True),
    Variable(_OUT, "STRIPE_API", "another address of Stripe's, for trials"),
    Variable(
        _OUT,
        "ACCESS_POINT_…",
        "what lets us in at the access point for e-invoices, under the name that the profile gives ([profiles.md](profiles.md))",
        is_secret=True,
    ),
    Variable(
        _OUT,
        "EINVOICE_RULES",
        "a folder of further rules for e-invoices, as Peppol's own: every `.sch`, `.xslt` and `.xsl` in it (needs the extra `einvoice`); "
        "see [invoices.md](invoices.md)",
    ),
    Variable(
        _JOBS,
        "CELERY_BROKER_URL",
        "`redis://:password@host:6379/0` or `amqp://user:password@host:5672/tillgodo`; `rediss://` and `amqps://` for TLS",
        "none: `manage.py run_jobs` does it all",
        is_secret=True,
    ),
    Variable(
        _WATCH,
        "MONITORING_TOKEN",
        "32 random characters or more that open `/metrics`, and the details of `/readyz`, as `Authorization: Bearer …`",
        "none: `/metrics` is not there",
        is_secret=True,
    ),
    Variable(_JOBS, "WORKER_MEMORY_MB", "after how many MiB a process of a worker makes place for a fresh one"),
    Variable(_WATCH, "LOG_LEVEL", "how much is logged: `DEBUG`, `INFO`, `WARNING`"),
    Variable(_WATCH, "LOG_FORMAT", "`json` for a line of JSON each, `text` for people", "`json` in production, else `text`"),
    Variable(_WATCH, "TILLGODO_REVISION", "which revision of the source runs, for `/metrics`; the image names it"),
    Variable(_SELDOM, "PORT", "the port of `manage.py serve` and of `config/serving.py`"),
    Variable(
        _SELDOM,
        "WEB_BIND",
        "where gunicorn listens with `config/serving.py`: `0.0.0.0:8000`, `unix:/run/tillgodo/web.sock`",
        "`127.0.0.1` and `PORT`",
    ),
    Variable(_SELDOM, "WEB_CONCURRENCY", "how many web processes `config/serving.py` starts"),
    Variable(_SELDOM, "WEB_THREADS", "how many requests each answers at once"),
    Variable(_SELDOM, "DEBUG", "shows errors to whoever meets them; never in production"),
)
