/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_conf_file.c - configuration files: what is refused and where, that a
 * file says what the command line says, and that what is shown is read back
 */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/conf_file.h"
#include "conf/conf_group.h"
#include "conf/conf_show.h"
#include "harness.h"

static int parse(struct ul_settings **out, const char *text, char **error)
{
	/* Exactly as long as it is: nothing behind it may be read. */
	size_t len = strlen(text);
	char *exact = g_memdup2(text, len);
	int rc = ul_conf_file_parse(out, "lab.conf", exact, len, error);

	g_free(exact);
	return rc;
}

/* The errors of reading, and those of applying what was read. */
static int load(const char *text, char **error)
{
	struct ul_conf *conf = ul_conf_new();
	struct ul_settings *s;
	int rc = parse(&s, text, error);

	if (!rc) {
		rc = ul_conf_apply(conf, ul_settings_all(s),
				   ul_settings_count(s), error);
		ul_settings_free(s);
	}
	ul_conf_free(conf);
	return rc;
}

#define WEB "[port web]\nmac=52:54:00:00:00:01\n"

static const struct {
	const char *text, *says;
} bad[] = {
	{ "mtu=1500\n", "lab.conf:1: mtu is before the first group: write "
	  "[network] above it" },
	{ "[network]\nmtu 1500\n", "lab.conf:2: 'mtu 1500' is no line of a key "
	  "file" },
	{ "[network]\n=7\n", "lab.conf:2: '' is no name of a key" },
	{ "[network]\nmtu[de]=7\n", "lab.conf:2: 'mtu[de]' is no name" },
	{ "[network]\nm t u=7\n", "'m t u' is no name of a key" },
	{ "[network\n", "lab.conf:1: '[network' is no group" },
	{ "[network] x\n", "lab.conf:1: '[network] x' is no group" },
	{ "[]\n", "lab.conf:1: a group's name has letters" },
	{ "[[network]\n", "lab.conf:1: a group's name has letters" },
	{ "[network]\n# c\n\nmtu=1500\nmtu=1500\n", "lab.conf:5: [network] has "
	  "mtu twice, first in line 4" },
	{ "[network]\n\n[network]\n", "lab.conf:3: the group [network] is "
	  "there twice, first in line 1" },
	{ WEB WEB, "lab.conf:3: the group [port web] is there twice, first in "
	  "line 1" },
	{ "[network]\nname=\xff\n", "lab.conf:2: byte 0xff is no text" },
	{ "[net]\n", "lab.conf:1: [net]: there is no such group; there are "
	  "[network], [host NAME] and [port NAME]" },
	{ "[Network]\nmtu=1500\n", "there is no such group" },
	{ "[network]\nfoward=80\n", "lab.conf:2: [network] foward: there is no "
	  "such key; did you mean forward?" },
	{ "[network]\nMTU=80\n", "there is no such key, see" },
	{ "[network]\nzebras=80\n", "lab.conf:2: [network] zebras: there is no "
	  "such key, see userland.conf(5)" },
	{ "[network]\nchek=true\n", "chek: there is no such key, see" },
	{ "[network]\ncheck=true\n", "lab.conf:2: [network] check: is for the "
	  "command line only" },
	{ "[network]\nconfig=x\n", "config: is for the command line only" },
	{ "[network]\nno-ipv6=maybe\n", "lab.conf:2: [network] no-ipv6=maybe: "
	  "write true or false" },
	{ "[network]\nno-ipv6=\n", "no-ipv6=: write true or false" },
	{ "[network]\nname=a\\x\n", "lab.conf:2: [network] name: a backslash "
	  "is followed by" },
	{ "[network]\ndns=a\\x\n", "lab.conf:2: [network] dns: a backslash "
	  "is followed by" },
	/* Values, by the setters of the command line. */
	{ "[network]\nmtu=7\n", "lab.conf:2: [network] mtu=7: write a number "
	  "from 576" },
	{ "[network]\nname=\n", "lab.conf:2: [network] name=: write at most" },
	{ "[network]\nforward=80:80;web\n", "lab.conf:2: [network] "
	  "forward=web: " },
	{ "[network]\ndns=\n", "lab.conf:2: [network] dns=: write ADDR" },
	{ "[network]\ndns=192.0.2.1;;192.0.2.2\n", "[network] dns=: write" },
	{ "[network]\nhost-loopback=80;x\n", "host-loopback=80,x: 'x' is no "
	  "port" },
	{ "[network]\ndhcp=true\nno-dhcp=yes\n", "--dhcp and --no-dhcp "
	  "exclude each other" },
	/* Groups that are one value. */
	{ "[port]\n", "lab.conf:1: [port]: write one name, as in [port web]" },
	{ "[port a b]\n", "[port a b]: write one name" },
	{ "[port web]\n", "lab.conf:1: [port web]: has no mac, by which" },
	{ "[host web]\naddress=10.0.2.9\n", "lab.conf:1: [host web]: has no "
	  "mac, by which" },
	{ "[port web]\nisolated=true\nmac=x\n", "lab.conf:3: [port web] mac=x: "
	  "write NAME=MAC" },
	{ WEB "rate-in=fast\n", "lab.conf:3: [port web] rate-in=fast: write "
	  "bytes" },
	{ WEB "\nisolatd=true\n", "lab.conf:4: [port web] isolatd: there is no "
	  "such key; did you mean isolated?" },
	{ WEB "host-loopback=80;storm=7\n", "lab.conf:3: [port web] "
	  "host-loopback=80,storm=7: has a '='" },
	{ WEB "mtu=1500\n", "lab.conf:3: [port web] mtu: is a key of "
	  "[network]" },
	{ WEB "isolated=2\n", "lab.conf:3: [port web] isolated=2: write true "
	  "or false" },
	{ WEB "storm=1,isolated\n", "lab.conf:3: [port web] storm=1,isolated: "
	  "has a ','" },
	{ WEB "storm=\n", "lab.conf:3: [port web] storm=: is empty" },
	{ "[host web]\nmac=52:54:00:00:00:01\nid=0102\n", "lab.conf:3: [host "
	  "web] id=0102: the group has another key that says who it is" },
	{ "[host web]\nmac=52:54:00:00:00:01\naddress=x\n", "lab.conf:3: "
	  "[host web] address=x: " },
	{ "[host 7]\nmac=52:54:00:00:00:01\n", "[host 7] mac=" },
};

