/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of kinds and activations against the formulas of DEFINITIONS section 1. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"
#include "shared/suite.h"

#define COUNT(list) ((int) (sizeof(list) / sizeof *(list)))

/* Parameters of one neuron of n inputs, as the table of the specification writes them. */
static int64_t linear(int64_t n)
{
    return n + 1;
}
static int64_t quadratic(int64_t n)
{
    return 3 * n + 3;
}
static int64_t compact(int64_t n)
{
    return 2 * n + 1;
}
static int64_t product(int64_t n)
{
    return 2 * n + 2;
}
static int64_t product_linear(int64_t n)
{
    return 3 * n + 1;
}
static int64_t full(int64_t n)
{
    return n * (n + 1) / 2 + n + 1;
}
static int64_t power(int64_t n)
{
    return n + 1;
}

static const struct {
    qd_kind kind;
    const char *name, *keys, *shapes; /* m (out, n), t (out, n (n + 1) / 2), v (out) */
    int degree;
    int64_t (*nparams)(int64_t n);
} known_kind[] = {
    {QD_LINEAR, "linear", "w b", "mv", 1, linear},
    {QD_QUADRATIC, "quadratic", "wr br wg bg wb c", "mvmvmv", 2, quadratic},
    {QD_COMPACT, "compact", "w wb b", "mmv", 2, compact},
    {QD_PRODUCT, "product", "wr br wg bg", "mvmv", 2, product},
    {QD_PRODUCT_LINEAR, "product_linear", "wr wg w b", "mmmv", 2, product_linear},
    {QD_FULL, "full", "a w b", "tmv", 2, full},
    {QD_POWER, "power", "w b", "mv", 2, power},
};

START_TEST(kinds)
{
    static const int64_t sizes[] = {1, 2, 3, 7, 64, 784, 1000000};
    const qd_kind_info *info = qd_kind_get(known_kind[_i].kind);
    char keys[100] = "", shapes[QD_MAX_PARAMS + 1] = "";
    ck_assert_str_eq(info->name, known_kind[_i].name);
    ck_assert_int_eq(info->degree, known_kind[_i].degree);
    qd_ctx_t ctx;
    qd_neuron neuron = qd_neuron_make(QD_LINEAR, QD_ABS);
    qd_ctx_init(ctx);
    ck_assert_int_eq(qd_neuron_set_kind(&neuron, info->name, ctx), QD_OK);
    ck_assert(neuron.kind == known_kind[_i].kind && neuron.act == QD_ABS);
    ck_assert_ptr_nonnull(strstr(qd_kind_names(), info->name));
    for (int k = 0; k < info->nparams; k++) {
        if (k > 0) strcat(keys, " ");
        strcat(keys, info->param[k].key);
        shapes[k] = "mtv"[info->param[k].shape];
    }
    ck_assert_str_eq(keys, known_kind[_i].keys);
    ck_assert_str_eq(shapes, known_kind[_i].shapes);
    for (int i = 0; i < COUNT(sizes); i++)
        for (int64_t out = 1; out <= 1000; out *= 10)
            ck_assert_int_eq(qd_kind_nparams(known_kind[_i].kind, sizes[i], out), out * known_kind[_i].nparams(sizes[i]));
}
END_TEST

START_TEST(kind_names)
{
    static const char *const bad[] = {"", "Linear", "linear ", " linear", "quad", "quadratics", "leaky_relu", "product-linear"};
    for (int i = 0; i < COUNT(bad); i++) {
        qd_ctx_t ctx;
        qd_neuron neuron = qd_neuron_make(QD_FULL, QD_ABS);
        char message[200];
        qd_ctx_init(ctx);
        snprintf(message, sizeof message, "unknown kind '%s'; known are linear, quadratic, compact, product, product_linear, full, power",
                 bad[i]);
        ck_assert_int_eq(qd_neuron_set_kind(&neuron, bad[i], ctx), QD_EINPUT);
        ck_assert_str_eq(qd_ctx_message(ctx), message);
        ck_assert_int_eq(neuron.kind, QD_FULL);
    }
    ck_assert_int_eq(COUNT(known_kind), QD_KINDS);
}
END_TEST

