/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric verify dimension: the verdict on each setting, the table of all, and the statements that they add up to. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "table/dimension_config.h"
#include "report/report.h"
#include "verify/verify_dimension.h"

typedef enum { STRICT, EQUAL_FILLING, EQUAL_NOT_FILLING, BELOW, OPEN, VERDICTS } verdict;
static const char *const verdict_names[] = {"strict", "equal-both-filling", "equal-not-filling", "below", "open"};

/* ---- verdicts ----------------------------------------------------------------------------- */

static bool decided(const qd_variety_result_t r)
{
    return strcmp(dimension_status(r->lower, r->upper, r->log2_failure), "lower_bound") != 0;
}

static verdict judge(const qd_variety_result_t square, const qd_variety_result_t kind)
{
    if (kind->lower > square->upper) return STRICT;
    if (kind->upper < square->lower) return BELOW;
    if (!decided(square) || !decided(kind)) return OPEN;
    if (kind->lower != square->lower) return kind->lower > square->lower ? STRICT : BELOW;
    return kind->filling == QD_TRUE ? EQUAL_FILLING : EQUAL_NOT_FILLING;
}

/* Does the verdict follow from certified bounds alone, or from ranks with a valid failure probability? */
static const char *certainty(const qd_variety_result_t square, const qd_variety_result_t kind)
{
    bool apart = kind->lower > square->upper || kind->upper < square->lower;
    bool both = square->lower == square->upper && kind->lower == kind->upper;
    return apart || both ? "proved" : decided(square) && decided(kind) ? "probable" : "open";
}

/* The statement dim V_kind >= dim V_square in this setting. */
static qd_truth holds(const verify_setting *s, int k)
{
    if (!s->embeds[k] || s->kind[k]->upper < s->square->lower) return QD_FALSE;
    return QD_TRUE;
}

/* ---- the table ---------------------------------------------------------------------------- */

static void make_columns(qd_table_t t)
{
    qd_table_column(t, "widths", "widths", QD_CELL_STRING);
    qd_table_column(t, "last", "last", QD_CELL_STRING);
    qd_table_column(t, "biases", "biases", QD_CELL_NUMBER);
    qd_table_column(t, "kind", "kind", QD_CELL_STRING);
    qd_table_column(t, "square_dimension", "square", QD_CELL_NUMBER);
    qd_table_column(t, "dimension", "kind", QD_CELL_NUMBER);
    qd_table_column(t, "ambient", "ambient", QD_CELL_NUMBER);
    qd_table_column(t, "verdict", "verdict", QD_CELL_STRING);
    qd_table_column(t, "certainty", "certainty", QD_CELL_STRING);
    qd_table_column(t, "embedding", "embedding", QD_CELL_STRING);
    qd_table_column(t, "parameters", "parameters", QD_CELL_NUMBER);
    qd_table_column(t, "square_parameters", "square with as many", QD_CELL_NUMBER);
    qd_table_column(t, "square_widths", "widths", QD_CELL_STRING);
    qd_table_column(t, "square_fair_dimension", "dimension", QD_CELL_NUMBER);
}

static void set_widths(qd_table_t t, int64_t row, int64_t column, const qd_arch *arch)
{
    qd_buf_t text;
    qd_buf_init(text);
    qd_arch_print_widths(text, arch, ",");
    qd_table_set(t, row, column, "%s", qd_buf_str(text));
    qd_buf_clear(text);
}

static void add_row(qd_table_t t, const verify_setting *s, int k)
{
    int64_t row = qd_table_row(t);
    const qd_variety_result_struct *kind = s->kind[k], *fair = s->fair[k];
    qd_arch wide = s->arch;
    char *ambient = fmpz_get_str(NULL, 10, kind->ambient);
    wide.width = s->fair_width[k];
    set_widths(t, row, 0, &s->arch);
    qd_table_set(t, row, 1, "%s", qd_arch_last_name(&s->arch));
    qd_table_set(t, row, 2, "%s", s->arch.biases ? "true" : "false");
    qd_table_set(t, row, 3, "%s", qd_kind_get(verify_compared(k))->name);
    qd_table_set(t, row, 4, "%" PRId64, s->square->lower);
    qd_table_set(t, row, 5, "%" PRId64, kind->lower);
    qd_table_set(t, row, 6, "%s", ambient);
    qd_table_set(t, row, 7, "%s", verdict_names[judge(s->square, s->kind[k])]);
    qd_table_set(t, row, 8, "%s", certainty(s->square, s->kind[k]));
    qd_table_set(t, row, 9, "%s", s->embeds[k] ? "identity" : "none");
    qd_table_set(t, row, 10, "%" PRId64, kind->parameters);
    qd_table_set(t, row, 11, "%" PRId64, fair->parameters);
    set_widths(t, row, 12, &wide);
    qd_table_set(t, row, 13, "%" PRId64, fair->lower);
    flint_free(ambient);
}

/* ---- the statements ----------------------------------------------------------------------- */

