"""`make up`: Airflow's UI on this machine."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parent.parent
UP = [sys.executable, ROOT / "deploy" / "up.py"]


@pytest.fixture
def home(tmp_path):
    return tmp_path / "airflow"


@pytest.fixture
def environment(home, tmp_path):
    dags = tmp_path / "dags"
    dags.mkdir()
    return os.environ | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
    }


def test_a_port_in_use_is_refused_before_anything_starts(environment, home):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [*UP, port]
        run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert f"port {port}" in run.stderr
    assert "make up PORT=" in run.stderr
    assert not (home / "airflow.db").exists()


@pytest.mark.slow
@pytest.mark.airflow
def test_the_ui_listens_on_loopback_wants_a_password_and_leaves_no_process(environment, home):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with subprocess.Popen([*UP, str(port)], env=environment, stderr=subprocess.PIPE) as up:
        said = b""
        while b"Ctrl-C" not in said:
            line = up.stderr.readline()
            assert line, said
            said += line
        time.sleep(10)  # the scheduler and the triggerer start after the line
        family = psutil.Process(up.pid).children(recursive=True)
        listening = {
            connection.laddr.ip
            for process in family
            for connection in process.net_connections()
            if connection.status == psutil.CONN_LISTEN
        }
        passwords = home / "passwords.json"
        mode = stat.S_IMODE(passwords.stat().st_mode)
        answers = [
            token_status(port, password)
            for password in (json.loads(passwords.read_text())["admin"], "admin", "")
        ]
        up.send_signal(signal.SIGINT)
        up.wait(timeout=60)
    assert listening == {"127.0.0.1"}
    assert mode == 0o600
    assert json.loads(passwords.read_text())["admin"].encode() not in said
    assert answers[0] == 201
    assert all(status >= 400 for status in answers[1:])
    assert up.returncode == 0
    assert len(family) >= 4
    assert not [process for process in family if process.is_running()]


def token_status(port, password):
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/auth/token",
        json.dumps({"username": "admin", "password": password}).encode(),
        {"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code
