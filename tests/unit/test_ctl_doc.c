/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_ctl_doc.c - userland-qmp(7) says what the control socket does
 *
 * Both ways: each command with its arguments and their types, each member of
 * an answer and of the objects in its lists, each event with its members is
 * on the page, and nothing else is. The page says in its head how it is read.
 */
#include <fcntl.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/cmd.h"
#include "ctl/event.h"
#include "fake/ctl_client.h"
#include "harness.h"

#define SECOND 1000000

/* Arguments as the page has them, "name : type"; members by name. */
struct topic {
	GPtrArray *args, *members, *inner;
};

static GHashTable *commands, *events;	/* of struct topic */
static struct ctl_lab lab;
static int fd;

static void free_topic(gpointer data)
{
	struct topic *t = data;

	g_ptr_array_unref(t->args);
	g_ptr_array_unref(t->members);
	g_ptr_array_unref(t->inner);
	g_free(t);
}

static struct topic *add_topic(GHashTable *section, const char *name)
{
	struct topic *t = g_new0(struct topic, 1);

	t->args = g_ptr_array_new_with_free_func(g_free);
	t->members = g_ptr_array_new_with_free_func(g_free);
	t->inner = g_ptr_array_new_with_free_func(g_free);
	ck_assert_msg(g_hash_table_insert(section, g_strdup(name), t),
		      "%s is there twice", name);
	return t;
}

static void read_page(void)
{
	const char *srcdir = getenv("srcdir");
	g_autofree char *path = g_build_filename(
		srcdir ? srcdir : ".", "src/ctl/userland-qmp.7.in", NULL);
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;
	GHashTable *section = NULL;
	struct topic *topic = NULL;

	ck_assert_msg(g_file_get_contents(path, &text, NULL, NULL), "%s",
		      path);
	lines = g_strsplit(text, "\n", -1);
	for (char **l = lines; *l; l++) {
		if (g_str_has_prefix(*l, ".Sh "))
			section = !strcmp(*l, ".Sh COMMANDS") ? commands :
				  !strcmp(*l, ".Sh EVENTS") ? events : NULL;
		if (g_str_has_prefix(*l, ".Ss ") && section)
			topic = add_topic(section, *l + 4);
		if (g_str_has_prefix(*l, ".It Ar ") && section)
			g_ptr_array_add(topic->args, g_strdup(*l + 7));
		if (g_str_has_prefix(*l, ".It Va ") && section)
			g_ptr_array_add(topic->members, g_strdup(*l + 7));
		if (g_str_has_prefix(*l, ".It Li ") && section)
			g_ptr_array_add(topic->inner, g_strdup(*l + 7));
	}
}

static GHashTable *new_section(void)
{
	return g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
				     free_topic);
}

/* Any descriptor will do for a fake network. */
static void give_fd(const char *name)
{
	g_autofree char *text = g_strdup_printf(
		"{\"execute\":\"getfd\",\"arguments\":{\"fdname\":\"%s\"}}",
		name);

	int null = open("/dev/null", O_WRONLY);

	ctl_lab_send_fds(fd, text, &null, 1);
	close(null);
	ctl_lab_expect(ctl_lab_read(&lab, fd, NULL), "");
}

static void setup(void)
{
	commands = new_section();
	events = new_section();
	read_page();
	ctl_lab_init(&lab);
	lab.network.is_prompt = true;
	fd = ctl_lab_join(&lab);
	give_fd("a");
	give_fd("b");
}

static void teardown(void)
{
	close(fd);
	ctl_lab_fini(&lab);
	g_hash_table_unref(commands);
	g_hash_table_unref(events);
}

static void check_command(const struct ul_cmd *cmd, void *arg)
{
	const struct topic *t = g_hash_table_lookup(commands, cmd->name);
	unsigned int *count = arg;
	guint i = 0;

	ck_assert_msg(t != NULL, "%s is not on the page", cmd->name);
	for (const struct ul_arg *a = cmd->args; a && a->name; a++, i++) {
		g_autofree char *want = g_strdup_printf(
			"%s : %s%s", a->name, ul_arg_type_name(a->type),
			a->is_needed ? "" : ", optional");

		ck_assert_msg(i < t->args->len, "%s: %s is not on the page",
			      cmd->name, want);
		ck_assert_str_eq(t->args->pdata[i], want);
	}
	ck_assert_msg(i == t->args->len, "%s: the page has more arguments",
		      cmd->name);
	(*count)++;
}

START_TEST(each_command_is_on_the_page)
{
	unsigned int count = 0;

	ul_cmd_each(check_command, &count);
	ck_assert_uint_eq(g_hash_table_size(commands), count);
}
END_TEST

static bool has(const GPtrArray *list, const char *name)
{
	return g_ptr_array_find_with_equal_func((GPtrArray *)(uintptr_t)list,
						name, g_str_equal, NULL);
}

