/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table in each of its formats. Every format is a printer of the whole table and an escape for one
   cell; what stands in a cell never changes the shape of the table. */
#include "report/report.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *suffix;
    qd_table_format format;
} known[] = {{".txt", QD_TEXT}, {".csv", QD_CSV}, {".md", QD_MARKDOWN}, {".tex", QD_LATEX}, {".json", QD_JSON_LINES}};

qd_status qd_table_format_from_path(qd_table_format *format, const char *path, qd_ctx_t ctx)
{
    const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;
    const char *suffix = strrchr(name, '.');
    if (suffix == NULL) return qd_fail(ctx, QD_EINPUT, "'%s' has no suffix, expected .txt, .csv, .md, .tex or .json", path);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcasecmp(suffix, known[i].suffix) == 0) {
            *format = known[i].format;
            return QD_OK;
        }
    return qd_fail(ctx, QD_EINPUT, "'%s' has the suffix %s, expected .txt, .csv, .md, .tex or .json", path, suffix);
}

static bool is_number(const qd_table_t t, int64_t column)
{
    return t->column[column].type == QD_CELL_NUMBER;
}

/* ---- text -------------------------------------------------------------------------------- */

/* A cell of the formats in which a row is a line. */
static void put_line(qd_buf_t out, const char *s)
{
    for (; *s != '\0'; s++) qd_buf_add(out, strchr("\n\r\t", *s) == NULL ? s : " ", 1);
}

static size_t width(const char *s)
{
    size_t n = 0;
    for (; *s != '\0'; s++) n += ((unsigned char) *s & 0xC0) != 0x80;
    return n;
}

static void put_repeated(qd_buf_t out, char c, size_t n)
{
    while (n-- > 0) qd_buf_add(out, &c, 1);
}

static size_t column_width(const qd_table_t t, int64_t column)
{
    size_t w = width(t->column[column].title);
    for (int64_t r = 0; r < t->nrows; r++) {
        size_t n = width(t->cell[r][column]);
        if (n > w) w = n;
    }
    return w;
}

static void put_padded(qd_buf_t out, const qd_table_t t, int64_t column, const char *s, size_t w)
{
    bool last = column + 1 == t->ncolumns;
    size_t pad = w - width(s);
    if (is_number(t, column)) put_repeated(out, ' ', pad);
    put_line(out, s);
    if (!is_number(t, column) && !last) put_repeated(out, ' ', pad);
    qd_buf_puts(out, last ? "\n" : "  ");
}

static void print_text(qd_buf_t out, const qd_table_t t)
{
    size_t *w = qd_malloc((size_t) t->ncolumns * sizeof *w);
    if (t->caption != NULL) {
        put_line(out, t->caption);
        qd_buf_puts(out, "\n\n");
    }
    for (int64_t c = 0; c < t->ncolumns; c++) {
        w[c] = column_width(t, c);
        put_padded(out, t, c, t->column[c].title, w[c]);
    }
    for (int64_t c = 0; c < t->ncolumns; c++) {
        put_repeated(out, '-', w[c]);
        qd_buf_puts(out, c + 1 == t->ncolumns ? "\n" : "  ");
    }
    for (int64_t r = 0; r < t->nrows; r++)
        for (int64_t c = 0; c < t->ncolumns; c++) put_padded(out, t, c, t->cell[r][c], w[c]);
    free(w);
}

/* ---- CSV --------------------------------------------------------------------------------- */

static void put_csv(qd_buf_t out, const qd_table_t t, int64_t column, const char *s)
{
    qd_csv_print(out, s, t->ncolumns == 1 && *s == '\0'); /* readers skip an empty line */
    qd_buf_puts(out, column + 1 == t->ncolumns ? "\n" : ",");
}

static void print_csv(qd_buf_t out, const qd_table_t t)
{
    for (int64_t c = 0; c < t->ncolumns; c++) put_csv(out, t, c, t->column[c].name);
    for (int64_t r = 0; r < t->nrows; r++)
        for (int64_t c = 0; c < t->ncolumns; c++) put_csv(out, t, c, t->cell[r][c]);
}

/* ---- Markdown ---------------------------------------------------------------------------- */

static void put_markdown(qd_buf_t out, const char *s)
{
    for (; *s != '\0'; s++) {
        if (strchr("\\|*_`<~$&", *s) != NULL) qd_buf_puts(out, "\\");
        qd_buf_add(out, strchr("\n\r\t", *s) == NULL ? s : " ", 1);
    }
}

static void put_markdown_cell(qd_buf_t out, const qd_table_t t, int64_t column, const char *s)
{
    qd_buf_puts(out, column == 0 ? "| " : " ");
    put_markdown(out, s);
    qd_buf_puts(out, column + 1 == t->ncolumns ? " |\n" : " |");
}

