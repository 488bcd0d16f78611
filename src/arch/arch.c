/* The tables of neuron kinds and activations; everything that depends on a kind by name reads them. */
#include "arch/arch.h"

#include <stdlib.h>
#include <string.h>

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

qd_kind qd_kind_from_name(const char *name)
{
    int k = 0;
    while (k < QD_KINDS && strcmp(name, kinds[k].name) != 0) k++;
    return (qd_kind) k;
}

const char *qd_activation_name(qd_activation act)
{
    return activations[act];
}

qd_status qd_activation_from_text(qd_activation *act, int64_t *power, const char *text, qd_ctx_t ctx)
{
    if (strncmp(text, "power:", 6) == 0) {
        char *end;
        long r = strtol(text + 6, &end, 10);
        if (text[6] < '0' || text[6] > '9' || *end != '\0' || r < 1 || r > QD_MAX_POWER)
            return qd_fail(ctx, QD_EINPUT, "activation '%.40s': the exponent must be an integer from 1 to %d", text, QD_MAX_POWER);
        *act = QD_RAISE;
        *power = r;
        return QD_OK;
    }
    for (int k = 0; k < QD_RAISE; k++)
        if (strcmp(text, activations[k]) == 0) {
            *act = (qd_activation) k;
            *power = k == QD_SQUARE ? 2 : 1;
            return QD_OK;
        }
    return qd_fail(ctx, QD_EINPUT, "unknown activation '%.40s'; known are %s", text, qd_activation_names());
}

qd_neuron qd_neuron_make(qd_kind kind, qd_activation act)
{
    return (qd_neuron){kind, act, act == QD_SQUARE ? 2 : 1, {1, 100}};
}

qd_neuron qd_neuron_raise(qd_kind kind, int64_t r)
{
    qd_neuron neuron = qd_neuron_make(kind, r == 1 ? QD_IDENTITY : QD_RAISE);
    neuron.power = r;
    return neuron;
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
