/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of src/report: one table with everything that could break a format, in each of them. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/io.h"
#include "report/report.h"
#include "shared/suite.h"

static qd_ctx_t ctx;
static qd_table_t table;
static qd_buf_t out;

static void setup(void)
{
    qd_ctx_init(ctx);
    qd_table_init(table);
    qd_buf_init(out);
}

static void teardown(void)
{
    qd_table_clear(table);
    qd_buf_clear(out);
}

static void add(const char *name, const char *value, const char *note)
{
    int64_t r = qd_table_row(table);
    qd_table_set(table, r, 0, "%s", name);
    qd_table_set(table, r, 1, "%s", value);
    qd_table_set(table, r, 2, "%s", note);
}

static void fill(void)
{
    qd_table_column(table, "name", "Name", QD_CELL_STRING);
    qd_table_column(table, "value", "Value_1", QD_CELL_NUMBER);
    qd_table_column(table, "note", "N\xC3\xB6te", QD_CELL_STRING);
    add("a,b", "-1.5e-3", "say \"x\"");
    add("[0|1]", "", "two\nlines");
    add("\xCF\x83(x)^2", "1/2", "{50% & #1 $ ~ \\ <y>}");
    add("2*x", "true", "");
}

static const char *print(qd_table_format format)
{
    qd_buf_reset(out);
    qd_table_print(out, table, format);
    return qd_buf_str(out);
}

START_TEST(text)
{
    fill();
    ck_assert_str_eq(print(QD_TEXT), "Name    Value_1  N\xC3\xB6te\n"
                                     "------  -------  --------------------\n"
                                     "a,b     -1.5e-3  say \"x\"\n"
                                     "[0|1]            two lines\n"
                                     "\xCF\x83(x)^2      1/2  {50% & #1 $ ~ \\ <y>}\n"
                                     "2*x        true  \n");
    qd_table_caption(table, "Old");
    qd_table_caption(table, "New");
    ck_assert_int_eq(strncmp(print(QD_TEXT), "New\n\nName  ", 11), 0);
}
END_TEST

START_TEST(csv)
{
    fill();
    qd_table_caption(table, "no place for it");
    ck_assert_str_eq(print(QD_CSV), "name,value,note\n"
                                    "\"a,b\",-1.5e-3,\"say \"\"x\"\"\"\n"
                                    "[0|1],,\"two\nlines\"\n"
                                    "\xCF\x83(x)^2,1/2,{50% & #1 $ ~ \\ <y>}\n"
                                    "2*x,true,\n");
}
END_TEST

START_TEST(csv_of_one_column_has_no_blank_line)
{
    qd_table_column(table, "x", "x", QD_CELL_STRING);
    qd_table_row(table);
    ck_assert_str_eq(print(QD_CSV), "x\n\"\"\n");
}
END_TEST

START_TEST(markdown)
{
    fill();
    qd_table_caption(table, "A_b");
    ck_assert_str_eq(print(QD_MARKDOWN), "A\\_b\n\n"
                                         "| Name | Value\\_1 | N\xC3\xB6te |\n"
                                         "| --- | ---: | --- |\n"
                                         "| a,b | -1.5e-3 | say \"x\" |\n"
                                         "| [0\\|1] |  | two lines |\n"
                                         "| \xCF\x83(x)^2 | 1/2 | {50% \\& #1 \\$ \\~ \\\\ \\<y>} |\n"
                                         "| 2\\*x | true |  |\n");
}
END_TEST

START_TEST(latex)
{
    static const char tabular[] = "\\begin{tabular}{lrl}\n"
                                  "\\toprule\n"
                                  "Name & Value\\_1 & N\xC3\xB6te \\\\\n"
                                  "\\midrule\n"
                                  "a,b & -1.5e-3 & say \"x\" \\\\\n"
                                  "{}[0\\textbar{}1] &  & two lines \\\\\n"
                                  "\xCF\x83(x)\\textasciicircum{}2 & 1/2 & \\{50\\% \\& \\#1 \\$ \\textasciitilde{} \\textbackslash{} "
                                  "\\textless{}y\\textgreater{}\\} \\\\\n"
                                  "2*x & true &  \\\\\n"
                                  "\\bottomrule\n"
                                  "\\end{tabular}\n";
    qd_buf_t whole;
    fill();
    ck_assert_str_eq(print(QD_LATEX), tabular);
    qd_table_caption(table, "100%");
    qd_buf_init(whole);
    qd_buf_printf(whole,
                  "%% \\usepackage{booktabs,graphicx}\n\\begin{table}\n\\centering\n\\caption{100\\%%}\n"
                  "\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%%\n%s}\n\\end{table}\n",
                  tabular);
    ck_assert_str_eq(print(QD_LATEX), qd_buf_str(whole));
    qd_buf_clear(whole);
}
END_TEST

