"""The supported operators: one folder each, and this tuple."""

from lilliput.operators.add import Add
from lilliput.operators.average_pool_2d import AveragePool2D
from lilliput.operators.concatenation import Concatenation
from lilliput.operators.conv_2d import Conv2D
from lilliput.operators.depthwise_conv_2d import DepthwiseConv2D
from lilliput.operators.dequantize import Dequantize
from lilliput.operators.expand_dims import ExpandDims
from lilliput.operators.fully_connected import FullyConnected
from lilliput.operators.logistic import Logistic
from lilliput.operators.max_pool_2d import MaxPool2D
from lilliput.operators.mean import Mean
from lilliput.operators.mul import Mul
from lilliput.operators.operator import Operator
from lilliput.operators.pack import Pack
from lilliput.operators.pad import Pad
from lilliput.operators.padv2 import PadV2
from lilliput.operators.quantize import Quantize
from lilliput.operators.relu import Relu
from lilliput.operators.relu6 import Relu6
from lilliput.operators.reshape import Reshape
from lilliput.operators.resize_nearest_neighbor import ResizeNearestNeighbor
from lilliput.operators.shape import Shape
from lilliput.operators.softmax import Softmax
from lilliput.operators.split import Split
from lilliput.operators.squeeze import Squeeze
from lilliput.operators.strided_slice import StridedSlice
from lilliput.operators.sub import Sub
from lilliput.operators.table_lookup import TableLookup
from lilliput.operators.tanh import Tanh
from lilliput.operators.transpose import Transpose

ALL: tuple[Operator, ...] = (
    Add(),
    AveragePool2D(),
    Concatenation(),
    Conv2D(),
    DepthwiseConv2D(),
    Dequantize(),
    ExpandDims(),
    FullyConnected(),
    Logistic(),
    MaxPool2D(),
    Mean(),
    Mul(),
    Pack(),
    Pad(),
    PadV2(),
    Quantize(),
    Relu(),
    Relu6(),
    Reshape(),
    ResizeNearestNeighbor(),
    Shape(),
    Softmax(),
    Split(),
    Squeeze(),
    StridedSlice(),
    Sub(),
    Tanh(),
    Transpose(),
)

MADE: tuple[Operator, ...] = (TableLookup(),)
"""Those that no file has: transforms make them."""
