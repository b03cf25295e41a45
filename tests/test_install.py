"""deploy/install.py: uv, which reads no pip.conf, asks for packages where pip would."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "deploy" / "install.py"


@pytest.fixture(scope="module")
def install():
    spec = importlib.util.spec_from_file_location("deploy_install", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def shell(tmp_path):
    """Environment of a person without configuration files."""
    return {"XDG_CONFIG_HOME": str(tmp_path), "XDG_CONFIG_DIRS": str(tmp_path)}


def test_the_environment_overrides_the_install_section_and_that_the_global_one(install):
    listing = (
        ":env:.index-url='https://three.invalid/simple'\n"
        "global.index-url='https://one.invalid/simple'\n"
        "global.timeout='60'\n"
        "install.index-url='https://two.invalid/simple'\n"
        "install.no-index='true'\n"
    )
    assert install.read_pip_settings(listing) == {
        "index-url": "https://three.invalid/simple",
        "no-index": "true",
        "timeout": "60",
    }
    assert install.read_pip_settings("") == {}


def test_a_mirror_in_pips_configuration_is_the_only_index_uv_asks(install, shell):
    pip = {"index-url": "https://mirror.invalid/simple", "cert": "/etc/mirror.pem"}
    assert install.uv_settings(pip, shell) == {
        "SSL_CERT_FILE": "/etc/mirror.pem",
        "UV_DEFAULT_INDEX": "https://mirror.invalid/simple",
    }


def test_further_indexes_are_searched_for_the_locked_version_and_its_hash(install, shell):
    pip = {"extra-index-url": "https://a.invalid/simple\nhttps://b.invalid/simple"}
    assert install.uv_settings(pip, shell) == {
        "UV_INDEX": "https://a.invalid/simple https://b.invalid/simple",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
    }


def test_a_folder_of_wheels_that_is_absent_stops_nothing(install, shell, tmp_path):
    pip = {"find-links": f"{tmp_path} {tmp_path}/absent https://wheels.invalid/", "no-index": "1"}
    assert install.uv_settings(pip, shell) == {
        "UV_FIND_LINKS": f"{tmp_path},https://wheels.invalid/",
        "UV_NO_INDEX": "1",
    }


def test_a_machine_without_settings_gets_none(install, shell):
    assert install.uv_settings({}, shell) == {}


def test_what_uv_was_told_itself_is_left_alone(install, shell, tmp_path):
    pip = {"index-url": "https://mirror.invalid/simple", "cert": "/etc/mirror.pem"}
    told = shell | {"UV_DEFAULT_INDEX": "https://own.invalid", "SSL_CERT_FILE": "/etc/own.pem"}
    assert install.uv_settings(pip, told) == {}
    (tmp_path / "uv").mkdir()
    (tmp_path / "uv" / "uv.toml").touch()
    assert install.uv_settings(pip, shell) == {"SSL_CERT_FILE": "/etc/mirror.pem"}


@pytest.mark.parametrize(
    ("lie", "advice"),
    [
        ("import sys; sys.version_info = (3, 9, 2)", "flowlake needs Python 3.11 or newer"),
        (
            "import importlib.util as u; u.find_spec = lambda name: name != 'ensurepip' or None",
            "apt install python3-venv",
        ),
    ],
    ids=["an old Python", "Debian without python3-venv"],
)
def test_a_python_that_cannot_make_the_environment_is_told_what_to_do(lie, advice):
    program = f"{lie}; import runpy; runpy.run_path({str(SCRIPT)!r}, run_name='__main__')"
    command = [sys.executable, "-c", program]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert run.stderr.startswith("install: ")
    assert advice in run.stderr
    assert "Traceback" not in run.stderr
