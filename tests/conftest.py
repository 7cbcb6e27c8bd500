"""What every test may ask for: the cast, somebody signed in, and a database that can be emptied between tests."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client, TransactionTestCase

from people.models import Person
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


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Tables come from the models, not from migrations; the one that tells what was migrated belongs to the product, too."""
    with django_db_blocker.unblock():
        MigrationRecorder(connections["default"]).ensure_schema()


@pytest.fixture(autouse=True, scope="session")
def _guards_let_a_test_clean_up() -> Iterator[None]:
    """A transactional test is undone by emptying the tables, which append-only guards refuse: they rest meanwhile."""

    def teardown(case: Any) -> None:
        for alias in case._databases_names(include_mirrors=False):
            emptying.empty(connections[alias])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", teardown)
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
