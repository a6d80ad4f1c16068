/* SPDX-License-Identifier: BSD-3-Clause */
/* harness.h - what every unit test needs */
#ifndef UL_TESTS_HARNESS_H
#define UL_TESTS_HARNESS_H

#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/*
 * A heap copy of exactly @len bytes (at least one is allocated), so that a
 * read past the end is seen by the sanitizer. The caller frees it.
 */
static inline uint8_t *exact_copy(const void *data, size_t len)
{
	uint8_t *p = malloc(len ? len : 1);

	if (len)
		memcpy(p, data, len);
	return p;
}

/* Run @suite as a whole test program: its exit status for main(). */
static inline int run_suite(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
