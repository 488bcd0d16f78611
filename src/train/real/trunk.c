/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The trunk: what there is, and its memory. */
#include "train/real/trunk.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

#define SHARD QD_TRAIN__CONV_SHARD

static int64_t largest(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* So that what follows in the same memory starts at 64 bytes. */
static int64_t aligned(int64_t length)
{
    return (length + 15) / 16 * 16;
}

/* ---- plan --------------------------------------------------------------------------------- */

static void plan_conv(R(qd_train__conv) * c, const R(trunk_unit) * unit, int64_t out, bool data)
{
    c->in = unit->in.channels;
    c->height = unit->in.height;
    c->width = unit->in.width;
    c->out = out;
    c->out_height = unit->out.height;
    c->out_width = unit->out.width;
    c->size = unit->spec->size;
    c->stride = unit->spec->stride;
    c->pad = unit->spec->pad;
    c->data = data;
}

static void plan_unit(R(trunk_unit) * unit, const qd_spec_t spec, int64_t u)
{
    unit->spec = spec->unit + u;
    unit->in = qd_train__unit_input(spec, u);
    unit->out = (qd_train__shape){unit->spec->out, (unit->in.height + 2 * unit->spec->pad - unit->spec->size) / unit->spec->stride + 1,
                                  (unit->in.width + 2 * unit->spec->pad - unit->spec->size) / unit->spec->stride + 1};
    unit->positions = unit->out.height * unit->out.width;
    unit->in_length = SHARD * unit->in.channels * unit->in.height * unit->in.width;
    unit->out_length = SHARD * unit->out.channels * unit->positions;
    unit->product = qd_kind_find(unit->spec->neuron.kind, QD_ROLE_R) >= 0;
    unit->square = qd_kind_find(unit->spec->neuron.kind, QD_ROLE_S) >= 0;
    plan_conv(&unit->conv[0], unit, unit->product ? 2 * unit->out.channels : unit->out.channels, u > 0);
    plan_conv(&unit->conv[1], unit, unit->out.channels, u > 0);
    if (unit->spec->shortcut < 0) return;
    int64_t from = qd_train__unit_input(spec, unit->spec->shortcut).height;
    unit->ratio = (from + unit->out.height - 1) / unit->out.height;
}

/* dy of a unit lives from loop u + 1 to loop u, or to that of the unit at whose input its shortcut starts; a loop may write where it
   has read. */
static void plan_slots(R(qd_train__trunk) * trunk)
{
    int64_t *death = qd_malloc((size_t) trunk->nunits * sizeof *death);
    for (int64_t u = trunk->nunits - 1; u >= 0; u--) {
        R(trunk_unit) *unit = trunk->unit + u;
        int slot = 0;
        while (slot < trunk->nslots && death[slot] < u + 1) slot++;
        if (slot == trunk->nslots) trunk->nslots++;
        unit->slot = slot;
        death[slot] = unit->spec->shortcut >= 0 ? unit->spec->shortcut : u;
    }
    free(death);
}

void R(qd_train__trunk_plan)(R(qd_train__trunk) * trunk, const qd_spec_t spec, int64_t max_batch)
{
    while (trunk->nunits < spec->nunits && spec->unit[trunk->nunits].type == QD_UNIT_CONV) trunk->nunits++;
    trunk->shards = (max_batch + SHARD - 1) / SHARD;
    trunk->unit = qd_calloc((size_t) trunk->nunits, sizeof *trunk->unit);
    trunk->piece = QD_TRAIN__PIECE;
    for (int64_t u = 0; u < trunk->nunits; u++) {
        R(trunk_unit) *unit = trunk->unit + u;
        plan_unit(unit, spec, u);
        if (unit->spec->shortcut > 0) trunk->unit[unit->spec->shortcut - 1].source = true;
        trunk->slot_length = largest(trunk->slot_length, unit->out_length);
        trunk->x_length = largest(trunk->x_length, largest(unit->in_length, u == trunk->nunits - 1 ? unit->out_length : 0));
        trunk->y_length = largest(trunk->y_length, unit->out_length);
        trunk->channels = largest(trunk->channels, unit->out.channels);
        trunk->plain_length =
            largest(trunk->plain_length, unit->conv[0].out * (unit->in.channels * unit->spec->size * unit->spec->size + 1));
        trunk->piece = largest(trunk->piece, R(qd_train__flat_tile)(unit->out.channels));
    }
    trunk->x_length = aligned(trunk->x_length);
    trunk->y_length = aligned(trunk->y_length);
    trunk->piece = aligned(trunk->piece);
    plan_slots(trunk);
}

/* ---- making ------------------------------------------------------------------------------- */

static void find_tensors(R(trunk_unit) * unit, const qd_model_t model, int64_t u)
{
    static const char *const quadratic[] = {"wr", "wg", "wb", "br", "bg", "c"}, *const other[] = {"w", "", "wb", "b", "", "c"};
    const char *const *key = unit->product ? quadratic : other;
    for (int k = 0; k < 3; k++) {
        unit->w[k] = qd_train__tensor(model, u, key[k]);
        unit->b[k] = qd_train__tensor(model, u, key[3 + k]);
    }
    unit->scale = qd_train__tensor(model, u, "scale");
    unit->shift = qd_train__tensor(model, u, "shift");
    unit->gate = qd_train__tensor(model, u, "gate");
}

static real *numbers(int64_t count)
{
    return qd_train__alloc(count, sizeof(real));
}

static qd_status create_unit(R(qd_train__trunk) * trunk, R(trunk_unit) * unit, const qd_model_t model, int64_t u, qd_ctx_t ctx)
{
    int64_t all = trunk->shards * unit->out_length, tile = R(qd_train__flat_tile)(unit->out.channels);
    find_tensors(unit, model, u);
    for (int k = 0; k < 1 + unit->square; k++) {
        qd_status st = R(qd_train__conv_create)(&unit->conv[k], ctx);
        if (st != QD_OK) return st;
        trunk->library = largest(trunk->library, unit->conv[k].scratch);
    }
    trunk->packed_length = largest(trunk->packed_length, unit->conv[0].packed + unit->conv[1].packed);
    unit->z = numbers(all);
    if (unit->product) unit->rg = numbers(2 * all);
    if (unit->source) unit->a = numbers(all);
    unit->factor = numbers(tile);
    unit->mean = numbers(tile);
    unit->offset = numbers(tile);
    unit->mean_dy = numbers(tile);
    unit->slope = numbers(tile);
    unit->invstd = qd_train__alloc(unit->out.channels, sizeof *unit->invstd);
    return QD_OK;
}

static qd_status create_units(R(qd_train__trunk) * trunk, qd_model_t model, qd_ctx_t ctx)
{
    double *running = model->stats;
    for (int64_t u = 0; u < trunk->nunits; u++) {
        R(trunk_unit) *unit = trunk->unit + u;
        qd_status st = create_unit(trunk, unit, model, u, ctx);
        if (st != QD_OK) return st;
        if (!unit->spec->norm) continue;
        unit->running = running;
        running += 2 * unit->out.channels;
    }
    return QD_OK;
}

qd_status R(qd_train__trunk_create)(R(qd_train__trunk) * *trunk, qd_model_t model, qd_ctx_t ctx)
{
    R(qd_train__trunk) *t = qd_calloc(1, sizeof *t);
    R(qd_train__trunk_plan)(t, model->spec, model->max_batch);
    int threads = omp_get_max_threads();
    omp_set_num_threads(1); /* oneDNN makes each convolution for so many threads */
    qd_status st = create_units(t, model, ctx);
    omp_set_num_threads(threads);
    if (st != QD_OK) {
        R(qd_train__trunk_clear)(t);
        return st;
    }
    int64_t features = t->shards * t->unit[t->nunits - 1].out.channels * SHARD;
    t->input = numbers(t->shards * t->unit[0].in_length);
    t->dy = qd_calloc((size_t) t->nslots, sizeof *t->dy);
    for (int k = 0; k < t->nslots; k++) t->dy[k] = numbers(t->shards * t->slot_length);
    t->packed = numbers(t->shards * t->packed_length);
    t->plain = numbers(t->plain_length);
    t->sums = qd_train__alloc(t->shards * 2 * t->channels, sizeof *t->sums);
    t->bias_sums = qd_train__alloc(t->shards * 3 * t->channels, sizeof *t->bias_sums);
    t->features = numbers(features);
    t->dfeatures = numbers(features);
    *trunk = t;
    return QD_OK;
}

void R(qd_train__trunk_clear)(R(qd_train__trunk) * trunk)
{
    if (trunk == NULL) return;
    for (int64_t u = 0; u < trunk->nunits; u++) {
        R(trunk_unit) *unit = trunk->unit + u;
        for (int k = 0; k < 2; k++) R(qd_train__conv_clear)(&unit->conv[k]);
        free(unit->z), free(unit->rg), free(unit->a);
        free(unit->factor), free(unit->mean), free(unit->offset);
        free(unit->mean_dy), free(unit->slope), free(unit->invstd);
    }
    for (int k = 0; k < trunk->nslots && trunk->dy != NULL; k++) free(trunk->dy[k]);
    for (int k = 0; k < trunk->nworkers; k++) free(trunk->worker[k].memory);
    free(trunk->unit), free(trunk->dy), free(trunk->worker);
    free(trunk->input), free(trunk->packed), free(trunk->plain);
    free(trunk->sums), free(trunk->bias_sums);
    free(trunk->features), free(trunk->dfeatures);
    free(trunk);
}

static int64_t worker_length(const R(qd_train__trunk) * trunk)
{
    return 4 * trunk->x_length + 4 * trunk->y_length + 3 * trunk->piece;
}

/* Of one thread; each further thread takes worker_length numbers more. */
int64_t R(qd_train__trunk_bytes)(const qd_spec_t spec, int64_t max_batch)
{
    R(qd_train__trunk) trunk = {0};
    R(qd_train__trunk_plan)(&trunk, spec, max_batch);
    int64_t shard = trunk.unit[0].in_length + trunk.nslots * trunk.slot_length, weights = 0, packed = 0;
    for (int64_t u = 0; u < trunk.nunits; u++) {
        const R(trunk_unit) *unit = trunk.unit + u;
        int64_t bytes = R(qd_train__conv_bytes)(unit->in.channels, unit->conv[0].out, unit->spec->size) +
                        (unit->square ? R(qd_train__conv_bytes)(unit->in.channels, unit->out.channels, unit->spec->size) : 0);
        shard += unit->out_length * (1 + (unit->product ? 2 : 0) + (unit->source ? 1 : 0));
        weights += bytes;
        packed = largest(packed, bytes / 2);
    }
    free(trunk.unit);
    return (trunk.shards * shard + worker_length(&trunk)) * (int64_t) sizeof(real) + weights + trunk.shards * packed;
}

/* ---- threads ------------------------------------------------------------------------------ */

int R(qd_train__trunk_enter)(R(qd_train__trunk) * trunk, qd_ctx_t ctx)
{
    int threads = omp_get_max_threads();
    if (trunk->nworkers < ctx->threads) {
        trunk->worker = qd_realloc(trunk->worker, (size_t) ctx->threads * sizeof *trunk->worker);
        memset(trunk->worker + trunk->nworkers, 0, (size_t) (ctx->threads - trunk->nworkers) * sizeof *trunk->worker);
        trunk->nworkers = ctx->threads;
    }
    omp_set_num_threads(1);
    return threads;
}

R(trunk_worker) * R(qd_train__trunk_worker)(R(qd_train__trunk) * trunk)
{
    R(trunk_worker) *w = trunk->worker + qd_thread();
    if (w->memory != NULL) return w;
    omp_set_num_threads(1); /* a thread of the pool starts with OpenMP's default */
    int64_t library = (trunk->library + (int64_t) sizeof(real) - 1) / (int64_t) sizeof(real);
    w->memory = numbers(worker_length(trunk) + library);
    w->x = w->memory;
    w->square = w->x + trunk->x_length;
    w->dx = w->square + trunk->x_length;
    w->dsquare = w->dx + trunk->x_length;
    w->d0 = w->dsquare + trunk->x_length;
    w->dz = w->d0 + 2 * trunk->y_length;
    w->jump = w->dz + trunk->y_length;
    w->piece = w->jump + trunk->y_length;
    w->acc = w->piece + trunk->piece;
    w->library = w->acc + 2 * trunk->piece;
    return w;
}

/* ---- features ----------------------------------------------------------------------------- */

int64_t R(qd_train__trunk_samples)(const R(qd_train__trunk) * trunk, int64_t shard)
{
    int64_t n = trunk->n - shard * SHARD;
    return n < SHARD ? n : SHARD;
}

real *R(qd_train__trunk_features)(R(qd_train__trunk) * trunk, int64_t shard)
{
    return trunk->features + shard * trunk->unit[trunk->nunits - 1].out.channels * SHARD;
}

real *R(qd_train__trunk_dfeatures)(R(qd_train__trunk) * trunk, int64_t shard)
{
    return trunk->dfeatures + shard * trunk->unit[trunk->nunits - 1].out.channels * SHARD;
}
