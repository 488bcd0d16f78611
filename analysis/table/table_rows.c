/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rows of `table pieces` and `table functional`, and their networks. */
#include <stdlib.h>
#include <string.h>

#include "table/table_pieces.h"
#include "variety/variety.h"

/* ---- architectures ------------------------------------------------------------------------- */

int64_t pieces_narchs(const pieces_config *c)
{
    return c->archs.nshapes * c->archs.nneurons;
}

qd_arch pieces_arch(const pieces_config *c, int64_t i)
{
    qd_arch arch = arch_list_get(&c->archs, i / c->archs.nneurons, i % c->archs.nneurons);
    arch.biases = c->biases;
    return arch;
}

/* The architecture with every parameter that the kind has, as a polynomial: the activation does not count. */
static qd_arch plain(const qd_arch *arch, qd_kind kind)
{
    return (qd_arch){arch->depth, arch->width, qd_neuron_make(kind, QD_IDENTITY), false, true};
}

/* ---- rows ---------------------------------------------------------------------------------- */

static pieces_row *add_row(pieces_rows *rows, const qd_arch *arch, const qd_neuron *matches, int64_t start, int64_t n)
{
    pieces_row *r = rows->row + rows->n++;
    *r = (pieces_row){*arch, matches, start, -1, rows->nitems, n};
    rows->nitems += n;
    return r;
}

/* A copy of the widths, with so many outputs, which the row owns. */
static int64_t *copy_widths(const qd_arch *arch, int64_t outputs)
{
    size_t bytes = sizeof *arch->width * (size_t) (arch->depth + 1);
    int64_t *width = memcpy(qd_malloc(bytes), arch->width, bytes);
    width[arch->depth] = outputs;
    return width;
}

static void add_arch(pieces_rows *rows, const pieces_config *c, int64_t i, int64_t start, int64_t outputs, int64_t reference)
{
    qd_arch arch = pieces_arch(c, i);
    arch.width = copy_widths(&arch, outputs);
    pieces_row *own = add_row(rows, &arch, NULL, start, c->seeds);
    if (rows->n - 1 > reference) own->against = reference;
    if (arch.neuron.kind == QD_LINEAR || !c->equal_parameters) return;
    qd_arch conventional = plain(&arch, QD_LINEAR), kind = plain(&arch, arch.neuron.kind);
    int64_t *wider = copy_widths(&arch, outputs);
    qd_variety_widen(wider, &conventional, qd_variety_nparams(&kind));
    arch.width = wider;
    arch.neuron.kind = QD_LINEAR;
    add_row(rows, &arch, c->archs.neuron + i % c->archs.nneurons, start, c->seeds)->against = own - rows->row;
}

/* All kinds of one shape with one start. */
static void add_shape(pieces_rows *rows, const pieces_config *c, int64_t shape, int64_t start)
{
    int64_t reference = rows->n, outputs = c->starts.start[start].outputs;
    for (int64_t k = 0; k < c->archs.nneurons; k++) add_arch(rows, c, shape * c->archs.nneurons + k, start, outputs, reference);
}

void pieces_rows_make(pieces_rows *rows, const pieces_config *c)
{
    const table_starts *s = &c->starts;
    rows->row = qd_calloc((size_t) (2 * pieces_narchs(c) * s->n + s->n), sizeof *rows->row);
    for (int64_t shape = 0; shape < c->archs.nshapes; shape++)
        for (int64_t i = 0; i < s->n; i++)
            if (s->start[i].type != START_FILE) add_shape(rows, c, shape, i);
    for (int64_t i = 0; i < s->n; i++)
        if (s->start[i].type == START_FILE) add_row(rows, &(qd_arch){.depth = 0}, NULL, i, table_domain_random(&c->domain) ? c->seeds : 1);
}

void pieces_rows_clear(pieces_rows *rows)
{
    for (int64_t i = 0; i < rows->n; i++) free((int64_t *) rows->row[i].arch.width);
    free(rows->row);
    *rows = (pieces_rows){0};
}

int64_t pieces_rows_find(const pieces_rows *rows, int64_t item)
{
    int64_t lo = 0, hi = rows->n - 1; /* the row is among lo..hi */
    while (lo < hi) {
        int64_t middle = hi - (hi - lo) / 2;
        if (rows->row[middle].first <= item) lo = middle;
        else hi = middle - 1;
    }
    return lo;
}

void pieces_row_name(qd_table_t t, int64_t row, const qd_arch *arch)
{
    qd_buf_t name;
    qd_buf_init(name);
    qd_arch_print_widths(name, arch, "-");
    qd_table_set(t, row, 0, "%s", qd_buf_str(name));
    qd_table_set(t, row, 1, "%s", qd_kind_get(arch->neuron.kind)->name);
    qd_buf_reset(name);
    qd_neuron_print_function(name, &arch->neuron);
    qd_table_set(t, row, 2, "%s", qd_buf_str(name));
    qd_buf_clear(name);
}

/* ---- networks ------------------------------------------------------------------------------ */

/* Rationals, their lowered form, doubles and residues. */
#define BYTES 80
#define SECONDS 2e-8

qd_status pieces_foresee(const qd_arch *arch, qd_ctx_t ctx)
{
    double n = arch_list_nparams(arch);
    return qd_ctx_foresee(ctx, BYTES * n, SECONDS * n, "a network of %.3g parameters", n);
}

void pieces_network(qd_net_t net, const table_start *start, const qd_arch *arch, uint64_t seed)
{
    qd_arch conventional = *arch;
    conventional.neuron.kind = QD_LINEAR;
    if (start->type == START_DRAWN) qd_net_random(net, arch, &start->weights, seed, qd_net_random_stream(arch));
    else qd_net_random_near(net, arch, start->distance, seed, qd_net_random_stream(&conventional)); /* the same one for all kinds */
}
