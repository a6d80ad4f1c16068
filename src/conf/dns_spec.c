/* SPDX-License-Identifier: BSD-3-Clause */
/* dns_spec.c - domains, and the servers that know them, as text */
#include "conf/dns_spec.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "base/error.h"
#include "conf/value.h"

#define DNS_PORT 53
#define DOMAIN_MAX 253		/* RFC 1035 2.3.4, as text */
#define LABEL_MAX 63

/* Names of services have '_', so a domain may, too. */
static bool is_label(const char *label)
{
	size_t len = strlen(label);

	return len && len <= LABEL_MAX &&
	       strspn(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") == len;
}

int ul_domain_parse(char **out, const char *text, char **why)
{
	g_autofree char *domain = g_ascii_strdown(text, -1);
	g_auto(GStrv) labels = NULL;

	if (g_str_has_suffix(domain, "."))
		domain[strlen(domain) - 1] = '\0';
	labels = g_strsplit(domain, ".", -1);
	if (!*domain || strlen(domain) > DOMAIN_MAX)
		return ul_refuse(why, "is not a domain such as example.com");
	for (int i = 0; labels[i]; i++)
		if (!is_label(labels[i]))
			return ul_refuse(why, "is not a domain such as "
					 "example.com, which is also about "
					 "what is below it");
	*out = g_steal_pointer(&domain);
	return 0;
}

static int parse_server(struct ul_ep *out, const char *text, char **why)
{
	g_auto(GStrv) part = g_strsplit(text, "#", 2);
	struct ul_ep ep = { .port = DNS_PORT };
	char *ignored = NULL;
	unsigned int port;

	if (!part[0] || ul_addr_parse(&ep.addr, part[0]) < 0)
		return ul_refuse(why, "write the server as ADDR or ADDR#PORT, "
				 "as in 192.0.2.1#5353");
	if (ul_addr_is_any(&ep.addr) || ul_addr_is_multicast(&ep.addr))
		return ul_refuse(why, "its server is not the address of one "
				 "host");
	if (part[1]) {
		if (ul_value_uint(&port, part[1], 1, UINT16_MAX, &ignored) < 0) {
			g_free(ignored);
			return ul_refuse(why, "the server's port is a number "
					 "from 1 to 65535");
		}
		ep.port = (uint16_t)port;
	}
	*out = ep;
	return 0;
}

static int parse(struct ul_dns_for_conf **out, const char *text,
		 bool needs_server, char **why)
{
	g_auto(GStrv) part = g_strsplit(text, "=", 2);
	struct ul_dns_for_conf *conf;
	int rc;

	if (!part[0] || (needs_server && !part[1]))
		return ul_refuse(why, "write DOMAIN=ADDR or DOMAIN=ADDR#PORT, "
				 "as in corp.example=192.0.2.1");
	conf = g_new0(struct ul_dns_for_conf, 1);
	rc = ul_domain_parse(&conf->domain, part[0], why);
	if (!rc && part[1]) {
		rc = parse_server(&conf->server, part[1], why);
		conf->has_server = true;
	}
	if (rc) {
		ul_dns_for_free(conf);
		return rc;
	}
	*out = conf;
	return 0;
}

int ul_dns_for_parse(struct ul_dns_for_conf **out, const char *text,
		     char **why)
{
	return parse(out, text, true, why);
}

int ul_dns_for_parse_some(struct ul_dns_for_conf **out, const char *text,
			  char **why)
{
	return parse(out, text, false, why);
}

char *ul_dns_for_text(const char *domain, const struct ul_ep *server)
{
	char addr[UL_ADDR_STRLEN];

	ul_addr_str(&server->addr, addr);
	return server->port == DNS_PORT ?
	       g_strdup_printf("%s=%s", domain, addr) :
	       g_strdup_printf("%s=%s#%u", domain, addr, server->port);
}

void ul_dns_for_free(struct ul_dns_for_conf *conf)
{
	if (!conf)
		return;
	g_free(conf->domain);
	g_free(conf);
}
