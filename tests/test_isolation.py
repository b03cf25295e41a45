"""The suite's own promises (tests/conftest.py)."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest


def test_a_connection_that_leaves_this_machine_is_refused():
    # TEST-NET-1: routed nowhere, so nothing is sent even where the guard fails.
    with socket.socket() as connection, pytest.raises(RuntimeError, match=r"connects to 192\.0\.2"):
        connection.connect(("192.0.2.1", 443))
    with socket.socket() as connection, pytest.raises(RuntimeError, match=r"connects to 192\.0\.2"):
        connection.connect_ex(("192.0.2.1", 443))


def test_a_name_is_not_resolved_and_the_refusal_is_not_taken_for_a_network_error():
    with pytest.raises(RuntimeError, match=r"resolves example\.invalid"):
        urllib.request.urlopen("http://example.invalid/")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_answers(host):
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection((host, server.getsockname()[1]), timeout=5).close()


def test_an_address_needs_no_resolver():
    assert socket.getaddrinfo("169.254.169.254", 80)


def test_times_are_utc_here_and_in_programs_that_tests_start():
    assert time.strftime("%z") == "+0000"
    command = [sys.executable, "-c", "import time; print(time.strftime('%z'))"]
    assert subprocess.check_output(command, text=True).strip() == "+0000"


def test_settings_of_the_developers_shell_do_not_reach_the_tests(tmp_path):
    probe = tmp_path / "test_probe.py"
    probe.write_text(
        "import os\n"
        "def test_environment():\n"
        "    assert not [n for n in os.environ if n.startswith('FLOWLAKE_')]\n"
        "    assert 'AWS_PROFILE' not in os.environ and 'https_proxy' not in os.environ\n"
        "    assert 'AIRFLOW__DATABASE__SQL_ALCHEMY_CONN' not in os.environ\n"
        "    assert os.path.basename(os.environ['AIRFLOW_HOME']).startswith('flowlake-airflow-')\n"
    )
    foreign = {
        "FLOWLAKE_LAKE": "s3://production/lake",
        "AWS_PROFILE": "production",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "sqlite:////nowhere/airflow.db",
        "https_proxy": "http://127.0.0.1:9",
    }
    root = Path(__file__).resolve().parent.parent
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", root]
    command += ["-c", root / "pyproject.toml", "-p", "tests.conftest", probe]
    run = subprocess.run(
        command, env=os.environ | foreign, cwd=root, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
