"""(model, labelled samples) -> how right its answers are: samples from files, metrics, the compiled code on them."""

from lilliput.accuracy.evaluation import Accuracy, evaluate, scores_of_oracle
from lilliput.accuracy.metrics import METRICS, Metric, find_metric
from lilliput.accuracy.samples import Samples, read_samples

__all__ = [
    "METRICS",
    "Accuracy",
    "Metric",
    "Samples",
    "evaluate",
    "find_metric",
    "read_samples",
    "scores_of_oracle",
]
