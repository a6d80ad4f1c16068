/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * conf_file.c - the configuration file of a network
 *
 * The text is scanned for its lines first, then GKeyFile gives the values.
 * Each setting knows its place, which ul_conf_apply() names when the value is
 * wrong. Of a group that stands for one value each key is tried here, since
 * the line of a key is not known any more in the whole.
 */
#include "conf/conf_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "conf/conf_group.h"
#include "conf/key_lines.h"
#include "conf/nearest.h"

#define NETWORK "network"

/* One file while it is read. */
struct reading {
	const char *name;
	struct ul_settings *settings;
	GKeyFile *keys;
	const GPtrArray *lines;		/* of struct ul_key_line */
	char **error;
};

/* "lab.conf:7: [network] mtu": where an error is. */
static char *place_of(const struct reading *r, const struct ul_key_line *l)
{
	return g_strdup_printf("%s:%u: [%s]%s%s", r->name, l->line,
			       l->group, l->key ? " " : "",
			       l->key ? l->key : "");
}

static int add(struct reading *r, const struct ul_key_line *l,
	       const struct ul_conf_option *o, const char *value,
	       const char *where)
{
	struct ul_conf_setting s = {
		.option = o, .value = value, .where = where, .line = l->line,
	};

	if (ul_settings_count(r->settings) == UL_CONF_SETTINGS_MAX)
		return ul_refuse(r->error, "%s: more than %d values in one "
				 "file", where, UL_CONF_SETTINGS_MAX);
	ul_settings_add(r->settings, &s);
	return 0;
}

/* And "=value" at its end. */
static char *place_with(const struct reading *r, const struct ul_key_line *l,
			const char *value)
{
	g_autofree char *place = place_of(r, l);

	return g_strdup_printf("%s=%s", place, value ? value : "true");
}

/* The key of @group (NULL: [network]) that @name may have meant; or NULL. */
static const char *meant_by(const char *name,
			    const struct ul_conf_group *group)
{
	size_t count;
	const struct ul_conf_option *o = ul_conf_options(&count);
	struct ul_nearest nearest = { .typed = name };

	for (size_t i = 0; group ? group->keys[i].name != NULL : i < count;
	     i++) {
		const char *key = group ? group->keys[i].name : o[i].name;

		if (!group && o[i].place == UL_PLACE_LINE)
			continue;
		ul_nearest_offer(&nearest, key);
	}
	return ul_nearest_name(&nearest);
}

static int refuse_key(const struct reading *r, const struct ul_key_line *l,
		      const struct ul_conf_group *group)
{
	g_autofree char *place = place_of(r, l);
	const char *meant = meant_by(l->key, group);

	if (group && ul_conf_option_find(l->key))
		return ul_refuse(r->error, "%s: is a key of [network]", place);
	if (meant)
		return ul_refuse(r->error, "%s: there is no such key; did you "
				 "mean %s?", place, meant);
	return ul_refuse(r->error, "%s: there is no such key, see "
			 "userland.conf(5)", place);
}

/* The value without blanks around it; NULL when it has a wrong escape. */
static char *text_of(const struct reading *r, const struct ul_key_line *l)
{
	g_autofree char *place = place_of(r, l);
	g_autoptr(GError) failure = NULL;
	char *value = g_key_file_get_string(r->keys, l->group, l->key,
					    &failure);

	if (!failure)
		return g_strstrip(value);
	g_free(value);
	ul_refuse(r->error, "%s: a backslash is followed by s, n, t, r or \\: "
		  "write two for one", place);
	return NULL;
}

/* 1 or 0, or -EINVAL when @text is neither. */
static int truth_of(const char *text)
{
	static const char *const yes[] = { "true", "yes", "on", "1", NULL };
	static const char *const no[] = { "false", "no", "off", "0", NULL };

	if (g_strv_contains(yes, text))
		return 1;
	return g_strv_contains(no, text) ? 0 : -EINVAL;
}

