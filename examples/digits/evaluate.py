"""Count the digits that the quantised model reads correctly, in every oracle interpreter that is installed.

Run as `python -m examples.digits.evaluate`.
"""

from pathlib import Path

import numpy as np

from lilliput import oracles, tflite

FOLDER = Path(__file__).parent


def correct_answers(model: Path, test_set: Path) -> dict[str, int]:
    """How many samples of `test_set` (arrays `x`, `y`) the model classifies correctly, by the oracle's name."""
    graph = tflite.read(model)
    labels = np.load(test_set)["y"]
    samples = oracles.data_inputs(test_set, graph)
    counts: dict[str, int] = {}
    for oracle in oracles.available():
        outputs = oracles.run(oracle, model.read_bytes(), graph, samples)
        answers = [int(np.frombuffer(scores, np.int8).argmax()) for (scores,) in outputs]
        counts[oracle.name] = int((np.array(answers) == labels).sum())
    return counts


def main() -> None:
    """Print a line per oracle."""
    samples = len(np.load(FOLDER / "test_set.npz")["y"])
    for name, correct in correct_answers(FOLDER / "digits.tflite", FOLDER / "test_set.npz").items():
        print(f"int8 in {name}: {correct} of {samples} correct, {correct / samples:.2%}")


if __name__ == "__main__":
    main()
