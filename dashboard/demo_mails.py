"""Mails of the demo, as they would have come (rule S8): the job loop takes them in, one as a case, the others to be sorted."""

from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime

from clients import provider
from notices import mailroom

REPORT = """Hello,

the weekly report shows last week's figures again. See below.

Best regards
Rolf Demo

On Monday, Anna Demo wrote:
> Rolf, could you have a look? The numbers are the same as last Monday.
>
> Anna
"""
REPORT_HTML = """<p>Hello,</p><p>the weekly report shows <b>last week's figures</b> again:</p>
<table><tr><th>Week</th><th>Orders</th></tr><tr><td>46</td><td>214</td></tr><tr><td>47</td><td>214</td></tr></table>
<p><img src="https://pictures.example/chart.png" alt="Chart of orders"></p><p>Best regards<br>Rolf Demo</p>
<blockquote><p>On Monday, Anna Demo wrote:</p><p>Rolf, could you have a look? The numbers are the same as last Monday.</p></blockquote>"""
STRANGER = """Good morning,

we took over the application at Demo Acme this week. Who do we talk to about access?

Nils Demo, Demo Newcomer AB
"""
QUESTION = """Hej,

går det att få listan sorterad på datum? Jag hittar ingen inställning.

Hälsningar
Nadja Demo, Demo Nordost AB
"""


def send(*, at: datetime) -> None:
    """Let the mails reach us: Rolf's with pictures and a quotation, and two from people whom nobody knows."""
    report = _mail("Rolf Demo <rolf@acme.example>", "The weekly report is last week’s", REPORT, at=at - timedelta(hours=6))
    report.add_alternative(REPORT_HTML, subtype="html")
    mails = (
        (report, 6),
        (_mail("Nils Demo <nils@newcomer.example>", "Access to the application", STRANGER, at=at - timedelta(hours=4)), 4),
        (_mail("Nadja Demo <nadja@nordost.example>", "Sortera på datum", QUESTION, at=at - timedelta(hours=2)), 2),
    )
    for mail, hours_ago in mails:
        mailroom.receive(raw=mail.as_bytes(), source="imap", at=at - timedelta(hours=hours_ago))


def _mail(sender: str, subject: str, text: str, *, at: datetime) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, provider.current().email, subject
    mail["Date"], mail["Message-ID"] = format_datetime(at), f"<{at:%Y%m%d%H%M%S}@demo.example>"
    mail.set_content(text)
    return mail
