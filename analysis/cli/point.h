/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Points by name: lists, files of numbers, rows of tables, pictures of a data set. */
#ifndef QD_CLI_POINT_H
#define QD_CLI_POINT_H

#include "cli/cli.h"
#include "exact/exact.h"

/* What --help says of a point. */
#define CLI_POINT                                                                                                                          \
    "a list of rationals, @FILE with such a list, TABLE.csv:ROW, or a picture such as fashion-mnist:test:17 or "                           \
    "FOLDER:train:3, of IDX or CIFAR-10 files (rows and pictures count from 0)"

/* n coordinates of the point that the text names. Pictures become what the network was trained on: (pixel / 255 - mean) / std in float32, with
   the pixel_mean and pixel_std of the network file where it has them, else those of the training data.
     network  the path of the network file
     command  (out) what is wrong is in the text, not in a file
     ->       QD_OK; QD_EIO; QD_EINPUT: the sentence names the file */
qd_status cli_point_read(fmpq *x, slong n, const char *text, const char *network, bool *command, qd_ctx_t ctx);

/* A table of points, row by row. */
typedef struct {
    qd_buf_t file;
    qd_csv csv;
    const char *path; /* borrowed */
    slong n;
    int64_t row; /* of the point that comes next, from 0 */
} cli_points;

/* Opens a table whose records are n numbers; a first record with a field that is no number is a header.   -> QD_EIO; QD_EINPUT */
qd_status cli_points_open(cli_points *p, slong n, const char *path, qd_ctx_t ctx);
void cli_points_close(cli_points *p);
/* The next point; *end: there was none.   -> QD_EINPUT: names file and line */
qd_status cli_points_next(fmpq *x, bool *end, cli_points *p, qd_ctx_t ctx);

#endif
