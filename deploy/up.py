"""Airflow's UI on this machine, with the same DAGs, on SQLite and the local executor.

Instead of `airflow standalone`, which serves its logs on every network interface, starts the
scheduler before the API it needs, prints the password and leaves children behind when told to stop.
make sets the environment; this starts the components, watches them and stops them all on Ctrl-C.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import FrameType

import psutil

HOME = Path(os.environ["AIRFLOW_HOME"])
LOGS = HOME / "components"
PASSWORDS = HOME / "passwords.json"
AIRFLOW = Path(sys.prefix) / "bin" / "airflow"
HOST = "127.0.0.1"
# What the runs read and write: the first question of whoever fills in a form.
PLACES = ("FLOWLAKE_DROP", "FLOWLAKE_LAKE", "FLOWLAKE_LIVE")

START_SECONDS = 180  # a busy two-core machine needs 60
STOP_SECONDS = 20  # the scheduler waits for the tasks it stops


class Stopped(Exception):
    """Somebody asked for the end: Ctrl-C, or a SIGTERM from make."""


class Failed(Exception):
    """A component cannot start, or ended by itself."""


class Components:
    """Airflow's processes, each in a session of its own, so that Ctrl-C reaches us alone."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Start one, its output in a log of its own."""
        with log_of(name).open("wb") as log:
            process = subprocess.Popen(
                [AIRFLOW, *arguments],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.running[name] = process
        return process

    def finish(self, name: str, *arguments: str) -> None:
        """Run one to its end."""
        if self.start(name, *arguments).wait():
            raise Failed(f"airflow {' '.join(arguments)} failed, see {log_of(name)}")
        del self.running[name]

    def require_alive(self) -> None:
        """Fail when one has ended by itself."""
        for name, process in self.running.items():
            if process.poll() is not None:
                raise Failed(f"{name} ended with status {process.returncode}, see {log_of(name)}")

    def stop(self) -> None:
        """Ask all to end; end what is left in their sessions, tasks and log servers included."""
        sessions = {process.pid for process in self.running.values()}
        for process in self.running.values():
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        while (left := members(sessions)) and time.monotonic() < deadline:
            for process in self.running.values():
                process.poll()
            time.sleep(0.2)
        for pid in left:
            psutil.Process(pid).kill()


def members(sessions: set[int]) -> list[int]:
    """Ids of the processes that belong to these sessions."""
    found = []
    for pid in psutil.pids():
        try:
            if os.getsid(pid) in sessions:
                found.append(pid)
        except OSError:  # ended meanwhile, or none of our business
            continue
    return found


def main(port: int) -> int:
    """Start everything, then wait for Ctrl-C."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, order_to_stop)
    LOGS.mkdir(mode=0o700, parents=True, exist_ok=True)
    HOME.chmod(0o700)  # Airflow keeps its keys in there
    components = Components(os.environ | settings(port))
    try:
        require_free(port)
        write_passwords()
        say(f"Airflow is starting, a minute perhaps; logs in {LOGS}")
        components.finish("migrate", "db", "migrate")
        components.start("api-server", "api-server", "--host", HOST, "--port", str(port))
        components.start("dag-processor", "dag-processor")
        # A task that starts before the API answers fails, so its scheduler comes after it.
        wait_until_healthy(port, components)
        components.start("scheduler", "scheduler", "--skip-serve-logs")
        components.start("triggerer", "triggerer", "--skip-serve-logs")
        if places := [f"{n}={os.environ[n]}" for n in PLACES if n in os.environ]:
            say("  ".join(places))
        say(f"http://{HOST}:{port}  user admin, password in {PASSWORDS}  (Ctrl-C stops it)")
        while True:
            components.require_alive()
            time.sleep(1)
    except Stopped:
        say("stopping")
        return 0
    except Failed as failure:
        say(str(failure))
        return 1
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        components.stop()


def settings(port: int) -> dict[str, str]:
    """What differs from run to run; the rest is in deploy/airflow.env and the Makefile."""
    return {
        "AIRFLOW__API__BASE_URL": f"http://{HOST}:{port}",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://{HOST}:{port}/execution/",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(PASSWORDS),
    }


def require_free(port: int) -> None:
    """Refuse a port somebody else answers on, before anything is started."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise Failed(f"port {port}: {error.strerror}; another one: make up PORT=8090") from None


def write_passwords() -> None:
    """Give admin a random password, once, in a file only its owner reads."""
    if PASSWORDS.exists():
        return
    descriptor = os.open(PASSWORDS, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(json.dumps({"admin": secrets.token_urlsafe(16)}) + "\n")


def wait_until_healthy(port: int, components: Components) -> None:
    """Wait for the API server's first answer."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        components.require_alive()
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}/api/v2/monitor/health", timeout=5):
                return
        except OSError:
            time.sleep(0.5)
    raise Failed(f"no answer in {START_SECONDS} s, see {log_of('api-server')}")


def log_of(name: str) -> Path:
    """Where a component writes."""
    return LOGS / f"{name}.log"


def order_to_stop(_number: int, _frame: FrameType | None) -> None:
    """Turn a signal into the end of the main loop."""
    raise Stopped


def say(text: str) -> None:
    """Tell the person at the terminal."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
