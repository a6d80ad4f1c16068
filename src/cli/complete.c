/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * complete.c - what may come next on a command line of userlan(1)
 *
 * bash splits a line at '=' and ':' too: "--mode=na" comes as three words.
 * They are put together again, and what is printed then is the part behind
 * the sign, which is the one that bash replaces.
 */
#include "cli/complete.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "cli/paths.h"
#include "cli/reach.h"
#include "cli/usage.h"
#include "conf/conf_option.h"
#include "conf/mode.h"

#define PATIENCE_S 2		/* then it ends, silently, by SIGALRM */
#define NAME_LEN_MAX 64

struct line {
	GPtrArray *words;	/* put together again; the last one is cur */
	const char *cur;	/* what the candidates begin with */
	const char *before;	/* printed in front of each */
	bool is_cut;		/* cur is what bash has of a longer word */
	FILE *out;

	/* By walk(): */
	const struct ul_verb *verb;
	struct ul_usage usage;
	const char *net;
	const char *option;	/* whose value cur is; NULL */
	int position;		/* of cur among the words that count */
	bool is_behind;		/* cur belongs to another program */
};

static void offer(const struct line *l, const char *word)
{
	if (g_str_has_prefix(word, l->cur))
		fprintf(l->out, "%s%s\n", l->before, word);
}

