/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric dimension: how large is the space of functions of a family of polynomial networks, or around one network file? */
#include "dimension/dimension.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/network.h"
#include "io/io.h"

static const char *widths, *kind_name, *activation, *last, *certificate;
static bool biases;

static const opt_spec options[] = {
    {"widths", 0, OPT_TEXT, "D0,D1,...", &widths, 0, 0, "inputs, hidden units, outputs, such as 2,3,1 (required without NET)"},
    {"kind", 0, OPT_TEXT, "KIND", &kind_name, 0, 0, "neurons of the hidden layers: " QD_KIND_NAMES},
    {"activation", 0, OPT_TEXT, "A", &activation, 0, 0,
     "square or power:r for linear neurons (their default: power:2), identity for "
     "the others (their default)"},
    {"last", 0, OPT_TEXT, "linear|same", &last, 0, 0, "the last layer: a linear readout, or like the hidden ones"},
    {"biases", 0, OPT_FLAG, NULL, &biases, 0, 0, "neurons with all their terms; without it only those of the highest degree"},
    {"certificate", 0, OPT_OUTPUT, "FILE", &certificate, 0, 0, "write the proof of both bounds, for 'quadric check'"},
    CLI_ACTIVATIONS,
    {NULL, 0, OPT_FLAG, NULL, NULL, 0, 0, NULL},
};

/* ---- the options -------------------------------------------------------------------------- */

static int read_arch(qd_arch *arch, int64_t *width)
{
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    if (widths == NULL)
        return cli_usage("dimension",
                         "--widths is missing; give inputs, hidden units and outputs, such as --widths 2,3,1, or a network file");
    if (qd_arch_set_widths(width, &arch->depth, QD_VARIETY_MAX_DEPTH + 1, widths, ctx) != QD_OK)
        return cli_usage("dimension", "--widths: %s", qd_ctx_message(ctx));
    arch->width = width;
    arch->neuron = qd_neuron_make(QD_LINEAR, QD_IDENTITY);
    arch->same = false;
    arch->biases = biases;
    if (kind_name != NULL && qd_neuron_set_kind(&arch->neuron, kind_name, ctx) != QD_OK)
        return cli_usage("dimension", "--kind: %s", qd_ctx_message(ctx));
    if (activation == NULL) activation = arch->neuron.kind == QD_LINEAR ? "power:2" : "identity";
    if (qd_neuron_set_activation(&arch->neuron, activation, ctx) != QD_OK)
        return cli_usage("dimension", "--activation: %s", qd_ctx_message(ctx));
    if (last != NULL && qd_arch_set_last(arch, last, ctx) != QD_OK) return cli_usage("dimension", "--last: %s", qd_ctx_message(ctx));
    if (qd_variety_admit(arch, ctx) != QD_OK) return cli_usage("dimension", "%s", qd_ctx_message(ctx));
    return EXIT_ANSWERED;
}

/* ---- printing ----------------------------------------------------------------------------- */

static const char *truth_text(qd_truth t)
{
    return t == QD_TRUE ? "yes" : t == QD_FALSE ? "no" : "not decided";
}

void dimension_print_failure(qd_buf_t out, double log2_failure)
{
    if (log2_failure >= 0 || log2_failure == -INFINITY) qd_buf_puts(out, "null");
    else if (log2_failure > -1000) qd_buf_printf(out, "%.3g", exp2(log2_failure) * 1.005); /* rounded up */
    else qd_buf_puts(out, "1e-300");
}

static void print_ambient(qd_buf_t out, const qd_variety_result_t r)
{
    char *s = fmpz_get_str(NULL, 10, r->ambient);
    qd_buf_puts(out, s);
    flint_free(s);
}

