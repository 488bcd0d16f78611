/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric verify dimension: theorem 2 as a program.

   For each setting (widths, last layer, biases) the network with square activation against every quadratic kind. For the kinds that
   contain square activation the inequality is proved by the embedding, an identity of polynomials (src/variety/embed.c); ranks must
   agree with it, and the verdict says more than the inequality. A kind that contains nothing of the sort is compared only. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "dimension/dimension.h"
#include "table/dimension_config.h"
#include "io/io.h"
#include "report/report.h"

static const qd_kind compared[] = {QD_QUADRATIC, QD_PRODUCT, QD_PRODUCT_LINEAR, QD_FULL, QD_COMPACT, QD_POWER};
enum { COMPARED = sizeof compared / sizeof *compared, CONTAINING = 4 };

typedef enum { STRICT, EQUAL_FILLING, EQUAL_NOT_FILLING, BELOW, OPEN, VERDICTS } verdict;
static const char *const verdict_names[] = {"strict", "equal-both-filling", "equal-not-filling", "below", "open"};

/* One setting. */
typedef struct {
    qd_arch arch; /* of square activation */
    qd_variety_result_t square, kind[COMPARED], fair[COMPARED];
    int64_t fair_width[COMPARED][QD_VARIETY_MAX_DEPTH + 1]; /* of square activation with about as many parameters as the kind */
    bool embeds[COMPARED], done;
} setting;

/* ---- one setting -------------------------------------------------------------------------- */

static qd_arch with_kind(const setting *s, int k)
{
    qd_arch arch = s->arch;
    arch.neuron = qd_neuron_make(compared[k], QD_IDENTITY);
    return arch;
}

static bool embeds(const qd_arch *arch)
{
    bool all = true;
    for (int64_t l = 0; l < arch->depth - !arch->same && all; l++)
        all = qd_variety_embeds_square(arch->neuron.kind, arch->width[l], arch->biases);
    return all;
}

static qd_status compute(void *arg, int64_t i, qd_ctx_t ctx)
{
    setting *s = (setting *) arg + i;
    qd_ctx_t own;
    qd_status st = qd_ctx_budget(ctx);
    qd_ctx_own(own, ctx);
    own->progress = NULL;
    if (st == QD_OK) st = qd_variety_dimension(s->square, &s->arch, &qd_variety_defaults, own);
    for (int k = 0; k < COMPARED && st == QD_OK; k++) {
        qd_arch kind = with_kind(s, k), fair = s->arch;
        s->embeds[k] = embeds(&kind);
        st = qd_variety_dimension(s->kind[k], &kind, &qd_variety_defaults, own);
        fair.width = s->fair_width[k];
        qd_variety_widen(s->fair_width[k], &s->arch, qd_variety_nparams(&kind));
        if (st == QD_OK) st = qd_variety_dimension(s->fair[k], &fair, &qd_variety_defaults, own);
    }
    s->done = st == QD_OK;
    return qd_ctx_pass(ctx, st, own);
}

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
static qd_truth holds(const setting *s, int k)
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

static void add_row(qd_table_t t, const setting *s, int k)
{
    int64_t row = qd_table_row(t);
    const qd_variety_result_struct *kind = s->kind[k], *fair = s->fair[k];
    qd_arch wide = s->arch;
    char *ambient = fmpz_get_str(NULL, 10, kind->ambient);
    wide.width = s->fair_width[k];
    set_widths(t, row, 0, &s->arch);
    qd_table_set(t, row, 1, "%s", qd_arch_last_name(&s->arch));
    qd_table_set(t, row, 2, "%s", s->arch.biases ? "true" : "false");
    qd_table_set(t, row, 3, "%s", qd_kind_get(compared[k])->name);
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

static summary summarize(const setting *s, int64_t n, int k)
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
        if (k < CONTAINING && holds(s + i, k) == QD_TRUE) sum.verified++;
        else if (k < CONTAINING) sum.failed++;
    }
    return sum;
}

/* The rows of one kind as an array. */
static void rows_json(qd_json_t w, const char *key, const setting *s, int64_t n, int k)
{
    qd_table_t t;
    qd_table_init(t);
    make_columns(t);
    for (int64_t i = 0; i < n; i++)
        if (s[i].done) add_row(t, s + i, k);
    qd_table_json(w, key, t);
    qd_table_clear(t);
}

static void statement_json(qd_buf_t out, const summary *sum, const setting *s, int64_t n, int k, uint64_t seed)
{
    bool containing = k < CONTAINING;
    qd_buf_t name;
    qd_json_t w;
    qd_buf_init(name);
    qd_buf_printf(name, "T2.%s", qd_kind_get(compared[k])->name);
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
    qd_buf_printf(out, "T2.%s: ", qd_kind_get(compared[k])->name);
    if (k < CONTAINING)
        qd_buf_printf(out, "dim >= dim square at equal widths, verified in %" PRId64 " of %" PRId64 " cases, failed in %" PRId64 "; ",
                      sum->verified, sum->cases, sum->failed);
    else qd_buf_puts(out, "not comparable with square; ");
    for (int v = 0; v < VERDICTS; v++) qd_buf_printf(out, "%s%" PRId64 " %s", v > 0 ? ", " : "", sum->verdicts[v], verdict_names[v]);
    qd_buf_printf(out, "; at equal parameters below %" PRId64 ", equal %" PRId64 ", above %" PRId64 "\n", sum->fair[0], sum->fair[1],
                  sum->fair[2]);
}