START_TEST(shapes)
{
    ck_assert_int_eq(qd_shape_length(QD_MATRIX, 5), 5);
    ck_assert_int_eq(qd_shape_length(QD_VECTOR, 5), 1);
    ck_assert_int_eq(qd_shape_length(QD_TRIANGLE, 1), 1);
    ck_assert_int_eq(qd_shape_length(QD_TRIANGLE, 4), 10);
    ck_assert_int_eq(qd_shape_length(QD_TRIANGLE, 1000000), 500000500000);
}
END_TEST

static const struct {
    const char *text;
    qd_activation act;
    int64_t power;
    bool switches;
} good[] = {
    {"identity", QD_IDENTITY, 1, false},    {"relu", QD_RELU, 1, true},
    {"leaky_relu", QD_LEAKY_RELU, 1, true}, {"abs", QD_ABS, 1, true},
    {"square", QD_SQUARE, 2, false},        {"power:1", QD_RAISE, 1, false},
    {"power:2", QD_RAISE, 2, false},        {"power:3", QD_RAISE, 3, false},
    {"power:64", QD_RAISE, 64, false},
};

START_TEST(activations)
{
    qd_ctx_t ctx;
    qd_neuron neuron = {QD_FULL, QD_ABS, -1, {1, 3}};
    qd_buf_t out;
    qd_ctx_init(ctx);
    qd_buf_init(out);
    ck_assert_int_eq(qd_neuron_set_activation(&neuron, good[_i].text, ctx), QD_OK);
    qd_activation act = neuron.act;
    ck_assert_int_eq(act, good[_i].act);
    ck_assert_int_eq(neuron.power, good[_i].power);
    ck_assert(neuron.kind == QD_FULL && neuron.slope.den == 3);
    qd_neuron_print_activation(out, &neuron);
    ck_assert_str_eq(qd_buf_str(out), good[_i].text);
    qd_buf_clear(out);
    ck_assert_int_eq(qd_activation_switches(act), good[_i].switches);
    ck_assert_str_eq(qd_ctx_message(ctx), "");
    size_t n = strcspn(good[_i].text, ":");
    ck_assert_int_eq(strlen(qd_activation_name(act)), n);
    ck_assert_int_eq(strncmp(qd_activation_name(act), good[_i].text, n), 0);
    ck_assert_ptr_nonnull(strstr(qd_activation_names(), qd_activation_name(act)));
}
END_TEST

#define KNOWN "; known are identity, relu, leaky_relu, abs, square, power:r"
#define RANGE ": the exponent must be an integer from 1 to 64"

static const struct {
    const char *text, *message;
} bad[] = {
    {"", "unknown activation ''" KNOWN},
    {"sigmoid", "unknown activation 'sigmoid'" KNOWN},
    {"ReLU", "unknown activation 'ReLU'" KNOWN},
    {"relu ", "unknown activation 'relu '" KNOWN},
    {"leaky", "unknown activation 'leaky'" KNOWN},
    {"power", "unknown activation 'power'" KNOWN},
    {"Power:2", "unknown activation 'Power:2'" KNOWN},
    {"power:", "activation 'power:'" RANGE},
    {"power:0", "activation 'power:0'" RANGE},
    {"power:-1", "activation 'power:-1'" RANGE},
    {"power:+1", "activation 'power:+1'" RANGE},
    {"power: 1", "activation 'power: 1'" RANGE},
    {"power:1 ", "activation 'power:1 '" RANGE},
    {"power:1.5", "activation 'power:1.5'" RANGE},
    {"power:2x", "activation 'power:2x'" RANGE},
    {"power:65", "activation 'power:65'" RANGE},
    {"power:99999999999999999999999", "activation 'power:99999999999999999999999'" RANGE},
};

START_TEST(bad_activations)
{
    qd_ctx_t ctx;
    qd_neuron neuron = {QD_FULL, QD_ABS, 77, {1, 3}};
    qd_ctx_init(ctx);
    ck_assert_int_eq(qd_neuron_set_activation(&neuron, bad[_i].text, ctx), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), bad[_i].message);
    ck_assert(neuron.act == QD_ABS && neuron.power == 77);
}
END_TEST

