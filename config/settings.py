"""Settings, read from the environment.

Nothing needs to be set to try the product: the embedded default runs on SQLite under `var/`, writes
its mails to a folder, and keeps a generated key beside them. A production installation names its own, and
does not start without (`core/production.py`). What can be named stands in docs/environment.md.
"""

import tomllib
from collections.abc import Callable
from datetime import timedelta
from email.utils import parseaddr
from pathlib import Path
from typing import Any

import django_stubs_ext
from cryptography.fernet import Fernet
from csp.constants import NONE, SELF
from django.core.management.utils import get_random_secret_key

from config import caching, costly, logs, postgresql, webhooks
from core import production
from core.environment import Environment

django_stubs_ext.monkeypatch()

ROOT = Path(__file__).resolve().parent.parent
env = Environment()
Environment.read_env(ROOT / ".env")
FAULTS: list[str] = []
"""Why the product does not start; told all at once, at the end."""

VAR = Path(env.str("TILLGODO_VAR", default=str(ROOT / "var")))
VAR.mkdir(mode=0o700, parents=True, exist_ok=True)

JOB_TIME_LIMIT = 10 * 60
"""Seconds after which a Celery worker gives up a job."""
JOB_SOFT_TIME_LIMIT = JOB_TIME_LIMIT - 60
"""Seconds after which a job is told to end: what it was about to write is rolled back, and the process lives on."""

LOCK_TIMEOUT_SECONDS = env.int("LOCK_TIMEOUT_SECONDS", default=1)
"""So long `manage.py migrate` waits for a table on PostgreSQL before it steps back and tries again: others wait behind it."""
LOCK_TRIES = env.int("LOCK_TRIES", default=60)

SQLITE_OPTIONS = {
    "timeout": 30,
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA recursive_triggers=ON;",
}


def _generated_key(name: str, make: Callable[[], str]) -> str:
    """The key of an installation that named none: made once, readable by its owner only; none in production."""
    if PRODUCTION:
        return ""
    path = VAR / name
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(make())
    return path.read_text()


POSTGRESQL_OPTIONS = postgresql.options(longest_transaction_seconds=JOB_TIME_LIMIT)


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
        database["OPTIONS"] = POSTGRESQL_OPTIONS | database.get("OPTIONS", {})
    return database


def _transport_options(broker: str) -> dict[str, Any]:
    """What each kind of broker needs so that no message is lost without need, or waited for without end."""
    if broker.startswith("amqp"):
        return {"confirm_publish": True, "connect_timeout": 5}
    if broker.startswith(("redis", "sentinel")):
        # Redis hands out again what was not acknowledged in this time, so it must be longer than any job takes. There is
        # no socket_timeout: an acknowledgement that ran into it would keep its worker's only place for ever.
        return {"visibility_timeout": 2 * JOB_TIME_LIMIT, "socket_connect_timeout": 5, "socket_keepalive": True}
    return {}


VERSION = str(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"])
REVISION = env.str("TILLGODO_REVISION", default="")
BASE_URL = env.str("BASE_URL", default=f"http://127.0.0.1:{env.int('PORT', default=8000)}").rstrip("/")
PRODUCTION = env.bool("TILLGODO_PRODUCTION", default=BASE_URL.startswith("https://"))
"""Whether this is the real thing: then nothing that is missing or weak may stand (`core/production.py`)."""
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or _generated_key("secret_key", get_random_secret_key)
SEALING_KEYS = env.list("SEALING_KEYS", default=[]) or list(
    filter(None, [_generated_key("sealing_key", lambda: Fernet.generate_key().decode())])
)
"""What access instructions and the like are encrypted with (core/sealing.py): the first seals, all of them open."""
DEFAULT_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=DEFAULT_HOSTS)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SQLITE_IS_ENOUGH = env.bool("SQLITE_IS_ENOUGH", default=False)

CARD_SERVICE = env.str("CARD_SERVICE", default="")
"""Who takes card payments of invoices: "stripe" (needs the extra `payments`), the path of a class, or nobody."""
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", default="")
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", default="")
STRIPE_API = env.str("STRIPE_API", default="https://api.stripe.com")
EINVOICE_RULES = env.str("EINVOICE_RULES", default="")
"""A folder of further rules that e-invoices are judged by (invoicing/einvoice/vetting.py), or nothing."""
if CARD_SERVICE == "stripe" and not (STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET):
    FAULTS.append("CARD_SERVICE=stripe needs STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET.")

