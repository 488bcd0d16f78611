# SPDX-License-Identifier: GPL-3.0-or-later
# The dimension of the functional variety of a network with a power as activation, homogeneous, last layer linear, the way a Sage
# user would compute it: gradients by back-propagation at as many random inputs as the outputs have monomials, from them the
# coefficients of the derivatives with respect to every weight (one linear system), and the rank of that matrix. A peer that
# `quadric dimension` is timed against.
#
#   WIDTHS=2,3,1 POWER=2 sage -c 'load("tests/bench/dimension.sage")'
#
# prints "rank seconds" (processor time, without the start of Sage).

import os

d = [ZZ(n) for n in os.environ["WIDTHS"].split(",")]
r = ZZ(os.environ["POWER"])
h = len(d) - 1
start = cputime()
set_random_seed(1)

k = GF(100003)
w = [random_matrix(k, d[l + 1], d[l]) for l in range(h)]
degree = r^(h - 1)


# The gradient of each output at x, all weights of the first layer first.
def gradients(x):
    a, z = [x], []
    for l in range(h):
        z.append(w[l] * a[l])
        a.append(vector(k, [t^r for t in z[l]]))
    for o in range(d[h]):
        delta = vector(k, d[h], {o: 1})
        rows = []
        for l in reversed(range(h)):
            if l < h - 1:
                delta = vector(k, [s * r * t^(r - 1) for s, t in zip(delta * w[l + 1], z[l])])
            rows = delta.column() * a[l].row(), *rows
        yield [t for m in rows for t in m.list()]


exponents = [tuple(e) for e in IntegerVectors(degree, d[0])]
points = [random_vector(k, d[0]) for _ in exponents]
samples = [list(gradients(x)) for x in points]
monomials = matrix(k, [[prod(t^e for t, e in zip(x, exponent)) for exponent in exponents] for x in points])
coefficients = [monomials.solve_right(matrix(k, [s[o] for s in samples])) for o in range(d[h])]
print(block_matrix(k, d[h], 1, coefficients).rank(), cputime(start))
