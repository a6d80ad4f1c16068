/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * error.h - an error that is a sentence for people
 *
 * For what starts or is configured, never for packets: the text is made on
 * the heap and is the caller's (g_free).
 */
#ifndef UL_BASE_ERROR_H
#define UL_BASE_ERROR_H

/* Write the sentence into *@error and return @rc. */
int ul_fail(char **error, int rc, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The same of a value that is not right: -EINVAL. */
int ul_refuse(char **error, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
