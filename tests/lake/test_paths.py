"""A lake's path: one that every library reads alike, or a refusal before anything is written."""

from pathlib import Path

import pytest

from tests.lake import given
from transforms.errors import LakeError
from transforms.lake import cut
from transforms.lake.storage import Storage
from transforms.lake.verify import verify

KEPT = [
    "with blank",
    "50%",
    "100 % sure",
    "{a,b}",
    "quo'te",
    'double"quote',
    "ünï-日本",
    "hash#x",
    "semi;colon",
    "a&b=c+d",
    "-dash",
    "~tilde",
    "year=2025",
]
MISREAD = ["a%20b", "%2e%2e", "star*", "q?", "br[ack]et", "back\\slash", "new\nline", "\udcff"]


@pytest.mark.parametrize("name", KEPT)
def test_an_odd_path_is_the_same_to_every_library(tmp_path: Path, name: str) -> None:
    lake = Storage(str(tmp_path / name))
    for generation in (1, 2):
        given.publish(lake, generation)
    assert given.seen(lake) == {0: 2, 1: 2}
    cut.rollback(lake, given.TABLES[0], 0)
    assert given.generations(lake, cut.served(lake)[given.TABLES[0]]) == {0: 1, 1: 1}
    assert verify(lake) == []
    assert [p.name for p in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", MISREAD)
@pytest.mark.parametrize("place", ["{tmp}/{name}", "{tmp}/{name}/lake", "s3://bucket/{name}"])
def test_a_path_that_some_library_misreads_is_refused_before_anything_is_written(
    tmp_path: Path, place: str, name: str
) -> None:
    with pytest.raises(
        LakeError, match=r"a lake's path may not hold '.*give the lake another name"
    ):
        Storage(place.format(tmp=tmp_path, name=name))
    assert list(tmp_path.iterdir()) == []
