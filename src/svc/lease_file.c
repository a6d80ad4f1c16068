/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lease_file.c - leases as text, to be found again by the next start
 *
 * What is read is as strict as what is written: whoever edited the file hears
 * of the line that is not understood.
 */
#include "svc/lease_file.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "wire/eth.h"

#define HEAD "userlan-leases 1"
#define END "end "
#define FIELDS 6
#define LINE_LEN 512
#define SECOND_US 1000000ll
#define EXPIRES_MAX (1ll << 40)

static bool is_none(const char *s)
{
	return !strcmp(s, "-");
}

static bool read_number(uint64_t *out, const char *s, uint64_t max)
{
	uint64_t v = 0;

	if (!*s || (*s == '0' && s[1]))
		return false;
	for (; *s; s++) {
		if (!g_ascii_isdigit(*s))
			return false;
		v = v * 10 + (uint64_t)(*s - '0');
		if (v > max)
			return false;
	}
	*out = v;
	return true;
}

static bool read_id(struct ul_lease *lease, const char *s, size_t max)
{
	if (is_none(s))
		return true;
	for (; *s; s += 2) {
		int high = g_ascii_xdigit_value(s[0]);
		int low = high < 0 ? -1 : g_ascii_xdigit_value(s[1]);

		if (low < 0 || lease->id_len == max)
			return false;
		lease->id[lease->id_len++] = (uint8_t)(high << 4 | low);
	}
	return lease->id_len > 0;
}

static bool read_host(struct ul_lease *lease, const char *s)
{
	size_t len = strlen(s);

	if (is_none(s))
		return true;
	if (!len || len >= sizeof(lease->host))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!g_ascii_isalnum(s[i]) && s[i] != '-' && s[i] != '.')
			return false;
	memcpy(lease->host, s, len + 1);
	return true;
}

static bool read_fields(struct ul_lease *out, char *const field[FIELDS])
{
	struct ul_lease lease = { .state = UL_LEASE_BOUND };
	uint64_t expires, iaid = 0;
	bool is_v4;

	if (ul_addr_parse(&lease.addr, field[0]) < 0 ||
	    ul_mac_parse(lease.mac, field[1]) < 0 ||
	    !read_number(&expires, field[2], EXPIRES_MAX))
		return false;
	is_v4 = ul_addr_is_v4(&lease.addr);
	if (!read_id(&lease, field[3], is_v4 ? UL_LEASE_ID_MAX :
					       UL_LEASE_DUID_MAX) ||
	    (!is_v4 && !lease.id_len))
		return false;
	if (is_v4 ? !is_none(field[4]) :
		    !read_number(&iaid, field[4], UINT32_MAX))
		return false;
	if (!read_host(&lease, field[5]))
		return false;
	lease.iaid = (uint32_t)iaid;
	lease.expires_us = (int64_t)expires * SECOND_US;
	*out = lease;
	return true;
}

static bool read_line(struct ul_lease *out, char *line)
{
	char *field[FIELDS];

	for (int i = 0; i < FIELDS; i++) {
		char *space = strchr(line, ' ');

		field[i] = line;
		if (!space != (i == FIELDS - 1))
			return false;
		if (space) {
			*space = '\0';
			line = space + 1;
		}
	}
	return read_fields(out, field);
}

/* The next line of the text, without its end; false: there is none. */
static bool next_line(const char **text, size_t *len, char line[LINE_LEN])
{
	const char *end = memchr(*text, '\n', *len);
	size_t n = end ? (size_t)(end - *text) : 0;

	if (!end || n >= LINE_LEN || memchr(*text, '\0', n))
		return false;
	memcpy(line, *text, n);
	line[n] = '\0';
	*text += n + 1;
	*len -= n + 1;
	return true;
}

int ul_lease_file_parse(const char *text, size_t len, ul_lease_file_fn fn,
			void *arg, unsigned int *bad_line)
{
	unsigned int nr = 1, count = 0, bad = 0;
	char line[LINE_LEN];
	uint64_t told;

	if (!next_line(&text, &len, line) || strcmp(line, HEAD)) {
		*bad_line = 1;
		return -EBADMSG;
	}
	while (next_line(&text, &len, line)) {
		struct ul_lease lease;

		nr++;
		if (g_str_has_prefix(line, END)) {
			if (bad || len || !read_number(&told, line +
						       strlen(END),
						       UL_LEASE_FILE_MAX) ||
			    told != count)
				break;
			return 0;
		}
		if (count == UL_LEASE_FILE_MAX)
			break;
		if (read_line(&lease, line)) {
			count++;
			fn(&lease, arg);
		} else if (!bad) {
			bad = nr;
		}
	}
	*bad_line = bad ? bad : nr;
	return -EBADMSG;
}

void ul_lease_file_begin(GString *out)
{
	g_string_append(out, HEAD "\n");
}

void ul_lease_file_put(GString *out, const struct ul_lease *lease)
{
	char addr[UL_ADDR_STRLEN], mac[UL_MAC_STRLEN];
	int64_t expires_s = lease->expires_us > 0 ?
			    lease->expires_us / SECOND_US : 0;

	g_string_append_printf(out, "%s %s %" PRId64 " ",
			       ul_addr_str(&lease->addr, addr),
			       ul_mac_str(lease->mac, mac),
			       expires_s);
	for (uint8_t i = 0; i < lease->id_len; i++)
		g_string_append_printf(out, "%02x", lease->id[i]);
	if (!lease->id_len)
		g_string_append_c(out, '-');
	if (ul_addr_is_v4(&lease->addr))
		g_string_append(out, " - ");
	else
		g_string_append_printf(out, " %" PRIu32 " ", lease->iaid);
	g_string_append_printf(out, "%s\n", lease->host[0] ? lease->host :
							     "-");
}

void ul_lease_file_end(GString *out, unsigned int count)
{
	g_string_append_printf(out, END "%u\n", count);
}
