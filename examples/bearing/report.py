"""accuracy.json -> the figures as Markdown, as the command prints and the README quotes them."""

from collections.abc import Iterator, Mapping
from typing import Any

from examples.bearing.vibration import CLASSES


def table(measured: Mapping[str, Any]) -> str:
    """Accuracy and sizes of the candidates; builds of the chosen one; what it takes of a chip; recall by class."""
    return "\n\n".join(
        "\n".join(lines) for lines in (_candidates(measured), _builds(measured), _fit(measured), _recalls(measured))
    )


def _candidates(measured: Mapping[str, Any]) -> Iterator[str]:
    windows, right = measured["test_windows"], measured["float_correct"]
    yield f"| weights of `rhythms` | correct of {windows:,} | accuracy | flash | RAM | MACs | file |"
    yield "|---|---|---|---|---|---|---|"
    yield f"| float32, numpy | {right:,} | {right / windows:.2%} | | | | |"
    for bits, row in measured["bits"].items():
        name = f"{bits} bits" + (", chosen" if int(bits) == measured["chosen_bits"] else "")
        correct = sum(row["correct"])
        sizes = " | ".join(f"{row[key]:,}" for key in ("flash_bytes", "ram_bytes", "macs", "file_bytes"))
        yield f"| {name} | {correct:,} | {correct / windows:.2%} | {sizes} |"


def _builds(measured: Mapping[str, Any]) -> Iterator[str]:
    yield "| `--optimize` | flash | RAM | instructions | differing bytes | oracle |"
    yield "|---|---|---|---|---|---|"
    for level, row in measured["verified"].items():
        sizes = " | ".join(f"{row[key]:,}" for key in ("flash_bytes", "ram_bytes", "instructions"))
        differing = f"{row['mismatched_bytes']} of {row['compared_bytes']:,} over {row['windows']} windows"
        yield f"| {level} | {sizes} | {differing} | {row['oracle']} |"


def _fit(measured: Mapping[str, Any]) -> Iterator[str]:
    yield f"| on {measured['fit']['chip']} | fits | flash | RAM |"
    yield "|---|---|---|---|"
    for name, row in measured["fit"]["frameworks"].items():
        fits = "yes" if row["fits"] else "no"
        yield f"| {name} | {fits} | {row['flash_bytes']:,} | {row['ram_bytes']:,} |"


def _recalls(measured: Mapping[str, Any]) -> Iterator[str]:
    yield "| class | recognised |"
    yield "|---|---|"
    of_class = measured["test_windows"] // len(CLASSES)
    for name, right in zip(CLASSES, measured["bits"][str(measured["chosen_bits"])]["correct"], strict=True):
        yield f"| {name} | {right} of {of_class}, {right / of_class:.2%} |"