START_TEST(errors_say_where)
{
	char *error = NULL;

	ck_assert_int_eq(load(bad[_i].text, &error), -EINVAL);
	ck_assert_msg(strstr(error, bad[_i].says) != NULL, "%s", error);
	g_free(error);
}
END_TEST

/* One text of each kind; an option takes at least one of them. */
static const char *const samples[] = {
	"lab", "nat-network", "1500", "10.0.3.0/24", "10.0.2.9",
	"10.0.2.20-10.0.2.30", "fd00:1:2:3::/64", "any", "2222:22", "64M",
	"127.0.0.1:7000", "trunk:/run/x.sock", "web=52:54:00:00:00:01",
	"deny any", "10.1.0.0/16 tcp 443", "10.0.2.100:80=unix:/run/x.sock",
	"lab.test=192.0.2.54", "20",
};

/* A value that @o takes; NULL for a flag. */
static const char *sample_of(const struct ul_conf_option *o)
{
	const char *found = NULL;

	for (size_t i = 0; !found && i < G_N_ELEMENTS(samples); i++) {
		struct ul_conf *conf = ul_conf_new();
		g_autofree char *why = NULL;

		if (!o->set(conf, samples[i], &why))
			found = samples[i];
		ul_conf_free(conf);
	}
	ck_assert_msg(found != NULL, "put a sample of --%s above", o->name);
	return found;
}

