/* The block "data": which source it names, and what the sources share. */
#include "train/train_data_impl.h"

#include <string.h>

static const char *const keys[] = {
    "target", "spline",  "interval", "samples",       "sampling", "noise", "test_samples", "classes",     "idx",
    "size",   "cifar10", "csv",      "target_column", "test_csv", "limit", "test_limit",   "standardise", NULL,
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
    const qd_node *block = qd_node_member(layer, "data");
    if (block == NULL) return QD_OK;
    qd_status st = qd_node_get_object(block, "'data'", ctx);
    return st == QD_OK ? qd_node_only_keys(block, keys, "'data'", ctx) : st;
}

qd_status train_data__int(int64_t *v, const qd_config *config, const char *key, int64_t min, int64_t max, qd_ctx_t ctx)
{
    return qd_node_optional_int(v, qd_config_block(config, "data", key), key, min, max, ctx);
}

qd_status train_data__string(const char **v, const qd_config *config, const char *key, qd_ctx_t ctx)
{
    return qd_node_optional_string(v, qd_config_block(config, "data", key), key, ctx);
}

void train_data__add_text(qd_buf_t out, const char *key, const char *text)
{
    qd_buf_printf(out, "%s\"%s\": ", out->len > 1 ? ", " : "", key);
    qd_json_quote(out, text);
}

void train_data__add_int(qd_buf_t out, const char *key, int64_t x)
{
    qd_buf_printf(out, "%s\"%s\": %ld", out->len > 1 ? ", " : "", key, (long) x);
}

/* Which of the sources the most specific layer names; NULL: none. */
static const char *data_way(const qd_config *config, qd_status *st, qd_ctx_t ctx)
{
    static const char *const ways[] = {"target", "spline", "idx", "cifar10", "csv"};
    for (int i = 0; i < config->n; i++) {
        const qd_config one = {1, {config->layer[i]}};
        const char *found = NULL;
        for (size_t k = 0; k < sizeof ways / sizeof *ways; k++) {
            const qd_node *m = qd_config_find(&one, "data", ways[k]);
            if (m == NULL) continue;
            if (found != NULL) *st = qd_node_fail(m, ctx, "both '%s' and '%s' in 'data'; expected one source", found, ways[k]);
            found = ways[k];
        }
        if (found != NULL) return found;
    }
    return NULL;
}

qd_status train_data_read(train_data *d, const qd_config *config, uint64_t seed, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    const char *way = data_way(config, &st, ctx), *text = NULL;
    if (st != QD_OK) return st;
    if (way == NULL) return qd_fail(ctx, QD_EINPUT, "no source in 'data'; expected 'target', 'spline', 'idx', 'cifar10' or 'csv'");
    if ((st = train_data__string(&text, config, way, ctx)) != QD_OK) return st;
    train_data_clear(d);
    train_data_init(d);
    if (!strcmp(way, "target")) return train_data__target(d, config, text, seed, ctx);
    if (!strcmp(way, "spline")) return train_data__spline(d, config, text, seed, ctx);
    return train_data__files(d, config, way, text, ctx);
}
