"""Encodings: what the decoder in C gives is what was encoded, in the bytes that were predicted."""

from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lilliput
from lilliput import encodings
from lilliput.encodings import Encoding, Weights
from tests.encodings.decoder import Decoders

pytestmark = pytest.mark.usefixtures("host_gcc")


@pytest.fixture(scope="module")
def decoders(tmp_path_factory: pytest.TempPathFactory) -> Generator[Decoders]:
    running = Decoders(tmp_path_factory.mktemp("decoders"))
    yield running
    assert running.close() == 0


def of_values(values: list[int]) -> st.SearchStrategy[Weights]:
    """Some of these values, in any number."""
    return st.lists(st.sampled_from(values), min_size=1, max_size=300).map(lambda found: np.array(found, np.int8))


def bell(seed: int, deviation: float, zeros: float) -> Weights:
    """Values as trained networks have them."""
    rng = np.random.default_rng(seed)
    values = np.clip(np.round(rng.normal(0, deviation, rng.integers(1, 3000))), -128, 127)
    return (values * (rng.random(len(values)) >= zeros)).astype(np.int8)


WEIGHTS = st.one_of(
    st.lists(st.integers(-128, 127), min_size=1, max_size=300).map(lambda found: np.array(found, np.int8)),
    st.lists(st.integers(-128, 127), min_size=1, max_size=9).flatmap(of_values),
    of_values(list(range(-8, 8))),
    st.builds(bell, st.integers(0, 1 << 30), st.floats(0.1, 90), st.sampled_from([0.0, 0.5, 0.95])),
)


@pytest.mark.parametrize("encoding", encodings.ALL, ids=lambda encoding: encoding.name)
@given(first=WEIGHTS, second=WEIGHTS, part=st.integers(1, 70))
@settings(max_examples=60, deadline=None)
def test_decoding_gives_the_weights_in_the_predicted_bytes(
    encoding: Encoding, first: Weights, second: Weights, part: int, decoders: Decoders
) -> None:
    code = encoding.code([first, second])
    if code is None:
        return
    tables: set[bytes] = set()
    for weights in (first, second):
        stored = code.store(weights)
        rest = len(weights) % part
        counts = [part] * (len(weights) // part) + ([rest] if rest else [])
        decoded = decoders.decode(encodings.ALL.index(encoding), stored, counts)
        assert (decoded == weights).all()
        shared = stored.table is not None and code.table_bytes() > 0
        own_table_bytes = 0 if stored.table is None or shared else stored.table.nbytes
        assert stored.data.nbytes + own_table_bytes == code.size_bytes(weights)
        if shared and stored.table is not None:
            tables.add(stored.table.tobytes())
            assert stored.table.nbytes == code.table_bytes()
    assert len(tables) <= 1


@given(weights=WEIGHTS)
@settings(max_examples=60, deadline=None)
def test_the_prefix_code_stays_near_the_entropy(weights: Weights) -> None:
    """Padding and table apart, it exceeds it by less than a bit a weight and an eighth of it for many."""
    (prefix,) = (encoding for encoding in encodings.ALL if encoding.name == "prefix")
    code = prefix.code([weights])
    assert code is not None
    _, counts = np.unique(weights, return_counts=True)
    entropy_bytes = float(counts @ np.log2(len(weights) / counts)) / 8
    total = code.size_bytes(weights) + code.table_bytes()
    assert entropy_bytes <= code.size_bytes(weights)
    assert total <= entropy_bytes * 9 / 8 + len(weights) / 8 + 3 + 64


def test_few_values_take_few_bits() -> None:
    weights = np.tile(np.array([-127, 0, 127], np.int8), 100)
    sizes = {each.name: code.size_bytes(weights) for each in encodings.ALL if (code := each.code([weights]))}
    assert sizes == {"bitmap": 38 + 200, "lookup": 75 + 1, "prefix": 63 + 3}


def test_small_values_take_half_a_byte() -> None:
    weights = np.arange(-8, 8, dtype=np.int8)
    sizes = {each.name: code.size_bytes(weights) for each in encodings.ALL if (code := each.code([weights]))}
    assert sizes["int4"] == 8


def test_what_does_not_fit_has_no_code() -> None:
    by_name = {each.name: each for each in encodings.ALL}
    assert by_name["int4"].code([np.array([8], np.int8)]) is None
    assert by_name["lookup"].code([np.arange(-100, 29, dtype=np.int8)]) is None
    assert by_name["lookup"].code([np.arange(-100, 28, dtype=np.int8)]) is not None


def test_folders_and_the_tuple_of_encodings_agree() -> None:
    folder = Path(lilliput.__file__).parent / "encodings"
    folders = sorted(path.name for path in folder.iterdir() if path.is_dir() and path.name != "__pycache__")
    assert [encoding.name for encoding in encodings.ALL] == folders
    for name in folders:
        assert (folder / name / f"{name}.c").read_text().count(f"void decode_{name}(") == 1
