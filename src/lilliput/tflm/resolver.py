"""ModelFile -> the C++ header that registers exactly its operators with TFLM's `MicroMutableOpResolver`.

An operator whose nodes all compute in one type gets the registration for that type, where TFLM has one: the linker then
leaves out the kernels for other types. With reference kernels these registrations are the plain ones, so that the same
header serves both libraries. Source: micro_mutable_op_resolver.h and the headers of the kernels in TFLM 90b983c.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lilliput.ir import DType
from lilliput.tflm.model_file import FileNode, FileTensor, ModelFile, Subgraph

_METHODS: Mapping[str, str] = {
    "average_pool_2d": "AveragePool2D", "batch_matmul": "BatchMatMul", "conv_2d": "Conv2D", "cumsum": "CumSum",
    "depthwise_conv_2d": "DepthwiseConv2D", "l2_pool_2d": "L2Pool2D", "max_pool_2d": "MaxPool2D", "padv2": "PadV2",
    "unidirectional_sequence_lstm": "UnidirectionalSequenceLSTM",
}  # fmt: skip
"""Names of methods that do not follow from the operator's."""
_REGULAR = frozenset(
    {
        "abs", "add", "add_n", "arg_max", "arg_min", "assign_variable", "batch_to_space_nd", "broadcast_args",
        "broadcast_to", "call_once", "cast", "ceil", "concatenation", "cos", "depth_to_space", "dequantize", "div",
        "elu", "embedding_lookup", "equal", "exp", "expand_dims", "fill", "floor", "floor_div", "floor_mod",
        "fully_connected", "gather", "gather_nd", "greater", "greater_equal", "hard_swish", "if", "l2_normalization",
        "leaky_relu", "less", "less_equal", "log", "log_softmax", "logical_and", "logical_not", "logical_or",
        "logistic", "maximum", "mean", "minimum", "mirror_pad", "mul", "neg", "not_equal", "pack", "pad", "prelu",
        "quantize", "read_variable", "reduce_max", "reduce_min", "relu", "relu6", "reshape", "resize_bilinear",
        "resize_nearest_neighbor", "reverse_v2", "round", "rsqrt", "select_v2", "shape", "sin", "slice", "softmax",
        "space_to_batch_nd", "space_to_depth", "split", "split_v", "sqrt", "square", "squared_difference", "squeeze",
        "strided_slice", "sub", "sum", "svdf", "tanh", "transpose", "transpose_conv", "unpack", "var_handle", "while",
        "zeros_like",
    }
)  # fmt: skip
"""Operators whose methods are called as they are."""
_SIGNAL = (
    "Delay", "Energy", "FftAutoScale", "FilterBank", "FilterBankLog", "FilterBankSpectralSubtraction",
    "FilterBankSquareRoot", "Framer", "Irfft", "OverlapAdd", "PCAN", "Rfft", "Stacker", "Window",
)  # fmt: skip
_CUSTOM_METHODS: Mapping[str, str] = {
    "custom:CIRCULAR_BUFFER": "CircularBuffer",
    "custom:TFLM_DECODE": "Decode",
    "custom:TFLite_Detection_PostProcess": "DetectionPostprocess",
    "custom:ethos-u": "EthosU",
    **{f"custom:Signal{name}": name for name in _SIGNAL},
}


@dataclass(frozen=True, slots=True)
class _Specialised:
    """The header that declares an operator's registrations, and the types that there are some for."""

    header: str
    types: frozenset[str]


_INT8 = frozenset({"INT8"})
_ACTIVATIONS = frozenset({"INT8", "INT16"})
_WEIGHTED = frozenset({"INT4", "INT8", "INT16"})
_SPECIALISED: Mapping[str, _Specialised] = {
    "add": _Specialised("add.h", _ACTIVATIONS),
    "average_pool_2d": _Specialised("pooling.h", _ACTIVATIONS),
    "conv_2d": _Specialised("conv.h", _WEIGHTED),
    "depthwise_conv_2d": _Specialised("depthwise_conv.h", _WEIGHTED),
    "fully_connected": _Specialised("fully_connected.h", _WEIGHTED),
    "max_pool_2d": _Specialised("pooling.h", _ACTIVATIONS),
    "mul": _Specialised("mul.h", _INT8),
    "softmax": _Specialised("softmax.h", frozenset({"INT8", "INT16", "INT8_INT16"})),
    "svdf": _Specialised("svdf.h", _INT8),
}


