/* The results of a study, while they come. */
#include "table/table.h"

#include <stdlib.h>

void table_results_init(table_results *r, const qd_field *field, size_t size, int64_t n)
{
    *r = (table_results){.field = field, .size = size, .n = n};
    r->record = qd_calloc((size_t) n + 1, size);
    r->there = qd_calloc((size_t) n + 1, sizeof *r->there);
    r->seconds = qd_calloc((size_t) n + 1, sizeof *r->seconds);
}

void table_results_clear(table_results *r)
{
    for (int64_t i = 0; i < r->n; i++) qd_record_clear(table_result(r, i), r->field);
    free(r->record);
    free(r->there);
    free(r->seconds);
}

void *table_result(const table_results *r, int64_t item)
{
    return r->record + r->size * (size_t) item;
}
