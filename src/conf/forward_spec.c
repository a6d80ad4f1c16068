/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * forward_spec.c - the rule of `-p`, from text
 *
 * The text is cut at the colons outside of brackets. With three parts the
 * first decides: a port means HPORT:GUEST:GPORT, all else is HOSTIP. What has
 * a letter in the guest's place is its name; a port never has one, nor has an
 * IPv4 address, and IPv6 is in brackets.
 */
#include "conf/forward_spec.h"

#include <errno.h>
#include <stdarg.h>
#include <sys/un.h>

#include "conf/value.h"
#include "wire/pkt.h"

#define PARTS_MAX 4
#define WHEN_LISTENING ",when-listening"
#define FORM "[HOSTIP:]HPORT:[GUEST:]GPORT[/tcp|/udp]"
#define UNIX "unix:"
#define UNIX_FORM UNIX "PATH:[GUEST:]GPORT"

static const char no_guest[] =
	"the guest's address is empty: leave it and its colon out for the VM";

/* A rule while it is taken apart. The strings point into one copy. */
struct rule {
	char *part[PARTS_MAX];
	bool bracketed[PARTS_MAX];
	unsigned int count;
	char **why;
};

/* Where each part of a rule was found; -1 when it was left out. */
struct layout {
	int host_addr, host_port, guest_addr, guest_port;
};

