"""What a password must be (OWASP ASVS 5, 6.2): long, and not one of those that are tried first. Of what it consists is free.

The length and the list of common passwords are Django's; here stand words that everybody would try with us, and passwords
that are long only because something short was stretched.
"""

import re

from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from clients import provider
from people.models import Person

PRODUCT = "tillgodo"
SHORTEST_WORD = 4
LEFT_OVER = 8
"""So many characters must stand beside words that everybody would try."""
FEWEST_CHARACTERS = 5
RUNS = ("abcdefghijklmnopqrstuvwxyzåäö", "01234567890", "qwertyuiopå", "asdfghjklöä", "zxcvbnm")
LONGEST_RUN = 5
LOOKALIKES = str.maketrans("013457@$!", "oleastasi")


class ContextWordsValidator:
    """Refuses what is little more than the names of the product, the provider, its services, and this person."""

    def validate(self, password: str, user: Person | None = None) -> None:
        """Raise ValidationError unless enough is left when these words are taken away."""
        left = password.casefold()
        for word in sorted(_context_words(user), key=len, reverse=True):
            left = left.replace(word, "").replace(word.translate(str.maketrans("oeai", "0341")), "")
        if left != password.casefold() and len(left) < LEFT_OVER:
            raise ValidationError(_("Most of this password is a name that others would guess first. Add a few words."), "names")

    def get_help_text(self) -> str:
        """Nothing: nobody needs to be told before they try."""
        return ""


class StretchedPasswordValidator:
    """Refuses what is long only because something short was repeated, continued, or padded."""

    def validate(self, password: str, user: Person | None = None) -> None:
        """Raise ValidationError for few different characters, a row of the keyboard or alphabet, or a common password in disguise."""
        plain = password.casefold()
        if len(set(plain)) < FEWEST_CHARACTERS or _without_runs(plain) or self._is_common(plain):
            raise ValidationError(
                _("This password is long, but easy to guess. Four words that do not belong together are better."), "stretched"
            )

    def get_help_text(self) -> str:
        """Nothing, as above."""
        return ""

    def _is_common(self, plain: str) -> bool:
        spoken = plain.translate(LOOKALIKES)
        bare = {re.sub(r"^[\W\d_]+|[\W\d_]+$", "", plain), re.sub(r"[\W\d_]+", "", plain), re.sub(r"[\W\d_]+", "", spoken)}
        return any(_once(each) in self._common for each in bare)

    @cached_property
    def _common(self) -> set[str]:
        return set(CommonPasswordValidator().passwords)


def _context_words(person: Person | None) -> set[str]:
    known = provider.known()
    texts = [PRODUCT, settings.BASE_URL.partition("://")[2]]
    texts += [known.name, known.email] if known else []
    texts += [person.name, person.email] if person else []
    return {word for text in texts for word in re.findall(r"\w+", text.casefold()) if len(word) >= SHORTEST_WORD}


def _without_runs(plain: str) -> bool:
    """Whether next to nothing stands beside rows of the keyboard or the alphabet, forwards or backwards."""
    left = plain
    for row in (*RUNS, *(row[::-1] for row in RUNS)):
        for length in range(len(row), LONGEST_RUN - 1, -1):
            for start in range(len(row) - length + 1):
                left = left.replace(row[start : start + length], "")
    return len(left) < LEFT_OVER and left != plain


def _once(word: str) -> str:
    """A word that was repeated to the end, said once."""
    match = re.fullmatch(r"(.+?)\1+", word)
    return match[1] if match else word