/* ---- slopes ------------------------------------------------------------------------------- */

static const struct {
    const char *text, *printed; /* NULL: refused */
} slope[] = {
    {"1/10", "1/10"},
    {"0.1", "1/10"},
    {"-3/7", "-3/7"},
    {"+6/4", "3/2"},
    {"1e-3", "1/1000"},
    {"2.50E1", "25"},
    {".5", "1/2"},
    {"5.", "5"},
    {"0/9", "0"},
    {"-0.000", "0"},
    {"0e99999999999999999999", "0"},
    {"1e18", "1000000000000000000"},
    {"1e-18", "1/1000000000000000000"},
    {"9223372036854775807", "9223372036854775807"},
    {"-1/9223372036854775807", "-1/9223372036854775807"},
    {"36893488147419103232/4", NULL},
    {"36893488147419103232/8", "4611686018427387904"},
    {"0.1000000000000000000000000000", "1/10"},
    {"9223372036854775808", NULL},
    {"1e19", NULL},
    {"1e-19", NULL},
    {"1e-99999999999999999999", NULL},
    {"1/0", NULL},
    {"", NULL},
    {"-", NULL},
    {".", NULL},
    {"e5", NULL},
    {"1e", NULL},
    {"1e+", NULL},
    {"1/", NULL},
    {"/2", NULL},
    {"1/-2", NULL},
    {"1 ", NULL},
    {" 1", NULL},
    {"--1", NULL},
    {"1.5/2", NULL},
    {"1/2e3", NULL},
    {"0x10", NULL},
    {"nan", NULL},
    {"1e5x", NULL},
};

START_TEST(slopes)
{
    qd_ctx_t ctx;
    qd_buf_t out;
    qd_neuron neuron = {QD_LINEAR, QD_LEAKY_RELU, 1, {2, 9}};
    qd_ctx_init(ctx);
    qd_buf_init(out);
    qd_status st = qd_neuron_set_slope(&neuron, slope[_i].text, ctx);
    qd_ratio_print(out, neuron.slope);
    if (slope[_i].printed == NULL) {
        ck_assert_int_eq(st, QD_EINPUT);
        ck_assert_str_eq(qd_buf_str(out), "2/9");
        ck_assert_ptr_nonnull(strstr(qd_ctx_message(ctx), "expected a number such as 0.01 or -3/7"));
    } else {
        ck_assert_int_eq(st, QD_OK);
        ck_assert_str_eq(qd_buf_str(out), slope[_i].printed);
    }
    qd_buf_clear(out);
}
END_TEST

/* The nearest double of a decimal is what strtod says. */
START_TEST(slopes_as_doubles)
{
    qd_rng_t rng;
    qd_ctx_t ctx;
    qd_neuron neuron = qd_neuron_make(QD_LINEAR, QD_LEAKY_RELU);
    qd_ctx_init(ctx);
    qd_rng_init(rng, ctx->seed, 0);
    for (int i = 0; i < 20000; i++) {
        char text[64];
        int digits = 1 + (int) qd_rng_below(rng, 18), scale = (int) qd_rng_below(rng, 19);
        uint64_t most = 1;
        for (int k = 0; k < digits; k++) most *= 10;
        snprintf(text, sizeof text, "%s%llue-%d", qd_rng_below(rng, 2) ? "-" : "", (unsigned long long) qd_rng_below(rng, most), scale);
        ck_assert_int_eq(qd_neuron_set_slope(&neuron, text, ctx), QD_OK);
        ck_assert_msg(qd_ratio_double(neuron.slope) == strtod(text, NULL), "%s: %.17g", text, qd_ratio_double(neuron.slope));
    }
    ck_assert(qd_ratio_double((qd_ratio){INT64_MAX, 1}) == 0x1p63);
    ck_assert(qd_ratio_double((qd_ratio){1, INT64_MAX}) == 0x1p-63);
    ck_assert(qd_ratio_double((qd_ratio){(1LL << 53) + 1, 1}) == 0x1p53);
    ck_assert(qd_ratio_double((qd_ratio){1, 3}) == 1.0 / 3);
}
END_TEST

/* ---- neurons and architectures in documents ------------------------------------------------ */

