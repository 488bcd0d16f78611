/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From pieces to units. A network within eps of f is a continuous piecewise polynomial within eps of f, so it has as many pieces as these need;
   here is how many units that takes at least.

   One hidden layer of N conventional units: each bends at one point, so at most N + 1 pieces.
   Conventional relu units in any number of layers (T1.8): at most G(N) = 3^(N/2) pieces for even N, 2 3^((N-1)/2) for odd N. Proof: let P be the
   pieces and Q the patterns under which the next layer is not constant, after n units. By `pattern-root` (piece/bound_line.c) a layer of d
   units makes P' <= P + d Q, Q' <= min((2^d - 1) Q, P'). Claim: Q <= P <= G(n) and P + Q <= G(n + 1). True for n = 0, 1 <= 1 and 2 <= 2.
   Let r(d) = min_n G(n + d) / G(n): 3/2, 3, 9/2, and r(d + 2) = 3 r(d).
     P':      d = 1: P + Q <= G(n + 1). d >= 2: P + d Q <= (1 + d) P <= r(d) G(n).
     P' + Q': d = 1: P + 2 Q <= 3 G(n) = G(n + 2). d = 2: P + 5 Q <= 3 (P + Q) <= 3 G(n + 1) = G(n + 3).
              d = 3: 2 P' <= 8 P <= 9 G(n) = G(n + 4). d >= 4: 2 P' <= 2 (1 + d) P <= r(d + 1) G(n). []
   Quadratic: a unit of layer l is a polynomial of degree 2^l on a piece of the layers before it, so it cuts it 2^l times at most, and d_l
   units make it 1 + 2^l d_l pieces: prod (1 + 2^l d_l), at most, over l <= L; a piece has degree 2^L or less (T1.0). */
#include "approx/approx.h"

#include <stdlib.h>

slong qd_approx_units_conventional(slong pieces)
{
    return pieces - 1;
}

slong qd_approx_units_any_depth(slong pieces)
{
    slong n = 0;
    for (double g = 1; g < (double) pieces; n++) g *= n % 2 == 0 ? 2 : 1.5; /* G(n): exact far beyond any number of pieces */
    return n;
}

/* The largest product over all d_1 + ... + d_L = N, d_l >= 1, with layer `l` and those after it to be filled. */
static double largest_product(slong l, slong depth, slong units)
{
    double best = 0, reach = (double) (WORD(1) << l);
    if (l == depth) return 1 + reach * (double) units;
    for (slong d = 1; d <= units - (depth - l); d++) {
        double p = (1 + reach * (double) d) * largest_product(l + 1, depth, units - d);
        if (p > best) best = p;
    }
    return best;
}

slong qd_approx_units_quadratic(slong pieces, slong depth)
{
    slong n = 0;
    if (pieces <= 1) return 0;
    for (n = depth; largest_product(1, depth, n) < (double) pieces;) n++;
    return n;
}
