"""Settings, read from the environment.

Nothing needs to be set to try the product: the embedded default runs on SQLite under `var/`, writes
its mails to a folder, and keeps a generated key beside them. A production installation names its own
DATABASE_URL, SECRET_KEY, ALLOWED_HOSTS and EMAIL_URL.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_stubs_ext
import environ
from cryptography.fernet import Fernet
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key

django_stubs_ext.monkeypatch()

ROOT = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(ROOT / ".env")

VAR = Path(env.str("TILLGODO_VAR", default=str(ROOT / "var")))
VAR.mkdir(mode=0o700, parents=True, exist_ok=True)

JOB_TIME_LIMIT = 10 * 60
"""Seconds after which a Celery worker gives up a job. Its mails' leases are longer (notices/delivery.py)."""

SQLITE_OPTIONS = {
    "timeout": 30,
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA recursive_triggers=ON;",
}


def _generated_key(name: str, make: Callable[[], str]) -> str:
    """The key of an installation that named none: made once, readable by its owner only."""
    path = VAR / name
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(make())
    return path.read_text()


def _database() -> dict[str, Any]:
    """The database that DATABASE_URL names, with the options each kind needs to be safe."""
    database: dict[str, Any] = env.db_url("DATABASE_URL", default=f"sqlite:///{VAR / 'tillgodo.sqlite3'}")
    if database["ENGINE"] == "django.db.backends.sqlite3":
        database["ENGINE"] = "core.sqlite"
        database["OPTIONS"] = SQLITE_OPTIONS
        database["TEST"] = {"NAME": str(VAR / "test.sqlite3")}
    else:
        database["CONN_MAX_AGE"] = 60
        database["CONN_HEALTH_CHECKS"] = True
    return database


def _transport_options(broker: str) -> dict[str, Any]:
    """What each kind of broker needs so that no message is lost without need, or waited for without end."""
    if broker.startswith("amqp"):
        return {"confirm_publish": True}
    if broker.startswith(("redis", "sentinel")):
        # Redis hands out again what was not acknowledged in this time, so it must be longer than any job takes. There is
        # no socket_timeout: an acknowledgement that ran into it would keep its worker's only place for ever.
        return {"visibility_timeout": 2 * JOB_TIME_LIMIT, "socket_connect_timeout": 5, "socket_keepalive": True}
    return {}


def _webhooks(provider: str, secret: str, key: str) -> dict[str, Any]:
    """What anymail checks a provider's calls with. Raises ImproperlyConfigured rather than let anybody hand in mail."""
    if not provider:
        return {}
    if provider not in ("mailgun", "mandrill", "postmark"):
        raise ImproperlyConfigured("MAIL_PROVIDER must be mailgun, mandrill or postmark")
    if not re.fullmatch(r"[\w.~-]+:[\w.~-]{16,}", secret, re.ASCII):
        raise ImproperlyConfigured("MAIL_WEBHOOK_SECRET must be user:password, of letters, digits and -._~, the password of 16 or more")
    if provider != "postmark" and not key:
        raise ImproperlyConfigured(f"MAIL_WEBHOOK_KEY must be the key that {provider} signs its webhooks with")
    host = urlsplit(BASE_URL)
    signed = f"{host.scheme}://{secret}@{host.netloc}/mail/mandrill/"
    return {
        "WEBHOOK_SECRET": secret,
        "MAILGUN_WEBHOOK_SIGNING_KEY": key,
        "MANDRILL_WEBHOOK_KEY": key,
        "MANDRILL_WEBHOOK_URL": signed,
    }


DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or _generated_key("secret_key", get_random_secret_key)
SEALING_KEYS = env.list("SEALING_KEYS", default=[]) or [_generated_key("sealing_key", lambda: Fernet.generate_key().decode())]
"""What access instructions and the like are encrypted with (core/sealing.py): the first seals, all of them open."""
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
BASE_URL = env.str("BASE_URL", default=f"http://127.0.0.1:{env.int('PORT', default=8000)}")

INSTALLED_APPS = [
    "dashboard",
    "sessions",
    "credits",
    "cases",
    "notices",
    "clients",
    "worktime",
    "people",
    "core",
    "allauth",
    "allauth.account",
    "django_htmx",
    "djmoney",
    "simple_history",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "people.middleware.PersonLocaleMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "core.middleware.RefusalMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dashboard.navigation.navigation",
            ],
            "builtins": ["core.templatetags.tillgodo"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "people.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
PASSWORD_RESET_TIMEOUT = 60 * 60
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "notices.sign_in.SignInAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("sv", "Svenska")]
LOCALE_PATHS = [ROOT / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "static/"
STATICFILES_DIRS = [ROOT / "static"]
STATIC_ROOT = VAR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": env.str("STATIC_STORAGE", default="django.contrib.staticfiles.storage.ManifestStaticFilesStorage")},
}

MEDIA_ROOT = VAR / "files"
"""Files that people sent, under random names. No address leads there: they are handed out after an access check (cases/views/files.py)."""
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
FILE_UPLOAD_HANDLERS = [
    "cases.uploads.LimitedUploads",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

MAIL_FOLDER = VAR / "mail"
vars().update(env.email_url("EMAIL_URL", default="filemail:///"))
EMAIL_FILE_PATH = str(MAIL_FOLDER)
EMAIL_TIMEOUT = 20
MAILBOX_URL = env.str("MAILBOX_URL", default="")
"""The mailbox that is read: imaps://user:password@host:993/INBOX. Empty: none; mail may still come by `manage.py receive_mail`."""
MAIL_PROVIDER = env.str("MAIL_PROVIDER", default="")
"""Who hands in mail, and what became of ours, by webhook: mailgun, mandrill or postmark. Empty: nobody (notices/providers.py)."""
MAIL_WEBHOOK_SECRET = env.str("MAIL_WEBHOOK_SECRET", default="")
MAIL_WEBHOOK_KEY = env.str("MAIL_WEBHOOK_KEY", default="")
ANYMAIL = _webhooks(MAIL_PROVIDER, MAIL_WEBHOOK_SECRET, MAIL_WEBHOOK_KEY)
SMS_URL = env.str("SMS_URL", default="")
OUTBOUND_LOOPBACK = False
"""Whether addresses that people name may lead to this machine. Only tests say so (core/outbound.py)."""
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Tillgodo <support@provider.example>")

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="")
"""Of Redis or RabbitMQ, in production; nothing else reads these settings. Empty: `manage.py run_jobs` does it all."""
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a broker that is away is waited for
CELERY_BROKER_TRANSPORT_OPTIONS = _transport_options(CELERY_BROKER_URL)
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_QUEUES: dict[str, dict[str, Any]] = {"default": {}, "mail": {}, "fetch": {}}
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = JOB_TIME_LIMIT
CELERY_TASK_IGNORE_RESULT = True
CELERY_RESULT_EXPIRES = None
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"  # remembers nothing: what is due stands in the database

SECURE_CONTENT_TYPE_NOSNIFF = True
DEFAULT_EXCEPTION_REPORTER_FILTER = "core.reporting.DiscreetReport"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BASE_URL.startswith("https://")
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    # A private calendar's address is its key (rule R4): it is in no log of ours, whatever went wrong there.
    "filters": {"without_tokens": {"()": "core.logs.Without", "secret": r"(?<=/calendar/)[^/\s]+(?=\.ics)"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["without_tokens"]}},
    "loggers": {
        "django.server": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "weasyprint": {"level": "WARNING"},
        "fontTools": {"level": "WARNING"},
        "urllib3": {"level": "ERROR"},  # its warnings hold addresses, which are secrets
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}
