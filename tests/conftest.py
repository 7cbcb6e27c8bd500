"""What every test may ask for: the cast, somebody signed in, and a database that can be emptied between tests."""

import gc
import os
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client, TransactionTestCase, override_settings

from people.models import Person
from sign_in import lifetimes
from tests import cast as people_of_the_tests
from tests import emptying
from tests.cases.mail_corpus import Scene
from tests.cases.mail_scene import a_scene
from tests.cases.opened import a_plan, bind
from tests.internet import Internet, an_internet

hypothesis.settings.register_profile(
    "tillgodo",
    deadline=None,  # two cores, shared with others
    derandomize=os.environ.get("CI") == "true",
    print_blob=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("tillgodo")


ASKS_FOR_ROWS = {"db", "transactional_db", "live_server"}
OF_THE_DATABASE = re.compile(
    r"IntegrityError|DatabaseError|OperationalError|\bconnections?\b|transaction=True|transactional_db|guards|\brace|EXPLAIN|for_update"
)
"""What a module speaks of that tries what databases do each in its own way: guards, locks, races, plans of queries."""
WHOLE_STORIES = ("tests/architecture/", "tests/config/", "tests/journeys/", "tests/proofs/")
SAME_EVERYWHERE = re.compile(
    r"_pages?\.py$|^tests/(profiles/|journeys/test_(bad|double|hostile|links|support_day|swedish|three_zones|walls|wrong)"
    r"|proofs/test_(people_reader|rel6_|sec1_|sec10|sec2|sec4|sec6|sec7|sec9|sec12|sec14|sec15))"
)
"""Pages and walks through all of them, about words and who sees what: the rules behind them are tried on both databases elsewhere."""
STARTS_WORKERS = re.compile(r"^from tests\.config\.processes import", re.MULTILINE)
"""Workers and brokers go with PostgreSQL (docs/running.md): a module that starts them is tried on SQLite by `make test-all` only."""
LONGEST = (
    "tests/proofs/test_rel9_brokers.py",
    "tests/proofs/test_rel5_once.py",
    "tests/proofs/test_sec1_access.py",
    "tests/architecture/test_migrations.py",
    "tests/dashboard/test_serve.py",
)
"""Go first, so that at the end nobody waits for one of them alone."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL run what databases may answer each in its own way: the rest was seen on SQLite, and says the same.

    EVERYTHING=1 runs all that asks for rows, as `make test-all` does.
    """
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))
    is_all, is_sqlite = os.environ.get("EVERYTHING") == "1", connections["default"].vendor == "sqlite"
    if is_sqlite and (is_all or any(_starts_workers(Path(argument.partition("::")[0])) for argument in config.args)):
        return
    wanted = _is_without_workers if is_sqlite else _asks_for_rows if is_all else _may_differ
    kept = [item for item in items if wanted(item)]
    config.hook.pytest_deselected(items=sorted(set(items) - set(kept), key=lambda item: item.nodeid))
    items[:] = kept


def _asks_for_rows(item: pytest.Item) -> bool:
    asked = ASKS_FOR_ROWS.intersection(getattr(item, "fixturenames", ()))
    return bool(asked) or item.get_closest_marker("django_db") is not None


