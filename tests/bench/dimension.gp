\\ SPDX-License-Identifier: GPL-3.0-or-later
\\ The dimension of the functional variety of a network with square activation, one output, homogeneous, the way a PARI/GP user
\\ would compute it: the coefficients of the output's derivatives by polynomial arithmetic modulo a prime, and the rank of that
\\ matrix. The peer that `quadric dimension` is timed against.
\\
\\   WIDTHS=2,3,1 gp -q -f -D parisizemax=4G tests/bench/dimension.gp </dev/null
\\
\\ prints "rank seconds" (processor time).

P = 33554393;
D = eval(Str("[", getenv("WIDTHS"), "]"));
H = #D - 1;
X = vector(D[1], i, eval(Str("x", i)));

\\ Outputs of every layer and, going back, the adjoint of each unit: a polynomial in x; the derivative by W[l][j,i] is
\\ adjoint[l][j] * 2 z * a[i], without the 2 z in the last layer.
jacobian() = {
  my(W = vector(H, l, matrix(D[l + 1], D[l], i, j, Mod(random(P), P))), A = List([X]), Z = List(), rows = List(), adj);
  for (l = 1, H, my(z = W[l] * A[l]~); listput(Z, z); listput(A, if (l < H, vector(#z, j, z[j]^2), z~)));
  adj = [Mod(1, P)];
  forstep (l = H, 1, -1,
    my(d = vector(D[l + 1], j, if (l < H, 2 * adj[j] * Z[l][j], adj[j])));
    for (j = 1, D[l + 1], for (i = 1, D[l], listput(rows, d[j] * A[l][i])));
    adj = d * W[l]);
  rows;
}

\\ Coefficients in the monomials of degree deg, in a fixed order.
monomials(n, deg) = if (n == 1, [[deg]], concat(vector(deg + 1, k, [concat([k - 1], m) | m <- monomials(n - 1, deg - k + 1)])));
coefficient(p, e) = { for (i = 1, #e, p = polcoef(p, e[i], X[i])); p; }

default(timer, 0);
T = getabstime();
{
  my(r = jacobian(), m = monomials(D[1], 2^(H - 1)), M = matrix(#r, #m, i, j, coefficient(r[i], m[j])));
  print(matrank(M), Strprintf(" %.3f", (getabstime() - T) / 1000));
}
quit;
