# SPDX-License-Identifier: GPL-3.0-or-later
# PyTorch's rate of training for one case of bench_train:  train.py CASE THREADS SECONDS
#
# Prints the median rate of several stretches: samples a second for pictures, steps a second for the small networks. The batch is
# gathered by a random index each step, as a user would; everything is in memory as float32.
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F


class Quadratic(nn.Module):
    """(wr.x + br)(wg.x + bg) + wb.(x*x) + c, started as the conventional layer."""

    def __init__(self, n, out):
        super().__init__()
        self.r, self.g, self.b = nn.Linear(n, out), nn.Linear(n, out), nn.Linear(n, out)
        for p, value in ((self.g.weight, 0), (self.g.bias, 1), (self.b.weight, 0), (self.b.bias, 0)):
            nn.init.constant_(p, value)

    def forward(self, x):
        return self.r(x) * self.g(x) + self.b(x * x)


class QuadraticConv(nn.Module):
    def __init__(self, n, out, stride):
        super().__init__()
        self.r, self.g, self.b = (nn.Conv2d(n, out, 3, stride, 1) for _ in range(3))
        for p, value in ((self.g.weight, 0), (self.g.bias, 1), (self.b.weight, 0), (self.b.bias, 0)):
            nn.init.constant_(p, value)

    def forward(self, x):
        return self.r(x) * self.g(x) + self.b(x * x)


def conv(quadratic, n, out, stride):
    return QuadraticConv(n, out, stride) if quadratic else nn.Conv2d(n, out, 3, stride, 1, bias=False)


class Block(nn.Module):
    def __init__(self, quadratic, n, out, stride):
        super().__init__()
        self.c1, self.n1 = conv(quadratic, n, out, stride), nn.BatchNorm2d(out)
        self.c2, self.n2 = conv(quadratic, out, out, 1), nn.BatchNorm2d(out)
        self.stride, self.pad = stride, (out - n) // 2

    def forward(self, x):
        y = self.n2(self.c2(F.relu(self.n1(self.c1(x)))))
        if self.stride > 1:
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.pad, self.pad))
        return F.relu(y + x)


class ResNet(nn.Module):
    def __init__(self, quadratic, n=3):
        super().__init__()
        self.stem, self.norm = nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16)
        blocks, width = [], 16
        for stage in range(3):
            for i in range(n):
                out = 16 << stage
                blocks.append(Block(quadratic, width, out, 2 if stage > 0 and i == 0 else 1))
                width = out
        self.blocks, self.last = nn.Sequential(*blocks), nn.Linear(64, 10)

    def forward(self, x):
        return self.last(self.blocks(F.relu(self.norm(self.stem(x)))).mean((2, 3)))


def dense(quadratic, widths):
    layers = []
    for a, b in zip(widths[:-2], widths[1:-1]):
        layers += [Quadratic(a, b) if quadratic else nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(widths[-2], widths[-1]))


def make(case):
    if case in ("quadratic-adam", "quadratic-sgd", "conventional-sgd"):
        net = dense(case.startswith("q"), [784, 256, 256, 10])
        optimiser = torch.optim.Adam(net.parameters(), 1e-3) if case.endswith("adam") else torch.optim.SGD(net.parameters(), 1e-3)
        return net, optimiser, torch.rand(8192, 784), torch.randint(0, 10, (8192,)), 128, F.cross_entropy
    if case in ("qresnet20", "resnet20"):
        net = ResNet(case[0] == "q")
        return (net, torch.optim.SGD(net.parameters(), 1e-3, momentum=0.9), torch.rand(1024, 3, 32, 32), torch.randint(0, 10, (1024,)), 128,
                F.cross_entropy)
    net = dense(True, [1, 10, 10, 10, 1])
    x = torch.rand(1000, 1) * 2 - 1
    return net, torch.optim.SGD(net.parameters(), 1e-3), x, torch.sin(3 * x), 64 if case == "small-64" else 1000, F.mse_loss


def main():
    case, threads, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    net, optimiser, x, y, batch, loss = make(case)
    net.train()

    def step():
        index = torch.randint(0, len(x), (batch,)) if batch < len(x) else slice(None)
        optimiser.zero_grad()
        loss(net(x[index]), y[index]).backward()
        optimiser.step()

    step()
    begin, rates, stretch = time.perf_counter(), [], 1
    while time.perf_counter() - begin < seconds or len(rates) < 3:
        t = time.perf_counter()
        for _ in range(stretch):
            step()
        t = time.perf_counter() - t
        rates.append(stretch * (1 if case.startswith("small") else batch) / t)
        if t < seconds / 20:
            stretch *= 2
            rates.clear()
    peak = int([line for line in open("/proc/self/status") if line.startswith("VmHWM")][0].split()[1]) / 1024
    print(sorted(rates)[len(rates) // 2], peak)


main()