static void check_only(const struct ul_settings *s,
		       const struct ul_conf_option *o, const char *value)
{
	const struct ul_conf_setting *got = ul_settings_all(s);

	ck_assert_uint_eq(ul_settings_count(s), 1);
	ck_assert_ptr_eq(got->option, o);
	if (value)
		ck_assert_str_eq(got->value, value);
	else
		ck_assert_ptr_null(got->value);
}

/* Settings are what the command line yields, and they are the same. */
START_TEST(a_file_says_what_the_command_line_says)
{
	size_t count;
	const struct ul_conf_option *all = ul_conf_options(&count);

	for (const struct ul_conf_option *o = all; o < all + count; o++) {
		bool is_flag = o->arg == UL_OPTION_FLAG;
		const char *value = is_flag ? NULL : sample_of(o);
		g_autofree char *text = g_strdup_printf("[network]\n%s = %s \n",
							o->name, is_flag ?
							"true" : value);
		struct ul_settings *s;
		char *error = NULL;
		int rc = parse(&s, text, &error);

		if (o->place == UL_PLACE_LINE) {
			ck_assert_int_eq(rc, -EINVAL);
			g_free(error);
			continue;
		}
		ck_assert_msg(!rc, "%s", error);
		check_only(s, o, value);
		ul_settings_free(s);
	}
}
END_TEST

START_TEST(what_is_shown_is_read_back)
{
	size_t count;
	const struct ul_conf_option *all = ul_conf_options(&count);
	struct ul_conf *conf = ul_conf_new();

	for (const struct ul_conf_option *o = all; o < all + count; o++) {
		struct ul_conf_setting one = {
			.option = o, .value = o->arg == UL_OPTION_FLAG ? NULL :
						sample_of(o),
		};
		struct ul_settings *s = ul_settings_new(), *again;
		g_autofree char *text = NULL;
		g_autofree char *value = ul_settings_text(&one);
		char *error = NULL;

		if (o->place == UL_PLACE_ANY)
			ul_settings_add(s, &one);
		text = ul_conf_show(conf, s);
		ck_assert_msg(!parse(&again, text, &error), "%s: %s", text,
			      error);
		if (o->place == UL_PLACE_ANY)
			check_only(again, ul_conf_option_whole(o),
				   one.value ? value : NULL);
		ul_settings_free(s);
		ul_settings_free(again);
	}
	ul_conf_free(conf);
}
END_TEST

/* What GKeyFile or lists would take for something else. */
START_TEST(odd_texts_are_read_back)
{
	static const char *const odd[] = {
		" x", "x ", "a;b", "a\\b", "\ta\n", "#x", "[x]", "=", "a=b",
		";", "\\", "\xc3\xa4",
	};
	struct ul_conf_setting one = {
		.option = ul_conf_option_find(_i % 2 ? "socket" : "pid"),
		.value = odd[_i / 2],
	};
	struct ul_conf *conf = ul_conf_new();
	struct ul_settings *s = ul_settings_new(), *again;
	g_autofree char *text = NULL;
	char *error = NULL;

	ck_assert_uint_lt((size_t)_i / 2, G_N_ELEMENTS(odd));
	ul_settings_add(s, &one);
	text = ul_conf_show(conf, s);
	ck_assert_msg(!parse(&again, text, &error), "%s: %s", text, error);
	/* Blanks at the ends are of no value that a file has. */
	ck_assert_uint_eq(ul_settings_count(again), 1);
	if (one.value[0] > ' ' && one.value[strlen(one.value) - 1] != ' ')
		ck_assert_str_eq(ul_settings_all(again)->value, one.value);
	ul_settings_free(s);
	ul_settings_free(again);
	ul_conf_free(conf);
}
END_TEST

