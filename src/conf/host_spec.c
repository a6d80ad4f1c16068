/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host_spec.c - a machine that is known beforehand, from text
 *
 * An identifier is written as hexadecimal bytes, with colons between them or
 * without; it comes back without. Of a machine that is known by one alone
 * there is no IPv6 address to keep: DHCPv6 clients have identifiers of their
 * own, and are told apart here by their MACs.
 */
#include "conf/host_spec.h"

#include <errno.h>
#include <stdarg.h>

#include "conf/value.h"
#include "wire/eth.h"

#define ID_PREFIX "id:"
#define HOW "write NAME=MAC[,IPV4][,IPV6] or NAME=id:HEX[,IPV4], as in " \
	"web=52:54:00:00:00:01,10.0.2.80"

static int __attribute__((format(printf, 2, 3)))
refuse(char **why, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	*why = g_strdup_vprintf(fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static bool has_letter(const char *s)
{
	for (; *s; s++)
		if (g_ascii_isalpha(*s))
			return true;
	return false;
}

static int check_name(const char *name, char **why)
{
	if (ul_value_check_label(name, why) < 0)
		return -EINVAL;
	if (!has_letter(name))
		return refuse(why, "the name '%s' has no letter and would "
			      "read as a number", name);
	if (!g_ascii_strcasecmp(name, "host") ||
	    !g_ascii_strcasecmp(name, "gateway") ||
	    !g_ascii_strcasecmp(name, "localhost"))
		return refuse(why, "'%s' is a name that every network has; "
			      "choose another", name);
	return 0;
}

static int set_mac(struct ul_host_conf *host, const char *text, char **why)
{
	if (ul_mac_parse(host->mac, text) < 0 ||
	    ul_mac_is_multicast(host->mac) || ul_mac_is_zero(host->mac))
		return refuse(why, HOW);
	host->has_mac = true;
	return 0;
}

static int set_id(struct ul_host_conf *host, const char *hex, char **why)
{
	const char *s = hex;

	while (*s && host->id_len < UL_HOST_ID_MAX) {
		int high = g_ascii_xdigit_value(s[0]);
		int low = high < 0 ? -1 : g_ascii_xdigit_value(s[1]);

		if (low < 0)
			break;
		host->id[host->id_len++] = (uint8_t)(high << 4 | low);
		s += 2;
		if (*s == ':' && s[1])
			s++;
	}
	if (*s || !host->id_len)
		return refuse(why, "write 1 to %d bytes of the client's "
			      "identifier in hexadecimal, as in "
			      "id:01525400000001", UL_HOST_ID_MAX);
	return 0;
}

static int set_who(struct ul_host_conf *host, const char *who, char **why)
{
	const char *key = strchr(who, '=');

	if (!key)
		return refuse(why, HOW);
	host->name = g_strndup(who, (gsize)(key - who));
	if (check_name(host->name, why) < 0)
		return -EINVAL;
	key++;
	if (g_str_has_prefix(key, ID_PREFIX))
		return set_id(host, key + strlen(ID_PREFIX), why);
	return set_mac(host, key, why);
}

static int set_addr(struct ul_host_conf *host, const char *text, char **why)
{
	struct ul_addr a;

	if (ul_addr_parse(&a, text) < 0)
		return refuse(why, "'%s' is no address; " HOW, text);
	if (ul_addr_is_v4(&a) ? host->has_addr4 : host->has_addr6)
		return refuse(why, "has two %s addresses, and one can be kept "
			      "for it", ul_addr_is_v4(&a) ? "IPv4" : "IPv6");
	if (ul_addr_is_v4(&a)) {
		host->addr4 = a;
		host->has_addr4 = true;
		return 0;
	}
	if (!host->has_mac)
		return refuse(why, "an IPv6 address is kept by MAC: write "
			      "NAME=MAC,%s", text);
	host->addr6 = a;
	host->has_addr6 = true;
	return 0;
}

int ul_host_spec_parse(struct ul_host_conf **out, const char *text,
		       char **why)
{
	struct ul_host_conf *host = g_new0(struct ul_host_conf, 1);
	g_auto(GStrv) part = g_strsplit(text, ",", -1);
	int rc = *text ? set_who(host, part[0], why) :
			 refuse(why, "is empty");

	for (unsigned int i = 1; !rc && part[i]; i++)
		rc = set_addr(host, part[i], why);
	if (rc)
		ul_host_conf_free(host);
	else
		*out = host;
	return rc;
}

char *ul_host_spec_text(const struct ul_host_conf *host)
{
	GString *s = g_string_new(host->name);
	char buf[UL_ADDR_STRLEN], mac[UL_MAC_STRLEN];

	if (host->has_mac)
		g_string_append_printf(s, "=%s", ul_mac_str(host->mac, mac));
	else
		g_string_append(s, "=" ID_PREFIX);
	for (size_t i = 0; i < host->id_len; i++)
		g_string_append_printf(s, "%02x", host->id[i]);
	if (host->has_addr4)
		g_string_append_printf(s, ",%s",
				       ul_addr_str(&host->addr4, buf));
	if (host->has_addr6)
		g_string_append_printf(s, ",%s",
				       ul_addr_str(&host->addr6, buf));
	return g_string_free(s, FALSE);
}

static int check_addr4(const struct ul_host_conf *host,
		       const struct ul_conf *conf, char **why)
{
	const struct ul_addr *a = &host->addr4;
	struct ul_addr last = ul_prefix_broadcast(&conf->subnet);
	char text[UL_ADDR_STRLEN], net[UL_ADDR_STRLEN];

	if (!host->has_addr4)
		return 0;
	ul_addr_str(a, text);
	if (!ul_prefix_has(&conf->subnet, a) ||
	    ul_addr_eq(a, &conf->subnet.addr) || ul_addr_eq(a, &last))
		return refuse(why, "%s is not the address of a host in the "
			      "subnet %s/%u", text,
			      ul_addr_str(&conf->subnet.addr, net),
			      conf->subnet.len);
	if (ul_addr_eq(a, &conf->gateway4) || ul_addr_eq(a, &conf->dns4))
		return refuse(why, "%s is the address of the %s", text,
			      ul_addr_eq(a, &conf->gateway4) ? "gateway" :
			      "DNS server");
	if (conf->tftp_dir && ul_addr_eq(a, &conf->tftp4))
		return refuse(why, "%s is the address of the TFTP server",
			      text);
	return 0;
}

static int check_addr6(const struct ul_host_conf *host,
		       const struct ul_conf *conf, char **why)
{
	const struct ul_addr *a = &host->addr6;
	char text[UL_ADDR_STRLEN], net[UL_ADDR_STRLEN];

	if (!host->has_addr6)
		return 0;
	ul_addr_str(a, text);
	if (!conf->has_ipv6)
		return refuse(why, "%s cannot be kept: --no-ipv6 leaves no "
			      "IPv6 addresses", text);
	if (!ul_prefix_has(&conf->prefix6, a) ||
	    ul_addr_eq(a, &conf->prefix6.addr))
		return refuse(why, "%s is not the address of a host in the "
			      "prefix %s/%u", text,
			      ul_addr_str(&conf->prefix6.addr, net),
			      conf->prefix6.len);
	if (ul_addr_eq(a, &conf->gateway6) || ul_addr_eq(a, &conf->dns6))
		return refuse(why, "%s is the address of the %s", text,
			      ul_addr_eq(a, &conf->gateway6) ? "gateway" :
			      "DNS server");
	if (conf->tftp_dir && ul_addr_eq(a, &conf->tftp6))
		return refuse(why, "%s is the address of the TFTP server",
			      text);
	return 0;
}

static bool has_same_key(const struct ul_host_conf *a,
			 const struct ul_host_conf *b)
{
	if (a->has_mac != b->has_mac || a->id_len != b->id_len)
		return false;
	return a->has_mac ? !memcmp(a->mac, b->mac, sizeof(a->mac)) :
			    !memcmp(a->id, b->id, a->id_len);
}

static int check_pair(const struct ul_host_conf *host,
		      const struct ul_host_conf *other, char **why)
{
	char text[UL_ADDR_STRLEN];

	if (!g_ascii_strcasecmp(host->name, other->name))
		return refuse(why, "there is another host %s", other->name);
	if (has_same_key(host, other))
		return refuse(why, "has the same %s as host %s",
			      host->has_mac ? "MAC" : "identifier",
			      other->name);
	if (host->has_addr4 && other->has_addr4 &&
	    ul_addr_eq(&host->addr4, &other->addr4))
		return refuse(why, "%s is kept for host %s",
			      ul_addr_str(&host->addr4, text), other->name);
	if (host->has_addr6 && other->has_addr6 &&
	    ul_addr_eq(&host->addr6, &other->addr6))
		return refuse(why, "%s is kept for host %s",
			      ul_addr_str(&host->addr6, text), other->name);
	return 0;
}

/* One name is one machine's, whichever option gives it. */
static int check_ports(const struct ul_host_conf *host,
		       const struct ul_conf *conf, char **why)
{
	for (guint i = 0; i < conf->ports->len; i++) {
		const struct ul_port_conf *p = conf->ports->pdata[i];

		if (p->has_mac && !g_ascii_strcasecmp(p->name, host->name) &&
		    !(host->has_mac &&
		      !memcmp(p->mac, host->mac, sizeof(p->mac))))
			return refuse(why, "--port gives the name %s to "
				      "another machine", p->name);
	}
	return 0;
}

int ul_host_spec_check(const struct ul_host_conf *host,
		       const struct ul_conf *conf, const GPtrArray *others,
		       guint count, char **why)
{
	int rc = 0;

	if (count >= UL_HOSTS_MAX)
		return refuse(why, "a network has at most %d hosts",
			      UL_HOSTS_MAX);
	rc = check_addr4(host, conf, why);
	if (!rc)
		rc = check_addr6(host, conf, why);
	if (!rc)
		rc = check_ports(host, conf, why);
	for (guint i = 0; i < count && !rc; i++)
		rc = check_pair(host, others->pdata[i], why);
	return rc;
}

struct ul_host_conf *ul_host_conf_dup(const struct ul_host_conf *host)
{
	struct ul_host_conf *copy = g_new(struct ul_host_conf, 1);

	*copy = *host;
	copy->name = g_strdup(host->name);
	return copy;
}

void ul_host_conf_free(struct ul_host_conf *host)
{
	if (!host)
		return;
	g_free(host->name);
	g_free(host);
}
