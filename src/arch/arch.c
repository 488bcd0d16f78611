/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of neuron kinds and activations; everything that depends on a kind by name reads them. */
#include "arch/arch.h"

#define R QD_ROLE_R, QD_MATRIX
#define R0 QD_ROLE_R0, QD_VECTOR
#define G QD_ROLE_G, QD_MATRIX
#define G0 QD_ROLE_G0, QD_VECTOR
#define S QD_ROLE_S, QD_MATRIX
#define T QD_ROLE_T, QD_TRIANGLE
#define W QD_ROLE_W, QD_MATRIX
#define B QD_ROLE_B, QD_VECTOR
static const qd_kind_info kinds[QD_KINDS] = {
    [QD_LINEAR] = {"linear", 1, 2, {{"w", W}, {"b", B}}},
    [QD_QUADRATIC] = {"quadratic", 2, 6, {{"wr", R}, {"br", R0}, {"wg", G}, {"bg", G0}, {"wb", S}, {"c", B}}},
    [QD_COMPACT] = {"compact", 2, 3, {{"w", W}, {"wb", S}, {"b", B}}},
    [QD_PRODUCT] = {"product", 2, 4, {{"wr", R}, {"br", R0}, {"wg", G}, {"bg", G0}}},
    [QD_PRODUCT_LINEAR] = {"product_linear", 2, 4, {{"wr", R}, {"wg", G}, {"w", W}, {"b", B}}},
    [QD_FULL] = {"full", 2, 3, {{"a", T}, {"w", W}, {"b", B}}},
    [QD_POWER] = {"power", 2, 2, {{"w", S}, {"b", B}}},
};
#undef R
#undef R0
#undef G
#undef G0
#undef S
#undef T
#undef W
#undef B

static const qd_activation_info activations[QD_ACTIVATIONS] = {
    [QD_IDENTITY] = {"identity", false, 1},    [QD_RELU] = {"relu", true, 1},
    [QD_LEAKY_RELU] = {"leaky_relu", true, 1}, [QD_ABS] = {"abs", true, 1},
    [QD_SQUARE] = {"square", false, 2},        [QD_RAISE] = {"power", false, 0},
};

const qd_kind_info *qd_kind_get(qd_kind kind)
{
    return &kinds[kind];
}

int qd_kind_find(qd_kind kind, qd_role role)
{
    for (int k = 0; k < kinds[kind].nparams; k++)
        if (kinds[kind].param[k].role == role) return k;
    return -1;
}

bool qd_kind_leads(qd_kind kind, int k)
{
    switch (kinds[kind].param[k].role) {
    case QD_ROLE_R:
    case QD_ROLE_G:
    case QD_ROLE_S:
    case QD_ROLE_T:
        return true;
    case QD_ROLE_W:
        return kinds[kind].degree == 1;
    case QD_ROLE_R0:
    case QD_ROLE_G0:
    case QD_ROLE_B:
        break;
    }
    return false;
}

qd_part qd_kind_part(qd_kind kind, qd_role role)
{
    bool linear = qd_kind_find(kind, QD_ROLE_W) >= 0, product = qd_kind_find(kind, QD_ROLE_R) >= 0;
    switch (role) {
    case QD_ROLE_W:
        return QD_PART_R;
    case QD_ROLE_R:
    case QD_ROLE_R0:
        return linear ? QD_PART_G : QD_PART_R;
    case QD_ROLE_G:
    case QD_ROLE_G0:
        return QD_PART_G;
    case QD_ROLE_S:
    case QD_ROLE_T:
        return linear || product ? QD_PART_B : QD_PART_R;
    case QD_ROLE_B:
        return product && !linear ? QD_PART_B : QD_PART_R;
    }
    return QD_PART_B;
}

bool qd_kind_conventional(qd_kind kind)
{
    return qd_kind_find(kind, QD_ROLE_W) >= 0 || qd_kind_find(kind, QD_ROLE_G0) >= 0;
}

double qd_role_origin(qd_role role)
{
    return role == QD_ROLE_G0 ? 1 : 0;
}

const qd_activation_info *qd_activation_get(qd_activation act)
{
    return &activations[act];
}

const char *qd_activation_name(qd_activation act)
{
    return activations[act].name;
}

bool qd_activation_switches(qd_activation act)
{
    return activations[act].switches;
}

const char *qd_kind_names(void)
{
    return QD_KIND_NAMES;
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
