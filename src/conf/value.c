/* SPDX-License-Identifier: BSD-3-Clause */
/* value.c - the values of options, from text */
#include "conf/value.h"

#include <errno.h>

#include "base/error.h"
#include "conf/forward_spec.h"

#define DOMAIN_MAX 253

/* Leading digits; *@end is what follows. -EINVAL: none, or above 64 bits. */
static int scan_digits(uint64_t *out, const char *text, const char **end)
{
	const char *s = text;
	uint64_t v = 0;

	for (; g_ascii_isdigit(*s); s++)
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*s - '0'), &v))
			return -EINVAL;
	if (s == text)
		return -EINVAL;
	*out = v;
	*end = s;
	return 0;
}

int ul_value_number(uint64_t *out, const char *text, uint64_t min,
		    uint64_t max, char **why)
{
	const char *end;
	uint64_t v;

	if (scan_digits(&v, text, &end) < 0 || *end || v < min || v > max)
		return ul_refuse(why, "write a number from %" G_GUINT64_FORMAT
				 " to %" G_GUINT64_FORMAT, min, max);
	*out = v;
	return 0;
}

int ul_value_uint(unsigned int *out, const char *text, unsigned int min,
		  unsigned int max, char **why)
{
	uint64_t v;
	int rc = ul_value_number(&v, text, min, max, why);

	if (!rc)
		*out = (unsigned int)v;
	return rc;
}

int ul_value_scaled(unsigned int *out, const char *text, unsigned int scale,
		    unsigned int max, char **why)
{
	unsigned int unit = scale;
	const char *s;
	uint64_t v;

	if (scan_digits(&v, text, &s) < 0 || v > max / scale)
		goto bad;
	v *= scale;
	if (*s == '.' && !s[1])
		goto bad;
	if (*s == '.')
		for (s++; g_ascii_isdigit(*s) && unit > 1; s++) {
			unit /= 10;
			v += (uint64_t)(*s - '0') * unit;
		}
	if (*s || v > max)
		goto bad;
	*out = (unsigned int)v;
	return 0;
bad:
	return ul_refuse(why, "write a number from 0 to %u, with decimals no "
			 "smaller than %g", max / scale, 1.0 / scale);
}

int ul_value_delay(unsigned int *out, const char *text, char **why)
{
	g_autofree char *number = NULL;

	if (!ul_value_scaled(out, text, 1000, UL_VALUE_DELAY_MAX_MS * 1000,
			     &number))
		return 0;
	return ul_refuse(why, "write milliseconds, as in 20 or 0.5, up to %d",
			 UL_VALUE_DELAY_MAX_MS);
}

int ul_value_loss(unsigned int *out, const char *text, char **why)
{
	g_autofree char *number = g_strdup(text);
	g_autofree char *refused = NULL;

	if (g_str_has_suffix(number, "%"))
		number[strlen(number) - 1] = '\0';
	if (!ul_value_scaled(out, number, 10000, 1000000, &refused))
		return 0;
	return ul_refuse(why, "write percent, as in 1 or 0.05%%, up to 100");
}

int ul_value_text(char **field, const char *text, char **why)
{
	if (!*text)
		return ul_refuse(why, "is empty");
	g_free(*field);
	*field = g_strdup(text);
	return 0;
}

/* The shift of a suffix, or -1. */
static int suffix_shift(const char *s)
{
	static const char suffixes[] = "KMG";
	const char *at;

	if (!*s)
		return 0;
	at = strchr(suffixes, *s);
	return at && !s[1] ? 10 * (int)(at - suffixes + 1) : -1;
}

int ul_value_size(uint64_t *out, const char *text, uint64_t min,
		  uint64_t max, char **why)
{
	const char *end;
	uint64_t v;
	int shift;

	if (scan_digits(&v, text, &end) < 0)
		goto bad;
	shift = suffix_shift(end);
	if (shift < 0 || v > max >> shift || v << shift < min)
		goto bad;
	*out = v << shift;
	return 0;
bad:
	return ul_refuse(why, "write bytes from %" G_GUINT64_FORMAT "K to %"
			 G_GUINT64_FORMAT "G, with K, M or G for 1024, 1024 K "
			 "or 1024 M", min >> 10, max >> 30);
}

int ul_value_ep(struct ul_ep *out, const char *text, uint16_t default_port,
		char **why)
{
	struct ul_conf_ports port = { default_port, default_port };
	struct ul_ep ep;
	g_autofree char *copy = g_strdup(text);
	const char *addr = copy, *after = NULL;
	char *end;

	if (*copy == '[' && (end = strchr(copy, ']'))) {
		addr = copy + 1;
		after = end + 1;
		*end = '\0';
		if (!strchr(addr, ':'))
			goto bad;
	} else if ((end = strchr(copy, ':')) && end == strrchr(copy, ':')) {
		after = text + (end - copy);
		*end = '\0';
	}
	if (ul_addr_parse(&ep.addr, addr) < 0)
		goto bad;
	if (after && *after &&
	    (*after != ':' || ul_ports_parse(&port, after + 1) < 0 ||
	     port.first != port.last))
		goto bad;
	ep.port = port.first;
	*out = ep;
	return 0;
bad:
	return ul_refuse(why, "write ADDR or ADDR:PORT, with IPv6 in brackets "
			 "before a port, as in 192.0.2.53 or "
			 "[2001:db8::53]:53");
}

int ul_value_port_list(GArray *out, const char *text, char **why)
{
	g_auto(GStrv) words = g_strsplit(text, ",", -1);
	struct ul_conf_ports ports;

	for (char **w = words; *w; w++)
		if (ul_ports_parse(&ports, *w) < 0)
			return ul_refuse(why, "'%s' is no port or range of "
					 "ports: write as in 80,8000-8010", *w);
	if (!*words)
		return ul_refuse(why, "write ports as in 80,8000-8010");
	for (char **w = words; *w; w++) {
		ul_ports_parse(&ports, *w);
		g_array_append_val(out, ports);
	}
	return 0;
}

static bool is_label(const char *s, size_t len)
{
	if (!len || len > UL_CONF_NAME_MAX || s[0] == '-' || s[len - 1] == '-')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!g_ascii_isalnum(s[i]) && s[i] != '-')
			return false;
	return true;
}

int ul_value_check_label(const char *text, char **why)
{
	if (!is_label(text, strlen(text)))
		return ul_refuse(why, "write at most %d letters, digits and "
				 "hyphens, no hyphen first or last",
				 UL_CONF_NAME_MAX);
	return 0;
}

int ul_value_check_domain(const char *text, char **why)
{
	size_t len = 0;
	const char *s = text;

	while (strlen(text) <= DOMAIN_MAX) {
		len = strcspn(s, ".");
		if (!is_label(s, len))
			break;
		if (!s[len])
			return 0;
		s += len + 1;
	}
	return ul_refuse(why, "write labels of letters, digits and hyphens "
			 "with dots between, as in lab.internal, at most %d "
			 "bytes", DOMAIN_MAX);
}