/* Three keys fill one list, and it is shown as the one that keeps order. */
START_TEST(rules_and_ports_of_loopback_are_read_back)
{
	static const char text[] =
		"[network]\n"
		"deny=10.0.0.1;10.0.0.2\n"
		"rules=allow 10.0.0.0/8 tcp 443; deny host;\n"
		"allow=any\n"
		"[port web]\n"
		"mac=52:54:00:00:00:01\n"
		"host-loopback=80;90-92\n"
		"pinned=yes\n"
		"[port db]\n"
		"mac=52:54:00:00:00:02\n"
		"host-loopback=true\n"
		"[port no]\n"
		"mac=52:54:00:00:00:03\n"
		"delay=2.5\n"
		"loss=0.1%\n"
		"host-loopback=false\n";
	struct ul_conf *conf = ul_conf_new();
	const struct ul_port_conf *no;
	struct ul_settings *s, *again;
	g_autofree char *shown = NULL, *shown_again = NULL;
	char *error = NULL;

	ck_assert_msg(!parse(&s, text, &error), "%s", error);
	ck_assert(!ul_conf_apply(conf, ul_settings_all(s),
				 ul_settings_count(s), &error));
	shown = ul_conf_show(conf, s);
	ck_assert_msg(strstr(shown, "\nrules=deny 10.0.0.1;deny 10.0.0.2;"
				    "allow 10.0.0.0/8 tcp 443;deny host;"
				    "allow any\n"), "%s", shown);
	ck_assert_msg(strstr(shown, "\nhost-loopback=80;90-92\npinned=true\n"),
		      "%s", shown);
	ck_assert_ptr_nonnull(strstr(shown, "\nhost-loopback=true\n"));
	no = conf->ports->pdata[2];
	ck_assert_uint_eq(no->delay_us, 2500);
	ck_assert_uint_eq(no->loss_ppm, 1000);
	ck_assert_msg(!parse(&again, shown, &error), "%s", error);
	ul_conf_free(conf);
	conf = ul_conf_new();
	ck_assert(!ul_conf_apply(conf, ul_settings_all(again),
				 ul_settings_count(again), &error));
	ck_assert_uint_eq(conf->rules->len, 5);
	shown_again = ul_conf_show(conf, again);
	ck_assert_str_eq(shown, shown_again);
	ul_settings_free(again);
	ul_settings_free(s);
	ul_conf_free(conf);
}
END_TEST

static const char whole[] =
	"# a lab\r\n"
	"[network]\n"
	"  mode = nat-network\r\n"
	"forward=2222:22; 8080:80 ;\n"
	"no-ipv6=false\n"
	"host-loopback=80;90-91\n"
	"[port db]\n"
	"pinned=no\n"
	"isolated=true\n"
	"rate-in=1M\n"
	"host-loopback=80; 90-91\n"
	"mac=52:54:00:00:00:02\n"
	"[port *]\n"
	"storm=100\n"
	"host-loopback=true\n"
	"[host web]\n"
	"address6=fd00::9\n"
	"mac=52:54:00:00:00:01\n"
	"address=10.0.2.9\n"
	"[host id]\n"
	"id=0102\n";

static const struct {
	const char *name, *value, *where;
	unsigned int line;
} of_whole[] = {
	{ "mode", "nat-network", "lab.conf:3: [network] mode=nat-network", 3 },
	{ "forward", "2222:22", "lab.conf:4: [network] forward=2222:22", 4 },
	{ "forward", "8080:80", "lab.conf:4: [network] forward=8080:80", 4 },
	{ "host-loopback", "80,90-91",
	  "lab.conf:6: [network] host-loopback=80,90-91", 6 },
	{ "port", "db=52:54:00:00:00:02,isolated,rate-in=1M,"
	  "host-loopback=80,90-91",
	  "lab.conf:7: [port db]", 7 },
	{ "port", "*,storm=100,host-loopback", "lab.conf:13: [port *]", 13 },
	{ "host", "web=52:54:00:00:00:01,fd00::9,10.0.2.9",
	  "lab.conf:16: [host web]", 16 },
	{ "host", "id=id:0102", "lab.conf:20: [host id]", 20 },
};

