"""What holds for the compose deployment, its image and its secrets, read from their files."""

import json
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from transforms.sources.registry import sources_of

ROOT = Path(__file__).resolve().parent.parent
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
AIRFLOW_SERVICES = sorted(set(SERVICES) - {"postgres"})
LONG_RUNNING = sorted(set(SERVICES) - {"migrate"})

every_service = pytest.mark.parametrize("name", sorted(SERVICES))
every_airflow_service = pytest.mark.parametrize("name", AIRFLOW_SERVICES)


def environment(name):
    return {key: str(value) for key, value in SERVICES[name].get("environment", {}).items()}


def mounts(name):
    volumes = SERVICES[name].get("volumes", [])
    return [tuple(re.split(r":(?![^{]*\})", volume)) for volume in volumes]  # not in ${A:-b}


@pytest.fixture(scope="module")
def ignored(tmp_path_factory):
    """Whether git would ignore a path, by this .gitignore and no other."""
    checkout = tmp_path_factory.mktemp("checkout")
    subprocess.run(["git", "init", "--quiet", checkout], check=True)
    (checkout / ".gitignore").write_text((ROOT / ".gitignore").read_text())

    def is_ignored(path):
        command = ["git", "-c", "core.excludesFile=", "check-ignore", "--quiet", path]
        return subprocess.run(command, cwd=checkout, check=False).returncode == 0

    return is_ignored


def test_the_deployment_is_airflows_four_components_one_migration_and_their_database():
    assert set(SERVICES) == {
        "api-server",
        "dag-processor",
        "migrate",
        "postgres",
        "scheduler",
        "triggerer",
    }


@every_service
def test_no_container_runs_as_root_or_can_gain_a_privilege(name):
    service = SERVICES[name]
    assert re.fullmatch(r"\$\{FLOWLAKE_UID:\?[^}]+\}:0", service["user"])
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.keys() & {"cap_add", "devices", "ipc", "network_mode", "pid", "privileged"}


@every_service
def test_no_container_can_change_its_own_image(name):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert any(mount.startswith("/tmp:") for mount in service["tmpfs"])
    assert all("size=" in mount for mount in service["tmpfs"]), "memory without a bound"


@every_service
def test_no_container_can_starve_the_machine_or_fill_its_disk_with_logs(name):
    service = SERVICES[name]
    # Docker refuses more processors than there are; two is what the smallest machine of ours has.
    assert 0 < service["cpus"] <= 2
    assert service["mem_limit"]
    assert 0 < service["pids_limit"] <= 500
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}


@pytest.mark.parametrize("name", LONG_RUNNING)
def test_every_long_running_container_has_a_health_check_and_comes_back(name):
    check = SERVICES[name]["healthcheck"]
    assert check["test"][0] == "CMD", "no shell"
    assert check.keys() == {"test", "interval", "timeout", "retries", "start_period"}
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_components_start_after_the_migration_and_the_scheduler_after_the_api_it_needs():
    migrated = {"condition": "service_completed_successfully"}
    for name in ("api-server", "dag-processor", "scheduler", "triggerer"):
        assert SERVICES[name]["depends_on"]["migrate"] == migrated
    assert SERVICES["migrate"]["restart"] == "no"
    assert SERVICES["scheduler"]["depends_on"]["api-server"] == {"condition": "service_healthy"}


def test_only_the_user_interface_is_published_and_only_to_this_machine():
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"api-server": ["127.0.0.1:8080:8080"]}


def test_the_database_and_the_task_api_are_on_networks_without_a_way_out():
    networks = COMPOSE["networks"]
    assert networks["database"] == networks["api"] == {"internal": True}
    assert SERVICES["postgres"]["networks"] == ["database"]
    reach_out = {name for name in SERVICES if "egress" in SERVICES[name]["networks"]}
    assert reach_out == {"scheduler"}, "the tasks run there"


def test_only_the_tasks_can_write_the_lake():
    holders = {name: mount for name in SERVICES for mount in mounts(name) if mount[0] == "lake"}
    assert holders == {"scheduler": ("lake", "/lake")}


@every_service
def test_what_is_mounted_from_the_checkout_is_read_only(name):
    for source, _target, *options in mounts(name):
        if source.startswith("."):
            assert options == ["ro"], source
            assert (ROOT / source).is_dir(), source


def test_dags_and_samples_are_where_the_tasks_look_for_them():
    targets = {target: source for source, target, *_ in mounts("scheduler")}
    assert targets["/opt/flowlake/dags"] == "./dags"
    assert targets["/opt/flowlake/samples"] == "./samples"


def test_runs_name_files_of_a_folder_they_cannot_write():
    (drop,) = [mount for mount in mounts("scheduler") if mount[1] == "/drop"]
    assert drop[0] == "${FLOWLAKE_DROP:-./samples}"
    assert drop[2:] == ("ro",)
    assert environment("scheduler")["FLOWLAKE_DROP"] == "/drop"


def test_what_parses_dags_knows_which_sources_are_live_and_by_default_none_is():
    for name in ("scheduler", "dag-processor"):
        assert environment(name)["FLOWLAKE_LIVE"] == "${FLOWLAKE_LIVE:-}"


def test_a_publishers_token_comes_from_outside_and_may_be_missing():
    wanted = {s.name for s in sources_of() if any("{" in url for url in s.urls)}
    assert wanted == {"eu_fsf"}
    for source in wanted:
        name = f"FLOWLAKE_TOKEN_{source.upper()}"
        holders = {s for s in SERVICES if name in environment(s)}
        assert holders == {"scheduler"}, "which alone fetches"
        assert environment("scheduler")[name] == f"${{{name}:-}}"


