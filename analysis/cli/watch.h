/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The end of the program when a budget is used up inside a step that nothing interrupts, or when the system has no memory. */
#ifndef QD_CLI_WATCH_H
#define QD_CLI_WATCH_H

#include <stdbool.h>

#include "base/base.h"

/* From now on the program says "not decided" and ends with EXIT_OPEN when its budget is used up and the work goes on all the same: some time
   before the budgets' second and 200 MB are over. No budget: nothing. */
void cli_watch(const qd_ctx_t ctx);
/* Between the two, what is found is being written, and the program is not ended for the time that takes. */
void cli_watch_writing(bool begins);

/* For qd_nomem_handler: ends the program, with EXIT_OPEN where the memory budget has refused the block, with EXIT_BAD where the system has. */
void cli_no_memory(size_t bytes);

#endif
