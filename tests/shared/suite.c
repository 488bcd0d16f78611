/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shared/suite.h"

#include <stdlib.h>

uint64_t test_seed(void)
{
    const char *s = getenv("QD_SEED");
    return s != NULL ? strtoull(s, NULL, 10) : 1;
}

int test_multiplier(void)
{
    const char *s = getenv("QD_TEST_MULTIPLIER");
    return s != NULL && atoi(s) > 0 ? atoi(s) : 1;
}

int test_run(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV); /* CK_VERBOSITY, else normal */
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