static void check_whole(const struct ul_settings *s)
{
	const struct ul_conf_setting *got = ul_settings_all(s);

	ck_assert_uint_eq(ul_settings_count(s), G_N_ELEMENTS(of_whole));
	for (size_t i = 0; i < G_N_ELEMENTS(of_whole); i++) {
		ck_assert_str_eq(got[i].option->name, of_whole[i].name);
		ck_assert_str_eq(got[i].value, of_whole[i].value);
		ck_assert_str_eq(got[i].where, of_whole[i].where);
		ck_assert_uint_eq(got[i].line, of_whole[i].line);
	}
}

START_TEST(a_whole_file)
{
	struct ul_conf *conf = ul_conf_new();
	struct ul_settings *s, *again;
	g_autofree char *text = NULL;
	char *error = NULL;

	ck_assert_msg(!parse(&s, whole, &error), "%s", error);
	check_whole(s);
	ck_assert(!ul_conf_apply(conf, ul_settings_all(s),
				 ul_settings_count(s), &error));
	ck_assert_uint_eq(conf->ports->len, 2);
	ck_assert_uint_eq(conf->hosts->len, 2);
	text = ul_conf_show(conf, s);
	ck_assert_msg(!parse(&again, text, &error), "%s", error);
	ck_assert_uint_eq(ul_settings_count(again), ul_settings_count(s));
	for (size_t i = 0; i < ul_settings_count(s); i++) {
		const char *name = ul_settings_all(s)[i].option->name;

		ck_assert_str_eq(ul_settings_value(s, name),
				 ul_settings_value(again, name));
	}
	ul_settings_free(again);
	ul_settings_free(s);
	ul_conf_free(conf);
}
END_TEST

/* Rules are one list, whichever options they were given by. */
START_TEST(rules_keep_their_order)
{
	static const char *const rows[][2] = {
		{ "allow", "10.0.0.1" }, { "deny", "10.0.0.2" },
		{ "rules", "allow 10.0.0.3;deny any" },
		{ "allow", "10.0.0.4" },
	};
	struct ul_conf *conf = ul_conf_new();
	struct ul_settings *s = ul_settings_new();
	g_autofree char *text = NULL;

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct ul_conf_setting one = {
			.option = ul_conf_option_find(rows[i][0]),
			.value = rows[i][1],
		};

		ul_settings_add(s, &one);
	}
	text = ul_conf_show(conf, s);
	ck_assert_msg(strstr(text, "\nrules=allow 10.0.0.1;deny 10.0.0.2;"
			     "allow 10.0.0.3\\;deny any;allow 10.0.0.4\n") !=
		      NULL, "%s", text);
	ck_assert_ptr_null(strstr(text, "\nallow="));
	ul_settings_free(s);
	ul_conf_free(conf);
}
END_TEST

START_TEST(each_truncation_is_answered)
{
	g_autofree char *text = g_strndup(whole, (gsize)_i);
	struct ul_settings *s = NULL;
	char *error = NULL;
	int rc = parse(&s, text, &error);

	ck_assert(rc == 0 || rc == -EINVAL);
	ck_assert((rc == 0) == (s != NULL) && (rc == 0) == (error == NULL));
	if (rc)
		ck_assert_msg(g_str_has_prefix(error, "lab.conf:"), "%s",
			      error);
	ul_settings_free(s);
	g_free(error);
}
END_TEST

START_TEST(ends_of_what_one_file_may_have)
{
	g_autoptr(GString) many = g_string_new("[network]\ndns=");
	g_autoptr(GString) keys = g_string_new("");
	struct ul_settings *s = NULL;
	char *error = NULL;

	for (int i = 0; i < UL_CONF_SETTINGS_MAX; i++)
		g_string_append(many, "1.1.1.1;");
	ck_assert_msg(!parse(&s, many->str, &error), "%s", error);
	ul_settings_free(s);
	g_string_append(many, "1.1.1.1");
	ck_assert_int_eq(parse(&s, many->str, &error), -EINVAL);
	ck_assert(strstr(error, "more than 4096 values in one file"));
	g_free(error);
	for (int i = 0; i < 8193; i++)
		g_string_append_printf(keys, "[%d]\n", i);
	ck_assert_int_eq(parse(&s, keys->str, &error), -EINVAL);
	ck_assert_msg(strstr(error, "lab.conf:8193: more than 8192 groups"),
		      "%s", error);
	g_free(error);
}
END_TEST

