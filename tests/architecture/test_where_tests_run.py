"""What runs on which database in `make test` (docs/style.md), as `tests/conftest.py` decides it by what a module says."""

from types import SimpleNamespace

from tests.architecture.house import ROOT

WITH_WORKERS = ["tests/config/test_celery.py", "tests/proofs/test_rel9_brokers.py"]


def test_rel9_workers_and_brokers_are_tried_with_postgresql_as_they_are_run(pytestconfig):
    rules = pytestconfig.pluginmanager.get_plugin(str(ROOT / "tests/conftest.py"))
    modules = [an_item(path) for path in sorted((ROOT / "tests").rglob("test_*.py"))]

    assert [item.nodeid for item in modules if not rules._is_without_workers(item)] == WITH_WORKERS
    assert [item.nodeid for item in modules if item.nodeid in WITH_WORKERS and rules._may_differ(item)] == WITH_WORKERS


def an_item(path):
    """A test of this module that asks for rows."""
    return SimpleNamespace(path=path, nodeid=path.relative_to(ROOT).as_posix(), fixturenames=["db"])
