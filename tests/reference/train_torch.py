"""The first 50 losses of two small quadratic networks, by PyTorch in float64: writes train_torch.csv beside this file.

    python3 tests/reference/train_torch.py

tests/t_torch.c trains the same networks from the same numbers. Both draw them from one linear congruential generator:
first the parameters in the order of network files, layer by layer, then inputs, then targets. Losses are those of the whole
batch before each step.
"""
import csv
import os

import torch

STEPS, SAMPLES = 50, 32
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


class Numbers:
    """x <- (1103515245 x + 12345) mod 2^31, as a number from -1 to 1: exact in double."""

    def __init__(self, x):
        self.x = x

    def one(self):
        self.x = (1103515245 * self.x + 12345) % 2**31
        return self.x / 2**30 - 1

    def array(self, *shape):
        n = 1
        for d in shape:
            n *= d
        return torch.tensor([self.one() for _ in range(n)]).reshape(shape)


class Quadratic:
    """relu((wr x + br)(wg x + bg) + wb x^2 + c); bg is 1 + dg, so that decay draws it to 1."""

    def __init__(self, numbers, inputs, outputs):
        def param(scale, *shape):
            return (scale * numbers.array(*shape)).requires_grad_()

        self.wr, self.br = param(1, outputs, inputs), param(0.5, outputs)
        self.wg, self.dg = param(0.25, outputs, inputs), param(0.25, outputs)
        self.wb, self.c = param(0.25, outputs, inputs), param(0.25, outputs)
        self.groups = [self.wr, self.br], [self.wg, self.dg], [self.wb, self.c]

    def __call__(self, x):
        r, g = x @ self.wr.T + self.br, x @ self.wg.T + 1 + self.dg
        return torch.relu(r * g + x**2 @ self.wb.T + self.c)


class Linear:
    def __init__(self, numbers, inputs, outputs):
        self.w = (0.5 * numbers.array(outputs, inputs)).requires_grad_()
        self.b = (0.5 * numbers.array(outputs)).requires_grad_()
        self.groups = [self.w, self.b], [], []

    def __call__(self, x):
        return x @ self.w.T + self.b


def problem(widths, classes):
    numbers = Numbers(1)
    layers = [Quadratic(numbers, *pair) for pair in zip(widths[:-2], widths[1:-1])] + [Linear(numbers, *widths[-2:])]
    x = numbers.array(SAMPLES, widths[0])
    if classes:
        target = torch.tensor([int((numbers.one() + 1) / 2 * widths[-1]) for _ in range(SAMPLES)])
    else:
        target = numbers.array(SAMPLES, widths[-1])

    def loss():
        y = x
        for layer in layers:
            y = layer(y)
        return torch.nn.functional.cross_entropy(y, target) if classes else torch.nn.functional.mse_loss(y, target)

    return layers, loss


NETWORKS = {"1-8-8-1": ([1, 8, 8, 1], False), "2-6-3": ([2, 6, 3], True)}

# name: PyTorch's optimiser, its settings, ratios of the rates of the groups g and b
OPTIMISERS = {
    "sgd": (torch.optim.SGD, dict(lr=0.02, momentum=0.9), 1, 1),
    "sgd-nesterov": (torch.optim.SGD, dict(lr=0.02, momentum=0.8, nesterov=True, weight_decay=0.05), 0.1, 0.5),
    "adam": (torch.optim.Adam, dict(lr=0.01), 1, 1),
    "adam-decay": (torch.optim.Adam, dict(lr=0.01, betas=(0.8, 0.99), eps=1e-6, weight_decay=0.05), 0.1, 0.01),
    "adamw": (torch.optim.AdamW, dict(lr=0.01, weight_decay=0.5), 0.3, 0.7),
    "rmsprop": (torch.optim.RMSprop, dict(lr=0.002, alpha=0.9), 1, 1),
    "rmsprop-momentum": (torch.optim.RMSprop, dict(lr=0.002, alpha=0.99, momentum=0.5, weight_decay=0.05), 0.1, 0.2),
}


def losses(network, optimiser):
    make, settings, gamma_g, gamma_b = OPTIMISERS[optimiser]
    layers, loss = problem(*NETWORKS[network])
    groups = [
        {"params": [p for layer in layers for p in layer.groups[k]], "lr": ratio * settings["lr"]}
        for k, ratio in enumerate([1, gamma_g, gamma_b])
    ]
    optim = make(groups, **settings)
    for _ in range(STEPS):
        optim.zero_grad()
        value = loss()
        yield value.item()
        value.backward()
        optim.step()


def main():
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "train_torch.csv")
    with open(path, "w", newline="") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerow(["network", "optimiser", "step", "loss"])
        for network in NETWORKS:
            for optimiser in OPTIMISERS:
                for step, value in enumerate(losses(network, optimiser)):
                    out.writerow([network, optimiser, step, repr(value)])


if __name__ == "__main__":
    main()
