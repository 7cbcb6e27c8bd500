"""Everything that CI runs, on this machine: `make test`.

Each part runs, also after another has failed. The last lines say what ran, what was skipped and why. Under
CI=true what was skipped counts as failed: a check that did not run is no good sign.

TEST_DATABASE_URL names a PostgreSQL server whose user may create databases; else one on 127.0.0.1:5432 is used,
else one is started in a temporary folder. TEST_REDIS_URL and TEST_RABBITMQ_URL name the brokers; else those on 127.0.0.1
are used. Without them the tests of the queue are skipped, and under CI they fail. Nothing is written to `var/`, and two
runs at once do not meet.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scripts import deployment
from scripts.postgres import Unavailable, Unusable, a_server

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
UNDER_CI = os.environ.get("CI") == "true"
INHERITED = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Tests start many processes: each would compile all of it anew."""
PYTEST = ["pytest", "-q", "-p", "no:cacheprovider"]
WORKERS = ["-n", str(max(2, min(4, os.cpu_count() or 2))), "--dist=worksteal"]
ALL_BUT_BROWSER = [*WORKERS, "--ignore=tests/browser", "tests"]


class Skipped(Exception):
    """A part could not run here; says why."""


class Failed(Exception):
    """A part ran, and something is wrong; says what, if that is not on the screen already."""


@dataclass(frozen=True)
class Part:
    """One thing that is checked. `run` gets the folder of this run, and returns a note for the last lines."""

    name: str
    run: Callable[[Path], str]


@dataclass(frozen=True)
class Result:
    """How a part ended: ok, FAILED or skipped."""

    name: str
    state: str
    note: str
    seconds: float


def main() -> int:
    """Run every part and report. 0 if all is well."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="tillgodo-test-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)  # a database server of our own runs as another user
        return _report([_result(part, Path(folder)) for part in PARTS])


def on_sqlite(folder: Path) -> str:
    """Everything but the browser, on the embedded default."""
    return _call(folder, *PYTEST, *ALL_BUT_BROWSER)


def on_postgresql(folder: Path) -> str:
    """On PostgreSQL, too, what databases may answer each in its own way (tests/conftest.py)."""
    name = f"tillgodo_{os.getpid()}_{int(time.time())}"
    try:
        with a_server(folder, install=lambda: _install("postgresql")) as server:
            try:
                said = _call(folder, *PYTEST, *ALL_BUT_BROWSER, DATABASE_URL=server.database(name))
            finally:
                server.drop(f"test_{name}")
            return f"{said}, on {server.what}"
    except Unavailable as reason:
        raise Skipped(str(reason)) from reason
    except Unusable as reason:
        raise Failed(str(reason)) from reason


def in_chromium(folder: Path) -> str:
    """What people do, in a real browser, on the embedded default."""
    _get_chromium()
    return _call(folder, *PYTEST, *WORKERS, "tests/browser")


def has_gettext(_: Path) -> str:
    """The program with which a test compares the Swedish catalogue with the sources."""
    if not shutil.which("xgettext"):
        _install("gettext")
    return ""


def has_node(_: Path) -> str:
    """What runs the calendar programs' own parsers, which read our invitations (tests/readers)."""
    if not (shutil.which("node") and shutil.which("npm")):
        _install("nodejs", "npm")
    return ""


def compose_is_sound(folder: Path) -> str:
    """What starts production in containers: compose.yaml as compose itself reads it, without a daemon."""
    command = _compose()
    if not command:
        _install("docker-compose")
        command = _compose()
    if not command:
        raise Skipped("docker-compose was installed, and is not here")
    try:
        deployment.compose(command, folder)
    except deployment.Wrong as finding:
        raise Failed(str(finding)) from finding
    return f"by {' '.join(command)}"


def deployment_is_sound(folder: Path) -> str:
    """The sites and units of deploy/, each by the program that reads it."""
    try:
        missing = list(deployment.checks(folder))
    except deployment.Wrong as finding:
        raise Failed(str(finding)) from finding
    if missing:
        raise Skipped("; ".join(f"{name} was not checked: {reason}" for name, reason in missing))
    return "by nginx, caddy and systemd"