static char *dir;

static char *path_of(const char *name)
{
	return g_build_filename(dir, name, NULL);
}

static void write_file(const char *name, const char *text, size_t len)
{
	g_autofree char *path = path_of(name);

	ck_assert(g_file_set_contents(path, text, (gssize)len, NULL));
}

static void check_unreadable(const char *name, int want, const char *says)
{
	g_autofree char *path = path_of(name);
	g_autofree char *error = NULL;
	struct ul_settings *s = NULL;

	ck_assert_int_eq(ul_conf_file_read(&s, path, &error), want);
	ck_assert_ptr_null(s);
	ck_assert_msg(strstr(error, path) && strstr(error, says), "%s", error);
}

START_TEST(what_is_no_file_of_ours)
{
	g_autofree char *fifo = NULL;
	g_autofree char *large = g_malloc(UL_CONF_FILE_MAX + 1);
	g_autofree char *path = NULL;
	struct ul_settings *s;
	char *error;

	dir = g_dir_make_tmp("ul-conf-XXXXXX", NULL);
	check_unreadable("none", -ENOENT, "No such file");
	check_unreadable(".", -EINVAL, "is no regular file");
	fifo = path_of("fifo");
	ck_assert(!mkfifo(fifo, 0600));
	check_unreadable("fifo", -EINVAL, "is no regular file");
	write_file("nul", "[network]\nmtu=1\0\n", 17);
	check_unreadable("nul", -EINVAL, ":2: byte 0x00 is no text");
	memset(large, '#', UL_CONF_FILE_MAX + 1);
	write_file("large", large, UL_CONF_FILE_MAX + 1);
	check_unreadable("large", -EFBIG, "is larger than 256 KiB");
	write_file("large", large, UL_CONF_FILE_MAX);
	path = path_of("large");
	ck_assert(!ul_conf_file_read(&s, path, &error));
	ck_assert_uint_eq(ul_settings_count(s), 0);
	ul_settings_free(s);
	write_file("large", "", 0);
	ck_assert(!ul_conf_file_read(&s, path, &error));
	ul_settings_free(s);
	for (int i = 0; i < 3; i++) {
		static const char *const names[] = { "fifo", "nul", "large" };
		g_autofree char *p = path_of(names[i]);

		unlink(p);
	}
	rmdir(dir);
	g_free(dir);
}
END_TEST

/* ---- userland.conf(5) ---------------------------------------------------- */

static char *read_page(void)
{
	const char *srcdir = g_getenv("srcdir");
	g_autofree char *path = g_build_filename(
		srcdir ? srcdir : ".", "src/conf/userland.conf.5.in", NULL);
	char *page = NULL;

	g_file_get_contents(path, &page, NULL, NULL);
	return page;
}

/* The keys of all sections whose title begins with @title. */
static GPtrArray *keys_of(const char *page, const char *title)
{
	GPtrArray *keys = g_ptr_array_new_with_free_func(g_free);
	g_auto(GStrv) lines = g_strsplit(page, "\n", -1);
	bool is_ours = false;

	for (char **l = lines; *l; l++) {
		g_auto(GStrv) w = g_strsplit(*l, " ", -1);

		if (g_str_has_prefix(*l, ".S"))
			is_ours = g_str_has_prefix(*l, title);
		for (char **c = w; is_ours && *c && !strcmp(*w, ".It"); c++)
			if (!strcmp(*c, "Cm"))
				g_ptr_array_add(keys, g_strdup(c[1]));
	}
	return keys;
}