static int flag_of(const struct reading *r, const struct ul_key_line *l)
{
	g_autofree char *value = text_of(r, l);
	g_autofree char *place = value ? place_with(r, l, value) : NULL;
	int truth = value ? truth_of(value) : -EINVAL;

	if (value && truth < 0)
		ul_refuse(r->error, "%s: write true or false", place);
	return truth;
}

/* The items of a list, at least one. */
static char **items_of(const struct reading *r, const struct ul_key_line *l)
{
	static const char *const one_empty[] = { "", NULL };
	g_autofree char *place = place_of(r, l);
	g_autoptr(GError) failure = NULL;
	gsize count;
	char **items = g_key_file_get_string_list(r->keys, l->group, l->key,
						  &count, &failure);

	if (failure) {
		ul_refuse(r->error, "%s: a backslash is followed by s, n, t, "
			  "r, ; or \\: write two for one", place);
		g_strfreev(items);
		return NULL;
	}
	for (char **i = items; *i; i++)
		g_strstrip(*i);
	if (count > 1 && !*items[count - 1])
		g_clear_pointer(&items[count - 1], g_free);
	if (count)
		return items;
	g_strfreev(items);
	return g_strdupv((char **)one_empty);
}

/* --name[=value]: NULL for true alone. 1, 0 for false, or -EINVAL. */
static int maybe_of(const struct reading *r, const struct ul_key_line *l,
		    char **value)
{
	g_auto(GStrv) items = items_of(r, l);
	char *joined;
	int truth;

	if (!items)
		return -EINVAL;
	joined = g_strjoinv(",", items);
	truth = truth_of(joined);
	if (truth >= 0)
		g_clear_pointer(&joined, g_free);
	*value = joined;
	return truth != 0;
}

/* Of [network]: one value of @o. */
static int take_value(struct reading *r, const struct ul_key_line *l,
		      const struct ul_conf_option *o, const char *value)
{
	g_autofree char *where = place_with(r, l, value);

	return add(r, l, o, value, where);
}

static int take_items(struct reading *r, const struct ul_key_line *l,
		      const struct ul_conf_option *o)
{
	g_auto(GStrv) items = items_of(r, l);
	int rc = items ? 0 : -EINVAL;

	for (char **i = items; !rc && *i; i++)
		rc = take_value(r, l, o, *i);
	return rc;
}

static int take_one(struct reading *r, const struct ul_key_line *l,
		    const struct ul_conf_option *o)
{
	g_autofree char *value = text_of(r, l);

	return value ? take_value(r, l, o, value) : -EINVAL;
}

static int take_network_key(struct reading *r, const struct ul_key_line *l)
{
	const struct ul_conf_option *o = ul_conf_option_find(l->key);
	g_autofree char *place = place_of(r, l);
	g_autofree char *value = NULL;
	int rc;

	if (!o)
		return refuse_key(r, l, NULL);
	if (o->place == UL_PLACE_LINE)
		return ul_refuse(r->error, "%s: is for the command line only",
				 place);
	switch (o->arg) {
	case UL_OPTION_FLAG:
		rc = flag_of(r, l);
		return rc > 0 ? take_value(r, l, o, NULL) : rc;
	case UL_OPTION_MAYBE:
		rc = maybe_of(r, l, &value);
		return rc > 0 ? take_value(r, l, o, value) : rc;
	case UL_OPTION_VALUE:
		return o->times == UL_OPTION_REPEATS ? take_items(r, l, o) :
						       take_one(r, l, o);
	}
	return 0;
}

/* ---- [host NAME], [port NAME] -------------------------------------------- */

/* One group while it is put together. */
struct whole {
	const struct ul_conf_option *option;
	const struct ul_conf_group *group;
	const char *name;
	GString *who, *rest;	/* "web=52:54:...", ",isolated" */
};

/* Would the option take this value at all? */
static int try(const struct reading *r, const struct ul_conf_option *o,
	       const char *value, const char *where)
{
	g_autofree char *why = NULL;
	struct ul_conf *conf = ul_conf_new();
	int rc = o->set(conf, value, &why);

	ul_conf_free(conf);
	return rc ? ul_refuse(r->error, "%s: %s", where, why) : 0;
}

