"""Make .venv hold exactly what requirements.lock names, on a machine with nothing but python3.

Run by make with the system's Python, so: standard library only, and nothing at import that an old
Python would choke on, because the message that it is too old has to be readable.

uv does the installing (plain pip takes eight times as long). pip brings it, pinned and hashed, into
the environment itself; `uv pip sync` keeps uv and pip in environments that `python3 -m venv` made.
"""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
LOCKS = ROOT / "deploy" / "locks"
STAMP = VENV / ".installed"

OLDEST_PYTHON = (3, 11)

# A uv that was told where packages are needs no translation of what pip was told.
UV_INDEX_VARIABLES = (
    "UV_CONFIG_FILE",
    "UV_DEFAULT_INDEX",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "UV_INDEX",
    "UV_INDEX_URL",
)


def main() -> None:
    """Create or repair the environment, then install the lock and this project."""
    require_python()
    create_environment()
    pip = [VENV_PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, "--require-hashes", "-r", LOCKS / "uv.txt"])
    environment = {**os.environ, **uv_settings(pip_settings(), os.environ)}
    uv = [VENV / "bin" / "uv", "pip"]
    here = ["--python", VENV_PYTHON, "--quiet"]
    print("installing what requirements.lock names into .venv (1.5 GB, once)", file=sys.stderr)
    # Wheels only: nothing is compiled here, and no package's set-up program runs.
    locked = ["--require-hashes", "--only-binary", ":all:", ROOT / "requirements.lock"]
    run([*uv, "sync", *here, *locked], environment)
    build = ["--no-deps", "--build-constraint", LOCKS / "build.txt"]
    run([*uv, "install", *here, *build, "--editable", ROOT], environment)
    STAMP.touch()


def require_python() -> None:
    """Stop with advice where this Python cannot make the environment."""
    if sys.version_info < OLDEST_PYTHON:
        oldest = ".".join(str(part) for part in OLDEST_PYTHON)
        found = f"{sys.executable} is {sys.version.split()[0]}"
        stop(f"flowlake needs Python {oldest} or newer, {found}; make PYTHON=… names another")
    if not all(importlib.util.find_spec(module) for module in ("ensurepip", "venv")):
        stop(
            f"{sys.executable} cannot make virtual environments: its ensurepip or venv is "
            "missing; on Debian and Ubuntu: apt install python3-venv"
        )


def create_environment() -> None:
    """Make .venv, anew where its Python is gone, too old or without pip (an upgraded system)."""
    if not (VENV_PYTHON.exists() and works(VENV_PYTHON)):
        run([sys.executable, "-m", "venv", "--clear", VENV])


def works(python: Path) -> bool:
    """Whether an environment's Python starts, is new enough, and has pip."""
    check = f"import sys, pip; sys.exit(sys.version_info < {OLDEST_PYTHON})"
    return subprocess.run([python, "-c", check], capture_output=True, check=False).returncode == 0


def pip_settings() -> dict[str, str]:
    """What this machine tells pip, in its files and in the environment."""
    command = [VENV_PYTHON, "-m", "pip", "config", "list"]
    return read_pip_settings(subprocess.check_output(command, text=True))


def read_pip_settings(listing: str) -> dict[str, str]:
    """Settings of a `pip config list`: [install] overrides [global], the environment both."""
    settings = {}
    for section in ("global", "install", ":env:"):
        for line in listing.splitlines():
            key, _, value = line.partition("=")
            if key.startswith(f"{section}."):
                settings[key[len(section) + 1 :]] = str(ast.literal_eval(value))
    return settings


def uv_settings(pip: dict[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """Environment for uv, which reads no pip.conf, so that it asks where pip would ask."""
    settings = {}
    if "cert" in pip and "SSL_CERT_FILE" not in environ:
        settings["SSL_CERT_FILE"] = pip["cert"]
    if "proxy" in pip and "ALL_PROXY" not in environ:
        settings["ALL_PROXY"] = pip["proxy"]
    if any(name in environ for name in UV_INDEX_VARIABLES) or has_uv_configuration(environ):
        return settings
    if "index-url" in pip:
        settings["UV_DEFAULT_INDEX"] = pip["index-url"]
    if "extra-index-url" in pip:
        settings["UV_INDEX"] = " ".join(pip["extra-index-url"].split())
        # pip's own rule: best version from anywhere. A file of another origin fails its hash.
        settings["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    if "trusted-host" in pip:
        settings["UV_INSECURE_HOST"] = " ".join(pip["trusted-host"].split())
    # pip shrugs at a folder that is absent, uv stops.
    links = [link for link in pip.get("find-links", "").split() if "://" in link or exists(link)]
    if links:
        settings["UV_FIND_LINKS"] = ",".join(links)
    if pip.get("no-index", "").lower() in {"1", "true", "yes", "on"}:
        settings["UV_NO_INDEX"] = "1"
    return settings


def exists(path: str) -> bool:
    """Whether a path of pip's configuration is there."""
    return Path(path).expanduser().exists()


def has_uv_configuration(environ: Mapping[str, str]) -> bool:
    """Whether the person or the machine keeps a uv.toml where uv looks for one."""
    personal = environ.get("XDG_CONFIG_HOME") or "~/.config"
    machine = environ.get("XDG_CONFIG_DIRS") or "/etc/xdg"
    return any(exists(f"{folder}/uv/uv.toml") for folder in (personal, *machine.split(":"), "/etc"))


def run(command: list[str | Path], environment: dict[str, str] | None = None) -> None:
    """Run one step; its own output says what went wrong, so no traceback on top."""
    code = subprocess.run(command, env=environment, check=False).returncode
    if code:
        stop(f"status {code} from: {' '.join(str(part) for part in command)}")


def stop(message: str) -> None:
    """Leave with a reason."""
    sys.exit(f"install: {message}")


if __name__ == "__main__":
    main()
