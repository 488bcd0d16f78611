/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric table bounds with the key 'inputs': what the bounds of the number of regions say for architectures of any number of inputs. One item
   is one architecture; its result is the smallest upper bound, the cells are computed when the table is printed. */
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "piece/piece.h"
#include "table/arch_list.h"
#include "table/table.h"
#include "table/table_bounds.h"
#include "table/table_config.h"

enum { MAX_DEPTH = 1000, MAX_INPUTS = 1000 };

typedef struct {
    const char *name; /* borrowed */
    bool box;
    arch_list archs;
    bool used[QD_BOUNDS]; /* says something somewhere */
} formulas_study;

typedef struct {
    qd_bound best;
} formulas_result;

static const qd_field fields[] = {
    {"best", QD_FIELD_ENUM, offsetof(formulas_result, best), 0, QD_BOUNDS - 1},
    {NULL, QD_FIELD_INT, 0, 0, 0},
};

static qd_arch arch_of(const formulas_study *s, int64_t row)
{
    return arch_list_get(&s->archs, row / s->archs.nneurons, row % s->archs.nneurons);
}

static int64_t rows(const formulas_study *s)
{
    return s->archs.nshapes * s->archs.nneurons;
}

/* ---- configuration ------------------------------------------------------------------------ */

static qd_status read_shapes(formulas_study *s, const qd_node *root, qd_ctx_t ctx)
{
    const qd_node *widths;
    int64_t *inputs = NULL, n = 0;
    qd_status st = qd_node_need(&widths, root, "widths", "the configuration", ctx);
    if (st == QD_OK) st = config_ints(&inputs, &n, qd_node_member(root, "inputs"), 1, MAX_INPUTS, "'inputs'", ctx);
    for (int64_t i = 0; i < n && st == QD_OK; i++) st = arch_list_read_widths(&s->archs, widths, inputs[i], MAX_DEPTH + 1, ctx);
    free(inputs);
    return st;
}

static qd_status read_root(formulas_study *s, const qd_node *root, qd_ctx_t ctx)
{
    static const char *const keys[] = {"name", "inputs", "widths", "kinds", "box", NULL};
    qd_status st;
    if ((st = qd_node_only_keys(root, keys, "a configuration with 'inputs'", ctx)) != QD_OK) return st;
    if ((st = qd_node_optional_bool(&s->box, root, "box", ctx)) != QD_OK) return st;
    if ((st = read_shapes(s, root, ctx)) != QD_OK) return st;
    return arch_list_read_neurons(&s->archs, root, "kinds", QD_RELU, ctx);
}

static void find_used(formulas_study *s)
{
    fmpz_t v;
    qd_bound_shape_t shape;
    fmpz_init(v);
    qd_bound_shape_init(shape);
    for (int64_t row = 0; row < rows(s); row++) {
        qd_arch arch = arch_of(s, row);
        qd_bound_shape_set_arch(shape, &arch, (slong) arch.width[0], s->box);
        for (int b = 0; b < QD_BOUNDS; b++) s->used[b] = s->used[b] || qd_bound_get(v, (qd_bound) b, shape);
    }
    qd_bound_shape_clear(shape);
    fmpz_clear(v);
}

/* ---- the table ---------------------------------------------------------------------------- */

static int64_t item_row(const void *study, int64_t item)
{
    (void) study;
    return item;
}

static qd_status compute(const void *study, void *result, int64_t item, qd_ctx_t ctx)
{
    const formulas_study *s = study;
    formulas_result *r = result;
    qd_arch arch = arch_of(s, item);
    fmpz_t v;
    qd_bound_shape_t shape;
    qd_status st = qd_ctx_budget(ctx);
    if (st != QD_OK) return st;
    fmpz_init(v);
    qd_bound_shape_init(shape);
    qd_bound_shape_set_arch(shape, &arch, (slong) arch.width[0], s->box);
    r->best = qd_bound_best(v, shape);
    qd_bound_shape_clear(shape);
    fmpz_clear(v);
    return QD_OK;
}

enum { ARCHITECTURE, KIND, BEST, FIRST };