/* After \\\\ a star or a bracket at the start of the next row would be an argument. */
START_TEST(latex_rows_that_begin_like_an_argument)
{
    qd_table_column(table, "x", "*", QD_CELL_STRING);
    qd_table_column(table, "y", "[y]", QD_CELL_STRING);
    for (int r = 0; r < 3; r++)
        for (int c = 0; c < 2; c++) qd_table_set(table, c == 0 ? qd_table_row(table) : r, c, "%s", r == 0 ? "*" : r == 1 ? "[1]" : "a*");
    ck_assert_str_eq(print(QD_LATEX), "\\begin{tabular}{ll}\n"
                                      "\\toprule\n"
                                      "{}* & [y] \\\\\n"
                                      "\\midrule\n"
                                      "{}* & * \\\\\n"
                                      "{}[1] & [1] \\\\\n"
                                      "a* & a* \\\\\n"
                                      "\\bottomrule\n"
                                      "\\end{tabular}\n");
}
END_TEST

START_TEST(json_lines)
{
    fill();
    qd_table_caption(table, "no place for it");
    ck_assert_str_eq(print(QD_JSON_LINES), "{\"name\": \"a,b\", \"value\": -1.5e-3, \"note\": \"say \\\"x\\\"\"}\n"
                                           "{\"name\": \"[0|1]\", \"value\": null, \"note\": \"two\\nlines\"}\n"
                                           "{\"name\": \"\xCF\x83(x)^2\", \"value\": \"1/2\", \"note\": \"{50% & #1 $ ~ \\\\ <y>}\"}\n"
                                           "{\"name\": \"2*x\", \"value\": true, \"note\": \"\"}\n");
}
END_TEST

/* Whatever stands in the cells, each line is strict JSON that gives them back. */
START_TEST(json_lines_read_back)
{
    qd_rng_t rng;
    qd_doc_t doc;
    qd_rng_init(rng, test_seed(), (uint64_t) _i);
    qd_doc_init(doc);
    qd_table_column(table, "s", "s", QD_CELL_STRING);
    qd_table_column(table, "n", "n", QD_CELL_NUMBER);
    qd_table_row(table);
    for (int c = 0; c < 2; c++) {
        char cell[8] = "";
        for (int64_t k = 0, n = qd_rng_range(rng, 0, 6); k < n; k++) cell[k] = "01-.eE+\"\\\n\tnull{}"[qd_rng_below(rng, 17)];
        qd_table_set(table, 0, c, "%s", cell);
    }
    const char *line = print(QD_JSON_LINES);
    ck_assert_msg(qd_doc_parse(doc, line, strlen(line), QD_JSON, ctx) == QD_OK, "%s: %s", line, qd_ctx_message(ctx));
    for (int c = 0; c < 2; c++) {
        const qd_node *value = qd_node_value_at(qd_doc_root(doc), c);
        if (c == 1 && table->cell[0][1][0] == '\0') ck_assert_int_eq(qd_node_kind(value), QD_NODE_NULL);
        else ck_assert_str_eq(qd_node_text(value, NULL), table->cell[0][c]);
    }
    qd_doc_clear(doc);
}
END_TEST

START_TEST(empty_tables)
{
    qd_table_column(table, "x", "Width", QD_CELL_NUMBER);
    ck_assert_str_eq(print(QD_TEXT), "Width\n-----\n");
    ck_assert_str_eq(print(QD_CSV), "x\n");
    ck_assert_str_eq(print(QD_MARKDOWN), "| Width |\n| ---: |\n");
    ck_assert_str_eq(print(QD_JSON_LINES), "");
}
END_TEST

START_TEST(many_rows_and_a_cell_set_from_itself)
{
    qd_table_column(table, "x", "x", QD_CELL_NUMBER);
    for (int r = 0; r < 1000; r++) {
        ck_assert_int_eq(qd_table_row(table), r);
        qd_table_set(table, r, 0, "%d", r);
        qd_table_set(table, r, 0, "%s%s", table->cell[r][0], table->cell[r][0]);
    }
    ck_assert_str_eq(table->cell[0][0], "00");
    ck_assert_str_eq(table->cell[999][0], "999999");
}
END_TEST

