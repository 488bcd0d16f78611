/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where training starts: ReLinear's initialisation, plain ones, and a trained conventional network's weights. */
#include "train/impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *key_of(const qd_tensor *t)
{
    return strrchr(t->name, '.') + 1;
}

/* ---- random values ------------------------------------------------------------------------ */

/* w and wr share a role, as do b and br: see train.h. */
static uint64_t role_of(const char *key)
{
    static const char *const keys[] = {"w", "b", "wg", "bg", "wb", "c", "a"};
    if (!strcmp(key, "wr")) key = "w";
    if (!strcmp(key, "br")) key = "b";
    for (uint64_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (!strcmp(key, keys[i])) return i;
    return sizeof keys / sizeof *keys;
}

/* The factor of a product beside a linear part, of product_linear: both are drawn. */
static bool draws_twice(const qd_model_t m, const qd_tensor *t)
{
    const qd_unit *unit = m->spec->unit + t->unit;
    return unit->type == QD_UNIT_DENSE && t->role == QD_ROLE_R && qd_kind_find(unit->neuron.kind, QD_ROLE_W) >= 0;
}

static void draw(qd_model_t m, const qd_tensor *t, const qd_start *start, uint64_t seed)
{
    qd_rng_t rng;
    /* wr and w of product_linear are both drawn: the role of the second one is set apart */
    bool second = draws_twice(m, t);
    qd_rng_init(rng, seed, qd_rng_stream((uint64_t) t->unit, role_of(key_of(t)), second ? 2 : 1));
    double deviation = sqrt(2 / (double) t->fan_in), bound = 1 / sqrt((double) t->fan_in);
    for (int64_t i = 0; i < t->count; i++) {
        double x = 0;
        if (start->weights == QD_WEIGHTS_UNIFORM) x = bound * (2 * qd_rng_unit(rng) - 1);
        else if (!t->bias) x = deviation * qd_rng_gauss(rng);
        qd_model_set_theta(m, t->offset + i, x);
    }
}

static void set_all(qd_model_t m, const qd_tensor *t, double x)
{
    for (int64_t i = 0; i < t->count; i++) qd_model_set_theta(m, t->offset + i, x);
}

static void start_tensor(qd_model_t m, const qd_tensor *t, const qd_start *start, uint64_t seed)
{
    bool gated = draws_twice(m, t);
    if (t->group == QD_GROUP_NORM || t->group == QD_GROUP_GATE) set_all(m, t, t->origin);
    else if (start->relinear && t->group != QD_GROUP_R && !gated) set_all(m, t, t->origin);
    else draw(m, t, start, seed);
}

static void start_stats(qd_model_t m)
{
    double *at = m->stats;
    for (int64_t u = 0; u < m->spec->nunits; u++) {
        if (!m->spec->unit[u].norm) continue;
        int64_t n = m->spec->unit[u].out;
        for (int64_t i = 0; i < n; i++) {
            at[i] = 0;
            at[n + i] = 1;
        }
        at += 2 * n;
    }
}

/* ---- from a conventional network ---------------------------------------------------------- */

static qd_status copy_tensor(double *to, int ndim, const int64_t *shape, const qd_st_t st, const char *name, qd_ctx_t ctx)
{
    const qd_st_tensor *from = qd_st_find(st, name);
    if (from == NULL) return qd_fail(ctx, QD_EINPUT, "no tensor '%s'; expected a conventional network of the same shape", name);
    qd_status status = qd_st_check(from, ndim, shape, ctx);
    if (status != QD_OK) return status;
    for (int64_t i = 0; i < from->count; i++) {
        to[i] = qd_st_get(from, i);
        if (!isfinite(to[i])) return qd_fail(ctx, QD_EINPUT, "tensor '%s' holds %g; expected finite numbers", name, to[i]);
    }
    return QD_OK;
}

/* The name in the conventional network: layers.3.wr -> layers.3.w. */
static void conventional_name(char *name, const qd_tensor *t)
{
    strcpy(name, t->name);
    char *key = strrchr(name, '.') + 1;
    if (t->group == QD_GROUP_R && key[1] == 'r') key[1] = '\0';
}

/* Filters of a conventional network before a norm have no bias, and a network without gates is one with gates that were just added. */
static bool may_lack(const qd_model_struct *m, const qd_tensor *t)
{
    bool conv = m->spec->unit[t->unit].type == QD_UNIT_CONV;
    return t->group == QD_GROUP_GATE || (t->bias && conv && t->group == QD_GROUP_R);
}

/* Has the file a tensor of a layer that this network has no use for? Names it. */
static qd_status all_used(const qd_model_struct *m, const qd_st_t st, qd_ctx_t ctx)
{
    for (int64_t i = 0; i < st->n; i++) {
        const char *name = st->tensor[i].name, *key = strrchr(name, '.');
        if (strncmp(name, "layers.", 7)) continue;
        bool used = !strcmp(key, ".mean") || !strcmp(key, ".variance");
        for (int64_t k = 0; k < m->ntensors && !used; k++) {
            char mine[sizeof m->tensor->name];
            conventional_name(mine, m->tensor + k);
            bool copied = m->tensor[k].group != QD_GROUP_G && m->tensor[k].group != QD_GROUP_B;
            used = copied && !strcmp(mine, name);
        }
        if (!used) return qd_fail(ctx, QD_EINPUT, "tensor '%s' has no place here; expected a conventional network of the same shape", name);
    }
    return QD_OK;
}

static qd_status copy_from(qd_model_t m, const qd_st_t st, qd_ctx_t ctx)
{
    double *x = qd_malloc((size_t) (m->length + 1) * sizeof *x);
    qd_status status = QD_OK;
    for (int64_t k = 0; k < m->ntensors && status == QD_OK; k++) {
        const qd_tensor *t = m->tensor + k;
        if (t->group == QD_GROUP_G || t->group == QD_GROUP_B) continue;
        char name[sizeof t->name];
        conventional_name(name, t);
        if (may_lack(m, t) && qd_st_find(st, name) == NULL) {
            set_all(m, t, 0);
            continue;
        }
        status = copy_tensor(x, t->ndim, t->shape, st, name, ctx);
        for (int64_t i = 0; i < t->count && status == QD_OK; i++) qd_model_set_theta(m, t->offset + i, x[i]);
    }
    free(x);
    if (status == QD_OK) status = qd_train__stats_read(m, st, ctx);
    return status == QD_OK ? all_used(m, st, ctx) : status;
}

qd_status qd_train__stats_read(qd_model_t m, const qd_st_t st, qd_ctx_t ctx)
{
    double *at = m->stats;
    qd_status status = QD_OK;
    for (int64_t u = 0; u < m->spec->nunits && status == QD_OK; u++) {
        if (!m->spec->unit[u].norm) continue;
        int64_t n = m->spec->unit[u].out;
        qd_buf_t name;
        qd_buf_init(name);
        qd_buf_printf(name, "layers.%ld.mean", (long) u);
        status = copy_tensor(at, 1, &n, st, qd_buf_str(name), ctx);
        qd_buf_reset(name);
        qd_buf_printf(name, "layers.%ld.variance", (long) u);
        if (status == QD_OK) status = copy_tensor(at + n, 1, &n, st, qd_buf_str(name), ctx);
        qd_buf_clear(name);
        at += 2 * n;
    }
    return status;
}

/* Is there a conventional network to start from? */
static qd_status check_relinear(const qd_spec_struct *spec, qd_ctx_t ctx)
{
    for (int64_t u = 0; u < spec->nunits; u++) {
        const qd_unit *unit = spec->unit + u;
        if (!qd_kind_conventional(unit->neuron.kind))
            return qd_fail(
                ctx, QD_EINPUT,
                "layer %ld: ReLinear with neurons of kind power, which have no conventional part; expected another kind, or the start 'random'",
                (long) u);
        if (unit->type == QD_UNIT_CONV && qd_kind_find(unit->neuron.kind, QD_ROLE_G0) >= 0 && unit->biases == 0)
            return qd_fail(
                ctx, QD_EINPUT,
                "layer %ld: ReLinear with quadratic filters without biases, which are 0 where wg is; expected 3 biases, or the start 'random'",
                (long) u);
    }
    return QD_OK;
}

qd_status qd_model_start(qd_model_t m, const qd_start *start, uint64_t seed, qd_ctx_t ctx)
{
    qd_status status = start->relinear ? check_relinear(m->spec, ctx) : QD_OK;
    if (status != QD_OK) return status;
    for (int64_t k = 0; k < m->ntensors; k++) start_tensor(m, m->tensor + k, start, seed);
    start_stats(m);
    if (start->from == NULL) return QD_OK;
    qd_st_t st;
    qd_ctx_t own;
    qd_ctx_own(own, ctx);
    qd_st_init(st);
    status = qd_st_read(st, start->from, own);
    if (status == QD_OK) status = copy_from(m, st, own);
    qd_st_clear(st);
    return qd_ctx_prefix(ctx, status, own, "'from' %s: ", start->from);
}
