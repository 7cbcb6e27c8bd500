"""Whether the files of deploy/, compose.yaml and the Dockerfile are what the programs that read them want.

Each is asked of the program itself: one that is here, else Debian's, unpacked into a folder, so that nothing is installed
or started. Where a program cannot be had its file was not checked, which is said and never passed over.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from core.environment import VARIABLES

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
SITE = "support.example.com"
OF_THE_IMAGE = {"PORT", "WEB_BIND", "TILLGODO_VAR", "STATIC_ROOT"}
"""What compose.yaml says itself in every container: `.env` must not change where the image listens and keeps things."""
OURS = "10001:10001"
"""As whom services of ours run, so that they can be counted."""
PROFILES = ("backup", "restore")
NAMED = {"BASE_URL": f"https://{SITE}", "ALLOWED_HOSTS": SITE, "DEFAULT_FROM_EMAIL": f"support@{SITE}"}


class NotHere(Exception):
    """A program is not to be had."""


class Wrong(Exception):
    """A program does not accept a file; says what it said."""


def program(name: str, package: str, folder: Path) -> Path:
    """Where the program is: on the PATH, else out of Debian's package. Raises NotHere."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if found:
        return Path(found)
    place = folder / package
    place.mkdir(parents=True, exist_ok=True)
    if not shutil.which("apt-get"):
        raise NotHere(f"{name}: not here, and no apt-get to fetch {package} with")
    said = ""
    for command in (["apt-get", "download", package], ["apt-get", "update"], ["apt-get", "download", package]):
        done = subprocess.run(command, cwd=place, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
        said = done.stderr.strip() or said
        if list(place.glob("*.deb")):
            break
    else:
        raise NotHere(f"{package}: {said.splitlines()[-1] if said else 'no such package'}")
    subprocess.run(["dpkg-deb", "-x", str(next(place.glob("*.deb"))), str(place)], check=True)
    inside = [path for path in (place / "usr/bin" / name, place / "usr/sbin" / name) if path.exists()]
    if not inside:
        raise NotHere(f"{package} holds no {name}")
    return inside[0]


def compose(command: list[str], folder: Path) -> None:
    """Whether compose reads compose.yaml, hands on to all of ours what `.env` says, and refuses it without the address. Raises Wrong."""
    copy = folder / "compose"
    secrets = copy / "deploy" / "secrets"
    secrets.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "compose.yaml", copy)
    names = {variable.name.replace("…", "NORTH") for variable in VARIABLES} - OF_THE_IMAGE
    said = {name: f"said-of-{name}" for name in sorted(names)} | NAMED
    (copy / ".env").write_text("".join(f"{name}={value}\n" for name, value in said.items()))
    ran = [*command, "--file", str(copy / "compose.yaml"), *(f"--profile={name}" for name in PROFILES), "config"]
    told = _accepts(ran, copy, said)
    if lost := [name for name, value in said.items() if told.count(f"{name}: {value}\n") != told.count(OURS)]:
        raise Wrong(f"compose.yaml does not hand on {', '.join(lost)}")
    (copy / ".env").write_text("")
    without = {name: value for name, value in os.environ.items() if name not in said}
    if subprocess.run(ran, cwd=copy, env=without, capture_output=True, check=False).returncode == 0:
        raise Wrong("compose.yaml is accepted without BASE_URL")


def nginx(nginx: Path, folder: Path) -> None:
    """Whether nginx accepts deploy/nginx.conf, with a certificate of its own. Raises Wrong."""
    place = folder / "site"
    place.mkdir(exist_ok=True)
    key, certificate = place / "key.pem", place / "certificate.pem"
    subject = ["-subj", f"/CN={SITE}", "-days", "1", "-nodes", "-newkey", "rsa:2048"]
    subprocess.run(["openssl", "req", "-x509", *subject, "-keyout", key, "-out", certificate], capture_output=True, check=True)
    site = (DEPLOY / "nginx.conf").read_text()
    site = site.replace(f"/etc/letsencrypt/live/{SITE}/fullchain.pem", str(certificate))
    site = site.replace(f"/etc/letsencrypt/live/{SITE}/privkey.pem", str(key))
    site = site.replace("/var/log/nginx/", f"{place}/")
    site = site.replace("listen 80;", "listen 18080;").replace("listen [::]:80;", "").replace("listen [::]:443 ssl http2;", "")
    (place / "site.conf").write_text(site.replace("listen 443 ssl", "listen 18443 ssl"))
    paths = "".join(f"{kind}_temp_path {place}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    whole = f"pid {place}/pid; error_log stderr; events {{}} http {{ {paths} access_log off; include {place}/site.conf; }}"
    (place / "nginx.conf").write_text(whole)
    _accepts([str(nginx), "-t", "-q", "-p", str(place), "-c", str(place / "nginx.conf")], place)


def caddy(caddy: Path, folder: Path) -> None:
    """Whether Caddy accepts deploy/Caddyfile. Raises Wrong."""
    _accepts(
        [str(caddy), "validate", "--config", str(DEPLOY / "Caddyfile"), "--adapter", "caddyfile"],
        folder,
        {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)},
    )


def systemd(analyze: Path, folder: Path) -> None:
    """Whether systemd accepts the units, with a program where ours would be. Raises Wrong."""
    place = folder / "units"
    place.mkdir(exist_ok=True)
    units = []
    for unit in sorted((DEPLOY / "systemd").glob("*.service")):
        copy = place / unit.name.replace("@.", "@mail.")
        text = (
            unit.read_text().replace("/srv/tillgodo/.venv/bin/gunicorn", "/bin/true").replace("/srv/tillgodo/.venv/bin/celery", "/bin/true")
        )
        (place / unit.name).write_text(text)
        units.append(str(copy))
    _accepts([str(analyze), "verify", "--man=no", *units], place)


def checks(folder: Path) -> Iterator[tuple[str, str]]:
    """Check each file that has a program here; yields what could not be checked, and why. Raises Wrong."""
    for name, tool, package, check in (
        ("nginx.conf", "nginx", "nginx", nginx),
        ("Caddyfile", "caddy", "caddy", caddy),
        ("units", "systemd-analyze", "systemd", systemd),
    ):
        try:
            check(program(tool, package, folder), folder)
        except NotHere as reason:
            yield name, str(reason)


def _accepts(command: list[str], folder: Path, environment: dict[str, str] | None = None) -> str:
    """What the program says where it accepts. Raises Wrong."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Wrong(f"{Path(command[0]).name} says: {done.stdout.strip()[-1500:]}")
    return done.stdout