@dataclass(frozen=True, slots=True)
class Registration:
    """One line of the resolver: operator, method, and the registration to pass ("" for the method's default)."""

    operator: str
    method: str
    registration: str

    @property
    def statement(self) -> str:
        """The call that registers the operator."""
        argument = f"tflite::{self.registration}()" if self.registration else ""
        return f"resolver.Add{self.method}({argument});"


def registrations(models: Sequence[ModelFile]) -> tuple[tuple[Registration, ...], tuple[str, ...]]:
    """What to register for all models together, sorted by operator; and operators that TFLM does not have."""
    nodes: dict[str, list[tuple[Subgraph, FileNode]]] = {}
    for model in models:
        for graph in model.subgraphs:
            for node in graph.nodes:
                nodes.setdefault(node.operator, []).append((graph, node))
    known: list[Registration] = []
    unknown: list[str] = []
    for operator, users in sorted(nodes.items()):
        if method := method_name(operator):
            known.append(Registration(operator, method, _registration(operator, users)))
        else:
            unknown.append(operator)
    return tuple(known), tuple(unknown)


def method_name(operator: str) -> str:
    """What follows "Add" in the resolver's method; "" for an operator that TFLM does not have."""
    if operator in _REGULAR:
        return "".join(part.capitalize() for part in operator.split("_"))
    return _METHODS.get(operator) or _CUSTOM_METHODS.get(operator, "")


def resolver_header(name: str, models: Sequence[ModelFile], banner: str) -> str:
    """The header NAME_resolver.h, with `banner` as its first line."""
    known, unknown = registrations(models)
    headers = sorted({_SPECIALISED[each.operator].header for each in known if each.registration})
    guard = f"{name.upper()}_RESOLVER_H_"
    resolver = f"tflite::MicroMutableOpResolver<{len(known) + len(unknown)}>"
    lines = [
        f"// {banner}",
        f"#ifndef {guard}",
        f"#define {guard}",
        "",
        *(f'#include "tensorflow/lite/micro/kernels/{header}"' for header in headers),
        '#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"',
        "",
        f"// The {len(known) + len(unknown)} operators that the interpreter needs.",
        f"inline {resolver} {name}_resolver() {{",
        f"  {resolver} resolver;",
        *(f"  {each.statement}" for each in known),
        *(
            f'  // {each}: TFLM has no such operator; register yours: resolver.AddCustom("...", ...);'
            for each in unknown
        ),
        "  return resolver;",
        "}",
        "",
        f"#endif  // {guard}",
    ]
    return "\n".join(lines) + "\n"


def _registration(operator: str, users: Sequence[tuple[Subgraph, FileNode]]) -> str:
    """The registration for the one type that all nodes have, "" where they differ or there is none."""
    specialised = _SPECIALISED.get(operator)
    types = {_type(operator, graph, node) for graph, node in users}
    if specialised is None or len(types) != 1 or not types <= specialised.types:
        return ""
    return f"Register_{operator.upper()}_{types.pop()}"


def _type(operator: str, graph: Subgraph, node: FileNode) -> str:
    """How TFLM names the types that a node computes in: those of the activations, or INT4 for such weights."""
    source, target = _tensor(graph, node.inputs), _tensor(graph, node.outputs)
    if source is None or target is None:
        return ""
    if operator == "softmax" and source.dtype is not target.dtype:
        return f"{source.dtype.value}_{target.dtype.value}"
    weights = _tensor(graph, node.inputs[1:])
    if weights is not None and weights.dtype is DType.INT4 and source.dtype is DType.INT8:
        return DType.INT4.value
    return source.dtype.value if weights is None or weights.dtype in (source.dtype, DType.INT8, DType.INT32) else ""


def _tensor(graph: Subgraph, indices: Sequence[int]) -> FileTensor | None:
    return graph.tensors[indices[0]] if indices and indices[0] >= 0 else None
