/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule_spec.c - the rules of `--allow`, `--deny` and `--rules`, from text
 *
 * A rule that could never have an effect is refused here, where somebody
 * reads the reason: above all one that would allow what is never proxied.
 */
#include "conf/rule_spec.h"

#include <errno.h>
#include <stdarg.h>

#include "base/special.h"
#include "conf/forward_spec.h"
#include "conf/value.h"

#define FORM "DEST [tcp|udp|icmp] [PORT[-PORT]], as in 10.1.0.0/16 tcp 443"
#define WORDS_MAX 3
#define TEXT_MAX 400		/* a name, and all that goes with it */
#define BLANKS " \t\r\n"

static int __attribute__((format(printf, 2, 3)))
refuse(char **why, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	*why = g_strdup_vprintf(fmt, ap);
	va_end(ap);
	return -EINVAL;
}

/* An address alone, or with the length of a prefix. -EINVAL: neither. */
static int read_prefix(struct ul_rule *rule, const char *word)
{
	struct ul_prefix p;

	if (!ul_addr_parse(&p.addr, word))
		p.len = ul_addr_is_v4(&p.addr) ? 32 : 128;
	else if (ul_prefix_parse(&p, word) < 0)
		return -EINVAL;
	rule->dest = UL_RULE_PREFIX;
	rule->prefix = p;
	return 0;
}

/* "10.1", "2001:db8": letters of addresses, and no address. */
static bool looks_like_address(const char *word)
{
	const char *last = strrchr(word, '.');

	if (strpbrk(word, ":/"))
		return true;
	last = last ? last + 1 : word;
	return *last && strspn(last, "0123456789") == strlen(last);
}

static int refuse_address(const char *word, char **why)
{
	const char *slash = strchr(word, '/');
	g_autofree char *head = slash ? g_strndup(word, (gsize)(slash - word)) :
					NULL;
	struct ul_addr a;

	if (head && !ul_addr_parse(&a, head))
		return refuse(why, "'%s' is no network: the bits behind its "
			      "prefix must be zero, as in 10.1.0.0/16", word);
	return refuse(why, "'%s' is no address, network or name: write as in "
		      "192.0.2.7, 10.1.0.0/16, 2001:db8::/32 or *.example.com",
		      word);
}

static int read_name(struct ul_rule *rule, const char *word, char **why)
{
	bool is_below = g_str_has_prefix(word, "*.");
	const char *name = is_below ? word + 2 : word;
	g_autofree char *wrong = NULL;

	if (ul_value_check_domain(name, &wrong) < 0)
		return refuse(why, "'%s' is no destination: write any, host, "
			      "an address, a network or a name, as in "
			      "10.1.0.0/16 or *.example.com", word);
	rule->dest = UL_RULE_NAME;
	rule->is_below = is_below;
	g_strlcpy(rule->name, name, sizeof(rule->name));
	return 0;
}

static int read_dest(struct ul_rule *rule, const char *word, char **why)
{
	g_autofree char *bare = g_ascii_strdown(word, -1);

	/* Names may end with the dot of the root. */
	if (g_str_has_suffix(bare, ".") && bare[1])
		bare[strlen(bare) - 1] = '\0';
	if (!strcmp(bare, "any")) {
		rule->dest = UL_RULE_ANY;
		return 0;
	}
	if (!strcmp(bare, "host")) {
		rule->dest = UL_RULE_HOST;
		return 0;
	}
	if (!read_prefix(rule, word))
		return 0;
	if (looks_like_address(bare))
		return refuse_address(word, why);
	return read_name(rule, bare, why);
}

static bool read_proto(struct ul_rule *rule, const char *word)
{
	for (unsigned int i = UL_RULE_TCP; i < UL_RULE_PROTO_COUNT; i++) {
		if (strcmp(word, ul_rule_proto_name((enum ul_rule_proto)i)))
			continue;
		rule->proto = (enum ul_rule_proto)i;
		return true;
	}
	return false;
}

static int read_ports(struct ul_rule *rule, const char *word, char **why)
{
	struct ul_conf_ports ports;

	if (ul_ports_parse(&ports, word) < 0)
		return refuse(why, "'%s' is no protocol and no port: write "
			      "tcp, udp or icmp, and a port from 1 to 65535 or "
			      "FIRST-LAST", word);
	if (rule->proto == UL_RULE_ICMP)
		return refuse(why, "icmp has no ports, so leave '%s' out",
			      word);
	rule->first = ports.first;
	rule->last = ports.last;
	return 0;
}