static qd_status read_neuron(qd_neuron *neuron, const char *yaml, qd_activation usual, qd_ctx_t ctx)
{
    qd_doc_t doc;
    qd_doc_init(doc);
    qd_ctx_init(ctx);
    ck_assert_int_eq(qd_doc_parse(doc, yaml, strlen(yaml), QD_YAML, ctx), QD_OK);
    qd_status st = qd_neuron_read(neuron, qd_node_item(qd_doc_root(doc), 0), usual, "an item", ctx);
    qd_doc_clear(doc);
    return st;
}

static const struct {
    const char *yaml;
    qd_neuron relu, identity; /* where relu and where identity is usual */
} listed[] = {
    {"[conventional]", {QD_LINEAR, QD_RELU, 1, {1, 100}}, {QD_LINEAR, QD_RELU, 1, {1, 100}}},
    {"[square]", {QD_LINEAR, QD_SQUARE, 2, {1, 100}}, {QD_LINEAR, QD_SQUARE, 2, {1, 100}}},
    {"['power:5']", {QD_LINEAR, QD_RAISE, 5, {1, 100}}, {QD_LINEAR, QD_RAISE, 5, {1, 100}}},
    {"[linear]", {QD_LINEAR, QD_RELU, 1, {1, 100}}, {QD_LINEAR, QD_IDENTITY, 1, {1, 100}}},
    {"[power]", {QD_POWER, QD_RELU, 1, {1, 100}}, {QD_POWER, QD_IDENTITY, 1, {1, 100}}},
    {"[{kind: full}]", {QD_FULL, QD_RELU, 1, {1, 100}}, {QD_FULL, QD_IDENTITY, 1, {1, 100}}},
    {"[{kind: linear, activation: leaky_relu}]", {QD_LINEAR, QD_LEAKY_RELU, 1, {1, 100}}, {QD_LINEAR, QD_LEAKY_RELU, 1, {1, 100}}},
    {"[{kind: compact, activation: leaky_relu, slope: 0.2}]",
     {QD_COMPACT, QD_LEAKY_RELU, 1, {1, 5}},
     {QD_COMPACT, QD_LEAKY_RELU, 1, {1, 5}}},
};

START_TEST(neurons_in_lists)
{
    for (int k = 0; k < 2; k++) {
        qd_ctx_t ctx;
        qd_neuron neuron = {QD_PRODUCT, QD_ABS, 77, {1, 3}};
        const qd_neuron *expected = k == 0 ? &listed[_i].relu : &listed[_i].identity;
        ck_assert_int_eq(read_neuron(&neuron, listed[_i].yaml, k == 0 ? QD_RELU : QD_IDENTITY, ctx), QD_OK);
        ck_assert(qd_neuron_equal(&neuron, expected));
    }
}
END_TEST

#define KINDS "linear, quadratic, compact, product, product_linear, full, power"

static const struct {
    const char *yaml, *message;
} unlisted[] = {
    {"[cubic]", "line 1, column 2: unknown kind 'cubic'; known are conventional, square, power:r, " KINDS},
    {"['power:0']", "line 1, column 2: activation 'power:0'" RANGE},
    {"[3]", "line 1, column 2: an item must be a string, not 3"},
    {"[{kind: square}]", "line 1, column 9: unknown kind 'square'; known are " KINDS},
    {"[{activation: relu}]", "line 1, column 2: key 'kind' is missing in an item"},
    {"[{kind: full, act: relu}]", "line 1, column 15: unknown key 'act' in an item; known keys are 'kind', 'activation', 'slope'"},
    {"[{kind: full, activation: tanh}]", "line 1, column 27: unknown activation 'tanh'" KNOWN},
    {"[{kind: full, slope: 1/2}]", "line 1, column 22: 'slope' belongs to leaky_relu, found the activation relu"},
    {"[{kind: full, activation: leaky_relu, slope: [1]}]",
     "line 1, column 46: 'slope': found an array, expected a number such as 0.01 or -3/7"},
    {"[{kind: full, activation: leaky_relu, slope: half}]",
     "line 1, column 46: 'slope': found 'half', expected a number such as 0.01 or -3/7, a fraction of integers below 2^63"},
};

