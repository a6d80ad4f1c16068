/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * value.h - the values of options, from text
 *
 * Each returns 0 and writes *@out, or -EINVAL and writes into *@why half a
 * sentence (the caller's) that says what would be right.
 */
#ifndef UL_CONF_VALUE_H
#define UL_CONF_VALUE_H

#include "conf/conf.h"

#define UL_VALUE_DELAY_MAX_MS 10000

/* Decimal, from @min to @max. */
int ul_value_number(uint64_t *out, const char *text, uint64_t min,
		    uint64_t max, char **why);

/* The same into a field of that size. */
int ul_value_uint(unsigned int *out, const char *text, unsigned int min,
		  unsigned int max, char **why);

/*
 * A number that may have decimals, times @scale (a power of ten, as many as
 * it has digits behind the point), at most @max after that.
 */
int ul_value_scaled(unsigned int *out, const char *text, unsigned int scale,
		    unsigned int max, char **why);
/* "2.5": milliseconds into microseconds, and "0.1%" into millionths. */
int ul_value_delay(unsigned int *out, const char *text, char **why);
int ul_value_loss(unsigned int *out, const char *text, char **why);

/* Any text but an empty one, in place of what *@field (the owner's) was. */
int ul_value_text(char **field, const char *text, char **why);

/* Bytes: a number that K, M or G (of 1024) may follow. */
int ul_value_size(uint64_t *out, const char *text, uint64_t min,
		  uint64_t max, char **why);

/* An address and port, "ADDR", "ADDR:PORT", "[ADDR]:PORT". */
int ul_value_ep(struct ul_ep *out, const char *text, uint16_t default_port,
		char **why);

/* "80,8000-8010" appended to @out, of struct ul_conf_ports. */
int ul_value_port_list(GArray *out, const char *text, char **why);

/* One DNS label (RFC 1123 2.1): the name of a network, part of file names. */
int ul_value_check_label(const char *text, char **why);
/* Labels with dots between, at most 253 bytes. */
int ul_value_check_domain(const char *text, char **why);

#endif
