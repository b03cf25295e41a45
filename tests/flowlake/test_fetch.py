"""Runs that receive files, and the names that people may give them."""

from pathlib import Path

import pytest

from flowlake.settings import Settings
from flowlake.tasks import dropped
from tests.flowlake.fetching import SDN, planned, written, zipped
from transforms.errors import InputRefused

# ── runs ────────────────────────────────────────────────────────────────────────────────────────


def test_a_refused_run_leaves_nothing_behind(settings: Settings, inbox: Path) -> None:
    with pytest.raises(InputRefused):
        planned(settings, "ofac_sdn", inbox / "absent.csv")
    assert list(settings.storage.scratch().iterdir()) == []


def test_a_full_disk_is_not_the_archives_fault(
    settings: Settings, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("flowlake.gathering.shutil.copyfileobj", full)
    with pytest.raises(Exception, match=r"a\.zip: the disk is full"):
        planned(settings, "ofac_sdn", zipped(inbox / "a.zip", ("sdn.csv", SDN)))


def test_a_word_that_is_also_a_files_name_stays_a_word(
    settings: Settings, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(inbox)
    written(inbox / "5f4dcc3b5aa765d61d8327deb882cf99", b"")
    slot = zipped(inbox / "20250827160000.gkg.csv.zip", ("20250827160000.gkg.csv", b""))
    run = planned(settings, "gdelt_gkg", slot, md5="5f4dcc3b5aa765d61d8327deb882cf99")
    (batch,) = run.batches()
    assert batch.options["md5"] == "5f4dcc3b5aa765d61d8327deb882cf99"


def test_a_growing_list_of_checksums_makes_no_slot_new(settings: Settings, inbox: Path) -> None:
    slot = zipped(inbox / "20250827160000.gkg.csv.zip", ("20250827160000.gkg.csv", b"x"))
    identities = set()
    for text in ("", "9 a http://x/1.gkg.csv.zip\n", "9 b http://x/2.gkg.csv.zip\n"):
        written(inbox / "lastupdate.txt", text.encode())
        (batch,) = planned(settings, "gdelt_gkg", inbox).batches()
        assert len(batch.files) == 2
        identities.add(batch.sha256)
    assert identities == {batch.files[0].sha256}
    assert slot.exists()


# ── the drop folder ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "name",
    ["../secret", "/etc/hostname", "a/../../secret", "out", "out/x", "loop", "nul\0", "x" * 300,
     "absent", "~/x", "file:///etc/hostname", "http://127.0.0.1/"],
)  # fmt: skip
def test_a_name_in_a_form_leads_nowhere_but_into_the_drop_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret").write_text("canary")
    drop = tmp_path / "drop"
    drop.mkdir()
    (drop / "out").symlink_to(tmp_path / "secret")
    (drop / "loop").symlink_to("loop")
    with pytest.raises(InputRefused):
        dropped(drop, name)


@pytest.mark.parametrize("name", ["a", "a/b.csv", "./a/../a/b.csv", "link", "."])
def test_a_name_inside_the_drop_folder_is_found(tmp_path: Path, name: str) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.csv").write_text("x")
    (tmp_path / "link").symlink_to("a")
    assert dropped(tmp_path, name).is_relative_to(tmp_path)