START_TEST(no_neurons)
{
    qd_ctx_t ctx;
    qd_neuron neuron = {QD_PRODUCT, QD_ABS, 77, {1, 3}};
    ck_assert_int_eq(read_neuron(&neuron, unlisted[_i].yaml, QD_RELU, ctx), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), unlisted[_i].message);
    ck_assert(neuron.kind == QD_PRODUCT && neuron.act == QD_ABS && neuron.power == 77 && neuron.slope.den == 3);
}
END_TEST

/* Every neuron that has a word is read back from it, whatever is usual. */
START_TEST(words)
{
    qd_ctx_t ctx;
    qd_buf_t out;
    qd_ctx_init(ctx);
    qd_buf_init(out);
    int read = 0;
    for (int k = 0; k < QD_KINDS; k++)
        for (int a = 0; a < QD_ACTIVATIONS; a++)
            for (int usual = 0; usual < QD_ACTIVATIONS; usual++) {
                qd_neuron neuron = qd_neuron_make((qd_kind) k, (qd_activation) a), back = {QD_LINEAR, QD_ABS, 9, {1, 3}};
                if (a == QD_RAISE) neuron.power = 7;
                qd_buf_reset(out);
                qd_neuron_print_name(out, &neuron, (qd_activation) usual);
                if (strchr(qd_buf_str(out), ' ') != NULL) continue;
                ck_assert_int_eq(qd_neuron_set_name(&back, qd_buf_str(out), (qd_activation) usual, ctx), QD_OK);
                ck_assert_msg(qd_neuron_equal(&neuron, &back), "%s", qd_buf_str(out));
                read++;
            }
    ck_assert_int_ge(read, QD_KINDS * (QD_ACTIVATIONS - 1));
    qd_buf_clear(out);
}
END_TEST

static const struct {
    const char *text, *message;
} bad_widths[] = {
    {"2,0,1", "found '2,0,1', expected integers from 1 to 100000 separated by commas, such as 2,3,1"},
    {"2,x", "found '2,x', expected integers from 1 to 100000 separated by commas, such as 2,3,1"},
    {"", "found '', expected integers from 1 to 100000 separated by commas, such as 2,3,1"},
    {"2,3,", "found '2,3,', expected integers from 1 to 100000 separated by commas, such as 2,3,1"},
    {"2,-3", "found '2,-3', expected integers from 1 to 100000 separated by commas, such as 2,3,1"},
    {"2,100001", "found '2,100001', expected integers from 1 to 100000 separated by commas, such as 2,3,1"},
    {"2,18446744073709551617", "found '2,18446744073709551617', expected integers from 1 to 100000 separated by commas, such as 2,3,1"},
    {"5", "found one width, expected the numbers of inputs, hidden units and outputs, such as 2,3,1"},
    {"1,2,3,4,5", "found more than 4 widths"},
};

START_TEST(no_widths)
{
    qd_ctx_t ctx;
    int64_t width[4] = {-7, -7, -7, -7}, depth = -7;
    qd_ctx_init(ctx);
    ck_assert_int_eq(qd_arch_set_widths(width, &depth, 4, bad_widths[_i].text, ctx), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), bad_widths[_i].message);
    ck_assert(depth == -7 && width[0] == -7);
}
END_TEST

static qd_status read_arch(qd_arch *arch, int64_t *width, const char *text, qd_ctx_t ctx)
{
    qd_doc_t doc;
    qd_doc_init(doc);
    qd_ctx_init(ctx);
    ck_assert_int_eq(qd_doc_parse(doc, text, strlen(text), QD_JSON, ctx), QD_OK);
    qd_status st = qd_arch_read(arch, width, 4, qd_doc_root(doc), "the file", ctx);
    qd_doc_clear(doc);
    return st;
}

