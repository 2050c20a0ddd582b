"""The Inception network by which the Frechet inception distance is defined (Szegedy et al. 2016, as Heusel et al. 2017
use it).

It is the network of 2015-12-05 in the form in which PyTorch's tools share it: average pooling passes over the padding,
the last block pools by the maximum, and 1 008 classes. Its weights are not shipped; those files load by name.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

FEATURES = 2048
"""Numbers in the last feature vector."""
CLASSES = 1008
SIDE = 299


class Inception(nn.Module):
    """Images (N, 3, 299, 299) in [-1, 1] -> features (N, 2048) and logits (N, 1008), which are without the last bias,
    as the inception score takes them."""

    def __init__(self) -> None:
        super().__init__()
        self.Conv2d_1a_3x3 = _Convolution(3, 32, 3, stride=2)
        self.Conv2d_2a_3x3 = _Convolution(32, 32, 3)
        self.Conv2d_2b_3x3 = _Convolution(32, 64, 3, padding=1)
        self.Conv2d_3b_1x1 = _Convolution(64, 80)
        self.Conv2d_4a_3x3 = _Convolution(80, 192, 3)
        self.Mixed_5b = _BlockA(192, 32)
        self.Mixed_5c = _BlockA(256, 64)
        self.Mixed_5d = _BlockA(288, 64)
        self.Mixed_6a = _BlockB(288)
        self.Mixed_6b = _BlockC(768, 128)
        self.Mixed_6c = _BlockC(768, 160)
        self.Mixed_6d = _BlockC(768, 160)
        self.Mixed_6e = _BlockC(768, 192)
        self.Mixed_7a = _BlockD(768)
        self.Mixed_7b = _BlockE(1280, by_maximum=False)
        self.Mixed_7c = _BlockE(2048, by_maximum=True)
        self.fc = nn.Linear(FEATURES, CLASSES)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(x)))
        x = F.max_pool2d(x, 3, stride=2)
        x = self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(x))
        x = F.max_pool2d(x, 3, stride=2)
        x = self.Mixed_5d(self.Mixed_5c(self.Mixed_5b(x)))
        x = self.Mixed_6e(self.Mixed_6d(self.Mixed_6c(self.Mixed_6b(self.Mixed_6a(x)))))
        x = self.Mixed_7c(self.Mixed_7b(self.Mixed_7a(x)))
        features = x.mean(dim=(2, 3))
        return features, features @ self.fc.weight.T


def load_inception(weights: Mapping[str, Tensor]) -> Inception:
    """The network with these weights, in evaluation mode, frozen, each batch norm folded into its convolution.

    RuntimeError or KeyError when they are another network's.
    """
    with torch.device("meta"):
        network = Inception()
    names = network.state_dict().keys()
    taken = {name: weights[name] for name in names if not name.endswith("num_batches_tracked")}
    taken |= {name: torch.zeros((), dtype=torch.int64) for name in names if name.endswith("num_batches_tracked")}
    network.load_state_dict(taken, strict=True, assign=True)
    network.requires_grad_(False).eval()
    for module in network.modules():
        if isinstance(module, _Convolution):
            module.fold()
    return network


class _Convolution(nn.Module):
    """A convolution, batch norm and ReLU."""

    def __init__(
        self,
        width: int,
        channels: int,
        kernel: int | tuple[int, int] = 1,
        *,
        stride: int = 1,
        padding: int | tuple[int, int] = 0,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, channels, kernel, stride, padding, bias=False)
        self.bn: nn.Module = nn.BatchNorm2d(channels, eps=0.001)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.bn(self.conv(x)), inplace=True)

    def fold(self) -> None:
        """The same function with one layer."""
        assert isinstance(self.bn, nn.BatchNorm2d)
        self.conv = torch.nn.utils.fuse_conv_bn_eval(self.conv, self.bn).requires_grad_(False)
        self.bn = nn.Identity()


class _BlockA(nn.Module):
    """Filters of 1, 3 and 5 pixels side by side (figure 5)."""

    def __init__(self, width: int, pooled: int) -> None:
        super().__init__()
        self.branch1x1 = _Convolution(width, 64)
        self.branch5x5_1 = _Convolution(width, 48)
        self.branch5x5_2 = _Convolution(48, 64, 5, padding=2)
        self.branch3x3dbl_1 = _Convolution(width, 64)
        self.branch3x3dbl_2 = _Convolution(64, 96, 3, padding=1)
        self.branch3x3dbl_3 = _Convolution(96, 96, 3, padding=1)
        self.branch_pool = _Convolution(width, pooled)

    def forward(self, x: Tensor) -> Tensor:
        double = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        five = self.branch5x5_2(self.branch5x5_1(x))
        return torch.cat([self.branch1x1(x), five, double, self.branch_pool(_average(x))], dim=1)


class _BlockB(nn.Module):
    """Halves the side from 35 to 17 (figure 10)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.branch3x3 = _Convolution(width, 384, 3, stride=2)
        self.branch3x3dbl_1 = _Convolution(width, 64)
        self.branch3x3dbl_2 = _Convolution(64, 96, 3, padding=1)
        self.branch3x3dbl_3 = _Convolution(96, 96, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        double = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        return torch.cat([self.branch3x3(x), double, F.max_pool2d(x, 3, stride=2)], dim=1)


class _BlockC(nn.Module):
    """Filters of 7 pixels, as a column after a row (figure 6)."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        row: tuple[int, int] = (1, 7)
        column: tuple[int, int] = (7, 1)
        along, down = (0, 3), (3, 0)
        self.branch1x1 = _Convolution(width, 192)
        self.branch7x7_1 = _Convolution(width, inner)
        self.branch7x7_2 = _Convolution(inner, inner, row, padding=along)
        self.branch7x7_3 = _Convolution(inner, 192, column, padding=down)
        self.branch7x7dbl_1 = _Convolution(width, inner)
        self.branch7x7dbl_2 = _Convolution(inner, inner, column, padding=down)
        self.branch7x7dbl_3 = _Convolution(inner, inner, row, padding=along)
        self.branch7x7dbl_4 = _Convolution(inner, inner, column, padding=down)
        self.branch7x7dbl_5 = _Convolution(inner, 192, row, padding=along)
        self.branch_pool = _Convolution(width, 192)

    def forward(self, x: Tensor) -> Tensor:
        seven = self.branch7x7_3(self.branch7x7_2(self.branch7x7_1(x)))
        double = self.branch7x7dbl_3(self.branch7x7dbl_2(self.branch7x7dbl_1(x)))
        double = self.branch7x7dbl_5(self.branch7x7dbl_4(double))
        return torch.cat([self.branch1x1(x), seven, double, self.branch_pool(_average(x))], dim=1)


class _BlockD(nn.Module):
    """Halves the side from 17 to 8."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.branch3x3_1 = _Convolution(width, 192)
        self.branch3x3_2 = _Convolution(192, 320, 3, stride=2)
        self.branch7x7x3_1 = _Convolution(width, 192)
        self.branch7x7x3_2 = _Convolution(192, 192, (1, 7), padding=(0, 3))
        self.branch7x7x3_3 = _Convolution(192, 192, (7, 1), padding=(3, 0))
        self.branch7x7x3_4 = _Convolution(192, 192, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        three = self.branch3x3_2(self.branch3x3_1(x))
        seven = self.branch7x7x3_4(self.branch7x7x3_3(self.branch7x7x3_2(self.branch7x7x3_1(x))))
        return torch.cat([three, seven, F.max_pool2d(x, 3, stride=2)], dim=1)


class _BlockE(nn.Module):
    """Rows and columns of 3 pixels side by side (figure 7); pools by the average or `by_maximum`."""

    def __init__(self, width: int, *, by_maximum: bool) -> None:
        super().__init__()
        self._by_maximum = by_maximum
        self.branch1x1 = _Convolution(width, 320)
        self.branch3x3_1 = _Convolution(width, 384)
        self.branch3x3_2a = _Convolution(384, 384, (1, 3), padding=(0, 1))
        self.branch3x3_2b = _Convolution(384, 384, (3, 1), padding=(1, 0))
        self.branch3x3dbl_1 = _Convolution(width, 448)
        self.branch3x3dbl_2 = _Convolution(448, 384, 3, padding=1)
        self.branch3x3dbl_3a = _Convolution(384, 384, (1, 3), padding=(0, 1))
        self.branch3x3dbl_3b = _Convolution(384, 384, (3, 1), padding=(1, 0))
        self.branch_pool = _Convolution(width, 192)

    def forward(self, x: Tensor) -> Tensor:
        three = self.branch3x3_1(x)
        double = self.branch3x3dbl_2(self.branch3x3dbl_1(x))
        pooled = F.max_pool2d(x, 3, stride=1, padding=1) if self._by_maximum else _average(x)
        parts = [
            self.branch1x1(x),
            self.branch3x3_2a(three),
            self.branch3x3_2b(three),
            self.branch3x3dbl_3a(double),
            self.branch3x3dbl_3b(double),
            self.branch_pool(pooled),
        ]
        return torch.cat(parts, dim=1)


def _average(x: Tensor) -> Tensor:
    """The mean of 3 x 3 pixels, at the edge of those that there are."""
    return F.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False)
