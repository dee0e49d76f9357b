"""A trained network as ONNX: batch normalisation folded into the convolutions before it."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

Weights = dict[str, npt.NDArray[np.float32]]
_EPSILON = 1e-5


class Graph:
    """Collects the nodes and weights of one ONNX graph; each method returns the name of what it gives."""

    def __init__(self, weights: Weights) -> None:
        """`weights` is the state of the paddle network, by its names."""
        self._weights = weights
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def convolution(self, name: str, source: str, stride: int = 1) -> str:
        """A convolution with its batch normalisation and ReLU; without both where there is no normalisation."""
        kernel, bias, normalised = self._folded(name)
        self._constants += [
            numpy_helper.from_array(kernel, f"{name}.kernel"), numpy_helper.from_array(bias, f"{name}.bias"),
        ]  # fmt: skip
        pad = kernel.shape[2] // 2
        out = self.node(
            "Conv", [source, f"{name}.kernel", f"{name}.bias"], name, strides=[stride] * 2, pads=[pad] * 4
        )  # fmt: skip
        return self.node("Relu", [out], f"{name}.relu") if normalised else out

    def doubled(self, source: str) -> str:
        """Twice as wide and high, each value four times."""
        scales = f"{source}.scales"
        self._constants.append(numpy_helper.from_array(np.array([1, 1, 2, 2], np.float32), scales))
        return self.node(
            "Resize", [source, "", scales], f"{source}.doubled", mode="nearest",
            coordinate_transformation_mode="asymmetric", nearest_mode="floor",
        )  # fmt: skip

    def node(self, kind: str, inputs: list[str], name: str, **attributes: Any) -> str:  # noqa: ANN401 - what ONNX takes
        """Any other node of one output."""
        self._nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def save(self, target: Path, source_shape: list[int | str], output: str, about: dict[str, str]) -> None:
        """Write the graph with input `picture`; `about` goes into the file's metadata."""
        graph = helper.make_graph(
            self._nodes, target.stem,
            [helper.make_tensor_value_info("picture", TensorProto.FLOAT, source_shape)],
            [helper.make_tensor_value_info(output, TensorProto.FLOAT, [1, "values", "rows", "columns"])],
            self._constants,
        )  # fmt: skip
        model = helper.make_model(graph, producer_name="anprlake", opset_imports=[helper.make_opsetid("", 17)])
        model.ir_version = 8
        helper.set_model_props(model, about)
        onnx.checker.check_model(model)
        onnx.save(model, target)

    def _folded(self, name: str) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], bool]:
        """Kernel and bias of a convolution, and whether a normalisation was folded into them."""
        weights = self._weights
        if f"{name}.weight" in weights:
            return weights[f"{name}.weight"], weights[f"{name}.bias"], False
        kernel = weights[f"{name}.0.weight"]
        mean, variance = weights[f"{name}.1._mean"], weights[f"{name}.1._variance"]
        scale = weights[f"{name}.1.weight"] / np.sqrt(variance + _EPSILON)
        return kernel * scale[:, None, None, None], weights[f"{name}.1.bias"] - mean * scale, True


def export_plate_network(weights: Weights, target: Path, about: dict[str, str]) -> None:
    """Write `PlateNetwork` with these weights."""
    graph = Graph(weights)
    out = graph.convolution("stem.1", graph.convolution("stem.0", "picture", 2), 2)
    levels = []
    for level in ("fine", "middle", "coarse"):
        index = 0
        while f"{level}.{index}.0.weight" in weights:
            out = graph.convolution(f"{level}.{index}", out, 2 if index == 0 else 1)
            index += 1
        levels.append(out)
    fine, middle, coarse = levels
    middle = graph.node("Add", [middle, graph.doubled(graph.convolution("from_coarse", coarse))], "middle.sum")
    fine = graph.node("Add", [fine, graph.doubled(graph.convolution("from_middle", middle))], "fine.sum")
    output = graph.convolution("out", graph.convolution("head", fine))
    graph.save(target, [1, 1, "height", "width"], output, about)