static void columns(const void *study, qd_table_t t)
{
    const formulas_study *s = study;
    qd_table_column(t, "architecture", "architecture", QD_CELL_STRING);
    qd_table_column(t, "kind", "kind", QD_CELL_STRING);
    qd_table_column(t, "best", "best", QD_CELL_STRING);
    for (int b = 0; b < QD_BOUNDS; b++) {
        if (!s->used[b]) continue;
        qd_buf_t name;
        qd_buf_init(name);
        qd_buf_puts(name, qd_bound_name((qd_bound) b));
        for (size_t i = 0; i < name->len; i++)
            if (name->s[i] == '-') name->s[i] = '_';
        qd_table_column(t, qd_buf_str(name), qd_bound_name((qd_bound) b), QD_CELL_NUMBER);
        qd_buf_clear(name);
    }
}

static void fill_row(qd_table_t t, int64_t row, const formulas_study *s, const formulas_result *r)
{
    qd_arch arch = arch_of(s, row);
    qd_bound_shape_t shape;
    fmpz_t v;
    qd_buf_t text;
    int64_t column = FIRST;
    qd_bound_shape_init(shape);
    fmpz_init(v);
    qd_buf_init(text);
    qd_bound_shape_set_arch(shape, &arch, (slong) arch.width[0], s->box);
    qd_arch_print_widths(text, &arch, "-");
    qd_table_set(t, row, ARCHITECTURE, "%s", qd_buf_str(text));
    qd_buf_reset(text);
    qd_neuron_print_name(text, &arch.neuron, QD_RELU);
    qd_table_set(t, row, KIND, "%s", qd_buf_str(text));
    qd_table_set(t, row, BEST, "%s", qd_bound_name(r->best));
    for (int b = 0; b < QD_BOUNDS; b++) {
        if (!s->used[b]) continue;
        qd_buf_reset(text);
        if (qd_bound_get(v, (qd_bound) b, shape)) qd_bound_print(text, v, (qd_bound) b);
        qd_table_set(t, row, column++, "%s", qd_buf_str(text));
    }
    qd_bound_shape_clear(shape);
    fmpz_clear(v);
    qd_buf_clear(text);
}

static void fill(const void *study, qd_table_t t, const void *results, const bool *open)
{
    (void) open; /* a bound costs no more than its row */
    for (int64_t row = 0; row < t->nrows; row++) fill_row(t, row, study, (const formulas_result *) results + row);
}

static void describe(qd_buf_t caption, qd_buf_t resolved, const formulas_study *s)
{
    qd_buf_printf(caption, "%s; upper bounds of the number of regions, and lower bounds of its maximum (-lower), %s", s->name,
                  s->box ? "in a box" : "whole space");
    qd_buf_puts(resolved, qd_buf_str(caption));
    for (int64_t row = 0; row < rows(s); row++) {
        qd_arch arch = arch_of(s, row);
        qd_buf_puts(resolved, "; ");
        qd_arch_print_widths(resolved, &arch, "-");
        qd_buf_puts(resolved, " ");
        qd_neuron_print_name(resolved, &arch.neuron, QD_RELU);
    }
}

int table_bounds_formulas(const qd_node *root, const char *name, const char *path, qd_ctx_t ctx)
{
    formulas_study study;
    qd_buf_t caption, resolved;
    int code;
    memset(&study, 0, sizeof study);
    study.name = name;
    qd_buf_init(caption);
    qd_buf_init(resolved);
    qd_status st = read_root(&study, root, ctx);
    if (st == QD_OK) {
        find_used(&study);
        describe(caption, resolved, &study);
        table_job job = {
            .command = "table bounds",
            .caption = qd_buf_str(caption),
            .resolved = qd_buf_str(resolved),
            .study = &study,
            .nitems = rows(&study),
            .nrows = rows(&study),
            .nkeys = KIND + 1,
            .columns = columns,
            .field = fields,
            .size = sizeof(formulas_result),
            .row = item_row,
            .compute = compute,
            .fill = fill,
        };
        code = table_run(&job, ctx);
    } else code = table_fail(st, path, ctx);
    arch_list_clear(&study.archs);
    qd_buf_clear(caption);
    qd_buf_clear(resolved);
    return code;
}
