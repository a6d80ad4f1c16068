/* SPDX-License-Identifier: BSD-3-Clause */
/* guestfwd_spec.c - the rule of --guestfwd, from text */
#include "conf/guestfwd_spec.h"

#include <errno.h>

#include "base/error.h"
#include "conf/value.h"

#define BLANKS " \t"
#define FORMS "unix:PATH, tcp:ADDR:PORT or exec:PROGRAM ARG..."

void ul_guestfwd_conf_free(struct ul_guestfwd_conf *g)
{
	if (!g)
		return;
	g_free(g->path);
	g_strfreev(g->argv);
	g_free(g->text);
	g_free(g);
}

static int set_ep(struct ul_ep *out, const char *text, char **why)
{
	int rc = ul_value_ep(out, text, 0, why);

	if (rc)
		return rc;
	if (!out->port)
		return ul_refuse(why, "has no port in '%s'; write ADDR:PORT, "
				 "as in 10.0.2.100:80", text);
	if (ul_addr_is_any(&out->addr) || ul_addr_is_multicast(&out->addr))
		return ul_refuse(why, "'%s' is not the address of one host",
				 text);
	return 0;
}

/*
 * Take the next character of a word off *@p. 1, and it is appended where it
 * belongs to the word; 0: the word ends before it; -EINVAL.
 */
static int next_char(const char **p, char *quote, GString *word, char **why)
{
	char c = **p;

	if (!c && *quote)
		return ul_refuse(why, "has a word that a %c opens and none "
				 "closes", *quote);
	if (!c || (!*quote && strchr(BLANKS, c)))
		return 0;
	(*p)++;
	if (c == *quote) {
		*quote = '\0';
	} else if (!*quote && (c == '\'' || c == '"')) {
		*quote = c;
	} else if (c == '\\' && *quote != '\'') {
		if (!**p)
			return ul_refuse(why, "ends in a backslash, which "
					 "takes the next character as it is");
		g_string_append_c(word, *(*p)++);
	} else {
		g_string_append_c(word, c);
	}
	return 1;
}

static int next_word(const char **p, GPtrArray *words, char **why)
{
	GString *word = g_string_new(NULL);
	char quote = '\0';
	int rc;

	do {
		rc = next_char(p, &quote, word, why);
	} while (rc > 0);
	g_ptr_array_add(words, g_string_free(word, FALSE));
	if (!rc && words->len > UL_GUESTFWD_WORDS_MAX)
		rc = ul_refuse(why, "has more than %d words",
			       UL_GUESTFWD_WORDS_MAX);
	return rc;
}

static int set_exec(struct ul_guestfwd_conf *g, const char *text, char **why)
{
	GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
	int rc = 0;

	while (!rc && *(text += strspn(text, BLANKS)))
		rc = next_word(&text, words, why);
	if (!rc && (!words->len || !*(char *)words->pdata[0]))
		rc = ul_refuse(why, "names no program after exec:");
	g_ptr_array_add(words, NULL);
	if (!rc)
		g->argv = g_strdupv((char **)words->pdata);
	g_ptr_array_unref(words);
	return rc;
}

static int set_unix(struct ul_guestfwd_conf *g, const char *text, char **why)
{
	if (!*text || !strcmp(text, "@"))
		return ul_refuse(why, "names no socket after unix:");
	if (strlen(text) > UL_GUESTFWD_PATH_MAX)
		return ul_refuse(why, "has a path that is too long for a "
				 "socket: %d bytes at most",
				 UL_GUESTFWD_PATH_MAX);
	g->path = g_strdup(text);
	return 0;
}

/* What is behind the "=". */
static int set_host(struct ul_guestfwd_conf *g, const char *text, char **why)
{
	if (g_str_has_prefix(text, "unix:")) {
		g->kind = UL_GUESTFWD_UNIX;
		return set_unix(g, text + strlen("unix:"), why);
	}
	if (g_str_has_prefix(text, "tcp:")) {
		g->kind = UL_GUESTFWD_TCP;
		return set_ep(&g->host, text + strlen("tcp:"), why);
	}
	if (g_str_has_prefix(text, "exec:")) {
		g->kind = UL_GUESTFWD_EXEC;
		return set_exec(g, text + strlen("exec:"), why);
	}
	return ul_refuse(why, "leads nowhere: write " FORMS
			 " after the '='");
}

