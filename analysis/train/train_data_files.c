/* Samples from files: IDX, CIFAR-10, CSV. */
#include "train/train_data_impl.h"

#include <string.h>
#include <unistd.h>

#define FASHION_MNIST "/usr/share/datasets/fashion-mnist"

/* folder/name, or folder/name.gz when only that is there. */
static void find_file(qd_buf_t path, const char *folder, const char *name)
{
    qd_buf_reset(path);
    qd_buf_printf(path, "%s/%s", folder, name);
    if (access(qd_buf_str(path), F_OK) == 0) return;
    qd_buf_puts(path, ".gz");
}

static qd_status load_idx(qd_data_t data, const char *folder, const char *set, const int64_t size[2], int64_t limit, qd_ctx_t ctx)
{
    qd_buf_t images, labels, name;
    qd_buf_init(images);
    qd_buf_init(labels);
    qd_buf_init(name);
    qd_buf_printf(name, "%s-images-idx3-ubyte", set);
    find_file(images, folder, qd_buf_str(name));
    qd_buf_reset(name);
    qd_buf_printf(name, "%s-labels-idx1-ubyte", set);
    find_file(labels, folder, qd_buf_str(name));
    qd_status st = qd_data_idx(data, qd_buf_str(images), qd_buf_str(labels), 10, size[0], size[1], limit, ctx);
    qd_buf_clear(images);
    qd_buf_clear(labels);
    qd_buf_clear(name);
    return st;
}

typedef struct {
    int64_t limit, test_limit;
    bool standardise;
} file_plan;

static qd_status read_file_plan(file_plan *plan, const qd_config *config, qd_ctx_t ctx)
{
    const qd_node *m = qd_config_find(config, "data", "standardise");
    qd_status st = m == NULL ? QD_OK : qd_node_get_bool(&plan->standardise, m, "'standardise'", ctx);
    if (st == QD_OK) st = train_data__int(&plan->limit, config, "limit", 0, 1 << 30, ctx);
    return st == QD_OK ? train_data__int(&plan->test_limit, config, "test_limit", 0, 1 << 30, ctx) : st;
}

static void resolve_files(train_data *d, const file_plan *plan)
{
    if (plan->limit > 0) train_data__add_int(d->resolved, "limit", plan->limit);
    if (plan->test_limit > 0) train_data__add_int(d->resolved, "test_limit", plan->test_limit);
    if (d->train->pixel != NULL) qd_buf_printf(d->resolved, ", \"standardise\": %s", plan->standardise ? "true" : "false");
    qd_buf_puts(d->resolved, "}");
}

static void standardise(train_data *d, const file_plan *plan)
{
    if (!plan->standardise) return;
    qd_data_standardise(d->test, d->train);
    qd_data_standardise(d->train, d->train);
}

static qd_status read_idx(train_data *d, const qd_config *config, const char *folder, const file_plan *plan, qd_ctx_t ctx)
{
    if (!strcmp(folder, "fashion-mnist")) {
        folder = FASHION_MNIST;
        if (access(folder, F_OK) != 0)
            return qd_fail(ctx, QD_EIO, "%s is not there; expected Debian's package dataset-fashion-mnist", folder);
    }
    int64_t size[2] = {0, 0};
    const qd_node *m = qd_config_find(config, "data", "size");
    qd_status st = QD_OK;
    if (m != NULL && (qd_node_kind(m) != QD_NODE_ARRAY || qd_node_count(m) != 2))
        return qd_node_fail(m, ctx, "'size': expected [height, width]");
    for (int i = 0; i < 2 && m != NULL && st == QD_OK; i++) st = qd_node_get_int(size + i, qd_node_item(m, i), 1, 10000, "'size'", ctx);
    if (st == QD_OK) st = load_idx(d->train, folder, "train", size, plan->limit, ctx);
    if (st == QD_OK) st = load_idx(d->test, folder, "t10k", size, plan->test_limit, ctx);
    qd_buf_puts(d->resolved, "{");
    train_data__add_text(d->resolved, "idx", folder);
    if (m != NULL) qd_buf_printf(d->resolved, ", \"size\": [%ld, %ld]", (long) size[0], (long) size[1]);
    return st;
}

static qd_status read_cifar10(train_data *d, const char *folder, const file_plan *plan, qd_ctx_t ctx)
{
    qd_status st = qd_data_cifar10(d->train, folder, true, plan->limit, ctx);
    qd_buf_puts(d->resolved, "{");
    train_data__add_text(d->resolved, "cifar10", folder);
    return st == QD_OK ? qd_data_cifar10(d->test, folder, false, plan->test_limit, ctx) : st;
}

static void keep_first(qd_data_t data, int64_t limit)
{
    if (limit > 0 && limit < data->n) data->n = limit;
}

static qd_status read_csv(train_data *d, const qd_config *config, const char *path, const file_plan *plan, qd_ctx_t ctx)
{
    const qd_node *pictures = qd_config_find(config, "data", "standardise");
    if (pictures != NULL) return qd_node_fail(pictures, ctx, "'standardise' without pictures; expected IDX or CIFAR-10 data");
    const char *column = NULL, *test = path;
    int64_t classes = 0;
    qd_status st;
    if ((st = train_data__string(&column, config, "target_column", ctx)) != QD_OK ||
        (st = train_data__string(&test, config, "test_csv", ctx)) != QD_OK ||
        (st = train_data__int(&classes, config, "classes", 0, 100000, ctx)) != QD_OK)
        return st;
    if (column == NULL)
        return qd_node_fail(qd_config_find(config, "data", "csv"), ctx,
                            "'csv' without 'target_column'; expected the name of the column to be learnt");
    qd_buf_puts(d->resolved, "{");
    train_data__add_text(d->resolved, "csv", path);
    train_data__add_text(d->resolved, "target_column", column);
    train_data__add_text(d->resolved, "test_csv", test);
    train_data__add_int(d->resolved, "classes", classes);
    st = qd_data_csv(d->train, path, column, classes, ctx);
    if (st == QD_OK) st = qd_data_csv(d->test, test, column, classes, ctx);
    keep_first(d->train, plan->limit);
    keep_first(d->test, plan->test_limit);
    return st;
}

qd_status train_data__files(train_data *d, const qd_config *config, const char *way, const char *path, qd_ctx_t ctx)
{
    file_plan plan = {0, 0, true};
    qd_status st = read_file_plan(&plan, config, ctx);
    if (st != QD_OK) return st;
    if (!strcmp(way, "idx")) st = read_idx(d, config, path, &plan, ctx);
    else if (!strcmp(way, "cifar10")) st = read_cifar10(d, path, &plan, ctx);
    else st = read_csv(d, config, path, &plan, ctx);
    if (st != QD_OK) return st;
    standardise(d, &plan);
    resolve_files(d, &plan);
    return QD_OK;
}