static int answer(const setting *s, int64_t n, qd_ctx_t ctx)
{
    qd_buf_t out;
    qd_table_t t;
    int64_t failed = 0, undecided = 0;
    qd_buf_init(out);
    qd_table_init(t);
    make_columns(t);
    for (int64_t i = 0; i < n && !cli_common.json; i++)
        for (int k = 0; k < COMPARED && s[i].done; k++) add_row(t, s + i, k);
    if (!cli_common.json) {
        qd_table_print(out, t, QD_TEXT);
        qd_buf_puts(out, "\n");
    }
    for (int k = 0; k < COMPARED; k++) {
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

/* ---- the command -------------------------------------------------------------------------- */

/* What is taken without a configuration: the widths on which the theorem is known to be tight, and their like. */
static void default_config(dimension_config *c)
{
    static const char *const shapes[] = {"1,1,2",   "1,2,1",   "2,1,1",   "2,2,1",   "2,2,2",   "2,2,3",   "2,3,1",     "3,2,1",
                                         "3,3,2",   "4,2,1",   "4,3,2",   "5,3,1",   "6,3,1",   "2,2,2,1", "2,2,2,2",   "2,2,3,2",
                                         "2,2,4,2", "2,3,4,2", "3,2,2,1", "3,3,3,1", "3,4,4,2", "4,3,3,1", "2,2,2,2,1", "2,3,3,2,1"};
    qd_ctx_t ctx;
    qd_ctx_own(ctx, NULL);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        int64_t width[QD_VARIETY_MAX_DEPTH + 1], depth;
        if (qd_arch_set_widths(width, &depth, QD_VARIETY_MAX_DEPTH + 1, shapes[i], ctx) == QD_OK)
            arch_list_add(&c->archs, width, depth + 1);
    }
    c->last[0] = c->last[1] = c->biases[0] = c->biases[1] = true;
}

/* Every shape with every last layer and biases that are asked for. */
static setting *make_settings(int64_t *n, const dimension_config *c)
{
    setting *s = qd_calloc((size_t) (4 * c->archs.nshapes + 1), sizeof *s);
    *n = 0;
    for (int64_t i = 0; i < c->archs.nshapes; i++)
        for (int k = 0; k < 4; k++) {
            if (!c->last[k / 2] || !c->biases[k % 2]) continue;
            qd_arch *arch = &s[*n].arch;
            *arch = arch_list_shape(&c->archs, i);
            arch->neuron = qd_neuron_raise(QD_LINEAR, 2);
            arch->same = k / 2;
            arch->biases = k % 2;
            ++*n;
        }
    for (int64_t i = 0; i < *n; i++) {
        qd_variety_result_init(s[i].square);
        for (int k = 0; k < COMPARED; k++) {
            qd_variety_result_init(s[i].kind[k]);
            qd_variety_result_init(s[i].fair[k]);
        }
    }
    return s;
}

static void clear_settings(setting *s, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        qd_variety_result_clear(s[i].square);
        for (int k = 0; k < COMPARED; k++) {
            qd_variety_result_clear(s[i].kind[k]);
            qd_variety_result_clear(s[i].fair[k]);
        }
    }
    free(s);
}

static int run(int narguments, char **arguments)
{
    qd_ctx_t ctx;
    dimension_config c;
    qd_status st = QD_OK;
    int code;
    cli_ctx(ctx);
    dimension_config_init(&c, "verify dimension");
    if (narguments > 0) st = dimension_config_read(&c, arguments[0], DIMENSION_VERIFY, ctx);
    else default_config(&c);
    if (st == QD_OK) {
        int64_t n;
        setting *s = make_settings(&n, &c);
        st = qd_exact_for(n, compute, s, ctx);
        code = st != QD_OK ? cli_fail(st, NULL, ctx) : EXIT_ANSWERED;
        if (st == QD_OK || st == QD_EUNABLE) code = answer(s, n, ctx);
        clear_settings(s, n);
    } else code = cli_fail(st, arguments[0], ctx);
    dimension_config_clear(&c);
    return code;
}

static const opt_spec options[] = {{NULL, 0, OPT_FLAG, NULL, NULL, 0, 0, NULL}};

const cli_command command_verify_dimension = {
    .name = "verify dimension",
    .arguments = "[CONFIG]",
    .summary = "theorem 2: quadratic neurons express at least what square activation does",
    .description = "For each architecture of the YAML file CONFIG (keys as in configs/dimension.yaml, without neurons), or\n"
                   "of a built-in list: the dimension of the functional variety of the network with square activation\n"
                   "against that of every quadratic kind with the same widths. Verdicts: strict, equal-both-filling,\n"
                   "equal-not-filling, below, open.\n"
                   "\n"
                   "That quadratic, product, product_linear and full are never below is verified by the embedding, an\n"
                   "identity of polynomials in all parameters and inputs, neuron by neuron; compact and power contain no\n"
                   "square activation and can be below. certainty: proved, when bounds that are certified decide the\n"
                   "verdict; probable, when ranks do, with a valid bound of their failure probability.\n"
                   "\n"
                   "The last columns ask the fair question: square activation with wider hidden layers and nearly as many\n"
                   "parameters. With --json every statement holds its rows of the table. Exit code 1 when a case fails, 3 when\n"
                   "a budget ended the work: the cases that were not reached are counted as undecided.\n",
    .examples = "  quadric verify dimension\n  quadric verify dimension configs/dimension.yaml --json\n",
    .options = options,
    .min_arguments = 0,
    .max_arguments = 1,
    .run = run,
};
