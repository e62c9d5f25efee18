"""Files as they lie on the disk: any bytes come back, and nothing else passes for them."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatterkeep.storage.blobs import BlobLost, Blobs
from chatterkeep.storage.crypto import CannotDecrypt
from chatterkeep.storage.sealing import CHUNK, FORMAT, TAG, Sealer, new_key, opened

PLACE = "files.blob:1"
EDGES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 5]
SEALED = CHUNK + TAG


def sealed(pieces: list[bytes], key: bytes, place: str = PLACE) -> bytes:
    sealer = Sealer(key, place)
    return b"".join([*map(sealer.take, pieces), sealer.end()])


def read(blob: bytes, key: bytes, place: str = PLACE) -> bytes:
    return b"".join(opened(BytesIO(blob).read, key, place))


@given(st.lists(st.binary(max_size=200), max_size=20))
def test_any_bytes_in_any_pieces_come_back(pieces: list[bytes]) -> None:
    key = new_key()
    assert read(sealed(pieces, key), key) == b"".join(pieces)


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(EDGES), st.integers(1, 3 * CHUNK))
def test_any_length_around_a_chunk_comes_back(length: int, piece: int) -> None:
    key, content = new_key(), bytes(length)
    pieces = [content[start : start + piece] for start in range(0, length, piece)]
    blob = sealed(pieces, key)
    assert read(blob, key) == content
    chunks = max(1, -(-length // CHUNK))
    assert len(blob) == len(FORMAT) + length + chunks * TAG


THREE = [b"a" * CHUNK, b"b" * CHUNK, b"c" * 10]


def chunk(blob: bytes, place: int) -> bytes:
    return blob[1 + place * SEALED : 1 + (place + 1) * SEALED]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda blob: blob[:1] + chunk(blob, 1) + chunk(blob, 0) + chunk(blob, 2), id="swapped"),
        pytest.param(lambda blob: blob[:1] + chunk(blob, 0) + chunk(blob, 2), id="one missing"),
        pytest.param(lambda blob: blob[: 1 + SEALED], id="cut after a chunk"),
        pytest.param(lambda blob: blob[: 1 + 2 * SEALED], id="cut after two"),
        pytest.param(lambda blob: blob[:-1], id="cut by a byte"),
        pytest.param(lambda blob: blob[:1], id="nothing left"),
        pytest.param(lambda blob: b"", id="empty"),
        pytest.param(lambda blob: blob + b"x", id="a byte more"),
        pytest.param(lambda blob: blob + chunk(blob, 2), id="the end twice"),
        pytest.param(lambda blob: blob[:1] + chunk(blob, 0) + blob[1:], id="a chunk twice"),
        pytest.param(lambda blob: b"\x02" + blob[1:], id="another format"),
        pytest.param(lambda blob: blob[:500] + bytes([blob[500] ^ 1]) + blob[501:], id="a bit"),
    ],
)
def test_nothing_else_passes_for_it(change: Callable[[bytes], bytes]) -> None:
    key = new_key()
    blob = sealed(THREE, key)
    assert read(blob, key) == b"".join(THREE)
    with pytest.raises(CannotDecrypt):
        read(change(blob), key)


def test_a_file_opens_only_for_its_key_and_place() -> None:
    key = new_key()
    blob = sealed([b"hello"], key)
    with pytest.raises(CannotDecrypt):
        read(blob, new_key())
    with pytest.raises(CannotDecrypt):
        read(blob, key, "files.blob:2")


def test_a_chunk_of_another_file_does_not_pass() -> None:
    keys = new_key(), new_key()
    one, other = (sealed(THREE, key) for key in keys)
    with pytest.raises(CannotDecrypt):
        read(one[: 1 + SEALED] + chunk(other, 1) + one[1 + 2 * SEALED :], keys[0])


class TestTheFolder:
    def test_a_part_becomes_a_blob_or_nothing(self, tmp_path: Path) -> None:
        blobs = Blobs(tmp_path / "files")
        with blobs.begin(PLACE) as part:
            part.write(b"hello")
            part.end()
            assert b"".join(part.read()) == b"hello"
            part.keep()
        assert b"".join(blobs.read(part.blob, part.key, PLACE)) == b"hello"
        with blobs.begin(PLACE) as gone:
            gone.write(b"hello")
        assert [path.name for path in blobs.folder.iterdir()] == [part.blob]

    def test_it_is_ours_alone(self, tmp_path: Path) -> None:
        blobs = Blobs(tmp_path / "files")
        with blobs.begin(PLACE):
            [part] = blobs.folder.iterdir()
            assert part.stat().st_mode & 0o777 == 0o600
        assert blobs.folder.stat().st_mode & 0o777 == 0o700

    def test_what_is_not_there_is_told_at_once(self, tmp_path: Path) -> None:
        with pytest.raises(BlobLost):
            Blobs(tmp_path).read("0" * 32, new_key(), PLACE)

    def test_removing_twice_does_no_harm(self, tmp_path: Path) -> None:
        blobs = Blobs(tmp_path)
        (tmp_path / "a").write_bytes(b"")
        assert (blobs.remove("a"), blobs.remove("a")) == (True, False)

    def test_no_folder_holds_nothing(self, tmp_path: Path) -> None:
        assert list(Blobs(tmp_path / "none").older_than(0)) == []
