"""Labelled samples: from archives and folders, as the model takes them, and refused with a reason."""

import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from lilliput.accuracy import Samples, read_samples
from lilliput.accuracy.samples import inputs_of, real_values
from lilliput.errors import UsageError
from tests.cases.builder import GraphBuilder


def archive(folder: Path, **arrays: NDArray[Any]) -> Path:
    np.savez(folder / "samples.npz", **arrays)  # pyright: ignore[reportArgumentType]
    return folder / "samples.npz"


def sound(path: Path, values: NDArray[np.int16], bytes_each: int = 2) -> None:
    path.parent.mkdir(exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(bytes_each)
        file.setframerate(16000)
        file.writeframes(values.tobytes())


def samples(x: NDArray[Any]) -> Samples:
    return Samples(x, np.zeros(len(x), np.int64), (), "test")


def test_an_archive_has_values_and_labels(tmp_path: Path) -> None:
    found = read_samples(archive(tmp_path, x=np.ones((3, 2), np.float32), y=np.array([0, 1, 1])))
    assert (found.x.shape, found.y.tolist(), len(found.part([0, 2]))) == ((3, 2), [0, 1, 1], 2)


def test_a_folder_has_a_folder_a_class_in_alphabetical_order(tmp_path: Path) -> None:
    for name, level in (("yes", 7), ("no", -7)):
        sound(tmp_path / name / "a.wav", np.full(4, level, np.int16))
    (tmp_path / "no" / "LICENSE").write_text("not a sample")
    found = read_samples(tmp_path)
    assert found.classes == ("no", "yes")
    assert found.x.tolist() == [[-7] * 4, [7] * 4]
    assert found.y.tolist() == [0, 1]


def test_the_order_of_classes_can_be_given(tmp_path: Path) -> None:
    for name in ("yes", "no"):
        sound(tmp_path / name / "a.wav", np.zeros(4, np.int16))
    assert read_samples(tmp_path, ("yes", "no")).classes == ("yes", "no")


def test_pictures_and_tables_are_read(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    Image.fromarray(np.array([[1, 2], [3, 4]], np.uint8)).save(tmp_path / "p" / "a.png")
    Image.fromarray(np.array([[1, 2], [3, 4]], np.uint8)).save(tmp_path / "p" / "b.bmp")
    assert read_samples(tmp_path).x.tolist() == [[[[1], [2]], [[3], [4]]]] * 2
    (tmp_path / "t" / "class").mkdir(parents=True)
    (tmp_path / "t" / "class" / "a.csv").write_text("ax,ay\n1,2.5\n3,4\n")
    assert read_samples(tmp_path / "t").x.tolist() == [[[1, 2.5], [3, 4]]]


def test_real_numbers_are_quantised_as_the_input_says() -> None:
    tensor = GraphBuilder()
    index = tensor.input((1, 4), scale=0.5)
    values = np.array([[-200.0, 0.0, 0.3, 1000.0]])
    (row,) = inputs_of(samples(values), tensor.tensor(index))
    assert np.frombuffer(row[0], np.int8).tolist() == [-128, 0, 1, 127]


def test_stored_values_are_taken_as_they_are_and_can_be_read_as_real_numbers() -> None:
    tensor = GraphBuilder()
    index = tensor.input((1, 2), scale=0.5)
    stored = samples(np.array([[3, -4]], np.int8))
    assert inputs_of(stored, tensor.tensor(index)) == [[bytes([3, 252])]]
    assert real_values(stored, tensor.tensor(index)).tolist() == [[1.5, -2.0]]


@pytest.mark.parametrize(
    ("arrays", "fact"),
    [
        ({"x": np.zeros((2, 2))}, 'no array "y"'),
        ({"x": np.zeros((2, 2)), "y": np.zeros(3)}, "not one label a sample"),
        ({"x": np.zeros((0, 2)), "y": np.zeros(0)}, "there are no samples"),
        ({"x": np.array([[0.0, np.nan]]), "y": np.zeros(1)}, r"x is not finite at \[0, 1\]"),
        ({"x": np.zeros((1, 2)), "y": np.array(["a"])}, "type <U1"),
    ],
)
def test_an_archive_that_is_no_samples_is_refused(tmp_path: Path, arrays: dict[str, NDArray[Any]], fact: str) -> None:
    with pytest.raises(UsageError, match=fact):
        read_samples(archive(tmp_path, **arrays))


def test_samples_of_another_shape_say_what_was_expected() -> None:
    tensor = GraphBuilder()
    index = tensor.input((1, 4), scale=0.5)
    with pytest.raises(UsageError, match=r"a sample has shape \[3\], the model takes INT8 of shape \[1, 4\]"):
        inputs_of(samples(np.zeros((1, 3))), tensor.tensor(index))


def test_integers_of_another_type_are_refused() -> None:
    tensor = GraphBuilder()
    index = tensor.input((1, 4), scale=0.5)
    with pytest.raises(UsageError, match="samples are uint8, the model takes INT8"):
        inputs_of(samples(np.zeros((1, 4), np.uint8)), tensor.tensor(index))


@pytest.mark.parametrize(
    ("name", "content", "fact"),
    [
        ("a.wav", b"RIFF", "no sound file"),
        ("a.png", b"\x89PNG", "no picture"),
        ("a.csv", b"1,2\n3\n", "row 2 is not 2 numbers"),
        ("a.csv", b"\xff", "no table"),
        ("a.csv", b"", "the table is empty"),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, name: str, content: bytes, fact: str) -> None:
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / name).write_bytes(content)
    with pytest.raises(UsageError, match=fact) as error:
        read_samples(tmp_path)
    assert name in error.value.where


def test_sounds_of_other_lengths_and_widths_are_refused(tmp_path: Path) -> None:
    sound(tmp_path / "a" / "1.wav", np.zeros(4, np.int16))
    sound(tmp_path / "a" / "2.wav", np.zeros(5, np.int16))
    with pytest.raises(UsageError, match="samples differ"):
        read_samples(tmp_path)
    sound(tmp_path / "a" / "1.wav", np.zeros(4, np.int16), bytes_each=1)
    with pytest.raises(UsageError, match="8 bits"):
        read_samples(tmp_path)


def test_a_folder_of_no_class_and_a_class_without_folder_are_named(tmp_path: Path) -> None:
    sound(tmp_path / "a" / "1.wav", np.zeros(4, np.int16))
    with pytest.raises(UsageError, match='"a" is none of the classes'):
        read_samples(tmp_path, ("b",))
    with pytest.raises(UsageError, match="no folder for this class"):
        read_samples(tmp_path, ("a", "b"))
