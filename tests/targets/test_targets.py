"""The table of targets."""

import pytest

from lilliput import targets
from lilliput.errors import UsageError
from lilliput.targets import Architecture


def test_every_folder_is_a_target_and_every_target_a_folder():
    folders = {file.parent.name for file in targets.FOLDER.glob("*/__init__.py")}
    assert folders == {target.name.replace("-", "_") for target in targets.ALL}


def test_every_target_is_found_by_its_name():
    assert [targets.find(target.name) for target in targets.ALL] == list(targets.ALL)


@pytest.mark.parametrize(
    ("wrong", "right"), [("cortex-m5", "cortex-m4"), ("Cortex_M33", "cortex-m33"), ("rv32", "rv32imc")]
)
def test_an_unknown_name_is_answered_with_similar_ones(wrong: str, right: str):
    with pytest.raises(UsageError) as error:
        targets.find(wrong)
    assert right in error.value.advice


def test_a_name_like_no_other_is_answered_with_all():
    with pytest.raises(UsageError) as error:
        targets.find("?")
    assert all(target.name in error.value.advice for target in targets.ALL)


def test_start_up_files_exist():
    assert all((targets.FOLDER / name).is_file() for target in targets.ALL for name in target.startup)


@pytest.mark.parametrize("target", [t for t in targets.ALL if t.architecture is Architecture.ARM], ids=lambda t: t.name)
def test_the_emulated_processor_is_the_target(target: targets.Target):
    arm_const = pytest.importorskip("unicorn.arm_const")
    processor = target.name.upper().replace("-", "_").removesuffix("PLUS")
    assert target.emulator_model == getattr(arm_const, f"UC_CPU_ARM_{processor}")
