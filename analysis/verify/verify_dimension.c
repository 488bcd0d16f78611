/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric verify dimension: theorem 2 as a program.

   For each setting (widths, last layer, biases) the network with square activation against every quadratic kind. For the kinds that
   contain square activation the inequality is proved by the embedding, an identity of polynomials (src/variety/embed.c); ranks must
   agree with it, and the verdict says more than the inequality. A kind that contains nothing of the sort is compared only. */
#include <stdlib.h>

#include "cli/commands.h"
#include "table/dimension_config.h"
#include "verify/verify_dimension.h"

qd_kind verify_compared(int k)
{
    for (int without = 0; without < 2; without++)
        for (int kind = 0; kind < QD_KINDS; kind++)
            if (kind != QD_LINEAR && qd_variety_contains_square((qd_kind) kind) != without && k-- == 0) return (qd_kind) kind;
    return QD_LINEAR;
}

/* ---- one setting -------------------------------------------------------------------------- */

static qd_arch with_kind(const verify_setting *s, int k)
{
    qd_arch arch = s->arch;
    arch.neuron = qd_neuron_make(verify_compared(k), QD_IDENTITY);
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
    verify_setting *s = (verify_setting *) arg + i;
    qd_ctx_t own;
    qd_status st = qd_ctx_budget(ctx);
    qd_ctx_own(own, ctx);
    own->progress = NULL;
    if (st == QD_OK) st = qd_variety_dimension(s->square, &s->arch, &qd_variety_defaults, own);
    for (int k = 0; k < VERIFY_COMPARED && st == QD_OK; k++) {
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
static verify_setting *make_settings(int64_t *n, const dimension_config *c)
{
    verify_setting *s = qd_calloc((size_t) (4 * c->archs.nshapes + 1), sizeof *s);
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
        for (int k = 0; k < VERIFY_COMPARED; k++) {
            qd_variety_result_init(s[i].kind[k]);
            qd_variety_result_init(s[i].fair[k]);
        }
    }
    return s;
}

static void clear_settings(verify_setting *s, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        qd_variety_result_clear(s[i].square);
        for (int k = 0; k < VERIFY_COMPARED; k++) {
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
        verify_setting *s = make_settings(&n, &c);
        st = qd_exact_for(n, compute, s, ctx);
        code = st != QD_OK ? cli_fail(st, NULL, ctx) : EXIT_ANSWERED;
        if (st == QD_OK || st == QD_EUNABLE) code = verify_dimension_answer(s, n, ctx);
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
                   "against that of every quadratic kind with the same widths. Verdicts: strict, equal-both-filling\n"
                   "(filling: dense in the ambient space over the complex numbers), equal-not-filling, below, open.\n"
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