@every_service
def test_no_setting_holds_a_secret(name):
    for key, value in environment(name).items():
        if key.startswith("FLOWLAKE_TOKEN_"):
            assert value == f"${{{key}:-}}", "the file names it, and holds none"
            continue
        if re.search(r"PASSWORD|SECRET|_KEY|CONN|TOKEN|JWT", key):
            assert re.fullmatch(r"cat /run/secrets/\w+|/run/secrets/\w+|/opt/airflow/[\w.]+", value)
        assert "://" not in value or "@" not in value, "credentials in a URL"


@every_service
def test_every_secret_a_container_reads_is_given_to_it_and_no_other(name):
    service = SERVICES[name]
    said = json.dumps([service.get("environment"), service.get("command")])
    assert set(re.findall(r"/run/secrets/(\w+)", said)) == set(service.get("secrets", []))


def test_the_signing_key_is_known_to_the_scheduler_and_the_api_server_alone():
    holders = {name for name in SERVICES if "jwt_secret" in SERVICES[name].get("secrets", [])}
    assert holders == {"api-server", "scheduler"}


def test_every_secret_is_a_file_that_git_ignores_and_the_image_never_sees(ignored):
    for secret in COMPOSE["secrets"].values():
        assert secret.keys() == {"file"}, "compose refuses to start without the file"
        assert ignored(secret["file"])
    assert ignored(".env")
    assert not ignored("docker-compose.yml")
    context = (ROOT / ".dockerignore").read_text().splitlines()
    allowed = {line[1:] for line in context if line.startswith("!")}
    assert "*" in context
    assert not allowed & {"deploy", "deploy/secrets", ".env", ".git", "lake"}


@pytest.mark.parametrize("path", ["lake/warehouse.duckdb", ".airflow/airflow.db", ".venv/bin"])
def test_a_run_leaves_nothing_that_git_would_list(ignored, path):
    assert ignored(path)


@every_service
def test_images_are_named_with_their_version(name):
    assert re.fullmatch(r"[a-z]+:\d[\w.-]+", SERVICES[name]["image"])


def test_the_image_carries_this_version_of_flowlake_and_runs_unprivileged():
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert {SERVICES[name]["image"] for name in AIRFLOW_SERVICES} == {f"flowlake:{version[1]}"}
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert re.findall(r"^USER (.+)$", dockerfile, re.MULTILINE) == ["50000:0"]
    assert all(
        re.search(r":\d+\.\d+\.\d+-", image) for image in re.findall("^FROM (.+)", dockerfile, re.M)
    )
    assert "--require-hashes" in dockerfile
    assert "--constraint /build/requirements.lock" in dockerfile


@every_airflow_service
def test_airflow_is_told_the_same_everywhere(name):
    assert SERVICES[name]["env_file"] == "deploy/airflow.env"


def test_the_shared_settings_load_no_examples_and_send_nothing():
    lines = (ROOT / "deploy" / "airflow.env").read_text().splitlines()
    settings = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert settings["AIRFLOW__CORE__LOAD_EXAMPLES"] == "False"
    assert settings["GX_ANALYTICS_ENABLED"] == "False"
    assert settings["TZ"] == "UTC"
    assert all(
        re.fullmatch(r"[A-Z_]+=[\w.:/-]+", line) for line in lines if not line.startswith("#")
    )


@pytest.fixture
def secrets_of_a_checkout(tmp_path):
    """Run `make secrets` for a checkout that is nothing but the script."""
    (tmp_path / "deploy").mkdir()
    script = tmp_path / "deploy" / "write_secrets.py"
    script.write_text((ROOT / "deploy" / "write_secrets.py").read_text())

    def write():
        subprocess.run([sys.executable, script], check=True, capture_output=True)
        return {path.name: path.read_text() for path in (script.parent / "secrets").iterdir()}

    return write


def test_make_secrets_writes_what_compose_mounts_for_its_owner_alone(
    secrets_of_a_checkout, tmp_path
):
    written = secrets_of_a_checkout()
    folder = tmp_path / "deploy" / "secrets"
    assert {f"./deploy/secrets/{name}" for name in written} == {
        secret["file"] for secret in COMPOSE["secrets"].values()
    }
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    user = re.fullmatch(r"FLOWLAKE_UID=(\d+)\n", (tmp_path / ".env").read_text())
    assert int(user[1]) == folder.stat().st_uid != 0
    assert written["postgres_password"] in written["sql_alchemy_conn"]
    assert json.loads(written["airflow_passwords"]).keys() == {"admin"}


def test_make_secrets_again_changes_nothing_and_elsewhere_gives_others(
    secrets_of_a_checkout, tmp_path
):
    first = secrets_of_a_checkout()
    assert secrets_of_a_checkout() == first
    assert (tmp_path / ".env").read_text().count("FLOWLAKE_UID") == 1
    for path in (tmp_path / "deploy" / "secrets").iterdir():
        path.unlink()
    assert not set(secrets_of_a_checkout().values()) & set(first.values())


def test_make_secrets_keeps_what_somebody_wrote_into_the_environment_file(
    secrets_of_a_checkout, tmp_path
):
    (tmp_path / ".env").write_text("COMPOSE_PROFILES=all\nFLOWLAKE_UID=4711")
    secrets_of_a_checkout()
    assert (tmp_path / ".env").read_text() == "COMPOSE_PROFILES=all\nFLOWLAKE_UID=4711"