void dimension_json(qd_json_t w, const qd_arch *arch, const qd_variety_result_t r)
{
    qd_buf_t failure;
    qd_buf_init(failure);
    dimension_print_failure(failure, r->log2_failure);
    qd_arch_json(w, arch);
    qd_json_int(w, "parameters", r->parameters);
    qd_fmpz_json(w, "ambient", r->ambient);
    qd_json_int(w, "dimension", r->lower);
    qd_json_truth(w, "filling", r->filling);
    qd_json_int(w, "lower", r->lower);
    qd_json_string(w, "lower_certificate", "rank");
    qd_json_int(w, "upper", r->upper);
    qd_json_string(w, "upper_certificate", qd_variety_certificate_name(r->certificate));
    qd_json_bool(w, "proved", r->lower == r->upper);
    qd_json_raw(w, "failure_probability", qd_buf_str(failure));
    qd_json_int(w, "expected", r->expected);
    qd_json_int(w, "defect", r->expected - r->lower);
    qd_json_int(w, "fibre_dimension", r->parameters - r->lower);
    qd_json_int(w, "symmetry_dimension", r->orbit);
    qd_json_truth(w, "finitely_identifiable", r->identifiable);
    qd_json_int(w, "trials", r->trials);
    qd_json_int(w, "points", r->points);
    qd_buf_clear(failure);
}

/* How sure the dimension is, as a sentence. */
static void print_status(qd_buf_t out, const qd_variety_result_t r)
{
    if (r->lower != r->upper && r->trials == 0)
        qd_buf_printf(out, "lower bound only, as the work was not finished: at least %" PRId64 " for certain, at most %" PRId64 " (%s)",
                      r->lower, r->upper, qd_variety_certificate_name(r->certificate));
    else if (r->lower == r->upper) qd_buf_printf(out, "proved: rank, and upper bound by %s", qd_variety_certificate_name(r->certificate));
    else if (r->log2_failure < 0) {
        qd_buf_printf(out,
                      "at least %" PRId64 " for certain and at most %" PRId64 " (%s); were it larger than %" PRId64
                      ", so many trials would show it but for a probability of ",
                      r->lower, r->upper, qd_variety_certificate_name(r->certificate), r->lower);
        dimension_print_failure(out, r->log2_failure);
    } else
        qd_buf_printf(out,
                      "lower bound only: at least %" PRId64 " for certain, at most %" PRId64 " (%s); primes of this size say nothing "
                      "about the failure probability",
                      r->lower, r->upper, qd_variety_certificate_name(r->certificate));
}

static void print_text(qd_buf_t out, const qd_arch *arch, const qd_variety_result_t r, uint64_t seed)
{
    qd_buf_puts(out, "widths       ");
    qd_arch_print_widths(out, arch, ",");
    qd_buf_printf(out, "\nneurons      %s, ", qd_kind_get(arch->neuron.kind)->name);
    qd_neuron_print_activation(out, &arch->neuron);
    qd_buf_printf(out, "; last layer %s; %s\nparameters   %" PRId64 "\nambient      ", arch->same ? "the same" : "linear",
                  arch->biases ? "with biases" : "homogeneous", r->parameters);
    print_ambient(out, r);
    qd_buf_printf(out, "\ndimension    %" PRId64 "\n             ", r->lower);
    print_status(out, r);
    qd_buf_printf(out,
                  "\nfilling      %s\nexpected     %" PRId64 ", defect %s%" PRId64 "\nfibre        dimension %s%" PRId64
                  ", known symmetries %s%" PRId64 "; finitely identifiable: %s\n",
                  truth_text(r->filling), r->expected, r->lower == r->upper ? "" : "at most ", r->expected - r->lower,
                  r->lower == r->upper ? "" : "at most ", r->parameters - r->lower, r->orbit < r->orbit_most ? "at least " : "", r->orbit,
                  truth_text(r->identifiable));
    qd_buf_printf(out, "%" PRId64 " trial%s, seed %" PRIu64 ", quadric %s\n", r->trials, r->trials == 1 ? "" : "s", seed, QD_VERSION);
}

/* ---- the command -------------------------------------------------------------------------- */

