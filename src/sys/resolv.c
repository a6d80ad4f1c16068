/* SPDX-License-Identifier: BSD-3-Clause */
/* resolv.c - the host's name servers, as resolv.conf(5) tells them */
#include "sys/resolv.h"

#include <errno.h>
#include <glib.h>
#include <limits.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "sys/followed.h"

#define DNS_PORT 53
#define FILE_MAX 65536		/* bytes read of a longer file */

struct ul_resolv {
	struct ul_followed *file;
	int error;
	unsigned int serial;
	size_t count;
	struct ul_resolver list[UL_RESOLV_MAX];
};

socklen_t ul_resolver_to_sa(const struct ul_resolver *r,
			    struct sockaddr_storage *ss)
{
	socklen_t len = ul_ep_to_sa(&r->ep, ss);

	if (ss->ss_family == AF_INET6)
		((struct sockaddr_in6 *)ss)->sin6_scope_id = r->scope_id;
	return len;
}

/* A zone's name or number (RFC 4007 11); 0 when there is none such. */
static uint32_t scope_of(const char *zone)
{
	uint32_t index = if_nametoindex(zone);
	unsigned long n;
	char *end;

	if (index || *zone < '0' || *zone > '9')
		return index;
	errno = 0;
	n = strtoul(zone, &end, 10);
	return *end || errno || n > INT_MAX ? 0 : (uint32_t)n;
}

static int parse_server(const char *word, size_t len, struct ul_resolver *out)
{
	struct ul_resolver r = { .ep.port = DNS_PORT };
	char text[UL_ADDR_STRLEN + IF_NAMESIZE];
	char *zone;

	if (len >= sizeof(text))
		return -EINVAL;
	memcpy(text, word, len);
	text[len] = '\0';
	zone = strchr(text, '%');
	if (zone)
		*zone++ = '\0';
	if (ul_addr_parse(&r.ep.addr, text) < 0)
		return -EINVAL;
	if (zone) {
		r.scope_id = scope_of(zone);
		if (ul_addr_is_v4(&r.ep.addr) || !r.scope_id)
			return -EINVAL;
	}
	*out = r;
	return 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The keyword must start the line; what follows the address is ignored. */
static int parse_line(const char *line, size_t len, struct ul_resolver *out)
{
	static const char key[] = "nameserver";
	size_t at = sizeof(key) - 1, end;

	if (len <= at || memcmp(line, key, at) || !is_blank(line[at]))
		return -EINVAL;
	while (at < len && is_blank(line[at]))
		at++;
	for (end = at; end < len && !is_blank(line[end]); end++)
		;
	return parse_server(line + at, end - at, out);
}

size_t ul_resolv_parse(const char *text, size_t len,
		       struct ul_resolver out[UL_RESOLV_MAX])
{
	size_t count = 0;

	while (len && count < UL_RESOLV_MAX) {
		const char *nl = memchr(text, '\n', len);
		size_t line_len = nl ? (size_t)(nl - text) : len;

		if (!parse_line(text, line_len, &out[count]))
			count++;
		line_len += nl ? 1 : 0;
		text += line_len;
		len -= line_len;
	}
	if (!count)
		out[count++] = (struct ul_resolver){
			.ep = { ul_addr_v4(INADDR_LOOPBACK), DNS_PORT },
		};
	return count;
}

/* An unchanged list keeps its serial, whatever happened to the file. */
static void set_list(struct ul_resolv *r, const struct ul_resolver *list,
		     size_t count)
{
	bool is_same = count == r->count;

	for (size_t i = 0; is_same && i < count; i++)
		is_same = ul_ep_eq(&list[i].ep, &r->list[i].ep) &&
			  list[i].scope_id == r->list[i].scope_id;
	if (is_same)
		return;
	memcpy(r->list, list, count * sizeof(*list));
	r->count = count;
	r->serial++;
}

static void load(struct ul_resolv *r)
{
	g_autofree char *text = g_malloc(FILE_MAX);
	struct ul_resolver list[UL_RESOLV_MAX];
	ssize_t len = ul_followed_read(r->file, text, FILE_MAX);

	r->error = len < 0 ? (int)len : 0;
	set_list(r, list,
		 len < 0 ? 0 : ul_resolv_parse(text, (size_t)len, list));
}

struct ul_resolv *ul_resolv_new(const char *path)
{
	struct ul_resolv *r = g_new0(struct ul_resolv, 1);

	r->file = ul_followed_new(path);
	return r;
}

void ul_resolv_free(struct ul_resolv *r)
{
	if (!r)
		return;
	ul_followed_free(r->file);
	g_free(r);
}

int ul_resolv_fd(const struct ul_resolv *r)
{
	return ul_followed_fd(r->file);
}

void ul_resolv_drain(struct ul_resolv *r)
{
	ul_followed_drain(r->file);
}

const struct ul_resolver *ul_resolv_list(struct ul_resolv *r, int64_t now_us,
					 size_t *count, unsigned int *serial)
{
	if (ul_followed_is_stale(r->file, now_us))
		load(r);
	*count = r->count;
	*serial = r->serial;
	return r->list;
}

int ul_resolv_error(const struct ul_resolv *r)
{
	return r->error;
}
