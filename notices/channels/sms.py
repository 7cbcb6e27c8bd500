"""Texts to mobile phones, through whatever gateway takes a form by HTTP (rule M4).

SMS_URL names it: `https+form://user:password@api.gateway.example/sms?from=Support` posts `from`, `to` and `message` with
basic authentication, as 46elks and others take them; whatever else stands after the question mark goes along. Without
it texts are written into the folder where mails go by default, so that nothing is needed to try the product.
"""

import base64
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from core import outbound
from notices.models import Notice

FORM = "+form"


def send(notice: Notice) -> None:
    """Hand over one text. Raises AddressRefused, FetchFailed, or OSError where no file can be written."""
    if not settings.SMS_URL:
        return _file(notice)
    parts = urlsplit(settings.SMS_URL)
    if not parts.scheme.endswith(FORM):
        message = "SMS_URL begins with https+form://"
        raise ImproperlyConfigured(message)
    fields = {**dict(parse_qsl(parts.query)), "to": notice.address, "message": notice.body}
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if parts.username is not None:
        words = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = f"Basic {base64.b64encode(words.encode()).decode()}"
    server = parts.netloc.rpartition("@")[2]
    url = urlunsplit((parts.scheme.removesuffix(FORM), server, parts.path, "", ""))
    return outbound.post(url, urlencode(fields).encode(), headers=headers)


def _file(notice: Notice) -> None:
    """The text as a file of the folder of mails. The same notice again writes the same file."""
    settings.MAIL_FOLDER.mkdir(parents=True, exist_ok=True)
    path = settings.MAIL_FOLDER / f"sms-{notice.written_at:%Y%m%d-%H%M%S}-{notice.pk}.txt"
    path.write_text(f"To: {notice.address}\n\n{notice.body}\n", encoding="utf-8")
