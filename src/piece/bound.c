/* Upper bounds of the number of regions in one dimension.

   Let P_l be the number of regions that the layers 1..l make, P_0 = 1, and
       D_l = deg(pre_l) prod_{i<l} deg(pre_i) deg(act_i).
   On one region of the layers below l every pre-activation of layer l is a polynomial of degree at most D_l in t, which changes sign
   at most D_l times. So the d_l units of a switching layer cut the regions at no more than P_(l-1) d_l D_l new points:

       layer-product    P_l <= P_(l-1) (1 + d_l D_l)                                     (SPEC section 5)

   Now count by patterns instead of regions. The pre-activation of a unit depends on the region only through the pattern of
   the layers below: under one pattern it is one polynomial, however many regions have that pattern, and so has at most D_l
   sign changes on all of them together. Patterns under which it is constant have none. If in some relu layer k < l all units are
   inactive, the inputs of layer k + 1 are 0 and everything after is constant. So at most

       E_(l-1) = prod_{k<l, relu} (2^(d_k) - 1)  prod_{k<l, leaky_relu or abs} 2^(d_k)

   patterns have sign changes, and

       pattern-root     P_l <= P_(l-1) + d_l D_l min(P_(l-1), E_(l-1)).

   For width 1 this is 2^(L+1) - 1 for L quadratic relu layers, which the composed logistic map reaches. */
#include "piece/piece.h"

static void bound(fmpz_t result, const qd_net_t net, bool by_patterns)
{
    fmpz_t p, e, d, t;
    fmpz_init_set_ui(p, 1);
    fmpz_init_set_ui(e, 1);
    fmpz_init_set_ui(d, 1);
    fmpz_init(t);
    for (slong l = 0; l < net->depth; l++) {
        const qd_layer_struct *layer = net->layer + l;
        fmpz_mul_ui(d, d, (ulong) qd_kind_get(layer->kind)->degree);
        if (qd_activation_switches(layer->act)) {
            fmpz_mul_ui(t, d, (ulong) layer->out);
            fmpz_mul(t, t, by_patterns && fmpz_cmp(e, p) < 0 ? e : p);
            fmpz_add(p, p, t);
            fmpz_one(t);
            fmpz_mul_2exp(t, t, (ulong) layer->out);
            if (layer->act == QD_RELU) fmpz_sub_ui(t, t, 1);
            fmpz_mul(e, e, t);
        }
        fmpz_mul_ui(d, d, (ulong) layer->power);
    }
    fmpz_swap(result, p);
    fmpz_clear(p);
    fmpz_clear(e);
    fmpz_clear(d);
    fmpz_clear(t);
}

void qd_bound_line(fmpz_t b, const qd_net_t net)
{
    bound(b, net, true);
}

void qd_bound_line_product(fmpz_t b, const qd_net_t net)
{
    bound(b, net, false);
}