START_TEST(some_rows_are_kept)
{
    static const bool keep[] = {false, true, true, false, true, false};
    qd_table_t t;
    qd_buf_t out;
    qd_table_init(t);
    qd_buf_init(out);
    qd_table_column(t, "n", "n", QD_CELL_NUMBER);
    for (int64_t r = 0; r < 6; r++) {
        qd_table_row(t);
        qd_table_set(t, r, 0, "%d", (int) r);
    }
    qd_table_keep(t, keep);
    ck_assert_int_eq(t->nrows, 3);
    qd_table_set(t, qd_table_row(t), 0, "9");
    qd_table_print(out, t, QD_CSV);
    ck_assert_str_eq(qd_buf_str(out), "n\n1\n2\n4\n9\n");
    qd_table_clear(t);
    qd_buf_clear(out);
}
END_TEST

START_TEST(format_from_path)
{
    qd_table_format f = QD_TEXT;
    ck_assert_int_eq(qd_table_format_from_path(&f, "out.d/a.b.CSV", ctx), QD_OK);
    ck_assert_int_eq(f, QD_CSV);
    ck_assert_int_eq(qd_table_format_from_path(&f, "a.md", ctx), QD_OK);
    ck_assert_int_eq(f, QD_MARKDOWN);
    ck_assert_int_eq(qd_table_format_from_path(&f, "a.tex", ctx), QD_OK);
    ck_assert_int_eq(f, QD_LATEX);
    ck_assert_int_eq(qd_table_format_from_path(&f, "a.json", ctx), QD_OK);
    ck_assert_int_eq(f, QD_JSON_LINES);
    ck_assert_int_eq(qd_table_format_from_path(&f, "a.txt", ctx), QD_OK);
    ck_assert_int_eq(f, QD_TEXT);
    f = QD_LATEX;
    ck_assert_int_eq(qd_table_format_from_path(&f, "a.xls", ctx), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), "'a.xls' has the suffix .xls, expected .txt, .csv, .md, .tex or .json");
    qd_ctx_forget(ctx);
    ck_assert_int_eq(qd_table_format_from_path(&f, "out.d/a", ctx), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), "'out.d/a' has no suffix, expected .txt, .csv, .md, .tex or .json");
    ck_assert_int_eq(f, QD_LATEX);
}
END_TEST

/* ---- maps -------------------------------------------------------------------------------- */

/* A point of the grid is in the middle of its square; those of one colour in a row are one rectangle, and all of them cover the picture. */
START_TEST(map_covers_the_picture)
{
    static const int32_t at[] = {0, 0, 1, 0, 2, 2, 2, 2, 2};
    static const double lo[] = {-1, -2}, hi[] = {1, 2}, segment[] = {0.5, 0, 0.5, 1};
    static const double expected[][4] = {
        {0, 0.75, 0.75, 1}, {0.75, 0.75, 1, 1}, {0, 0.25, 0.25, 0.75}, {0.25, 0.25, 1, 0.75}, {0, 0, 1, 0.25}};
    const qd_report_map map = {3, at, 1, segment, lo, hi, {"x", "y"}, "a title"};
    double x0, y0, x1, y1, x2, size = 0;
    int n = 0;
    qd_buf_reset(out);
    qd_report_map_svg(out, &map);
    const char *s = qd_buf_str(out);
    ck_assert_ptr_nonnull(strstr(s, "a title"));
    for (int pass = 0; pass < 2; pass++) {
        n = 0;
        for (const char *p = s; (p = strstr(p, "<path d=\"M")) != NULL; p++) {
            if (sscanf(p, "<path d=\"M%lf %lfH%lfV%lfH%lfz", &x0, &y0, &x1, &y1, &x2) != 5) continue;
            if (pass == 0) size = fmax(size, x1);
            else {
                const double *e = expected[n];
                ck_assert_msg(x0 == e[0] * size && y0 == e[1] * size && x1 == e[2] * size && y1 == e[3] * size && x2 == x0,
                              "rectangle %d: %g %g to %g %g", n, x0, y0, x1, y1);
            }
            n++;
        }
    }
    ck_assert_int_eq(n, 5);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report");
    TCase *tc = tcase_create("table");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, text);
    tcase_add_test(tc, csv);
    tcase_add_test(tc, csv_of_one_column_has_no_blank_line);
    tcase_add_test(tc, markdown);
    tcase_add_test(tc, latex);
    tcase_add_test(tc, latex_rows_that_begin_like_an_argument);
    tcase_add_test(tc, json_lines);
    tcase_add_loop_test(tc, json_lines_read_back, 0, 200);
    tcase_add_test(tc, empty_tables);
    tcase_add_test(tc, many_rows_and_a_cell_set_from_itself);
    tcase_add_test(tc, some_rows_are_kept);
    tcase_add_test(tc, format_from_path);
    tcase_add_test(tc, map_covers_the_picture);
    suite_add_tcase(suite, tc);
    return test_run(suite);
}