INSTALLED_APPS = [
    "dashboard",
    "trail",
    "invoicing",
    "delivery",
    "sessions",
    "credits",
    "cases",
    "sign_in",
    "notices",
    "clients",
    "worktime",
    "people",
    "core",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
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
    "core.tracing.RequestLogMiddleware",
    "dashboard.metrics.requests.CountingMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "core.headers.HeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.middleware.RestoreMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "core.middleware.StillTooOftenMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "trail.middleware.AuditMiddleware",
    "people.middleware.PersonLocaleMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "sign_in.lifetimes.LifetimeMiddleware",
    "sign_in.must_set_up.StaffSecondFactorMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "core.middleware.RefusalMiddleware",
    "core.unavailable.UnavailableMiddleware",
    "core.middleware.RateLimitMiddleware",
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
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "sign_in.passwords.ContextWordsValidator"},
    {"NAME": "sign_in.passwords.StretchedPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 60 * 60
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "sign_in.adapter.SignInAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_FORMS = {
    "change_password": "sign_in.forms.NewPasswordForm",
    "set_password": "sign_in.forms.FirstPasswordForm",
    "reset_password_from_key": "sign_in.forms.PasswordByLinkForm",
}
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105 -- a class
"""Django's: allauth's own notes the address for ever in a table of its own, and would let it in when the person has another."""
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 10 * 60
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "5/5m/key",
    "failed_from_address": "30/10m/ip",  # apart, for allauth forgets a whole row of "login_failed" at one success (sign_in/tries.py)
    "request_login_code": "10/10m/ip,5/10m/key",
    "reset_password": "10/10m/ip,5/h/key",
    "reset_password_from_key": "20/10m/ip",
    "reauthenticate": "10/10m/user",
    "change_password": "10/10m/user",
}
"""How often each is tried: by client address, by account or address that was typed ("key"), and by person signed in."""
MFA_ADAPTER = "sign_in.factors.FactorsAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "sign_in.forms.CodeForm",
    "reauthenticate": "sign_in.forms.CodeAgainForm",
    "authenticate_webauthn": "sign_in.forms.PasskeyForm",
    "login_webauthn": "sign_in.forms.PasskeyLoginForm",
    "reauthenticate_webauthn": "sign_in.forms.PasskeyAgainForm",
    "activate_totp": "sign_in.forms.AppForm",
    "add_webauthn": "sign_in.forms.AddPasskeyForm",
    "edit_webauthn": "sign_in.forms.RenamePasskeyForm",
}
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # addresses are the provider's to give, not verified by whoever has them
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = False  # http://localhost is as good as https to browsers, and to the library
STAFF_SECOND_FACTOR = env.bool("STAFF_SECOND_FACTOR", default=BASE_URL.startswith("https://") and not DEBUG)
"""Whether staff, and whoever may open the administration, must have an authenticator app or a passkey (sign_in/must_set_up.py)."""
SESSION_IDLE = timedelta(hours=env.int("SESSION_IDLE_HOURS", default=12))
SESSION_LIFETIME = timedelta(hours=env.int("SESSION_LIFETIME_HOURS", default=7 * 24))
"""A sign-in ends when it is not used for so long, and at the latest when it has lasted so long (sign_in/lifetimes.py)."""
SESSION_COOKIE_AGE = int(SESSION_LIFETIME.total_seconds())
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=0)
"""How many proxies of ours stand in front, each of which adds to X-Forwarded-For. With 0 that header is never believed."""
CACHES = {"default": caching.completed(env.cache_url("CACHE_URL", default="dbcache://shared_cache"), production=PRODUCTION)}
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"

INVITATIONS_PER_HOUR = env.int("INVITATIONS_PER_HOUR", default=30)
"""How many invitations one person may send, or renew, in an hour (clients/invitations.py)."""

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("sv", "Svenska")]
LOCALE_PATHS = [ROOT / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "static/"
STATICFILES_DIRS = [ROOT / "static"]
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(VAR / "static")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": env.str("STATIC_STORAGE", default="django.contrib.staticfiles.storage.ManifestStaticFilesStorage")},
}