/* Of a group that is one value nothing may look like two. */
static int check_value(const struct reading *r, const char *place,
		       const char *value)
{
	if (strpbrk(value, ",="))
		return ul_refuse(r->error, "%s: has a '%c'; each thing is a "
				 "key of its own here", place,
				 *strpbrk(value, ",="));
	return *value ? 0 : ul_refuse(r->error, "%s: is empty", place);
}

/* The same of a list that is joined with commas. */
static int check_list(const struct reading *r, const struct ul_key_line *l,
		      const char *value)
{
	g_autofree char *place = place_with(r, l, value);

	return strchr(value, '=') ?
		ul_refuse(r->error, "%s: has a '='; write as in 80;90-91",
			  place) : 0;
}

/* A key's value, NULL for none; *@is_said: false says as much as no key. */
static int value_of(const struct reading *r, const struct ul_key_line *l,
		    const struct ul_group_key *key, char **value,
		    bool *is_said)
{
	g_autofree char *place = NULL;
	int rc = 1;

	if (key->form == UL_FORM_FLAG)
		rc = flag_of(r, l);
	else if (key->form == UL_FORM_LIST)
		rc = maybe_of(r, l, value);
	*is_said = rc > 0;
	if (rc > 0 && key->form == UL_FORM_LIST && *value)
		return check_list(r, l, *value);
	if (key->form == UL_FORM_FLAG || key->form == UL_FORM_LIST)
		return rc < 0 ? rc : 0;
	*value = text_of(r, l);
	if (!*value)
		return -EINVAL;
	place = place_with(r, l, *value);
	return check_value(r, place, *value);
}

static int put_key(struct reading *r, struct whole *w,
		   const struct ul_key_line *l, bool is_who)
{
	const struct ul_group_key *key = ul_group_key_find(w->group, l->key);
	g_autofree char *value = NULL;
	g_autofree char *place = NULL;
	bool is_said;
	int rc;

	if (!key)
		return refuse_key(r, l, w->group);
	if (is_who != (key->form == UL_FORM_WHO ||
		       key->form == UL_FORM_WHO_ID))
		return 0;
	rc = value_of(r, l, key, &value, &is_said);
	place = place_with(r, l, value);
	if (rc || !is_said)
		return rc;
	if (is_who && strchr(w->who->str, '='))
		return ul_refuse(r->error, "%s: the group has another key that "
				 "says who it is; one is enough", place);
	g_autoptr(GString) text = g_string_new(w->who->str);

	ul_group_put(is_who ? w->who : w->rest, key, value);
	ul_group_put(text, key, value);
	return try(r, w->option, text->str, place);
}

/* The keys of the group from line @first on: who it is, or the others. */
static int put_keys(struct reading *r, struct whole *w, guint first,
		    bool are_who)
{
	int rc = 0;

	for (guint i = first; i < r->lines->len && !rc; i++) {
		const struct ul_key_line *l = r->lines->pdata[i];

		if (!l->key)
			break;
		rc = put_key(r, w, l, are_who);
	}
	return rc;
}

/* The header's line and those of its keys, which follow it. */
static int take_whole(struct reading *r, const struct ul_key_line *header,
		      struct whole *w, guint first)
{
	g_autofree char *place = place_of(r, header);
	int rc;

	/* Who it is comes first in the text, wherever it is in the file. */
	rc = put_keys(r, w, first, true);
	if (!rc && !strchr(w->who->str, '=') && strcmp(w->name, "*"))
		rc = ul_refuse(r->error, "%s: has no mac, by which the machine "
			       "is known", place);
	if (!rc)
		rc = put_keys(r, w, first, false);
	if (rc)
		return rc;
	g_string_append(w->who, w->rest->str);
	rc = try(r, w->option, w->who->str, place);
	return rc ? rc : add(r, header, w->option, w->who->str, place);
}