typedef struct {
    int64_t cases, verified, failed, undecided;
    int64_t verdicts[VERDICTS];
    int64_t fair[3]; /* the kind's dimension below, equal to, above that of square with as many parameters */
} summary;

static bool contains(int k)
{
    return qd_variety_contains_square(verify_compared(k));
}

static summary summarize(const verify_setting *s, int64_t n, int k)
{
    summary sum = {0};
    for (int64_t i = 0; i < n; i++) {
        int64_t fair = s[i].fair[k]->lower, kind = s[i].kind[k]->lower;
        sum.cases++;
        if (!s[i].done) {
            sum.undecided++;
            continue;
        }
        sum.verdicts[judge(s[i].square, s[i].kind[k])]++;
        sum.fair[kind < fair ? 0 : kind == fair ? 1 : 2]++;
        if (!contains(k)) continue;
        if (holds(s + i, k) == QD_TRUE) sum.verified++;
        else sum.failed++;
    }
    return sum;
}

/* The rows of one kind as an array. */
static void rows_json(qd_json_t w, const char *key, const verify_setting *s, int64_t n, int k)
{
    qd_table_t t;
    qd_table_init(t);
    make_columns(t);
    for (int64_t i = 0; i < n; i++)
        if (s[i].done) add_row(t, s + i, k);
    qd_table_json(w, key, t);
    qd_table_clear(t);
}

static void statement_json(qd_buf_t out, const summary *sum, const verify_setting *s, int64_t n, int k, uint64_t seed)
{
    bool containing = contains(k);
    qd_buf_t name;
    qd_json_t w;
    qd_buf_init(name);
    qd_buf_printf(name, "T2.%s", qd_kind_get(verify_compared(k))->name);
    qd_json_init(w, out);
    qd_json_object(w, NULL);
    qd_json_string(w, "statement", qd_buf_str(name));
    qd_json_string(w, "text", containing ? "dim V_kind >= dim V_square at equal widths" : "comparison only");
    qd_json_int(w, "cases", containing ? sum->cases : 0);
    qd_json_int(w, "verified", sum->verified);
    qd_json_int(w, "failed", sum->failed);
    qd_json_int(w, "undecided", containing ? sum->undecided : 0);
    for (int v = 0; v < VERDICTS; v++) qd_json_int(w, verdict_names[v], sum->verdicts[v]);
    qd_json_int(w, "fair_below", sum->fair[0]);
    qd_json_int(w, "fair_equal", sum->fair[1]);
    qd_json_int(w, "fair_above", sum->fair[2]);
    qd_json_uint(w, "seed", seed);
    qd_json_string(w, "version", QD_VERSION);
    rows_json(w, "rows", s, n, k);
    qd_json_end(w);
    qd_json_finish(w);
    qd_buf_clear(name);
}

static void statement_text(qd_buf_t out, const summary *sum, int k)
{
    qd_buf_printf(out, "T2.%s: ", qd_kind_get(verify_compared(k))->name);
    if (contains(k))
        qd_buf_printf(out, "dim >= dim square at equal widths, verified in %" PRId64 " of %" PRId64 " cases, failed in %" PRId64 "; ",
                      sum->verified, sum->cases, sum->failed);
    else qd_buf_puts(out, "not comparable with square; ");
    for (int v = 0; v < VERDICTS; v++) qd_buf_printf(out, "%s%" PRId64 " %s", v > 0 ? ", " : "", sum->verdicts[v], verdict_names[v]);
    qd_buf_printf(out, "; at equal parameters below %" PRId64 ", equal %" PRId64 ", above %" PRId64 "\n", sum->fair[0], sum->fair[1],
                  sum->fair[2]);
}

int verify_dimension_answer(const verify_setting *s, int64_t n, qd_ctx_t ctx)
{
    qd_buf_t out;
    qd_table_t t;
    int64_t failed = 0, undecided = 0;
    qd_buf_init(out);
    qd_table_init(t);
    make_columns(t);
    for (int64_t i = 0; i < n && !cli_common.json; i++)
        for (int k = 0; k < VERIFY_COMPARED && s[i].done; k++) add_row(t, s + i, k);
    if (!cli_common.json) {
        qd_table_print(out, t, QD_TEXT);
        qd_buf_puts(out, "\n");
    }
    for (int k = 0; k < VERIFY_COMPARED; k++) {
        summary sum = summarize(s, n, k);
        failed += sum.failed;
        undecided += sum.undecided;
        if (cli_common.json) statement_json(out, &sum, s, n, k, ctx->seed);
        else statement_text(out, &sum, k);
    }
    if (!cli_common.json)
        qd_buf_printf(out, "\n%s (seed %" PRIu64 ", quadric %s)\n",
                      failed > 0      ? "FAILED"
                      : undecided > 0 ? "NOT FINISHED"
                                      : "all verified",
                      ctx->seed, QD_VERSION);
    int code = cli_print(out, failed > 0 ? EXIT_BAD : undecided > 0 ? EXIT_OPEN : EXIT_ANSWERED);
    qd_table_clear(t);
    qd_buf_clear(out);
    return code;
}
