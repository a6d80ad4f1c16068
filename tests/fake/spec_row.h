/* SPDX-License-Identifier: BSD-3-Clause */
/* spec_row.h - a row of a table of texts that a parser takes or refuses */
#ifndef UL_TESTS_SPEC_ROW_H
#define UL_TESTS_SPEC_ROW_H

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "harness.h"

struct spec_row {
	const char *text;
	const char *says;	/* a part of the error; NULL: it is good */
};

/* What the parser made of it: @rc, @out and the error @take_why. */
static inline void expect_row(const struct spec_row *row, int rc,
			      const void *out, char *take_why)
{
	if (!row->says) {
		ck_assert_msg(rc == 0, "%s: %s", row->text, take_why);
		ck_assert_ptr_nonnull(out);
		return;
	}
	ck_assert_int_eq(rc, -EINVAL);
	ck_assert_ptr_null(out);
	ck_assert_msg(strstr(take_why, row->says) != NULL, "%s", take_why);
	g_free(take_why);
}

#endif
