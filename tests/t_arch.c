/* The tables of kinds and activations against the formulas of DEFINITIONS section 1. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"

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
    ck_assert_int_eq(qd_kind_from_name(info->name), known_kind[_i].kind);
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
    for (int i = 0; i < COUNT(bad); i++) ck_assert_int_eq(qd_kind_from_name(bad[i]), QD_KINDS);
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
    qd_activation act = QD_ACTIVATIONS;
    int64_t r = -1;
    qd_ctx_init(ctx);
    ck_assert_int_eq(qd_activation_from_text(&act, &r, good[_i].text, ctx), QD_OK);
    ck_assert_int_eq(act, good[_i].act);
    ck_assert_int_eq(r, good[_i].power);
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
    qd_activation act = QD_ABS;
    int64_t r = 77;
    qd_ctx_init(ctx);
    ck_assert_int_eq(qd_activation_from_text(&act, &r, bad[_i].text, ctx), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), bad[_i].message);
    ck_assert_int_eq(act, QD_ABS);
    ck_assert_int_eq(r, 77);
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
    suite_add_tcase(suite, tc);
    SRunner *sr = srunner_create(suite);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
