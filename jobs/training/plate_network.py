"""The plate detector's network (paddle), its targets and loss, and its export to ONNX."""

import numpy as np
import numpy.typing as npt
import paddle
import paddle.nn.functional as F
from paddle import nn

STRIDE = 8
WIDTHS = (12, 24, 40, 64, 64)
_PEAK = 0.999
_POSITIVE = 0.4
"""Heat from which a cell answers for the box."""


class _Conv(nn.Sequential):
    """Convolution, batch normalisation, ReLU."""

    def __init__(self, inputs: int, outputs: int, size: int = 3, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2D(inputs, outputs, size, stride, size // 2, bias_attr=False), nn.BatchNorm2D(outputs), nn.ReLU()
        )


class PlateNetwork(nn.Layer):
    """Grey picture in, at each cell of 8 by 8 pixels a heat and the distances to the four sides of a plate out.

    Input: n by 1 by height by width, 0 to 1, height and width multiples of 32. Output: n by 5 by height/8 by
    width/8: logit of the heat, and log distances in cells to left, top, right, bottom.
    """

    def __init__(self) -> None:
        super().__init__()
        a, b, c, d, e = WIDTHS
        self.stem = nn.Sequential(_Conv(1, a, 3, 2), _Conv(a, b, 3, 2))
        self.fine = nn.Sequential(_Conv(b, c, 3, 2), _Conv(c, c), _Conv(c, c))
        self.middle = nn.Sequential(_Conv(c, d, 3, 2), _Conv(d, d), _Conv(d, d))
        self.coarse = nn.Sequential(_Conv(d, e, 3, 2), _Conv(e, e))
        self.from_coarse = _Conv(e, d, 1)
        self.from_middle = _Conv(d, c, 1)
        self.head = _Conv(c, c)
        self.out = nn.Conv2D(c, 5, 1)
        self.out.bias.set_value(np.array([-4.0, 0.5, 0.0, 0.5, 0.0], np.float32))

    def forward(self, picture: paddle.Tensor) -> paddle.Tensor:
        """Run the network."""
        fine = self.fine(self.stem(picture))
        middle = self.middle(fine)
        coarse = self.coarse(middle)
        middle = middle + F.interpolate(self.from_coarse(coarse), scale_factor=2, mode="nearest")
        fine = fine + F.interpolate(self.from_middle(middle), scale_factor=2, mode="nearest")
        output: paddle.Tensor = self.out(self.head(fine))
        return output


def targets(
    plates: npt.NDArray[np.float32], ignored: npt.NDArray[np.float32], size: tuple[int, int]
) -> npt.NDArray[np.float32]:
    """What the network should say of a picture of `size` (width, height).

    Returns:
        6 by height/8 by width/8: heat (0 to 1, -1 where nothing is asked), the box (left, top, right, bottom in
        cells), and its weight.
    """
    columns, rows = size[0] // STRIDE, size[1] // STRIDE
    out = np.zeros((6, rows, columns), np.float32)
    x, y = np.meshgrid(np.arange(columns) + 0.5, np.arange(rows) + 0.5)
    for left, top, right, bottom in ignored / STRIDE:
        out[0][(x > left - 1) & (x < right + 1) & (y > top - 1) & (y < bottom + 1)] = -1
    for box in plates / STRIDE:
        left, top, right, bottom = box
        spread_x, spread_y = max(0.5, (right - left) / 6), max(0.5, (bottom - top) / 6)
        # The cell that holds the middle is the peak.
        cx, cy = np.floor((left + right) / 2) + 0.5, np.floor((top + bottom) / 2) + 0.5
        heat = np.exp(-(((x - cx) / spread_x) ** 2 + ((y - cy) / spread_y) ** 2) / 2)
        nearer = (heat > _POSITIVE) & (heat > out[5])
        out[1:5, nearer] = box[:, None]
        out[5][nearer] = heat[nearer]
        out[0] = np.maximum(out[0], heat)
    return out


def loss(output: paddle.Tensor, target: paddle.Tensor) -> tuple[paddle.Tensor, paddle.Tensor]:
    """Focal loss of the heat (CornerNet's form), and GIoU loss of the boxes where a plate is."""
    heat = F.sigmoid(output[:, 0]).clip(1e-4, 1 - 1e-4)
    wanted = target[:, 0]
    peak = (wanted >= _PEAK).astype("float32")
    asked = (wanted >= 0).astype("float32")
    positive = peak * (1 - heat) ** 2 * paddle.log(heat)
    negative = asked * (1 - peak) * (1 - wanted.clip(0, 1)) ** 4 * heat**2 * paddle.log(1 - heat)
    focal = -(positive.sum() + negative.sum()) / peak.sum().clip(min=1)
    boxes, weight = decode(output), target[:, 5]
    return focal, ((1 - _giou(boxes, target[:, 1:5])) * weight).sum() / weight.sum().clip(min=1)


def decode(output: paddle.Tensor) -> paddle.Tensor:
    """Boxes in cells, n by 4 by rows by columns, out of the network's distances."""
    rows, columns = output.shape[2:]
    x = (paddle.arange(columns, dtype="float32") + 0.5).reshape([1, 1, columns])
    y = (paddle.arange(rows, dtype="float32") + 0.5).reshape([1, rows, 1])
    far = paddle.exp(output[:, 1:5].clip(-6, 6))
    return paddle.stack([x - far[:, 0], y - far[:, 1], x + far[:, 2], y + far[:, 3]], axis=1)


def _giou(one: paddle.Tensor, other: paddle.Tensor) -> paddle.Tensor:
    low, high = paddle.maximum(one[:, :2], other[:, :2]), paddle.minimum(one[:, 2:], other[:, 2:])
    meet = _area((high - low).clip(min=0))
    union = _area(one[:, 2:] - one[:, :2]) + _area(other[:, 2:] - other[:, :2]) - meet
    hull = _area(paddle.maximum(one[:, 2:], other[:, 2:]) - paddle.minimum(one[:, :2], other[:, :2]))
    return meet / (union + 1e-6) - (hull - union) / (hull + 1e-6)


def _area(sides: paddle.Tensor) -> paddle.Tensor:
    # Not `prod`: its gradient divides by each factor, which may be 0.
    return sides[:, 0] * sides[:, 1]