static bool has_key(const GPtrArray *keys, const char *name)
{
	for (guint i = 0; i < keys->len; i++)
		if (!strcmp(keys->pdata[i], name))
			return true;
	return false;
}

/* Is the word "Live" in what the page says of @name? */
static bool is_called_live(const char *page, const char *name)
{
	g_autofree char *item = g_strdup_printf(".It Cm %s\n", name);
	const char *at = strstr(page, item);
	const char *end = at ? strstr(at + 1, "\n.It ") : NULL;
	const char *section_end = at ? strstr(at, "\n.El") : NULL;
	const char *live = at ? strstr(at, ".Em Live") : NULL;

	if (!end || section_end < end)
		end = section_end;
	return live && live < end;
}

START_TEST(the_page_has_each_option)
{
	g_autofree char *page = read_page();
	GPtrArray *keys;
	size_t count;
	const struct ul_conf_option *o = ul_conf_options(&count);

	if (!page)
		return;		/* run by hand, from elsewhere */
	keys = keys_of(page, ".Ss [network]");
	for (size_t i = 0; i < count; i++) {
		bool is_key = o[i].place == UL_PLACE_ANY;

		ck_assert_msg(has_key(keys, o[i].name) == is_key,
			      "%s in userland.conf(5)", o[i].name);
		if (is_key)
			ck_assert_msg(is_called_live(page, o[i].name) ==
				      (o[i].live != UL_LIVE_NEVER),
				      "%s in userland.conf(5): live?",
				      o[i].name);
	}
	for (guint i = 0; i < keys->len; i++)
		ck_assert_msg(ul_conf_option_find(keys->pdata[i]) != NULL,
			      "%s is no option", (char *)keys->pdata[i]);
	g_ptr_array_unref(keys);
}
END_TEST

START_TEST(the_page_has_each_key_of_a_group)
{
	g_autofree char *page = read_page();

	for (const struct ul_conf_group *g = ul_conf_groups;
	     page && g->option; g++) {
		g_autofree char *title = g_strdup_printf(".Ss [%s ",
							 g->option);
		GPtrArray *keys = keys_of(page, title);
		guint count = 0;

		for (const struct ul_group_key *k = g->keys; k->name; k++) {
			ck_assert_msg(has_key(keys, k->name), "[%s NAME] %s",
				      g->option, k->name);
			count++;
		}
		ck_assert_uint_eq(keys->len, count);
		g_ptr_array_unref(keys);
	}
}
END_TEST

/* What the page shows as an example is one. */
START_TEST(the_example_of_the_page)
{
	g_autofree char *page = read_page();
	struct ul_settings *s;
	char *start, *end, *error;

	if (!page)
		return;
	start = strstr(strstr(page, ".Sh EXAMPLES"), "[network]");
	end = strstr(start, ".Ed");
	*end = '\0';
	ck_assert_msg(!parse(&s, start, &error), "%s", error);
	ck_assert_uint_eq(ul_settings_count(s), 10);
	ul_settings_free(s);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("conf_file");
	TCase *tc = tcase_create("conf_file");

	tcase_add_loop_test(tc, errors_say_where, 0, G_N_ELEMENTS(bad));
	tcase_add_test(tc, a_file_says_what_the_command_line_says);
	tcase_add_test(tc, what_is_shown_is_read_back);
	tcase_add_loop_test(tc, odd_texts_are_read_back, 0, 24);
	tcase_add_test(tc, rules_and_ports_of_loopback_are_read_back);
	tcase_add_test(tc, a_whole_file);
	tcase_add_test(tc, rules_keep_their_order);
	tcase_add_loop_test(tc, each_truncation_is_answered, 0,
			    sizeof(whole));
	tcase_add_test(tc, ends_of_what_one_file_may_have);
	tcase_add_test(tc, what_is_no_file_of_ours);
	tcase_add_test(tc, the_page_has_each_option);
	tcase_add_test(tc, the_page_has_each_key_of_a_group);
	tcase_add_test(tc, the_example_of_the_page);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
