/* SPDX-License-Identifier: BSD-3-Clause */
/* error.c - an error that is a sentence for people */
#include "base/error.h"

#include <errno.h>
#include <glib.h>
#include <stdarg.h>

int ul_fail(char **error, int rc, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	*error = g_strdup_vprintf(fmt, ap);
	va_end(ap);
	return rc;
}

int ul_refuse(char **error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	*error = g_strdup_vprintf(fmt, ap);
	va_end(ap);
	return -EINVAL;
}
