/* SPDX-License-Identifier: BSD-3-Clause */
/* json.h - JSON values from ours; all results are the caller's */
#ifndef UL_CTL_JSON_H
#define UL_CTL_JSON_H

#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

/* Memory that is not there ends the process, as elsewhere with GLib. */
void ul_json_init(void);

/* One object of @text. NULL, and in @why what is wrong with it. */
json_t *ul_json_parse(const char *text, size_t len, char **why);

/* Text that may not be UTF-8: what is not becomes U+FFFD. NULL is null. */
json_t *ul_json_text(const char *text);
json_t *ul_json_vprintf(const char *fmt, va_list ap)
	__attribute__((format(printf, 1, 0)));
/* A counter; above 2^63 it stays there, since JSON's reader has no more. */
json_t *ul_json_count(uint64_t n);
json_t *ul_json_addr(const struct ul_addr *addr);
json_t *ul_json_prefix(const struct ul_prefix *prefix);
json_t *ul_json_ep(const struct ul_ep *ep);
json_t *ul_json_mac(const uint8_t mac[6]);
/* Whole seconds of @us, none when that is past. */
json_t *ul_json_seconds(int64_t us);

/* {"class": ..., "desc": ...} */
json_t *ul_json_error(const char *class_name, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Add to @object, which takes @take_value. */
void ul_json_put(json_t *object, const char *name, json_t *take_value);

#endif