static int __attribute__((format(printf, 2, 3)))
refuse(const struct rule *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	*r->why = g_strdup_vprintf(fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static bool looks_like_port(const char *s)
{
	return *s && strspn(s, "0123456789-") == strlen(s);
}

/* Decimal digits only, at most 65535; *@end is what follows them. */
static int parse_port(uint16_t *out, const char *s, const char **end)
{
	unsigned int v = 0;

	if (!g_ascii_isdigit(*s))
		return -EINVAL;
	for (; g_ascii_isdigit(*s); s++) {
		v = v * 10 + (unsigned int)(*s - '0');
		if (v > UINT16_MAX)
			return -EINVAL;
	}
	*out = (uint16_t)v;
	*end = s;
	return 0;
}

int ul_ports_parse(struct ul_conf_ports *out, const char *text)
{
	struct ul_conf_ports ports;
	const char *end;

	if (parse_port(&ports.first, text, &end) < 0)
		return -EINVAL;
	ports.last = ports.first;
	if (*end == '-' && parse_port(&ports.last, end + 1, &end) < 0)
		return -EINVAL;
	if (*end || !ports.first || ports.last < ports.first)
		return -EINVAL;
	*out = ports;
	return 0;
}

/* Take "/tcp" or "/udp" off the end of @copy. */
static int cut_proto(const struct rule *r, char *copy, uint8_t *proto)
{
	char *colon = strrchr(copy, ':');
	char *slash = strrchr(colon ? colon : copy, '/');
	bool is_path = g_str_has_prefix(copy, UNIX) &&
		       colon == copy + strlen(UNIX) - 1;

	*proto = UL_IPPROTO_TCP;
	if (!slash || is_path)
		return 0;
	*slash = '\0';
	if (!strcmp(slash + 1, "tcp"))
		return 0;
	if (strcmp(slash + 1, "udp"))
		return refuse(r, "'%s' is no protocol of forwards: write /tcp "
			      "or /udp, or nothing for TCP", slash + 1);
	*proto = UL_IPPROTO_UDP;
	return 0;
}

/* The part at *@cursor, up to its colon or the end, which is cut off. */
static int cut_part(struct rule *r, char **cursor)
{
	char *p = *cursor, *end;
	bool bracketed = *p == '[';

	if (r->count == PARTS_MAX)
		return refuse(r, "too many colons; an IPv6 address is written "
			      "in brackets, as in [::1]:8080:80");
	end = bracketed ? strchr(p, ']') : p + strcspn(p, ":[");
	if (!end)
		return refuse(r, "the bracket of the IPv6 address is not "
			      "closed");
	if (bracketed)
		*end++ = '\0';
	if (*end && *end != ':')
		return refuse(r, "an IPv6 address in brackets is followed by "
			      "a colon and preceded by a colon or nothing");
	r->part[r->count] = p + bracketed;
	r->bracketed[r->count++] = bracketed;
	*cursor = *end ? end + 1 : NULL;
	*end = '\0';
	return 0;
}

static int cut_parts(struct rule *r, char *copy)
{
	char *cursor = copy;
	int rc = 0;

	while (cursor && !rc)
		rc = cut_part(r, &cursor);
	return rc;
}

static int find_layout(const struct rule *r, struct layout *out)
{
	static const struct layout by_count[] = {
		{ -1, -1, -1, 0 },
		{ -1, 0, -1, 1 },
		{ 0, 1, -1, 2 },
		{ 0, 1, 2, 3 },
	};
	static const struct layout host_port_first = { -1, 0, 1, 2 };

	*out = by_count[r->count - 1];
	if (r->count == 3 && looks_like_port(r->part[0]))
		*out = host_port_first;
	if (out->host_addr >= 0 && !*r->part[out->host_addr])
		return refuse(r, "the host's address is empty: leave it and "
			      "its colon out for loopback only, write * for "
			      "all addresses, and IPv6 in brackets");
	if (out->guest_addr >= 0 && !*r->part[out->guest_addr])
		return refuse(r, "%s", no_guest);
	return 0;
}

/* An address that was written as part @i. */
static int parse_addr(const struct rule *r, int i, const char *whose,
		      struct ul_addr *out)
{
	const char *s = r->part[i];

	if (r->bracketed[i] && strchr(s, '%'))
		return refuse(r, "'[%s]': an IPv6 address with a zone cannot "
			      "be forwarded", s);
	if (ul_addr_parse(out, s) < 0 ||
	    ul_addr_is_v4(out) == r->bracketed[i])
		return refuse(r, "'%s' is not an address of the %s: write "
			      "IPv4 as 192.0.2.1 and IPv6 in brackets, as in "
			      "[2001:db8::1]", s, whose);
	if (ul_addr_is_multicast(out) ||
	    (ul_addr_is_v4(out) && ul_addr_to_v4(out) == UINT32_MAX))
		return refuse(r, "'%s' is not the address of one host", s);
	return 0;
}

static int parse_host_addr(const struct rule *r, int i,
			   struct ul_forward_conf *f)
{
	static const struct ul_addr loopback6 = { .b = { [15] = 1 } };
	static const struct ul_addr any6;

	f->host_addr_count = 2;
	if (i < 0) {
		f->host_addrs[0] = ul_addr_v4(INADDR_LOOPBACK);
		f->host_addrs[1] = loopback6;
		return 0;
	}
	if (!strcmp(r->part[i], "*") && !r->bracketed[i]) {
		f->host_addrs[0] = ul_addr_v4(INADDR_ANY);
		f->host_addrs[1] = any6;
		return 0;
	}
	f->host_addr_count = 1;
	return parse_addr(r, i, "host", &f->host_addrs[0]);
}

static bool has_letter(const char *s)
{
	return strpbrk(s, "abcdefghijklmnopqrstuvwxyz"
			  "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != NULL;
}

static int parse_name(const struct rule *r, const char *name,
		      struct ul_forward_conf *f)
{
	g_autofree char *why = NULL;

	if (ul_value_check_domain(name, &why) < 0)
		return refuse(r, "'%s' is no name of a VM: %s", name, why);
	f->guest_name = g_strdup(name);
	return 0;
}

static int parse_guest_addr(const struct rule *r, int i,
			    struct ul_forward_conf *f)
{
	struct ul_addr *guest = &f->guest;
	int rc;

	if (i < 0)
		return 0;
	if (!r->bracketed[i] && has_letter(r->part[i]))
		return parse_name(r, r->part[i], f);
	rc = parse_addr(r, i, "guest", guest);
	if (rc)
		return rc;
	if (ul_addr_is_any(guest) || ul_addr_is_loopback(guest) ||
	    ul_addr_is_linklocal(guest))
		return refuse(r, "'%s' cannot be a guest's address: leave it "
			      "out for the VM", r->part[i]);
	f->has_guest = true;
	return 0;
}

static int parse_range(const struct rule *r, int i, const char *whose,
		       struct ul_conf_ports *out)
{
	if (ul_ports_parse(out, r->part[i]) < 0 || r->bracketed[i])
		return refuse(r, "'%s' is no port of the %s: write 1 to 65535, "
			      "or FIRST-LAST with the smaller port first, as "
			      "in " FORM, r->part[i], whose);
	return 0;
}

/* Of the guest: a socket leads to one. */
static int parse_unix_port(const struct rule *r, int i,
			   struct ul_forward_conf *f)
{
	struct ul_conf_ports guest;
	int rc = parse_range(r, i, "guest", &guest);

	if (!rc && guest.first != guest.last)
		rc = refuse(r, "one socket cannot lead to the %d ports %u-%u",
			    guest.last - guest.first + 1, guest.first,
			    guest.last);
	if (!rc)
		f->guest_first = f->guest_last = guest.first;
	return rc;
}

static int parse_ports(const struct rule *r, const struct layout *at,
		       struct ul_forward_conf *f)
{
	struct ul_conf_ports guest, host = { 0, 0 };
	const char *text = at->host_port < 0 ? "" : r->part[at->host_port];
	bool is_free = !*text || !strcmp(text, "0");
	int rc;

	rc = parse_range(r, at->guest_port, "guest", &guest);
	if (rc)
		return rc;
	if (is_free && at->host_addr < 0 && at->host_port >= 0 && !*text)
		return refuse(r, "the host's port is empty: write it, or 0 "
			      "for a free one");
	if (is_free && guest.first != guest.last)
		return refuse(r, "a free host port is chosen for one port, "
			      "not for the range %u-%u: write the host's "
			      "range", guest.first, guest.last);
	if (!is_free) {
		rc = parse_range(r, at->host_port, "host", &host);
		if (rc)
			return rc;
		if (host.last - host.first != guest.last - guest.first)
			return refuse(r, "%d host ports cannot lead to %d "
				      "guest ports: write ranges of equal "
				      "length", host.last - host.first + 1,
				      guest.last - guest.first + 1);
	}
	f->host_first = host.first;
	f->host_last = host.last;
	f->guest_first = guest.first;
	f->guest_last = guest.last;
	return 0;
}

static int parse_path(const struct rule *r, const char *path,
		      struct ul_forward_conf *f)
{
	size_t max = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;

	if (f->proto != UL_IPPROTO_TCP)
		return refuse(r, "a UNIX socket is a stream: leave /udp out");
	if ((*path != '/' && *path != '@') || !path[1])
		return refuse(r, "'%s' is no path of a socket: it begins with "
			      "/, or with @ for an abstract name", path);
	if (strlen(path) > max)
		return refuse(r, "the path is %zu bytes long and the kernel "
			      "takes %zu; choose a shorter one", strlen(path),
			      max);
	f->path = g_strdup(path);
	return 0;
}

/* What follows "unix:". */
static int parse_unix(struct rule *r, char *path, struct ul_forward_conf *f)
{
	char *colon = strchr(path, ':');
	int rc;

	if (!colon)
		return refuse(r, "the VM's port is missing: write " UNIX_FORM);
	*colon = '\0';
	rc = cut_parts(r, colon + 1);
	if (!rc && r->count > 2)
		rc = refuse(r, "too many colons: write " UNIX_FORM);
	if (!rc && r->count == 2 && !*r->part[0])
		rc = refuse(r, "%s", no_guest);
	if (!rc)
		rc = parse_path(r, path, f);
	if (!rc)
		rc = parse_guest_addr(r, (int)r->count - 2, f);
	if (!rc)
		rc = parse_unix_port(r, (int)r->count - 1, f);
	return rc;
}

/* It is part of how a rule is treated, not of which it is. */
static void cut_when(char *copy, struct ul_forward_conf *f)
{
	f->when_listening = g_str_has_suffix(copy, WHEN_LISTENING);
	if (f->when_listening)
		copy[strlen(copy) - strlen(WHEN_LISTENING)] = '\0';
}

static int parse_rule(struct rule *r, char *copy, struct ul_forward_conf *f)
{
	struct layout at;
	int rc;

	if (!*copy)
		return refuse(r, "the rule is empty: write " FORM);
	cut_when(copy, f);
	rc = cut_proto(r, copy, &f->proto);
	if (!rc && f->when_listening && (f->proto != UL_IPPROTO_TCP ||
					 g_str_has_prefix(copy, "unix:")))
		rc = refuse(r, "when-listening is for TCP ports of the host");
	if (!rc && g_str_has_prefix(copy, UNIX))
		return parse_unix(r, copy + strlen(UNIX), f);
	if (!rc)
		rc = cut_parts(r, copy);
	if (!rc)
		rc = find_layout(r, &at);
	if (!rc)
		rc = parse_host_addr(r, at.host_addr, f);
	if (!rc)
		rc = parse_guest_addr(r, at.guest_addr, f);
	if (!rc)
		rc = parse_ports(r, &at, f);
	return rc;
}

int ul_forward_spec_parse(struct ul_forward_conf **out, const char *text,
			  char **why)
{
	g_autofree char *copy = g_strdup(text);
	struct ul_forward_conf *f = ul_forward_conf_new();
	struct rule r = { .why = why };
	int rc;

	f->text = g_strdup(text);
	rc = parse_rule(&r, copy, f);
	if (rc) {
		ul_forward_conf_free(f);
		return rc;
	}
	*out = f;
	return 0;
}

/* To text: what is bound. */
static void put_host(GString *s, const struct ul_forward_conf *f)
{
	char addr[UL_ADDR_STRLEN];

	if (f->host_addr_count == 2 && ul_addr_is_any(&f->host_addrs[0]))
		g_string_append(s, "*:");
	else if (f->host_addr_count == 1)
		g_string_append_printf(s, ul_addr_is_v4(&f->host_addrs[0]) ?
				       "%s:" : "[%s]:",
				       ul_addr_str(&f->host_addrs[0], addr));
}

static void put_range(GString *s, uint16_t first, uint16_t last)
{
	g_string_append_printf(s, "%u", first);
	if (last != first)
		g_string_append_printf(s, "-%u", last);
}

char *ul_forward_spec_text(const struct ul_forward_conf *f)
{
	GString *s = g_string_new(NULL);
	char addr[UL_ADDR_STRLEN];

	if (f->path) {
		g_string_append_printf(s, UNIX "%s:", f->path);
	} else {
		put_host(s, f);
		put_range(s, f->host_first, f->host_last);
		g_string_append_c(s, ':');
	}
	if (f->guest_name)
		g_string_append_printf(s, "%s:", f->guest_name);
	else if (f->has_guest)
		g_string_append_printf(s, ul_addr_is_v4(&f->guest) ? "%s:" :
				       "[%s]:", ul_addr_str(&f->guest, addr));
	put_range(s, f->guest_first, f->guest_last);
	if (f->proto == UL_IPPROTO_UDP)
		g_string_append(s, "/udp");
	return g_string_free(s, FALSE);
}