int ul_guestfwd_spec_parse(struct ul_guestfwd_conf **out, const char *text,
			   char **why)
{
	const char *at = text + (g_str_has_prefix(text, "tcp:") ?
				 strlen("tcp:") : 0);
	const char *sign = strchr(at, '=');
	struct ul_guestfwd_conf *g;
	g_autofree char *where = NULL;
	int rc;

	if (!sign)
		return ul_refuse(why, "has no '='; write ADDR:PORT=" FORMS);
	where = g_strndup(at, (gsize)(sign - at));
	g = g_new0(struct ul_guestfwd_conf, 1);
	g->text = g_strdup(text);
	rc = set_ep(&g->at, where, why);
	if (!rc)
		rc = set_host(g, sign + 1, why);
	if (rc)
		ul_guestfwd_conf_free(g);
	else
		*out = g;
	return rc;
}

/* Between single quotes all is itself but the quote. */
static void put_word(GString *out, const char *word)
{
	g_string_append_c(out, '\'');
	for (; *word; word++)
		if (*word == '\'')
			g_string_append(out, "'\\''");
		else
			g_string_append_c(out, *word);
	g_string_append_c(out, '\'');
}

char *ul_guestfwd_spec_text(const struct ul_guestfwd_conf *g)
{
	GString *out = g_string_new(NULL);
	char ep[UL_EP_STRLEN];

	g_string_append_printf(out, "%s=", ul_ep_str(&g->at, ep));
	switch (g->kind) {
	case UL_GUESTFWD_UNIX:
		g_string_append_printf(out, "unix:%s", g->path);
		break;
	case UL_GUESTFWD_TCP:
		g_string_append_printf(out, "tcp:%s",
				       ul_ep_str(&g->host, ep));
		break;
	case UL_GUESTFWD_EXEC:
		g_string_append(out, "exec:");
		for (char **w = g->argv; *w; w++) {
			if (w > g->argv)
				g_string_append_c(out, ' ');
			put_word(out, *w);
		}
		break;
	}
	return g_string_free(out, FALSE);
}

/* An address of the network's own range must be one that can be had. */
static int check_at(const struct ul_conf *conf,
		    const struct ul_guestfwd_conf *g, char **error)
{
	const struct ul_addr *a = &g->at.addr;
	struct ul_addr last = ul_prefix_broadcast(&conf->subnet);

	if (!ul_addr_is_v4(a) && !conf->has_ipv6)
		return ul_refuse(error, "--guestfwd %s: is at an IPv6 address, "
				 "and --no-ipv6 leaves none", g->text);
	if (ul_addr_is_loopback(a) ||
	    (ul_addr_is_linklocal(a) && !ul_addr_is_v4(a)))
		return ul_refuse(error, "--guestfwd %s: a guest does not send "
				 "to that address; take one of its network, "
				 "as the gateway's", g->text);
	if (ul_addr_is_v4(a) && (ul_addr_eq(a, &conf->subnet.addr) ||
				 ul_addr_eq(a, &last)))
		return ul_refuse(error, "--guestfwd %s: no host can have that "
				 "address: it is the first or the last one of "
				 "the subnet", g->text);
	if (conf->netns && (ul_addr_eq(a, &conf->guest4) ||
			    ul_addr_eq(a, &conf->guest6)))
		return ul_refuse(error, "--guestfwd %s: that is the address of "
				 "the guest of --netns", g->text);
	return 0;
}

int ul_guestfwds_check(const struct ul_conf *conf, char **error)
{
	const GPtrArray *all = conf->guestfwds;
	int rc = 0;

	if (all->len && !conf->has_router)
		return ul_refuse(error, "--guestfwd and --mode %s contradict "
				 "each other: the mode has no router",
				 ul_mode_parts(conf->mode)->name);
	if (all->len > UL_GUESTFWDS_MAX)
		return ul_refuse(error, "--guestfwd is given %u times, and %d "
				 "is the limit", all->len, UL_GUESTFWDS_MAX);
	for (guint i = 0; i < all->len && !rc; i++) {
		const struct ul_guestfwd_conf *g = all->pdata[i];

		rc = check_at(conf, g, error);
		for (guint j = 0; j < i && !rc; j++) {
			const struct ul_guestfwd_conf *other = all->pdata[j];

			if (ul_ep_eq(&other->at, &g->at))
				rc = ul_refuse(error, "--guestfwd %s and "
					       "--guestfwd %s are at the same "
					       "address and port", other->text,
					       g->text);
		}
	}
	return rc;
}