/* The members of @o, or of its first item, are just those of @list. */
static void compare(const char *what, const json_t *o, const GPtrArray *list)
{
	const json_t *one = json_is_array(o) ? json_array_get(o, 0) : o;
	const char *name;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)one, name, v)
		ck_assert_msg(has(list, name), "%s: %s is not on the page",
			      what, name);
	for (guint i = 0; i < list->len; i++)
		ck_assert_msg(json_object_get(one, list->pdata[i]) != NULL,
			      "%s: %s is on the page alone", what,
			      (char *)list->pdata[i]);
}

/* The members of all objects in @o and in the lists of @o, as one. */
static json_t *inner_of(const json_t *o)
{
	json_t *all = json_object(), *list, *one;
	const char *name;
	size_t i;

	json_object_foreach((json_t *)(uintptr_t)o, name, list) {
		json_object_update(all, list);
		json_array_foreach(list, i, one)
			json_object_update(all, one);
	}
	return all;
}

/* Arguments with which a command succeeds; a query needs none. */
static const char *arguments_for(const char *name)
{
	if (!strcmp(name, "query-flows"))
		return "{\"ended\":true}";
	if (!strcmp(name, "lease-add"))
		return "{\"mac\":\"52:54:00:00:00:01\"}";
	if (!strcmp(name, "forward-add"))
		return "{\"spec\":\"8080:web:80\"}";
	if (!strcmp(name, "explain"))
		return "{\"dest\":\"www.example.com\",\"port\":443}";
	if (!strcmp(name, "capture-start"))
		return "{\"fdname\":\"b\"}";
	if (!strcmp(name, "probe"))
		return "{\"guest\":\"web\",\"port\":22}";
	if (!strcmp(name, "connect"))
		return "{\"guest\":\"web\",\"port\":22,\"fdname\":\"a\"}";
	return g_str_has_prefix(name, "query-") || !strcmp(name, "reload") ||
	       !strcmp(name, "dns-flush") || !strcmp(name, "log-level") ?
	       "{}" : NULL;
}

static void check_answer(const struct ul_cmd *cmd, void *arg)
{
	const struct topic *t = g_hash_table_lookup(commands, cmd->name);
	const char *args = arguments_for(cmd->name);
	g_autofree char *request = g_strdup_printf(
		"{\"execute\":\"%s\",\"arguments\":%s}", cmd->name, args);
	json_t *answer, *o;

	ck_assert_msg(t != NULL, "%s is not on the page", cmd->name);
	ck_assert_msg(args || !t->members->len, "%s: the test has no way to "
		      "make it answer", cmd->name);
	if (!args)
		return;
	answer = ctl_lab_ask(&lab, fd, request);
	o = json_object_get(answer, "return");
	ck_assert_msg(o != NULL, "%s fails", cmd->name);
	/* The second port of the fake network tells all but a MAC. */
	if (!strcmp(cmd->name, "query-ports")) {
		json_object_update(json_array_get(o, 0), json_array_get(o, 1));
		ck_assert_uint_eq(json_array_size(o), 2);
	}
	/* And its second host, by an identifier. */
	if (!strcmp(cmd->name, "query-hosts"))
		json_object_update(json_array_get(o, 0), json_array_get(o, 1));
	compare(cmd->name, o, t->members);
	if (t->inner->len) {
		json_t *inner = inner_of(o);

		compare(cmd->name, inner, t->inner);
		json_decref(inner);
	}
	json_decref(answer);
}

START_TEST(each_answer_is_on_the_page)
{
	ul_cmd_each(check_answer, NULL);
}
END_TEST

static void read_events(json_t *all)
{
	json_t *event;

	while ((event = ctl_lab_read(&lab, fd, NULL)) != NULL) {
		const char *name = json_string_value(
			json_object_get(event, "event"));

		if (!json_object_get(all, name))
			json_object_set_new(all, name, json_object());
		json_object_update(json_object_get(all, name),
				   json_object_get(event, "data"));
		json_decref(event);
	}
}

/* All members that the events of one name had. */
static json_t *gather_events(void)
{
	json_t *all = json_object();

	for (int i = 0; i <= UL_EVENT_GUEST_BURST; i++) {
		fake_network_all_events(&lab.network);
		if (i % 64 == 0)
			read_events(all);
	}
	read_events(all);
	lab.now_us += SECOND;
	ctl_lab_turns(&lab, 1);
	fake_network_all_events(&lab.network);
	ul_ctl_say_shutdown(lab.ctl, "quit");
	read_events(all);
	return all;
}

START_TEST(each_event_is_on_the_page)
{
	json_t *all = gather_events();

	ck_assert_uint_eq(g_hash_table_size(events), UL_EVENT_COUNT);
	for (int i = 0; i < UL_EVENT_COUNT; i++) {
		const char *name = ul_event_names[i];
		const struct topic *t = g_hash_table_lookup(events, name);
		const json_t *data = json_object_get(all, name);

		ck_assert_msg(t != NULL, "%s is not on the page", name);
		ck_assert_msg(data != NULL, "%s did not come", name);
		compare(name, data, t->members);
	}
	json_decref(all);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ctl_doc");
	TCase *tc = tcase_create("page");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, each_command_is_on_the_page);
	tcase_add_test(tc, each_answer_is_on_the_page);
	tcase_add_test(tc, each_event_is_on_the_page);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