/* A name that came from outside. */
static void offer_name(const struct line *l, const char *name)
{
	size_t len = strlen(name);

	if (len && len <= NAME_LEN_MAX && name[0] != '-' &&
	    strspn(name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-._") == len)
		offer(l, name);
}

static void join_words(struct line *l, int count, char *const *words)
{
	l->words = g_ptr_array_new_with_free_func(g_free);
	for (int i = 0; i < count; i++) {
		char *last = l->words->len ?
			l->words->pdata[l->words->len - 1] : NULL;
		bool is_sign = last && (!strcmp(words[i], ":") ||
					!strcmp(words[i], "="));
		const char *next = i + 1 < count ? words[i + 1] : "";

		if (!is_sign) {
			g_ptr_array_add(l->words, g_strdup(words[i]));
			continue;
		}
		l->is_cut |= i + 2 >= count;
		l->words->pdata[l->words->len - 1] =
			g_strconcat(last, words[i], next, NULL);
		g_free(last);
		i++;
	}
}

static const struct ul_verb *find_verb(const struct ul_verb *const *verbs,
				       const char *word)
{
	for (; *verbs; verbs++)
		if (!strcmp((*verbs)->name, word))
			return *verbs;
	return NULL;
}

static const struct ul_verb *find_sub(const struct ul_verb *subs,
				      const char *word)
{
	for (; subs->name; subs++)
		if (!strcmp(ul_verb_word(subs), word))
			return subs;
	return NULL;
}

/* Does the option, without its dashes, take the next word for its value? */
static bool takes_word(const struct ul_verb *verb, const char *name,
		       bool is_letter)
{
	size_t count;
	const struct ul_conf_option *c = ul_conf_options(&count);

	for (const struct option *o = verb->options; o && o->name; o++)
		if (is_letter ? o->val == *name && !name[1] :
				!strcmp(o->name, name))
			return o->has_arg == required_argument;
	for (size_t i = 0; !verb->options && i < count; i++)
		if (is_letter ? c[i].letter == *name && !name[1] :
				!strcmp(c[i].name, name))
			return c[i].arg == UL_OPTION_VALUE;
	return false;
}

/* A word that is no option of ours begins the command line of another. */
static bool is_foreign(const struct line *l, const char *word)
{
	const char *kind = ul_usage_word(&l->usage, l->position);

	return !strcmp(word, "--") ||
	       (*word != '-' && (!kind || (!strcmp(kind, "OPTION") &&
					   strstr(l->verb->args, "-- "))));
}

/* Past the words before cur. */
static void walk(struct line *l, guint first)
{
	bool has_value = false;

	ul_usage_parse(&l->usage, l->verb->args);
	for (guint i = first; i + 1 < l->words->len && !l->is_behind; i++) {
		const char *word = l->words->pdata[i];
		const char *name = word + strspn(word, "-");
		const char *counted = ul_usage_word(&l->usage, l->position);

		l->option = NULL;
		if (has_value) {
			has_value = false;
		} else if (is_foreign(l, word)) {
			l->is_behind = true;
		} else if (*word == '-' && *name) {
			has_value = takes_word(l->verb, name, name - word < 2);
			l->option = has_value ? word : NULL;
		} else {
			if (!strcmp(counted ? counted : "", "NET"))
				l->net = word;
			l->position++;
		}
	}
}

static void offer_networks(const struct line *l)
{
	g_autofree char *why = NULL;
	g_autofree char *dir = NULL;
	GPtrArray *names;

	if (ul_paths_dir(&dir, &why))
		return;
	names = ul_paths_networks(dir);
	for (guint i = 0; i < names->len; i++)
		offer_name(l, names->pdata[i]);
	g_ptr_array_free(names, TRUE);
}

/* Those that were up once. */
static void offer_known_networks(const struct line *l)
{
	g_autofree char *path = ul_paths_state_dir();
	GDir *dir = g_dir_open(path, 0, NULL);
	const char *file;

	while (dir && (file = g_dir_read_name(dir))) {
		g_autofree char *name = g_strdup(file);

		if (!g_str_has_suffix(name, ".log"))
			continue;
		name[strlen(name) - strlen(".log")] = '\0';
		offer_name(l, name);
	}
	if (dir)
		g_dir_close(dir);
}

static void offer_member(const struct line *l, struct ul_qmp *qmp,
			 const char *query, const char *member)
{
	g_autofree char *why = NULL;
	json_t *list = NULL, *one;
	size_t i;

	ul_reach_ask(qmp, query, &list, &why);
	json_array_foreach(list, i, one)
		offer_name(l, ul_reach_text(one, member));
	json_decref(list);
}

static void offer_of_network(const struct line *l, const char *query,
			     const char *member)
{
	g_autofree char *why = NULL;
	struct ul_qmp *qmp = NULL;

	if (!l->net || ul_reach(&qmp, l->net, &why))
		return;
	offer_member(l, qmp, query, member);
	ul_qmp_free(qmp);
}

static void offer_choices(const struct line *l, const char *choices)
{
	g_auto(GStrv) list = g_strsplit(choices, "|", -1);

	for (char **s = list; *s; s++)
		offer(l, *s);
}

static void offer_modes(const struct line *l)
{
	for (int i = 0; i < UL_MODE_COUNT; i++)
		offer(l, ul_mode_parts((enum ul_mode)i)->name);
}

/* What a word of that name, as usage and help call it, may be. */
static enum ul_complete offer_kind(const struct line *l, const char *kind)
{
	if (strstr(kind, "FILE") || strstr(kind, "PATH") ||
	    strstr(kind, "DIR"))
		return UL_COMPLETE_FILES;
	if (strspn(kind, G_CSET_a_2_z "-|") == strlen(kind))
		offer_choices(l, kind);
	else if (!strcmp(kind, "NET") && !strcmp(l->verb->name, "up"))
		offer_known_networks(l);
	else if (!strcmp(kind, "NET"))
		offer_networks(l);
	else if (!strcmp(kind, "VM") || !strcmp(kind, "GUEST"))
		offer_of_network(l, "query-ports", "name");
	else if (!strcmp(kind, "EVENT"))
		offer_of_network(l, "query-events", "name");
	else if (!strcmp(kind, "MODE"))
		offer_modes(l);
	return UL_COMPLETE_LIST;
}

/* What @option's value is called: behind its name in the verb's help. */
static char *value_kind(const struct ul_verb *verb, const char *option)
{
	g_autofree char *text = g_strconcat(verb->args, "\n", verb->help,
					    NULL);
	g_autofree char *key = g_strconcat(option, " ", NULL);
	const char *name = option + strspn(option, "-");
	const char *at = strstr(text, key);
	size_t count;
	const struct ul_conf_option *c = ul_conf_options(&count);

	for (size_t i = 0; !verb->options && i < count; i++)
		if (c[i].value && (!strcmp(name, c[i].name) ||
				   (c[i].letter == *name && !name[1])))
			return g_strdup(c[i].value);
	if (!at)
		return g_strdup("");
	at += strlen(key);
	return g_strndup(at, strcspn(at, " [],\n"));
}

static void offer_options(const struct line *l)
{
	size_t count;
	const struct ul_conf_option *c = ul_conf_options(&count);

	for (const struct option *o = l->verb->options; o && o->name; o++) {
		g_autofree char *word = g_strconcat("--", o->name, NULL);

		offer(l, word);
	}
	for (size_t i = 0; !l->verb->options && i < count; i++) {
		g_autofree char *word = g_strconcat("--", c[i].name, NULL);

		offer(l, word);
	}
	if (!l->verb->options)
		offer(l, "--help");
}

/* "--mode=na": the value of an option. */
static enum ul_complete complete_joined(struct line *l, const char *eq)
{
	g_autofree char *option = g_strndup(l->cur, (size_t)(eq - l->cur));
	g_autofree char *kind = value_kind(l->verb, option);
	g_autofree char *before = g_strconcat(option, "=", NULL);
	enum ul_complete rc;

	l->before = l->is_cut ? "" : before;
	l->cur = eq + 1;
	rc = offer_kind(l, kind);
	l->before = "";
	return rc;
}

static enum ul_complete complete_word(struct line *l)
{
	const char *eq = strchr(l->cur, '=');
	const char *kind = ul_usage_word(&l->usage, l->position);

	if (l->is_behind)
		return UL_COMPLETE_FILES;
	if (l->option) {
		g_autofree char *value = value_kind(l->verb, l->option);

		return offer_kind(l, value);
	}
	if (l->cur[0] == '-' && eq)
		return complete_joined(l, eq);
	if (l->cur[0] == '-')
		offer_options(l);
	else if (kind && strcmp(kind, "OPTION"))
		return offer_kind(l, kind);
	else if (strstr(l->verb->args, "-- "))
		return UL_COMPLETE_COMMANDS;
	else if (kind)
		offer_options(l);
	return UL_COMPLETE_LIST;
}

static enum ul_complete complete_verb(struct line *l, guint first)
{
	enum ul_complete rc;

	walk(l, first);
	/* The program itself, right behind what begins its command line. */
	if (l->is_behind && l->words->len > 1 &&
	    !strcmp(l->words->pdata[l->words->len - 2], "--"))
		rc = UL_COMPLETE_COMMANDS;
	/* Behind a colon: a port, which nobody knows. */
	else if (l->is_cut && !strchr(l->cur, '='))
		rc = UL_COMPLETE_LIST;
	else
		rc = complete_word(l);
	ul_usage_clear(&l->usage);
	return rc;
}

static void offer_verbs(const struct line *l,
			const struct ul_verb *const *verbs)
{
	for (; *verbs; verbs++)
		offer(l, (*verbs)->name);
	if (*l->cur == '-') {
		offer(l, "--help");
		offer(l, "--version");
	}
}

static enum ul_complete complete(struct line *l,
				 const struct ul_verb *const *verbs)
{
	guint last = l->words->len - 1, at = 1;

	if (!last) {
		offer_verbs(l, verbs);
		return UL_COMPLETE_LIST;
	}
	l->verb = find_verb(verbs, l->words->pdata[0]);
	while (l->verb && l->verb->subs && at < last)
		l->verb = find_sub(l->verb->subs, l->words->pdata[at++]);
	if (l->verb && !l->verb->subs)
		return complete_verb(l, at);
	for (const struct ul_verb *v = l->verb ? l->verb->subs : NULL;
	     v && v->name; v++)
		offer(l, ul_verb_word(v));
	return UL_COMPLETE_LIST;
}

enum ul_complete ul_complete(const struct ul_verb *const *verbs, int count,
			     char *const *words, FILE *out)
{
	struct line l = { .out = out, .before = "" };
	enum ul_complete rc;

	alarm(PATIENCE_S);
	join_words(&l, count, words);
	if (!l.words->len)
		g_ptr_array_add(l.words, g_strdup(""));
	l.cur = l.words->pdata[l.words->len - 1];
	rc = complete(&l, verbs);
	g_ptr_array_free(l.words, TRUE);
	return rc;
}
