/* The tables of neuron kinds and activations; everything that depends on a kind by name reads them. */
#include "arch/arch.h"

#define M(key)                                                                                                                             \
    {                                                                                                                                      \
        key, QD_MATRIX                                                                                                                     \
    }
#define V(key)                                                                                                                             \
    {                                                                                                                                      \
        key, QD_VECTOR                                                                                                                     \
    }
static const qd_kind_info kinds[QD_KINDS] = {
    [QD_LINEAR] = {"linear", 1, 2, {M("w"), V("b")}},
    [QD_QUADRATIC] = {"quadratic", 2, 6, {M("wr"), V("br"), M("wg"), V("bg"), M("wb"), V("c")}},
    [QD_COMPACT] = {"compact", 2, 3, {M("w"), M("wb"), V("b")}},
    [QD_PRODUCT] = {"product", 2, 4, {M("wr"), V("br"), M("wg"), V("bg")}},
    [QD_PRODUCT_LINEAR] = {"product_linear", 2, 4, {M("wr"), M("wg"), M("w"), V("b")}},
    [QD_FULL] = {"full", 2, 3, {{"a", QD_TRIANGLE}, M("w"), V("b")}},
    [QD_POWER] = {"power", 2, 2, {M("w"), V("b")}},
};
#undef M
#undef V

static const char *const activations[QD_ACTIVATIONS] = {
    [QD_IDENTITY] = "identity", [QD_RELU] = "relu",     [QD_LEAKY_RELU] = "leaky_relu",
    [QD_ABS] = "abs",           [QD_SQUARE] = "square", [QD_RAISE] = "power",
};

const qd_kind_info *qd_kind_get(qd_kind kind)
{
    return &kinds[kind];
}

const char *qd_activation_name(qd_activation act)
{
    return activations[act];
}

bool qd_activation_switches(qd_activation act)
{
    return act == QD_RELU || act == QD_LEAKY_RELU || act == QD_ABS;
}

const char *qd_kind_names(void)
{
    return "linear, quadratic, compact, product, product_linear, full, power";
}

const char *qd_activation_names(void)
{
    return "identity, relu, leaky_relu, abs, square, power:r";
}

int64_t qd_shape_length(qd_shape shape, int64_t n)
{
    return shape == QD_MATRIX ? n : shape == QD_TRIANGLE ? n * (n + 1) / 2 : 1;
}

int64_t qd_kind_nparams(qd_kind kind, int64_t n, int64_t out)
{
    int64_t sum = 0;
    for (int k = 0; k < kinds[kind].nparams; k++) sum += qd_shape_length(kinds[kind].param[k].shape, n);
    return out * sum;
}
