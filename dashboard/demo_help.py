"""Help articles of the demo: four subjects in both languages, plainly invented (rule S14)."""

from collections.abc import Mapping
from datetime import datetime

from cases import help_articles
from cases.help_articles import Draft
from people.models import Person

ARTICLES: Mapping[str, Mapping[str, Draft]] = {
    "installation": {
        "en": Draft(
            "Install the demo application",
            """# Before you begin

- A server with 4 GB of memory and 20 GB of disk
- A database of its own, and its password at hand

# Step by step

1. Unpack the archive in `/srv/demo`.
2. Write the address of the database into `demo.conf`.
3. Run `demo check`. It says what is missing.
4. Start the service: `systemctl start demo`.

If step 3 names a missing package, install it and run the check again. Nothing is changed by checking.""",
        ),
        "sv": Draft(
            "Installera demoprogrammet",
            """# Innan du börjar

- En server med 4 GB minne och 20 GB disk
- En egen databas, med lösenordet till hands

# Steg för steg

1. Packa upp arkivet i `/srv/demo`.
2. Skriv in databasens adress i `demo.conf`.
3. Kör `demo check`. Kommandot säger vad som saknas.
4. Starta tjänsten: `systemctl start demo`.

Om steg 3 nämner ett paket som saknas installerar du det och kör kontrollen igen. Kontrollen ändrar ingenting.""",
        ),
    },
    "mail-not-delivered": {
        "en": Draft(
            "Mail is not delivered",
            """Mail that the application has sent waits in the queue until your relay takes it.

# See what waits

Open **Settings → Mail → Queue**. Each line shows the last answer of the relay.

# What the answers mean

| answer | what to do |
| --- | --- |
| 535 | The password of the relay has changed. Write the new one under *Settings*. |
| 550 | The relay refuses the sender. Allow `demo@your.example` there. |
| timed out | A firewall stands between. Open port 587. |

Then press **Try again**. Nothing that waits is lost.""",
        ),
        "sv": Draft(
            "E-post kommer inte fram",
            """E-post som programmet har skickat väntar i kön tills ert relä tar emot den.

# Se vad som väntar

Öppna **Inställningar → E-post → Kö**. Varje rad visar reläets senaste svar.

# Vad svaren betyder

| svar | vad du gör |
| --- | --- |
| 535 | Reläets lösenord har ändrats. Skriv in det nya under *Inställningar*. |
| 550 | Reläet avvisar avsändaren. Tillåt `demo@er.example` där. |
| timed out | En brandvägg står emellan. Öppna port 587. |

Tryck sedan på **Försök igen**. Inget som väntar går förlorat.""",
        ),
    },
    "backup-restore": {
        "en": Draft(
            "Back up and restore",
            """A backup is made every night at 02:00 and kept for 30 days.

# Restore a single file

Run `demo restore --file name` and choose the night.

# Restore everything

1. Stop the service.
2. Run `demo restore --all` and name the night.
3. Start the service, and look at the last entries in the log.

> Restoring everything takes back what was written since that night. Make a backup of today first.""",
        ),
        "sv": Draft(
            "Säkerhetskopiera och återställa",
            """En säkerhetskopia tas varje natt klockan 02.00 och sparas i 30 dagar.

# Återställ en enda fil

Kör `demo restore --file namn` och välj natt.

# Återställ allt

1. Stoppa tjänsten.
2. Kör `demo restore --all` och ange natten.
3. Starta tjänsten och se efter de sista raderna i loggen.

> När allt återställs försvinner det som har skrivits sedan den natten. Ta först en säkerhetskopia av i dag.""",
        ),
    },
    "slow-pages": {
        "en": Draft(
            "Pages are slow",
            """# Is it one page or all of them?

One page: a filter over many years is the usual cause. Choose a shorter period.

All pages: look at the load of the server.

# Measure before you change

Run `demo measure` for ten minutes while people work. It lists the ten slowest questions to the database. Attach the list
to your report if you need our help with it.""",
        ),
        "sv": Draft(
            "Sidorna är långsamma",
            """# Är det en sida eller alla?

En sida: ett filter över många år är den vanligaste orsaken. Välj en kortare period.

Alla sidor: se efter serverns belastning.

# Mät innan du ändrar

Kör `demo measure` i tio minuter medan folk arbetar. Kommandot listar de tio långsammaste frågorna till databasen. Bifoga
listan i din anmälan om du behöver vår hjälp med den.""",
        ),
    },
}


def put_up(*, by: Person, at: datetime) -> None:
    """Write the articles and publish them."""
    for slug, drafts in ARTICLES.items():
        help_articles.begin(slug=slug, drafts=drafts, by=by, at=at)
        for language in drafts:
            help_articles.publish(slug=slug, language=language, by=by, at=at)
