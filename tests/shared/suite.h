/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every test program takes from its environment, and how it runs. */
#ifndef TESTS_SUITE_H
#define TESTS_SUITE_H

#include <check.h>
#include <stdint.h>

/* QD_SEED, else 1. */
uint64_t test_seed(void);

/* QD_TEST_MULTIPLIER, else 1: so many times as many random cases; never less. */
int test_multiplier(void);

/* Runs the suite and frees it; returns the exit status of the program. */
int test_run(Suite *suite);

#endif