def pytest_collection_finish() -> None:
    """What stands now stands to the end: to look through ten thousand tests for garbage, again and again, takes a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 1_000)


def _is_without_workers(item: pytest.Item) -> bool:
    return not _starts_workers(item.path)


def _may_differ(item: pytest.Item) -> bool:
    name = item.nodeid.partition("::")[0]
    return _asks_for_rows(item) and not SAME_EVERYWHERE.search(name) and (name.startswith(WHOLE_STORIES) or _is_of_the_database(item.path))


@cache
def _is_of_the_database(module: Path) -> bool:
    return bool(OF_THE_DATABASE.search(module.read_text()))


@cache
def _starts_workers(module: Path) -> bool:
    return module.is_file() and bool(STARTS_WORKERS.search(module.read_text()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The last lines say what tests told: `record_property("told", (subject, figures))`, of each subject the sums, on all workers."""
    told: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for report in (report for reports in terminalreporter.stats.values() for report in reports):
        if getattr(report, "when", None) == "teardown":  # comes last, and knows all that a test and its fixtures told
            for subject, figures in (value for name, value in report.user_properties if name == "told"):
                told[subject].update(figures)
    for subject, sums in sorted(told.items()):
        terminalreporter.write_line(f"{subject}: {', '.join(f'{number:,} {what}' for what, number in sums.items())}")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Tables come from the models, not from migrations; the one that tells what was migrated belongs to the product, too.

    A commit does not wait for the disk: what must outlive a crash of PostgreSQL is tried on servers of its own (REL7, REL13).
    """
    connection = connections["default"]
    with django_db_blocker.unblock():
        MigrationRecorder(connection).ensure_schema()
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f"ALTER DATABASE {connection.ops.quote_name(connection.settings_dict['NAME'])} SET synchronous_commit = off")
            connection.close()


@pytest.fixture(autouse=True, scope="session")
def _files_of_each_worker_lie_apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The sweep removes files that no row names: those of another worker have their rows in another database."""
    with override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("files")):
        yield


@pytest.fixture(autouse=True, scope="session")
def _guards_let_a_test_clean_up() -> Iterator[None]:
    """A transactional test is undone by emptying the tables, which append-only guards refuse: they rest meanwhile."""

    def teardown(case: Any) -> None:
        for alias in case._databases_names(include_mirrors=False):
            emptying.empty(connections[alias])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", teardown)
        yield


@pytest.fixture(autouse=True, scope="session")
def _who_is_signed_in_by_force_stays() -> Iterator[None]:
    """`force_login` goes past the door at which the time of a sign-in begins: such a one lasts, at whatever time a test plays."""
    login = Client._login  # type: ignore[attr-defined]  # what both of its ways in come to

    def stays(client: Client, *args: Any, **options: Any) -> None:
        login(client, *args, **options)
        session = client.session
        lifetimes.begin(session, at=datetime.max.replace(tzinfo=UTC))
        session.save()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Client, "_login", stays)
        yield


@pytest.fixture
def cast(db: None) -> people_of_the_tests.Cast:
    """The provider and its people."""
    return people_of_the_tests.a_provider()


@pytest.fixture
def acme(cast: people_of_the_tests.Cast) -> people_of_the_tests.Client:
    """The client."""
    return people_of_the_tests.a_client(cast, "Acme")


@pytest.fixture
def borealis(cast: people_of_the_tests.Cast) -> people_of_the_tests.Client:
    """The stranger: another client, who must see nothing of Acme's."""
    return people_of_the_tests.a_client(cast, "Borealis")


@pytest.fixture
def scene(acme: people_of_the_tests.Client, borealis: people_of_the_tests.Client, settings: Any, tmp_path: Path) -> Scene:
    """Cases of both clients with a thread of mails each; files go to a folder of the test."""
    settings.MEDIA_ROOT = tmp_path
    return a_scene(acme, borealis)


@pytest.fixture
def scene_cast(acme: people_of_the_tests.Client) -> people_of_the_tests.Client:
    """Acme with a plan that guarantees, and no case yet."""
    bind(acme, a_plan())
    return acme


@pytest.fixture
def internet(monkeypatch: pytest.MonkeyPatch) -> Internet:
    """An internet in which names lead where the test says."""
    return an_internet(monkeypatch)


@pytest.fixture
def client_of(db: None) -> Callable[[Person], Client]:
    """A browser, without the browser, in which a person is signed in: `client_of(acme.approver).get("/")`."""

    def signed_in(person: Person) -> Client:
        client = Client()
        client.force_login(person)
        return client

    return signed_in
