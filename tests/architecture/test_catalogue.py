"""Everything that people read is in the Swedish catalogue, and well made there (rule P4).

After a change of texts the catalogue is brought up to date by

    manage.py makemessages --locale sv --no-wrap --add-location file --ignore .venv --ignore var --ignore tests --no-obsolete

and the new entries are translated by hand, in the words that stand at its head. Here the same is done in a copy.
"""

import ast
import gettext
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import django
import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from django.contrib import admin
from django.utils.functional import Promise
from djmoney.models.fields import CurrencyField

from tests.architecture.house import FLOORS, ROOT, our_apps, product_modules, shown, templates
from tests.left_out import cannot

SWEDISH = ROOT / "locale" / "sv" / "LC_MESSAGES" / "django.po"
SAME_WORD = {
    "Administration",
    "BIC",
    "Bank",
    "Bankgiro",
    "IBAN",
    "Plusgiro",
    "Text",
    "km",
    "min",
    "Goodwill",
    "Incident",
    "Index",
    "index",
    "Organisation",
    "Per",
    "Period",
    "Person",
    "Support",
    "Version",
    "Video",
    "organisation",
    "per",
    "person",
    "plan",
    "text",
    "version",
    "webhook",
    "%(count)s organisation",
    "%(count)s person",
    "%(number)s km",
    "Person %(number)s",
    "version %(number)s",
    "+ %(bonus)s bonus",
    "CSV",
    "ETag",
    "Message-ID",
    "PDF",
    "SEQUENCE",
    "SHA-256",
    "UID",
}
"""Swedish has the same word."""

ONLY_SIGNS = {
    "%(client)s, %(begins)s–%(ends)s, %(purpose)s",
    "%(client)s · %(begins)s–%(ends)s · %(wanted)s",
    "%(client)s · %(wanted)s",
    "%(estimate)s × %(number)s = %(whole)s",
    "%(band)s: %(raw)s → %(held)s",
    "%(kind)s: %(cost)s",
    "%(purpose)s · %(begins)s–%(ends)s",
    "%(person)s: %(reason)s",
    "%(what)s: %(new)s",
    "#%(number)s %(subject)s",
    "D%(number)s %(title)s",
    "D%(number)s %(title)s: %(milestone)s",
    "%(who)s %(way)s",
    "%(sum)s, %(day)s",
    "%(kind)s %(invoice)s",
    "%(kind)s %(number)s",
    "%(kind)s %(number)s, %(client)s",
    "%(kind)s, %(draft)s, %(client)s",
    "%(number)s, %(client)s",
    "%(plan)s (%(code)s), %(period)s",
    "#%(number)s %(who)s, %(client)s",
    "%(row)s: %(column)s: %(old)s → %(new)s",
}
"""There is no word in it."""

RATHER_OURS = {
    # django.contrib.admin
    "Change password",
    "Date/time",
    "This year",
    "Today",
    # django.contrib.sessions
    "Sessions",
    "session",
    "sessions",
}
"""What Django says otherwise in Swedish, and may: its pages then speak as ours do."""

PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sd]|\{\w*\}|<[^>]+>")
GETTEXTS = {"gettext", "ngettext", "pgettext", "npgettext"}
BLOCK = re.compile(r"{% blocktranslate\b.*?%}(.*?){% endblocktranslate %}", re.DOTALL)
READ_ALOUD = re.compile(r"\b(?:aria-label|title|alt|placeholder)=\"([^\"]*)\"")
TAGS = re.compile(
    r"<script\b[^>]*application/json.*?</script>|"
    r"{% block \w+_class %}.*?{% endblock %}|{% comment %}.*?{% endcomment %}|{#.*?#}|{%.*?%}|{{.*?}}",
    re.DOTALL,
)
KEY = re.compile(r"<kbd>.</kbd>")
"""A key has the same letter on it in every language."""
TASK_NUMBER = re.compile(r"\bD(?={{)")
"""A delivery task has the same number in every language: D12, as #12 is a case."""
ELEMENT = re.compile(r"<[^>]*>", re.DOTALL)
OWN_NAME = "Tillgodo"

