"""Writing results: all files or none."""

import shutil
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from lilliput.errors import UsageError


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write `files` (name -> content) into `folder`, which is made when missing; its other files stay.

    Raises UsageError when that fails; then everything is as it was before.
    """
    try:
        with ExitStack() as unmake:
            for missing in reversed([each for each in (folder, *folder.parents) if not each.exists()]):
                missing.mkdir(exist_ok=True)
                unmake.callback(_remove_if_empty, missing)
            with TemporaryDirectory(prefix=".lilliput-", dir=folder) as stage:
                _replace_all(folder, files, Path(stage))
            unmake.pop_all()
    except OSError as error:
        advice = "Choose a folder that you may write to."
        raise UsageError(f"the folder cannot be written: {error.strerror}", str(folder), advice) from error


def _replace_all(folder: Path, files: Mapping[str, bytes], stage: Path) -> None:
    """Write the files beside their place, then exchange all; `stage` keeps the old ones until that has succeeded."""
    new, old = stage / "new", stage / "old"
    for made in (new, old):
        made.mkdir()
    for name, content in files.items():
        (new / name).write_bytes(content)
    with ExitStack() as restore:
        for name in files:
            target = folder / name
            if target.exists() or target.is_symlink():
                shutil.copy2(target, old / name, follow_symlinks=False)
                restore.callback((old / name).replace, target)
            else:
                restore.callback(target.unlink, missing_ok=True)
            (new / name).replace(target)
        restore.pop_all()


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()
