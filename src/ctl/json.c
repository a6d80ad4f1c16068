/* SPDX-License-Identifier: BSD-3-Clause */
/* json.c - JSON values from ours */
#include "ctl/json.h"

#include <glib.h>

#include "wire/eth.h"

void ul_json_init(void)
{
	json_set_alloc_funcs(g_malloc, g_free);
}

json_t *ul_json_parse(const char *text, size_t len, char **why)
{
	json_error_t error;
	json_t *json = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);

	if (!json)
		*why = g_strdup_printf("not valid JSON, at byte %d: %s",
				       error.position, error.text);
	return json;
}

json_t *ul_json_text(const char *text)
{
	g_autofree char *valid = NULL;

	if (!text)
		return json_null();
	valid = g_utf8_make_valid(text, -1);
	return json_string(valid);
}

json_t *ul_json_vprintf(const char *fmt, va_list ap)
{
	g_autofree char *text = g_strdup_vprintf(fmt, ap);

	return ul_json_text(text);
}

json_t *ul_json_count(uint64_t n)
{
	return json_integer((json_int_t)MIN(n, (uint64_t)INT64_MAX));
}

json_t *ul_json_addr(const struct ul_addr *addr)
{
	char buf[UL_ADDR_STRLEN];

	return json_string(ul_addr_str(addr, buf));
}

json_t *ul_json_prefix(const struct ul_prefix *prefix)
{
	char buf[UL_ADDR_STRLEN];

	return json_sprintf("%s/%u", ul_addr_str(&prefix->addr, buf),
			    prefix->len);
}

json_t *ul_json_ep(const struct ul_ep *ep)
{
	char buf[UL_EP_STRLEN];

	return json_string(ul_ep_str(ep, buf));
}

json_t *ul_json_mac(const uint8_t mac[6])
{
	char buf[UL_MAC_STRLEN];

	return json_string(ul_mac_str(mac, buf));
}

json_t *ul_json_seconds(int64_t us)
{
	return json_integer(us > 0 ? us / 1000000 : 0);
}

json_t *ul_json_error(const char *class_name, const char *fmt, ...)
{
	json_t *error = json_object();
	va_list ap;

	va_start(ap, fmt);
	ul_json_put(error, "class", json_string(class_name));
	ul_json_put(error, "desc", ul_json_vprintf(fmt, ap));
	va_end(ap);
	return error;
}

void ul_json_put(json_t *object, const char *name, json_t *take_value)
{
	json_object_set_new(object, name, take_value);
}