Place = tuple[str | None, tuple[str, ...]]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """Every text of the source, as xgettext collects it from a copy."""
    if not shutil.which("xgettext"):
        cannot("gettext is not installed: apt-get install gettext")
    copy = tmp_path_factory.mktemp("catalogue") / "copy"
    copy.mkdir()
    for name in ("manage.py", "pyproject.toml", *FLOORS, "templates"):
        found = ROOT / name
        shutil.copytree(found, copy / name) if found.is_dir() else shutil.copy(found, copy)
    (copy / "locale").mkdir()
    environment = {**os.environ, "TILLGODO_VAR": str(copy.parent / "var"), "DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "manage.py", "makemessages", "--locale", "sv", "--add-location", "file"]
    subprocess.run(command, cwd=copy, env=environment, check=True, capture_output=True)
    return catalogue(copy / SWEDISH.relative_to(ROOT))


@pytest.fixture(scope="module")
def swedish() -> Catalog:
    """The catalogue, with everything that is wrong in it."""
    return catalogue(SWEDISH)


def test_p4_every_text_of_the_source_is_in_the_catalogue_and_no_other(source, swedish):
    assert places(source) - places(swedish) == set()
    assert places(swedish) - places(source) == set()
    assert list(swedish.obsolete) == []


def test_p4_every_entry_is_translated_and_none_is_a_guess(swedish):
    assert [entry.id for entry in entries(swedish) if entry.fuzzy or not all(forms(entry))] == []
    assert [entry.id for entry in entries(swedish) if entry.pluralizable and len(forms(entry)) != swedish.num_plurals] == []
    assert not swedish.fuzzy


def test_p4_no_entry_is_left_in_english(swedish):
    same = {english for entry in entries(swedish) for english, form in zip(ids(entry), forms(entry), strict=True) if english == form}

    assert same == SAME_WORD | ONLY_SIGNS


def test_p4_placeholders_and_tags_are_the_same_in_both_languages(swedish):
    different = [
        (english, form)
        for entry in entries(swedish)
        for english, form in zip(ids(entry), forms(entry), strict=True)
        if set(PLACEHOLDER.findall(english)) != set(PLACEHOLDER.findall(form))
    ]

    assert different == []


def test_p4_swedish_is_set_as_swedish_is(swedish):
    """Swedish quotes, one space between words, no exclamation marks, and the end that the source has."""
    texts = [(english, form) for entry in entries(swedish) for english, form in zip(ids(entry), forms(entry), strict=True)]

    assert [form for _, form in texts if "!" in form] == []
    assert [form for _, form in texts if re.search("[“„‘']", form)] == []
    assert [form for _, form in texts if re.search(r"^\s|\s$|  ", form)] == []
    assert [form for english, form in texts if ending(english) != ending(form)] == []


def test_p4_our_words_do_not_change_what_django_says(swedish):
    """A project's catalogue goes before Django's: a word that is another one here ("Change") needs a context of its own."""
    ours = {place(entry): forms(entry) for entry in entries(swedish)}
    catalogues = Path(django.__file__).parent.rglob("locale/sv/LC_MESSAGES/django.po")
    theirs = [entry for path in catalogues for entry in entries(catalogue(path))]

    changed = {ids(entry)[0] for entry in theirs if ours.get(place(entry), forms(entry)) != forms(entry)}

    assert changed <= RATHER_OURS


def test_p4_the_head_names_no_person_and_no_machine(swedish):
    head = dict(swedish.mime_headers)

    assert head["Language"] == "sv"
    assert head["Plural-Forms"].startswith("nplurals=2; plural=(n != 1)")
    assert "@" not in head["Last-Translator"] + head["Language-Team"] + head["Report-Msgid-Bugs-To"]
    assert [line for line in SWEDISH.read_text().splitlines() if line.startswith("#: ") and re.search(r"(?:^|[ :])/|:\d", line[2:])] == []


def test_p4_babel_compiles_the_catalogue(tmp_path):
    compiled = tmp_path / "django.mo"
    command = ["babel.messages.frontend", "compile", "--input-file", str(SWEDISH), "--output-file", str(compiled), "--locale", "sv"]

    subprocess.run([sys.executable, "-m", *command], check=True, capture_output=True)

    with compiled.open("rb") as mo:
        words = gettext.GNUTranslations(mo)
    assert words.gettext("Statement") == "Kontoutdrag"
    assert [words.ngettext("%(count)s account", "%(count)s accounts", number) for number in (0, 1, 2)] == [
        "%(count)s konton",
        "%(count)s konto",
        "%(count)s konton",
    ]


def test_p4_nothing_is_translated_before_somebody_reads_it():
    early = [
        f"{shown(path)}:{call.lineno}" for path in product_modules() for call, kind, late in marked(path) if kind in GETTEXTS and not late
    ]

    assert early == []


def test_p4_every_field_of_the_administration_has_a_name_that_can_be_translated():
    models = {inline.model for table in admin.site._registry.values() for inline in table.inlines} | set(admin.site._registry)
    nameless = [
        f"{model._meta.label}.{field.name}"
        for model in models
        if model._meta.app_config in our_apps()
        for field in model._meta.fields
        if not field.auto_created and not isinstance(field.verbose_name, Promise) and not isinstance(field, CurrencyField)
    ]

    assert nameless == []


def test_p4_every_mark_has_a_name_that_xgettext_knows():
    unknown = [
        f"{shown(path)}:{call.lineno}"
        for path in product_modules()
        for call, kind, _ in marked(path)
        if isinstance(call.func, ast.Name) and call.func.id not in {"_", kind}
    ]

    assert unknown == []


def test_p4_what_is_marked_is_a_whole_text_and_not_glued_from_parts():
    glued = [
        f"{shown(path)}:{call.lineno}"
        for path in product_modules()
        for call, _, _ in marked(path)
        if not (call.args and isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str))
    ]

    assert glued == []


