"""Writing results: all files or none."""

from collections.abc import Mapping
from pathlib import Path

from lilliput.errors import UsageError


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write `files` (name -> content) into `folder`, which is made when missing.

    Each is written beside its final name first and renamed when all are complete. Raises UsageError when the folder
    cannot be written; then nothing of ours is left in it.
    """
    made = not folder.exists()
    partial: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            path = folder / f".{name}.partial"
            partial.append(path)
            path.write_bytes(content)
        for path, name in zip(partial, files, strict=True):
            path.replace(folder / name)
    except OSError as error:
        for path in partial:
            path.unlink(missing_ok=True)
        if made and folder.is_dir():
            folder.rmdir()
        raise UsageError(
            f"the folder cannot be written: {error.strerror}", str(folder), "Choose a folder that you may write to."
        ) from error