static int answer(const qd_arch *arch, const qd_variety_result_t r, int code, const qd_ctx_t ctx)
{
    qd_buf_t out;
    qd_buf_init(out);
    if (cli_common.json) {
        qd_json_t w;
        qd_json_init(w, out);
        qd_json_object(w, NULL);
        qd_json_string(w, "version", QD_VERSION);
        qd_json_uint(w, "seed", ctx->seed);
        dimension_json(w, arch, r);
        qd_json_end(w);
        qd_json_finish(w);
    } else print_text(out, arch, r, ctx->seed);
    code = cli_print(out, code);
    qd_buf_clear(out);
    return code;
}

/* ---- a network file ----------------------------------------------------------------------- */

static void functional_json(qd_buf_t out, const qd_functional *r, const qd_ctx_t ctx)
{
    qd_json_t w;
    qd_json_init(w, out);
    qd_json_object(w, NULL);
    qd_json_string(w, "version", QD_VERSION);
    qd_json_uint(w, "seed", ctx->seed);
    qd_json_int(w, "functional_dimension", r->dimension);
    qd_json_string(w, "status", qd_label_name(r->label));
    qd_json_int(w, "upper", r->upper);
    qd_json_int(w, "parameters", r->parameters);
    qd_json_int(w, "points", r->points);
    qd_json_int(w, "excluded_points", r->excluded_points);
    if (r->regions < 0) {
        qd_json_null(w, "regions");
        qd_json_null(w, "excluded_regions");
    } else {
        qd_json_int(w, "regions", r->regions);
        qd_json_int(w, "excluded_regions", r->excluded_regions);
    }
    qd_json_end(w);
    qd_json_finish(w);
}

static void functional_text(qd_buf_t out, const qd_functional *r, const qd_ctx_t ctx)
{
    qd_buf_printf(out,
                  "functional dimension  %s%" PRId64 "\nstatus                %s\nupper bound           %" PRId64
                  "\nparameters            %" PRId64 "\n",
                  r->label == QD_EXACT ? "" : "at least ", r->dimension, qd_label_name(r->label), r->upper, r->parameters);
    if (r->regions >= 0)
        qd_buf_printf(out, "regions               %" PRId64 ", of them %" PRId64 " excluded (a pre-activation is 0 on all of it)\n",
                      r->regions, r->excluded_regions);
    qd_buf_printf(out, "points                %" PRId64 ", %" PRId64 " more excluded (a pre-activation is 0 there)\n", r->points,
                  r->excluded_points);
    qd_buf_printf(out, "made by               quadric %s, seed %" PRIu64 "\n", QD_VERSION, ctx->seed);
}

static int run_functional(const char *path)
{
    if (widths != NULL) return cli_usage("dimension", "--widths and a network file exclude each other");
    if (kind_name != NULL || activation != NULL || last != NULL || biases || certificate != NULL)
        return cli_usage("dimension", "--kind, --activation, --last, --biases and --certificate belong to --widths, not to a network file");
    qd_ctx_t ctx;
    qd_net_t net;
    qd_buf_t out;
    qd_functional r;
    cli_ctx(ctx);
    qd_net_init(net);
    qd_buf_init(out);
    int code = EXIT_ANSWERED;
    qd_status st = cli_network_read(net, path, ctx);
    bool partial = st == QD_OK && (st = qd_variety_functional(&r, net, ctx)) == QD_EUNABLE && r.points > 0;
    if (st != QD_OK) code = cli_fail(st, partial ? "lower bound" : path, ctx);
    if (st == QD_OK || partial) {
        if (cli_common.json) functional_json(out, &r, ctx);
        else functional_text(out, &r, ctx);
        code = cli_print(out, code);
    }
    qd_buf_clear(out);
    qd_net_clear(net);
    return code;
}

