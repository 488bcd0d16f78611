-- SPDX-License-Identifier: GPL-3.0-or-later
-- The dimension of the functional variety of a network with a power as activation, homogeneous, last layer linear, the way a
-- Macaulay2 user would compute it: polynomial arithmetic in the inputs at random weights modulo a prime, the coefficients of the
-- derivatives with respect to every weight, and the rank of that matrix. A peer that `quadric dimension` is timed against.
--
--   WIDTHS=2,3,1 POWER=2 M2 --script tests/bench/dimension.m2
--
-- prints "rank seconds" (processor time, without the start of Macaulay2).

start = cpuTime()
d = value("{" | getenv "WIDTHS" | "}")
r = value getenv "POWER"
h = #d - 1
setRandomSeed 1

k = ZZ/32003
R = k[x_1 .. x_(d#0)]
w = apply(h, l -> random(R^(d#(l+1)), R^(d#l)))

-- a#l: the inputs of layer l, a column; z#l: its outputs before the activation.
a = {transpose vars R}
z = {}
for l from 0 to h-1 do (
    z = append(z, w#l * a#l);
    if l < h-1 then a = append(a, matrix apply(flatten entries z#l, f -> {f^r})))

-- Going back, column j of `back` holds the derivatives of the outputs by unit j of layer l, before its activation; the derivative
-- by the weight (j, i) is that column times a_i. All outputs below one another.
back = id_(R^(d#h))
derivatives = {}
for l in reverse(0 .. h-1) do (
    if l < h-1 then (
        back = back * w#(l+1);
        back = matrix apply(entries back, row -> apply(row, flatten entries z#l, (b, f) -> r * b * f^(r-1))));
    derivatives = append(derivatives, back ** transpose a#l))
derivatives = matrix {apply(derivatives, m -> map(R^(d#h), R^(numColumns m), m))}

-- The coefficients: for each output the rows of its monomials.
powers = basis(r^(h-1), R)
M = fold((p, q) -> p || q, apply(d#h, i -> sub(last coefficients(derivatives^{i}, Monomials => powers), k)))
print(toString rank M | " " | toString(cpuTime() - start))
