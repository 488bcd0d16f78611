/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `table dimension` and `table filling` share: one row a family of the configuration. */
#include "cli/cli.h"
#include "table/dimension_config.h"

int dimension_config_table(table_job *job, const char *name, dimension_study study, const char *path)
{
    int code = table_check_options(job->command);
    if (code != EXIT_ANSWERED) return code;
    qd_ctx_t ctx;
    qd_buf_t caption, resolved;
    dimension_config c;
    cli_ctx(ctx);
    qd_buf_init(caption);
    qd_buf_init(resolved);
    dimension_config_init(&c, name);
    qd_status st = dimension_config_read(&c, path, study, ctx);
    if (st == QD_OK) {
        dimension_config_describe(caption, resolved, &c);
        job->caption = qd_buf_str(caption);
        job->resolved = qd_buf_str(resolved);
        job->study = &c;
        job->field = dimension_field;
        job->size = sizeof(dimension_record);
        job->nitems = job->nrows = dimension_config_nitems(&c);
        code = table_run(job, ctx);
    } else code = table_fail(st, path, ctx);
    dimension_config_clear(&c);
    qd_buf_clear(caption);
    qd_buf_clear(resolved);
    return code;
}