MEDIA_ROOT = VAR / "files"
"""Files that people sent, under random names. No address leads there: they are handed out after an access check (cases/views/files.py)."""
BACKUP_PASSPHRASE = env.str("BACKUP_PASSPHRASE", default="")
"""With what `manage.py backup --encrypt` seals; it asks where there is none."""
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
with production.collected(FAULTS):
    ANYMAIL = webhooks.checked_with(MAIL_PROVIDER, MAIL_WEBHOOK_SECRET, MAIL_WEBHOOK_KEY, at=BASE_URL)
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
CELERY_TASK_QUEUES: dict[str, dict[str, Any]] = {"default": {}, "mail": {}, "pdf": {}, "fetch": {}}
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_TASK_DEFAULT_DELIVERY_MODE = "persistent"
CELERY_TASK_PUBLISH_RETRY = True
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 5, "interval_start": 0.2, "interval_step": 0.5, "interval_max": 3}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = JOB_TIME_LIMIT
CELERY_TASK_SOFT_TIME_LIMIT = JOB_SOFT_TIME_LIMIT
CELERY_TASK_IGNORE_RESULT = True
CELERY_RESULT_EXPIRES = None
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 1024 * env.int("WORKER_MEMORY_MB", default=400)
"""KiB after which a process of a worker makes place for a fresh one, when its job is done."""
CELERY_WORKER_MAX_TASKS_PER_CHILD = 5_000
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False  # it finishes what it does; whoever does it again finds it done
CELERY_BEAT_SCHEDULER = "config.beat:LeasedScheduler"  # remembers nothing: what is due stands in the database
CELERY_BEAT_MAX_LOOP_INTERVAL = 5

DEFAULT_EXCEPTION_REPORTER_FILTER = "core.reporting.DiscreetReport"
HTTPS = BASE_URL.startswith("https://")
PROXY_HEADER = env.str("PROXY_HEADER", default="")
"""By which header the proxy in front tells that a request came by https; it must set it itself. Otherwise none is believed."""
if PROXY_HEADER and PROXY_HEADER != "none":
    SECURE_PROXY_SSL_HEADER = (f"HTTP_{PROXY_HEADER.upper().replace('-', '_')}", "https")
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz(/pages)?$", r"^metrics$"]  # asked from within, where there is no TLS
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=365 * 24 * 60 * 60 if PRODUCTION else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
# The preload list of browsers takes whole domains and is hard to leave: that is for the domain's owner to ask for, not for us.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
AUDIT_ADDRESS_DAYS = env.int("AUDIT_ADDRESS_DAYS", default=180)
"""So many days the network addresses of sign-ins, downloads and attempts are kept beside the audit log (trail/addresses.py)."""
COOKIE_PREFIX = "__Host-" if HTTPS else ""  # a browser then lets no other host, nor plain http, set the cookie
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid", f"{COOKIE_PREFIX}csrftoken"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True  # scripts read the token from the page
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURITY_CONTACT = env.str("SECURITY_CONTACT", default="") or f"mailto:{parseaddr(DEFAULT_FROM_EMAIL)[1]}"
MONITORING_TOKEN = env.str("MONITORING_TOKEN", default="")
"""What opens /metrics, and the details of /readyz. Without one there are neither."""
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

COSTLY_A_MINUTE: dict[str, tuple[int, int | None]] = {
    "paper": (env.int("PAPERS_A_MINUTE", default=30), 4 * env.int("PAPERS_A_MINUTE", default=30)),
    "export": (env.int("EXPORTS_A_MINUTE", default=20), 4 * env.int("EXPORTS_A_MINUTE", default=20)),
    "search": (env.int("SEARCHES_A_MINUTE", default=90), 4 * env.int("SEARCHES_A_MINUTE", default=90)),
    "suggestion": (120, None),  # somebody who types without a pause; what is beyond is a machine
    "calendar": (10, None),  # for each process; programs ask a few times an hour, from several devices
}
"""How often a minute one person, and all people of one client together (None: any), may ask for what costs much (core/rate_limits.py)."""
COSTLY_ADDRESSES = costly.ADDRESSES

LOGGING = logs.logging_of(env.str("LOG_FORMAT", default="json" if PRODUCTION else "text"), env.str("LOG_LEVEL", default="INFO"))
DJANGO_STRUCTLOG_STATUS_4XX_LOG_LEVEL = logs.REFUSED_LEVEL

production.refuse(FAULTS + (production.faults(globals()) if PRODUCTION else []))