static void print_markdown(qd_buf_t out, const qd_table_t t)
{
    if (t->caption != NULL) {
        put_markdown(out, t->caption);
        qd_buf_puts(out, "\n\n");
    }
    for (int64_t c = 0; c < t->ncolumns; c++) put_markdown_cell(out, t, c, t->column[c].title);
    qd_buf_puts(out, "|");
    for (int64_t c = 0; c < t->ncolumns; c++) qd_buf_puts(out, is_number(t, c) ? " ---: |" : " --- |");
    qd_buf_puts(out, "\n");
    for (int64_t r = 0; r < t->nrows; r++)
        for (int64_t c = 0; c < t->ncolumns; c++) put_markdown_cell(out, t, c, t->cell[r][c]);
}

/* ---- LaTeX ------------------------------------------------------------------------------- */

static const char *latex_escape(char c)
{
    switch (c) {
    case '\\':
        return "\\textbackslash{}";
    case '~':
        return "\\textasciitilde{}";
    case '^':
        return "\\textasciicircum{}";
    case '<':
        return "\\textless{}";
    case '>':
        return "\\textgreater{}";
    case '|':
        return "\\textbar{}";
    case '#':
        return "\\#";
    case '$':
        return "\\$";
    case '%':
        return "\\%";
    case '&':
        return "\\&";
    case '_':
        return "\\_";
    case '{':
        return "\\{";
    case '}':
        return "\\}";
    case '\n':
    case '\r':
    case '\t':
        return " ";
    default:
        return NULL;
    }
}

static void put_latex(qd_buf_t out, const char *s)
{
    for (; *s != '\0'; s++) {
        const char *escape = latex_escape(*s);
        if (escape != NULL) qd_buf_puts(out, escape);
        else qd_buf_add(out, s, 1);
    }
}

/* A row that began with [ or * would be read as the argument of the \\ before it. */
static void put_latex_cell(qd_buf_t out, const qd_table_t t, int64_t column, const char *s)
{
    if (column == 0 && (*s == '[' || *s == '*')) qd_buf_puts(out, "{}");
    put_latex(out, s);
    qd_buf_puts(out, column + 1 == t->ncolumns ? " \\\\\n" : " & ");
}

static void print_tabular(qd_buf_t out, const qd_table_t t)
{
    qd_buf_puts(out, "\\begin{tabular}{");
    for (int64_t c = 0; c < t->ncolumns; c++) qd_buf_puts(out, is_number(t, c) ? "r" : "l");
    qd_buf_puts(out, "}\n\\toprule\n");
    for (int64_t c = 0; c < t->ncolumns; c++) put_latex_cell(out, t, c, t->column[c].title);
    qd_buf_puts(out, "\\midrule\n");
    for (int64_t r = 0; r < t->nrows; r++)
        for (int64_t c = 0; c < t->ncolumns; c++) put_latex_cell(out, t, c, t->cell[r][c]);
    qd_buf_puts(out, "\\bottomrule\n\\end{tabular}\n");
}

static void print_latex(qd_buf_t out, const qd_table_t t)
{
    if (t->caption == NULL) {
        print_tabular(out, t);
        return;
    }
    qd_buf_puts(out, "% \\usepackage{booktabs,graphicx}\n\\begin{table}\n\\centering\n\\caption{");
    put_latex(out, t->caption);
    /* a wide table is scaled to the line, a narrow one is left as it is */
    qd_buf_puts(out, "}\n\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%\n");
    print_tabular(out, t);
    qd_buf_puts(out, "}\n\\end{table}\n");
}

/* ---- JSON lines -------------------------------------------------------------------------- */

static void put_json(qd_json_t w, const qd_table_t t, int64_t column, const char *s)
{
    const char *key = t->column[column].name;
    bool bare = qd_json_is_number(s) || strcmp(s, "true") == 0 || strcmp(s, "false") == 0;
    if (!is_number(t, column)) qd_json_string(w, key, s);
    else if (*s == '\0') qd_json_null(w, key);
    else if (bare) qd_json_raw(w, key, s);
    else qd_json_string(w, key, s);
}

static void put_json_row(qd_json_t w, const qd_table_t t, int64_t row)
{
    qd_json_object(w, NULL);
    for (int64_t c = 0; c < t->ncolumns; c++) put_json(w, t, c, t->cell[row][c]);
    qd_json_end(w);
}

void qd_table_json(qd_json_t w, const char *key, const qd_table_t t)
{
    qd_json_array(w, key);
    for (int64_t r = 0; r < t->nrows; r++) put_json_row(w, t, r);
    qd_json_end(w);
}

static void print_json(qd_buf_t out, const qd_table_t t)
{
    qd_json_t w;
    qd_json_init(w, out);
    for (int64_t r = 0; r < t->nrows; r++) {
        put_json_row(w, t, r);
        qd_json_finish(w);
    }
}

void qd_table_print(qd_buf_t out, const qd_table_t t, qd_table_format format)
{
    switch (format) {
    case QD_TEXT:
        print_text(out, t);
        break;
    case QD_CSV:
        print_csv(out, t);
        break;
    case QD_MARKDOWN:
        print_markdown(out, t);
        break;
    case QD_LATEX:
        print_latex(out, t);
        break;
    case QD_JSON_LINES:
        print_json(out, t);
        break;
    }
}
