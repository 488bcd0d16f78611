/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The block "data": which source it names, and what the sources share. */
#include "train/train_data_impl.h"

#include <string.h>

enum { TARGET, SPLINE, IDX, CIFAR10, CSV };
static const char *const sources[] = {"target", "spline", "idx", "cifar10", "csv", NULL};

#define BIT(source) (1u << (source))
#define FUNCTION (BIT(TARGET) | BIT(SPLINE))
#define PICTURES (BIT(IDX) | BIT(CIFAR10))
#define A_FUNCTION "a function to sample (target or spline)"
#define A_FILE "data of files (idx, cifar10 or csv)"

/* The keys of the block, and the sources for which each has an effect. */
static const qd_setting settings[] = {
    {"data", "target", 0, NULL},
    {"data", "spline", 0, NULL},
    {"data", "interval", FUNCTION, A_FUNCTION},
    {"data", "samples", FUNCTION, A_FUNCTION},
    {"data", "sampling", FUNCTION, A_FUNCTION},
    {"data", "noise", FUNCTION, A_FUNCTION},
    {"data", "test_samples", FUNCTION, A_FUNCTION},
    {"data", "classes", FUNCTION | BIT(IDX) | BIT(CSV), "a source that leaves them open (target, spline, idx or csv)"},
    {"data", "idx", 0, NULL},
    {"data", "prefix", BIT(IDX), "'idx'"},
    {"data", "size", BIT(IDX), "'idx'"},
    {"data", "transpose", BIT(IDX), "'idx'"},
    {"data", "cifar10", 0, NULL},
    {"data", "csv", 0, NULL},
    {"data", "target_column", BIT(CSV), "'csv'"},
    {"data", "columns", BIT(CSV), "'csv'"},
    {"data", "separator", BIT(CSV), "'csv'"},
    {"data", "decimal", BIT(CSV), "'csv'"},
    {"data", "test_csv", BIT(CSV), "'csv'"},
    {"data", "limit", PICTURES | BIT(CSV), A_FILE},
    {"data", "test_limit", PICTURES | BIT(CSV), A_FILE},
    {"data", "standardise", PICTURES, "pictures (idx or cifar10 data)"},
    {NULL, NULL, 0, NULL},
};

void train_data_init(train_data *d)
{
    memset(d, 0, sizeof *d);
    qd_data_init(d->train);
    qd_data_init(d->test);
    qd_buf_init(d->resolved);
    qd_expr_init(d->expr);
    qd_spline_init(d->spline);
}

void train_data_clear(train_data *d)
{
    qd_data_clear(d->train);
    qd_data_clear(d->test);
    qd_buf_clear(d->resolved);
    qd_expr_clear(d->expr);
    qd_spline_clear(d->spline);
}

qd_status train_data_check(const qd_node *layer, qd_ctx_t ctx)
{
    return qd_settings_check(layer, settings, ctx);
}

qd_status train_data__int(int64_t *v, const qd_config *config, const char *key, int64_t min, int64_t max, qd_ctx_t ctx)
{
    return qd_node_optional_int(v, qd_config_block(config, "data", key), key, min, max, ctx);
}

qd_status train_data__string(const char **v, const qd_config *config, const char *key, qd_ctx_t ctx)
{
    return qd_node_optional_string(v, qd_config_block(config, "data", key), key, ctx);
}

qd_status train_data_read(train_data *d, const qd_config *config, uint64_t seed, qd_ctx_t ctx)
{
    int source;
    const char *text = NULL;
    qd_status st = qd_config_choice(&source, config, "data", sources, ctx);
    if (st != QD_OK) return st;
    if (source < 0) return qd_fail(ctx, QD_EINPUT, "no source in 'data'; expected 'target', 'spline', 'idx', 'cifar10' or 'csv'");
    if ((st = train_data__string(&text, config, sources[source], ctx)) != QD_OK ||
        (st = qd_config_effects(config, settings, BIT(source), ctx)) != QD_OK)
        return st;
    train_data_clear(d);
    train_data_init(d);
    if (source == TARGET) return train_data__target(d, config, text, seed, ctx);
    if (source == SPLINE) return train_data__spline(d, config, text, seed, ctx);
    return train_data__files(d, config, sources[source], text, ctx);
}
