"""(model, inputs) -> outputs, from interpreters that this project did not write, and the inputs to feed them."""

from lilliput.oracles.inputs import data_inputs, random_inputs
from lilliput.oracles.oracle import Oracle, available, default_oracle, run, tensors, tensors_of_all
from lilliput.oracles.outputs import Outputs, differing, flat

__all__ = [
    "Oracle",
    "Outputs",
    "available",
    "data_inputs",
    "default_oracle",
    "differing",
    "flat",
    "random_inputs",
    "run",
    "tensors",
    "tensors_of_all",
]