def test_p4_a_block_names_plain_words_only():
    """A dotted name or a filter inside of a translated block would be written as nothing."""
    dotted = [
        (shown(path), name)
        for path in templates()
        for block in BLOCK.findall(path.read_text())
        for name in re.findall(r"{{\s*(.*?)\s*}}", block)
        if not re.fullmatch(r"\w+", name)
    ]

    assert dotted == []


def test_p4_no_template_has_words_of_its_own():
    words = {(shown(path), word) for path in templates() for word in re.findall(r"[^\W\d_]+|[“”]", text_of(path.read_text()))}

    assert {(path, word) for path, word in words if word != OWN_NAME} == set()


def text_of(template: str) -> str:
    """What stands in a template itself, on the page or read aloud."""
    bare = KEY.sub(" ", TAGS.sub(" ", TASK_NUMBER.sub(" ", BLOCK.sub(" ", template)))).replace("&nbsp;", " ").replace("&amp;", " ")
    return " ".join([ELEMENT.sub(" ", bare), *READ_ALOUD.findall(bare)])


def catalogue(path: Path) -> Catalog:
    """A catalogue, read."""
    with path.open("rb") as po:
        return read_po(po)


def entries(catalog: Catalog) -> list[Message]:
    """All but the head."""
    return [message for message in catalog if message.id]


def ids(entry: Message) -> tuple[str, ...]:
    """The text of the source, or its two forms."""
    return (entry.id,) if isinstance(entry.id, str) else tuple(entry.id)


def forms(entry: Message) -> tuple[str, ...]:
    """The translation, or its two forms."""
    found = entry.string or ""
    return (found,) if isinstance(found, str) else tuple(found)


def place(entry: Message) -> Place:
    """What tells one entry from another."""
    return (entry.context, ids(entry))


def places(catalog: Catalog) -> set[Place]:
    """All of them."""
    return {place(entry) for entry in entries(catalog)}


def ending(text: str) -> str:
    """The sign that a text ends with, if it is one that ends a sentence or leads on."""
    return text[-1] if text[-1] in ".?:…" else ""


def marked(path: Path) -> Iterator[tuple[ast.Call, str, bool]]:
    """Every call of a gettext function: which one, and whether it waits inside of a function."""
    tree = ast.parse(path.read_text())
    names = {
        (alias.asname or alias.name): alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
        if "gettext" in alias.name
    }
    yield from _marked(tree, names, late=False)


def _marked(node: ast.AST, names: dict[str, str], *, late: bool) -> Iterator[tuple[ast.Call, str, bool]]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
        yield node, names[node.func.id], late
    waiting: list[ast.stmt | ast.expr] = []
    if isinstance(node, ast.FunctionDef):
        waiting = [*node.body]
    elif isinstance(node, ast.Lambda):
        waiting = [node.body]
    for child in ast.iter_child_nodes(node):
        yield from _marked(child, names, late=late or child in waiting)
