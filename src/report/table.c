/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table as it is filled: columns first, then rows of texts. */
#include "report/report.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void qd_table_init(qd_table_t t)
{
    memset(t, 0, sizeof *t);
}

static void free_row(qd_table_t t, int64_t row)
{
    for (int64_t c = 0; c < t->ncolumns; c++) free(t->cell[row][c]);
    free(t->cell[row]);
}

void qd_table_clear(qd_table_t t)
{
    for (int64_t r = 0; r < t->nrows; r++) free_row(t, r);
    for (int64_t c = 0; c < t->ncolumns; c++) {
        free(t->column[c].name);
        free(t->column[c].title);
    }
    free(t->cell);
    free(t->column);
    free(t->caption);
    qd_table_init(t);
}

void qd_table_caption(qd_table_t t, const char *caption)
{
    char *copy = qd_strdup(caption);
    free(t->caption);
    t->caption = copy;
}

void qd_table_column(qd_table_t t, const char *name, const char *title, qd_cell_type type)
{
    assert(t->nrows == 0);
    t->column = qd_realloc(t->column, (size_t) (t->ncolumns + 1) * sizeof *t->column);
    t->column[t->ncolumns++] = (qd_column){qd_strdup(name), qd_strdup(title), type};
}

int64_t qd_table_row(qd_table_t t)
{
    if (t->nrows == t->row_room) {
        t->row_room = t->row_room == 0 ? 16 : 2 * t->row_room;
        t->cell = qd_realloc(t->cell, (size_t) t->row_room * sizeof *t->cell);
    }
    char **row = qd_malloc((size_t) t->ncolumns * sizeof *row);
    for (int64_t c = 0; c < t->ncolumns; c++) row[c] = qd_strdup("");
    t->cell[t->nrows] = row;
    return t->nrows++;
}

void qd_table_keep(qd_table_t t, const bool *keep)
{
    int64_t kept = 0;
    for (int64_t r = 0; r < t->nrows; r++)
        if (keep[r]) t->cell[kept++] = t->cell[r];
        else free_row(t, r);
    t->nrows = kept;
}

void qd_table_set(qd_table_t t, int64_t row, int64_t column, const char *format, ...)
{
    va_list args;
    assert(0 <= row && row < t->nrows && 0 <= column && column < t->ncolumns);
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = qd_malloc((size_t) n + 1);
    va_start(args, format);
    vsnprintf(text, (size_t) n + 1, format, args);
    va_end(args);
    free(t->cell[row][column]); /* last: it may be one of the arguments */
    t->cell[row][column] = text;
}