/* "port web" in two, when there are such groups. */
static const struct ul_conf_group *group_of(const char *text,
					    const char **name)
{
	const char *blank = strchr(text, ' ');
	g_autofree char *word = blank ? g_strndup(text,
						  (gsize)(blank - text)) :
					g_strdup(text);

	*name = blank ? blank + 1 : "";
	return ul_conf_group_find(word);
}

static int take_named_group(struct reading *r, guint at)
{
	const struct ul_key_line *header = r->lines->pdata[at];
	g_autofree char *place = place_of(r, header);
	struct whole w = { .group = group_of(header->group, &w.name) };
	int rc;

	if (!w.group)
		return ul_refuse(r->error, "%s: there is no such group; there "
				 "are [network], [host NAME] and [port NAME]",
				 place);
	if (!*w.name || strpbrk(w.name, "=, "))
		return ul_refuse(r->error, "%s: write one name, as in [%s "
				 "web]", place, w.group->option);
	w.option = ul_conf_option_find(w.group->option);
	w.who = g_string_new(w.name);
	w.rest = g_string_new(NULL);
	rc = take_whole(r, header, &w, at + 1);
	g_string_free(w.who, TRUE);
	g_string_free(w.rest, TRUE);
	return rc;
}

static int take_lines(struct reading *r)
{
	int rc = 0;

	for (guint i = 0; i < r->lines->len && !rc; i++) {
		const struct ul_key_line *l = r->lines->pdata[i];
		bool is_network = !strcmp(l->group, NETWORK);

		if (l->key && is_network)
			rc = take_network_key(r, l);
		else if (!l->key && !is_network)
			rc = take_named_group(r, i);
	}
	return rc;
}

int ul_conf_file_parse(struct ul_settings **out, const char *name,
		       const char *text, size_t len, char **error)
{
	g_autoptr(GError) failure = NULL;
	g_autoptr(GKeyFile) keys = g_key_file_new();
	GPtrArray *lines = ul_key_lines_scan(name, text, len, error);
	struct reading r = {
		.name = name, .keys = keys, .lines = lines, .error = error,
	};
	int rc;

	if (!lines)
		return -EINVAL;
	/* GKeyFile takes no empty text. */
	if (len && !g_key_file_load_from_data(keys, text, len,
					      G_KEY_FILE_NONE, &failure)) {
		g_ptr_array_unref(lines);
		return ul_refuse(error, "%s: %s", name, failure->message);
	}
	r.settings = ul_settings_new();
	rc = take_lines(&r);
	g_ptr_array_unref(lines);
	if (rc)
		ul_settings_free(r.settings);
	else
		*out = r.settings;
	return rc;
}

/* ---- the file itself ----------------------------------------------------- */

/* All of the open @fd, which may grow meanwhile: to one byte too many. */
static ssize_t read_all(int fd, char *buf, size_t size)
{
	size_t len = 0;
	ssize_t n;

	do {
		n = read(fd, buf + len, size - len);
		if (n > 0)
			len += (size_t)n;
	} while (len < size && (n > 0 || (n < 0 && errno == EINTR)));
	return n < 0 ? -errno : (ssize_t)len;
}

/* A pipe or a device would let us wait, or never end. */
static int open_regular(const char *path, char **error)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return ul_fail(error, -errno, "%s: %s", path,
			       g_strerror(errno));
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return ul_fail(error, -EINVAL, "%s: is no regular file", path);
}

int ul_conf_file_read(struct ul_settings **out, const char *path,
		      char **error)
{
	g_autofree char *buf = g_malloc(UL_CONF_FILE_MAX + 1);
	int fd = open_regular(path, error);
	ssize_t len;

	if (fd < 0)
		return fd;
	len = read_all(fd, buf, UL_CONF_FILE_MAX + 1);
	close(fd);
	if (len < 0)
		return ul_fail(error, (int)len, "%s: %s", path,
			       g_strerror((int)-len));
	if ((size_t)len > UL_CONF_FILE_MAX)
		return ul_fail(error, -EFBIG, "%s: is larger than %u KiB", path,
			       UL_CONF_FILE_MAX >> 10);
	return ul_conf_file_parse(out, path, buf, (size_t)len, error);
}
