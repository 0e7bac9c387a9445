"""Our reader of HDF5 attributes against h5py, which Keras brings and the package does not need."""

import contextlib
import io

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fitdoctor.errors import UnreadableSourceError
from fitdoctor.sources import read
from fitdoctor.sources._hdf5 import DamagedError, root_texts

TEXTS = {
    "variable": "a text",
    "empty": "",
    "accents": "é ü 三万张",
    "long": "{" + "x" * 300_000 + "}",
    "keras_version": "2.3.1",
}
NAMES = frozenset({*TEXTS, "fixed", "padded", "one", "number", "numbers", "several"})
VERSIONS = [("earliest", "latest"), ("v108", "v108"), ("v110", "v110"), ("latest", "latest")]


def written(libver, *, tracked=False, groups=0, block=0):
    stream = io.BytesIO()
    with h5py.File(stream, "w", libver=libver, track_order=tracked, userblock_size=block) as file:
        for name, text in TEXTS.items():
            file.attrs[name] = text if name != "long" else text.encode()
        file.attrs["fixed"] = np.bytes_(b"of a length")
        file.attrs["one"] = np.array([b"in an array"], dtype="S20")
        if libver[0] == "earliest" and not tracked:  # else more than eight are moved elsewhere
            file.attrs["number"] = 3.5
            file.attrs["numbers"] = np.arange(5)
            file.attrs["several"] = [b"a", b"b"]
        for number in range(groups):
            file.create_group(f"layer_{number}").attrs["w"] = np.zeros(4)
            file[f"layer_{number}"]["kernel"] = np.ones((3, number + 1))
    stream.seek(0)
    return stream


def by_h5py(stream):
    with h5py.File(stream, "r") as file:
        found = {}
        for name, stored in file.attrs.items():
            one = isinstance(stored, np.ndarray) and stored.shape == (1,)
            value = stored[0] if one else stored
            value = value.decode() if isinstance(value, bytes) else value
            if isinstance(value, str):
                found[name] = str(value)
    return found


@pytest.mark.parametrize("libver", VERSIONS, ids="-".join)
@pytest.mark.parametrize("groups", [0, 40])
@pytest.mark.parametrize("tracked", [False, True])
def test_texts_are_those_of_h5py(libver, groups, tracked):
    stream = written(libver, groups=groups, tracked=tracked)
    assert root_texts(stream, NAMES) == by_h5py(stream)


def test_only_what_is_wanted_is_read():
    stream = written(("earliest", "latest"))
    assert root_texts(stream, frozenset({"empty", "nowhere"})) == {"empty": ""}


def test_attributes_that_are_written_later_are_in_continuations():
    stream = written(("earliest", "latest"), groups=3)
    with h5py.File(stream, "r+") as file:
        for number in range(60):
            file.attrs[f"later_{number}"] = f"text {number}"
            file.create_group(f"later_{number}")
    wanted = frozenset(f"later_{n}" for n in range(60)) | NAMES
    assert root_texts(stream, wanted) == by_h5py(stream)


def test_many_attributes_of_the_latest_layout_are_refused_in_words():
    stream = io.BytesIO()
    with h5py.File(stream, "w", libver="latest") as file:
        for number in range(20):
            file.attrs[f"a{number}"] = "text"
    with pytest.raises(DamagedError, match="densely"):
        root_texts(stream, NAMES)


@pytest.mark.parametrize("libver", VERSIONS[::3], ids="-".join)
def test_a_file_that_is_cut_anywhere_is_read_or_refused(libver):
    whole = written(libver, groups=2).getvalue()
    wanted = root_texts(io.BytesIO(whole), NAMES)
    for length in [*range(600), *range(600, len(whole), 997)]:
        try:
            found = root_texts(io.BytesIO(whole[:length]), NAMES)
        except DamagedError:
            continue
        assert found.items() <= wanted.items()


@given(st.data())
def test_a_file_with_changed_bytes_is_read_or_refused(data):
    whole = bytearray(SMALL[data.draw(st.booleans())])
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(8, min(len(whole), 2500) - 1))] = data.draw(
            st.sampled_from([0, 1, 2, 8, 16, 127, 255])
        )
    with contextlib.suppress(DamagedError):
        root_texts(io.BytesIO(bytes(whole)), NAMES)


def small(libver):
    stream = io.BytesIO()
    with h5py.File(stream, "w", libver=libver) as file:
        file.attrs["variable"], file.attrs["fixed"] = "some text", np.bytes_(b"abc")
        file.create_group("a")
    return stream.getvalue()


SMALL = [small(("earliest", "latest")), small(("latest", "latest"))]


def test_an_object_header_that_continues_in_itself_ends():
    whole = bytearray(SMALL[1])
    place = whole.index(b"OHDR")
    flags = whole[place + 5]
    start = place + 6 + 16 * bool(flags & 0x20) + 4 * bool(flags & 0x10) + (1 << (flags & 3))
    least = 4 + 2 * bool(flags & 4)
    message = bytes([0x10, 16, 0, 0]) + bytes(least - 4)
    message += (start - 4).to_bytes(8, "little") + (least + 16 + 8).to_bytes(8, "little")
    whole[start : start + len(message)] = message
    with pytest.raises(DamagedError, match="larger than any writer"):
        root_texts(io.BytesIO(bytes(whole)), NAMES)


def test_a_damaged_model_is_one_line(tmp_path):
    for length in (8, 60, 200, 700):
        path = tmp_path / f"{length}.h5"
        path.write_bytes(SMALL[0][:length])
        with pytest.raises(UnreadableSourceError) as raised:
            read(path)
        assert "\n" not in str(raised.value)