def tool(name: str, *command: str) -> Part:
    """A part that is one command of the environment."""

    def run(folder: Path) -> str:
        _call(folder, *command)
        return ""

    return Part(name, run)


PARTS = [
    tool("ruff check", "ruff", "check", "."),
    tool("ruff format", "ruff", "format", "--check", "."),
    tool("mypy", "mypy", "."),
    tool("djlint", "djlint", "templates", "--lint"),
    tool("import-linter", "lint-imports"),
    tool("deptry", "deptry", "."),
    tool("migrations", "python", "manage.py", "makemigrations", "--check", "--dry-run"),
    tool("Django's checks", "python", "manage.py", "check", "--fail-level", "WARNING"),
    Part("compose.yaml", compose_is_sound),
    Part("sites and units", deployment_is_sound),
    Part("gettext is here", has_gettext),
    Part("Node.js is here", has_node),
    Part("pytest on SQLite", on_sqlite),
    Part("pytest on PostgreSQL", on_postgresql),
    Part("pytest in Chromium", in_chromium),
]


def _result(part: Part, folder: Path) -> Result:
    print(f"\n── {part.name} ".ljust(100, "─"), flush=True)
    begun = time.monotonic()
    try:
        state, note = "ok", part.run(folder)
    except Skipped as reason:
        state, note = "skipped", str(reason)
    except Failed as finding:
        state, note = "FAILED", str(finding)
    return Result(part.name, state, note, time.monotonic() - begun)


def _report(results: list[Result]) -> int:
    print("\n── What ran ".ljust(101, "─"))
    for result in results:
        print(f"{result.state:8} {result.name:22} {result.seconds:6.1f} s  {result.note}".rstrip())
    failed = [result.name for result in results if result.state == "FAILED"]
    skipped = [result.name for result in results if result.state == "skipped"]
    print(f"\n{len(results) - len(failed) - len(skipped)} of {len(results)} parts passed.")
    if skipped:
        print(f"Skipped, for the reasons above: {', '.join(skipped)}." + (" Under CI that is a failure." if UNDER_CI else ""))
    if failed:
        print(f"Failed: {', '.join(failed)}.")
    return 1 if failed or (skipped and UNDER_CI) else 0


def _call(folder: Path, *command: str, **environment: str) -> str:
    """Run a program of the environment, showing what it says; returns its last line. Raises Failed."""
    var = folder / "var"
    ours = {"TILLGODO_VAR": str(var), "DATABASE_URL": f"sqlite:///{var / 'tillgodo.sqlite3'}", "PATH": f"{BIN}:{os.environ['PATH']}"}
    last = ""
    with subprocess.Popen(
        [str(BIN / command[0]), *command[1:]],
        cwd=ROOT,
        env={**INHERITED, **ours, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            for line in process.stdout or ():
                print(line, end="", flush=True)
                last = line.strip(" =\n") or last
        except BaseException:
            process.terminate()
            raise
    if process.returncode:
        raise Failed(last)
    return last


def _get_chromium() -> None:
    """Chromium is here; under CI the one without windows, which is quicker, if there is such a package. Raises Skipped."""
    shell, whole = (Path("/usr/bin", name) for name in ("chromium-headless-shell", "chromium"))
    if shell.exists() or (whole.exists() and not UNDER_CI):
        return
    try:
        _install(shell.name)
    except Skipped:
        if not whole.exists():
            _install(whole.name)


def _compose() -> list[str]:
    """Compose as a plugin of docker, or by itself; empty where there is neither."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]) and subprocess.run([*command, "version"], capture_output=True, check=False).returncode == 0:
            return command
    return []


def _install(*packages: str) -> None:
    """Install system packages where that is allowed. Raises Skipped with what is to be done by hand."""
    done = subprocess.run([str(ROOT / "scripts" / "apt"), *packages], stderr=subprocess.PIPE, text=True, check=False)
    print(done.stderr, end="", flush=True)
    if done.returncode:
        raise Skipped(f"{' and '.join(packages)}: not here. {done.stderr.strip().splitlines()[-1]}")


if __name__ == "__main__":
    sys.exit(main())
