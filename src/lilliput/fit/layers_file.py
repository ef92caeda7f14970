"""A file of layers -> Sketch: a short text, or what Keras writes with `model.to_json()`.

The text has one layer a line, "input" first, and "#" before remarks:

    input 49x10x1
    conv 64 10x4 stride 2      # 64 filters of 10 by 4, padding "same"; "valid" says otherwise
    depthwise 3x3
    average_pool 25x5 valid
    flatten
    dense 12
    softmax
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from lilliput.errors import UsageError
from lilliput.fit.sketch import LayerIdea, Shape, Sketch, sketch

_LARGEST_FILE_BYTES = 4 << 20
_ADVICE = 'Write "input 49x10x1" first, then one layer a line, such as "conv 64 10x4 stride 2" or "dense 12".'
_KERAS_ADVICE = "Only chains of common layers are read; describe the rest as text."
_SIZE = re.compile(r"([0-9]{1,9})x([0-9]{1,9})")
_NUMBER = re.compile(r"[0-9]{1,9}")
_POOLS = ("max_pool", "average_pool")
_KERAS: Mapping[str, str] = {
    "Conv2D": "conv",
    "DepthwiseConv2D": "depthwise",
    "SeparableConv2D": "separable",
    "Dense": "dense",
    "MaxPooling2D": "max_pool",
    "AveragePooling2D": "average_pool",
    "GlobalAveragePooling2D": "global_pool",
    "GlobalMaxPooling2D": "global_pool",
    "Flatten": "flatten",
    "Softmax": "softmax",
    "ReLU": "relu",
}
# Layers of which nothing is left at inference, or that a converter folds into the layer before.
_KERAS_NOTHING = {"InputLayer", "Dropout", "SpatialDropout2D", "BatchNormalization", "Activation", "GaussianNoise"}


def read_layers(file: Path) -> Sketch:
    """Size the layers of a file. Raises UsageError, with the line or layer, when it makes no sense."""
    try:
        with file.open("rb") as stream:
            data = stream.read(_LARGEST_FILE_BYTES + 1)
    except OSError as error:
        raise UsageError(f"the layers cannot be read: {error.strerror}", str(file), "Check the path.") from error
    if len(data) > _LARGEST_FILE_BYTES:
        raise UsageError(f"the file is larger than {_LARGEST_FILE_BYTES:,} bytes", str(file), _ADVICE)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise UsageError("the layers are no text", str(file), _ADVICE) from error
    return _keras(text, file.name) if text.lstrip().startswith("{") else _text(text, file.name)


def _text(text: str, name: str) -> Sketch:
    lines = [(number, line.split("#")[0].split()) for number, line in enumerate(text.splitlines(), 1)]
    (number, first), *rest = [(number, words) for number, words in lines if words] or [(1, [""])]
    if first[0] != "input" or len(first) != 2 or not re.fullmatch(r"[0-9]{1,9}(x[0-9]{1,9}){0,2}", first[1]):
        raise UsageError("the input's shape is missing", f"{name}: line {number}", _ADVICE)
    shape = tuple(map(int, first[1].split("x")))
    return sketch(name, shape, [_line(words, f"line {number}", name) for number, words in rest])


def _line(words: Sequence[str], where: str, name: str) -> LayerIdea:
    kind, *rest = words
    units, kernel, stride = 0, (2, 2) if kind in _POOLS else (1, 1), None
    padding: Literal["same", "valid"] = "valid" if kind in _POOLS else "same"
    for before, word in zip(words, rest, strict=False):
        size = _SIZE.fullmatch(word)
        if word in ("same", "valid"):
            padding = "same" if word == "same" else "valid"
        elif before == "stride" and (size or _NUMBER.fullmatch(word)):
            stride = (int(size[1]), int(size[2])) if size else (int(word), int(word))
        elif size:
            kernel = (int(size[1]), int(size[2]))
        elif _NUMBER.fullmatch(word) and before == kind:
            units = int(word)
        elif word != "stride" or word == words[-1]:
            raise UsageError(f'"{word[:80]}" is not understood', f"{name}: {where}", _ADVICE)
    return LayerIdea(kind, where, units, kernel, stride or (kernel if kind in _POOLS else (1, 1)), padding)


def _keras(text: str, name: str) -> Sketch:
    try:
        config = json.loads(text)["config"]
        layers = config["layers"] if isinstance(config, dict) else config
        entries = [(str(each["class_name"]), dict(each["config"])) for each in layers]
        if any(_inputs(each) > 1 for each in layers):
            raise UsageError("the model has branches", name, _KERAS_ADVICE)
        shape = next(found for _, options in entries if (found := _input_shape(options)))
        ideas = list(_keras_layers(entries, name))
    except (ArithmeticError, ValueError, TypeError, LookupError, StopIteration, RecursionError) as error:
        raise UsageError("this is no model of Keras, or its input has no shape", name, _ADVICE) from error
    return sketch(name, shape, ideas)


def _inputs(layer: Mapping[str, Any]) -> int:
    """How many tensors the layer takes: the rank of nesting tells Keras 2 from Keras 3."""
    nodes = layer.get("inbound_nodes") or []
    first = nodes[0] if nodes else []
    if isinstance(first, dict):
        first = first["args"][0]
        return len(first) if isinstance(first, list) else 1
    return len(first)


def _input_shape(options: Mapping[str, Any]) -> Shape:
    found = options.get("batch_input_shape") or options.get("batch_shape") or ()
    return tuple(int(each) for each in found[1:])


def _keras_layers(entries: Sequence[tuple[str, Mapping[str, Any]]], name: str) -> Iterator[LayerIdea]:
    for kind, options in entries:
        if kind in _KERAS_NOTHING:
            continue
        where = f'layer "{str(options.get("name", kind))[:80]}"'
        if kind not in _KERAS:
            known = ", ".join(sorted({*_KERAS, *_KERAS_NOTHING}))
            raise UsageError(f'"{kind[:80]}" is not known', f"{name}: {where}", f"Known are {known}.")
        kernel = _pair(options.get("kernel_size") or options.get("pool_size") or 1)
        stride = options.get("strides") or (kernel if _KERAS[kind] in _POOLS else 1)
        yield LayerIdea(
            kind=_KERAS[kind],
            where=where,
            units=int(options.get("filters") or options.get("units") or options.get("depth_multiplier") or 0),
            kernel=kernel,
            stride=_pair(stride),
            padding="same" if options.get("padding") == "same" else "valid",
        )


def _pair(value: Any) -> tuple[int, int]:
    height, width = (value, value) if isinstance(value, int) else value
    return int(height), int(width)