/* What would be allowed and stay closed all the same. */
static int check_use(const struct ul_rule *rule, char **why)
{
	const struct ul_addr *a = &rule->prefix.addr;

	if (!rule->allows || rule->dest != UL_RULE_PREFIX ||
	    !ul_special_covers(&rule->prefix))
		return 0;
	if (ul_addr_is_loopback(a))
		return refuse(why, "loopback is never proxied; --host-loopback "
			      "opens it, by the gateway's address");
	if (!ul_special_may_be_named(a))
		return refuse(why, "this address leads to the host itself, to "
			      "its link or to many, and is never proxied");
	if (!ul_rule_is_address(rule))
		return refuse(why, "this network is never proxied as a whole: "
			      "name the one address that is meant, as in "
			      "169.254.169.254");
	return 0;
}

/* Words of @text, cut in place: how many, WORDS_MAX + 1 for too many. */
static unsigned int cut_words(char *text, char *word[WORDS_MAX])
{
	unsigned int count = 0;
	char *rest;

	for (char *w = strtok_r(text, BLANKS, &rest); w;
	     w = strtok_r(NULL, BLANKS, &rest)) {
		if (count == WORDS_MAX)
			return WORDS_MAX + 1;
		word[count++] = w;
	}
	return count;
}

static int read_words(struct ul_rule *rule, char *const *word,
		      unsigned int count, char **why)
{
	unsigned int next = 1;
	int rc;

	if (!count || count > WORDS_MAX)
		return refuse(why, "write " FORM);
	rc = read_dest(rule, word[0], why);
	if (!rc && next < count && read_proto(rule, word[next]))
		next++;
	if (!rc && next < count)
		rc = read_ports(rule, word[next++], why);
	if (!rc && next < count)
		rc = refuse(why, "'%s' is one word too many: write " FORM,
			    word[next]);
	return rc ? rc : check_use(rule, why);
}

int ul_rule_spec_parse_as(struct ul_rule *out, bool allows, const char *text,
			  char **why)
{
	g_autofree char *copy = NULL;
	struct ul_rule rule = { .allows = allows };
	char *word[WORDS_MAX];
	int rc;

	if (strlen(text) > TEXT_MAX)
		return refuse(why, "is too long: write " FORM);
	copy = g_strdup(text);
	rc = read_words(&rule, word, cut_words(copy, word), why);
	if (!rc)
		*out = rule;
	return rc;
}

int ul_rule_spec_parse(struct ul_rule *out, const char *text, char **why)
{
	size_t len;

	text += strspn(text, BLANKS);
	len = strcspn(text, BLANKS);
	if (len == strlen("allow") && !strncmp(text, "allow", len))
		return ul_rule_spec_parse_as(out, true, text + len, why);
	if (len == strlen("deny") && !strncmp(text, "deny", len))
		return ul_rule_spec_parse_as(out, false, text + len, why);
	return refuse(why, "a rule begins with allow or deny: write allow "
		      FORM);
}

int ul_rule_spec_append(GArray *out, const struct ul_rule *rule, char **why)
{
	if (out->len >= UL_RULES_MAX)
		return refuse(why, "there are %d rules already, and no network "
			      "has more", UL_RULES_MAX);
	g_array_append_vals(out, rule, 1);
	return 0;
}

int ul_rule_spec_parse_list(GArray *out, const char *text, char **why)
{
	g_auto(GStrv) parts = g_strsplit(text, ";", -1);
	guint had = out->len;
	struct ul_rule rule;
	int rc = 0;

	for (char **p = parts; *p && !rc; p++) {
		g_autofree char *wrong = NULL;

		if (!(*p)[strspn(*p, BLANKS)])
			continue;
		rc = ul_rule_spec_parse(&rule, *p, &wrong);
		if (!rc)
			rc = ul_rule_spec_append(out, &rule, &wrong);
		if (rc)
			refuse(why, "'%s': %s", g_strstrip(*p), wrong);
	}
	if (!rc && out->len == had)
		rc = refuse(why, "holds no rule: write allow or deny, and "
			    FORM);
	if (rc)
		g_array_set_size(out, had);
	return rc;
}
