"""Help articles for the tests: about mail, backups, installation, in both languages or in one."""

from cases.models import HelpArticle
from tests.cast import NOON

MAIL_EN = "Outgoing mail stays in the queue.\n\n## Check the relay\n\nOpen **Settings**, then look at the relay and its password."
MAIL_SV = "Utgående e-post blir kvar i kön.\n\n## Kontrollera reläet\n\nÖppna **Inställningar** och se efter reläets lösenord."
BACKUP_EN = "A backup is made every night. Restoring takes a few minutes.\n\nAsk for a restore before noon; mail is restored too."
BACKUP_SV = "En säkerhetskopia tas varje natt. Återställning tar några minuter."


def an_article(slug, title, text, *, language="en", published=True):
    return HelpArticle.objects.create(slug=slug, language=language, title=title, text=text, published=published, changed_at=NOON)


def a_shelf():
    """Mail and backup in both languages, an installation in English only, performance in Swedish only, and a draft."""
    an_article("mail", "Mail is not delivered", MAIL_EN)
    an_article("mail", "E-post kommer inte fram", MAIL_SV, language="sv")
    an_article("backup", "Restore a backup", BACKUP_EN)
    an_article("backup", "Återställ en säkerhetskopia", BACKUP_SV, language="sv")
    an_article("installation", "Installation on Linux", "How to install the server on Debian.")
    an_article("performance", "Långsamma sidor", "Så hittar ni vad som är långsamt i databasen.", language="sv")
    an_article("secret", "Mail relays of tomorrow", "Not finished.", published=False)