START_TEST(architectures)
{
    static const char *const text[] = {
        "{\"widths\": [2,3,1], \"kind\": \"quadratic\", \"activation\": \"power:3\", \"last\": \"linear\", \"biases\": false}",
        "{\"widths\": [100000,1], \"kind\": \"full\", \"activation\": \"relu\", \"last\": \"same\", \"biases\": true}",
    };
    qd_ctx_t ctx;
    qd_arch arch;
    qd_buf_t out;
    qd_json_t w;
    int64_t width[4];
    qd_buf_init(out);
    for (int i = 0; i < COUNT(text); i++) {
        ck_assert_msg(read_arch(&arch, width, text[i], ctx) == QD_OK, "%s", qd_ctx_message(ctx));
        qd_buf_reset(out);
        qd_json_init(w, out);
        qd_json_object(w, NULL);
        qd_arch_json(w, &arch);
        qd_json_end(w);
        ck_assert_str_eq(qd_buf_str(out), text[i]);
    }
    ck_assert(arch.depth == 1 && arch.width == width && arch.same && arch.biases && arch.neuron.kind == QD_FULL);
    ck_assert_int_eq(qd_arch_neuron(&arch, 0).kind, QD_FULL);
    arch.same = false;
    ck_assert_int_eq(qd_arch_neuron(&arch, 0).kind, QD_LINEAR);
    ck_assert_int_eq(qd_arch_neuron(&arch, 0).act, QD_IDENTITY);
    qd_buf_clear(out);
}
END_TEST

#define REST ", \"kind\": \"full\", \"activation\": \"relu\", \"last\": \"same\", \"biases\": true}"
#define FRONT "{\"widths\": [2,1], "

static const struct {
    const char *text, *message;
} bad_arch[] = {
    {"{\"widths\": 3" REST, "line 1, column 12: 'widths' must be an array, not 3"},
    {"{\"widths\": [3]" REST, "line 1, column 12: found 1 widths, expected 2 to 4"},
    {"{\"widths\": [3,1,1,1,1]" REST, "line 1, column 12: found 5 widths, expected 2 to 4"},
    {"{\"widths\": [3,0]" REST, "line 1, column 15: an item of 'widths' must be an integer from 1 to 100000, not 0"},
    {FRONT "\"kind\": \"cubic\", \"activation\": \"relu\", \"last\": \"same\", \"biases\": true}",
     "line 1, column 27: unknown kind 'cubic'; known are " KINDS},
    {FRONT "\"kind\": \"full\", \"activation\": \"rely\", \"last\": \"same\", \"biases\": true}",
     "line 1, column 49: unknown activation 'rely'" KNOWN},
    {FRONT "\"kind\": \"full\", \"activation\": \"relu\", \"last\": \"square\", \"biases\": true}",
     "line 1, column 65: 'last': found 'square', expected linear or same"},
    {FRONT "\"kind\": \"full\", \"activation\": \"relu\", \"last\": \"same\", \"biases\": 1}",
     "line 1, column 83: 'biases' must be true or false, not 1"},
    {FRONT "\"kind\": \"full\", \"activation\": \"relu\", \"last\": \"same\"}", "line 1, column 1: key 'biases' is missing in the file"},
};

START_TEST(no_architectures)
{
    qd_ctx_t ctx;
    qd_arch arch;
    int64_t width[4];
    ck_assert_int_eq(read_arch(&arch, width, bad_arch[_i].text, ctx), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), bad_arch[_i].message);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("arch");
    TCase *tc = tcase_create("arch");
    tcase_add_loop_test(tc, kinds, 0, COUNT(known_kind));
    tcase_add_test(tc, kind_names);
    tcase_add_test(tc, shapes);
    tcase_add_loop_test(tc, activations, 0, COUNT(good));
    tcase_add_loop_test(tc, bad_activations, 0, COUNT(bad));
    tcase_add_loop_test(tc, slopes, 0, COUNT(slope));
    tcase_add_test(tc, slopes_as_doubles);
    tcase_add_loop_test(tc, neurons_in_lists, 0, COUNT(listed));
    tcase_add_loop_test(tc, no_neurons, 0, COUNT(unlisted));
    tcase_add_test(tc, words);
    tcase_add_loop_test(tc, no_widths, 0, COUNT(bad_widths));
    tcase_add_test(tc, architectures);
    tcase_add_loop_test(tc, no_architectures, 0, COUNT(bad_arch));
    suite_add_tcase(suite, tc);
    return test_run(suite);
}