static int run(int n, char **arguments)
{
    if (n > 0) return run_functional(arguments[0]);
    int64_t width[QD_VARIETY_MAX_DEPTH + 1];
    qd_arch arch;
    int code = read_arch(&arch, width);
    if (code != EXIT_ANSWERED) return code;
    qd_ctx_t ctx;
    qd_variety_result_t r;
    qd_variety_options o = qd_variety_defaults;
    cli_ctx(ctx);
    qd_variety_result_init(r);
    o.keep_witness = certificate != NULL;
    qd_status st = qd_variety_dimension(r, &arch, &o, ctx);
    bool partial = st == QD_EUNABLE && r->lower > 0;
    if (partial) {
        code = cli_fail(st, "lower bound", ctx);
        cli_ctx_print(ctx);
    }
    if (st == QD_OK || partial) st = certificate != NULL ? dimension_write_certificate(certificate, &arch, r, ctx) : QD_OK;
    code = st == QD_OK ? answer(&arch, r, code, ctx) : cli_fail(st, NULL, ctx);
    qd_variety_result_clear(r);
    return code;
}

const cli_command command_dimension = {
    .name = "dimension",
    .arguments = "[NET]",
    .summary = "dimension of the space of functions of a polynomial network, or around a network file",
    .description = "The outputs of a network of the given widths are polynomials; as the parameters vary, their\n"
                   "coefficients run through a set whose Zariski closure is the functional variety. Prints its dimension,\n"
                   "the ambient space (all polynomials of that degree), the number of parameters, the dimension that the\n"
                   "known symmetries let expect, and the dimension of a generic fibre. It is filling when the variety is\n"
                   "all of the ambient space. That is density over the complex numbers: over the reals a filling network\n"
                   "may miss an open set (2,2,1 with power:3 misses x^3 - 3 x y^2, which is no sum of two real cubes).\n"
                   "\n"
                   "The dimension is the rank of the Jacobian at random parameters modulo a random prime, which is a\n"
                   "certified lower bound; upper bounds come from the ambient space, the monomials that can occur, the\n"
                   "symmetries, ranks of matrices, spans of units, larger families and a recursion over blocks of\n"
                   "layers. When they meet, the dimension is proved; else a bound for the probability that\n"
                   "the rank is too small is printed where there is a valid one. What proves the upper bound is named\n"
                   "(DEFINITIONS, section 4): ambient, support, activation (spaces of polynomials), symmetry, orbit\n"
                   "(parameters - symmetries), matrix, form, completed, alexander-hirschowitz (ranks), recursion, larger,\n"
                   "cap, span, summand (cuts), reduction, squares, squares-span (other families).\n"
                   "\n"
                   "When a budget ends the work, the lower bound that was reached is printed, and the exit code is 3.\n"
                   "\n"
                   "finitely identifiable: a generic fibre is, up to finitely many choices, one orbit of the symmetries. Yes and no\n"
                   "are certain: the dimension of the orbits is enclosed, from below by the rank of the symmetries' directions at\n"
                   "random parameters; where that does not decide it, the answer is open.\n"
                   "\n"
                   "With a network file NET instead: its functional dimension, the rank of the Jacobian of the outputs by the\n"
                   "parameters, at the parameters of the file, over all inputs at which no pre-activation of a switching\n"
                   "unit is 0; regions on which one is 0 throughout are excluded and counted. Exact, from every region,\n"
                   "for one input, for conventional networks, and in the plane up to 64 switching units of degree 16 (true\n"
                   "degrees: a constant factor raises none). Otherwise points around the regions that lines and planes\n"
                   "through the space show, until nothing new comes: a lower bound. upper bound: the parameters without the\n"
                   "directions that change no function, or, without switching units, the polynomials of the degree of the\n"
                   "rows; a dimension that meets it is exact.\n",
    .examples = "  quadric dimension --widths 2,3,1 --kind quadratic\n"
                "  quadric dimension --widths 5,5,3,1 --activation power:2 --json\n"
                "  quadric dimension --widths 3,4,2 --kind full --last same --biases --certificate full.json\n"
                "  quadric dimension net.json --json\n",
    .options = options,
    .min_arguments = 0,
    .max_arguments = 1,
    .run = run,
};
