/* SPDX-License-Identifier: BSD-3-Clause */
/* test_tftp_srv.c - transfers on a virtual clock, with loss, and their end */
#include "svc/tftp_srv.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "sys/rootdir.h"
#include "wire/tftp.h"

#define SECOND 1000000ll

static struct ul_loop *loop;
static struct ul_tftp_srv *srv;
static int64_t now_us;
static struct ul_ep guest, service, from;
static unsigned int sent, opened;
static struct ul_tftp_msg last;
static uint8_t last_data[UL_TFTP_BLOCK_MAX];
static uint64_t file_size, told_size;
static int open_error;

/* The client of whole transfers. */
static struct {
	unsigned int lose;		/* each so many packets; 0: none */
	uint64_t got, bytes;
	uint16_t blksize;
	unsigned int packets;
	bool is_done, is_good;
} client;

static int64_t fake_clock(void *arg)
{
	return now_us;
}

static uint8_t byte_at(uint64_t at)
{
	return (uint8_t)(at * 31 + (at >> 8) + (at >> 16));
}

static int on_open(const char *name, uint64_t *size, void *arg)
{
	int fd;

	if (strcmp(name, "boot/file"))
		return open_error ? open_error : -ENOENT;
	fd = memfd_create("tftp", 0);
	for (uint64_t at = 0; at < file_size; ) {
		uint8_t buf[4096];
		size_t n = 0;

		for (; n < sizeof(buf) && at < file_size; n++, at++)
			buf[n] = byte_at(at);
		ck_assert_int_eq(write(fd, buf, n), (ssize_t)n);
	}
	*size = told_size ? told_size : file_size;
	opened++;
	return fd;
}

static void say(const struct ul_ep *who, const struct ul_ep *to,
		const struct ul_tftp_msg *m)
{
	uint8_t buf[600];
	struct ul_wr w = ul_wr_new(buf, sizeof(buf));
	uint8_t *exact;

	ul_tftp_emit(&w, m);
	ck_assert(!w.bad);
	exact = exact_copy(buf, w.len);
	ul_tftp_srv_input(srv, who, to, &guest, exact, w.len);
	free(exact);
}

static void ack(uint16_t number)
{
	struct ul_tftp_msg m = { .op = UL_TFTP_ACK, .number = number };
	struct ul_ep to = from;

	say(&guest, &to, &m);
}

static void on_send(const struct ul_ep *to, const struct ul_ep *service_,
		    const uint8_t *data, size_t len, void *arg)
{
	ck_assert(ul_addr_eq(&to->addr, &guest.addr));
	ck_assert_int_eq(ul_tftp_parse(&last, data, len), 0);
	if (last.data_len)
		memcpy(last_data, last.data, last.data_len);
	last.data = NULL;
	from = *service_;
	sent++;
}

static void on_send_to_client(const struct ul_ep *to,
			      const struct ul_ep *service_,
			      const uint8_t *data, size_t len, void *arg)
{
	on_send(to, service_, data, len, arg);
	if (client.lose && ++client.packets % client.lose == 0)
		return;
	if (last.op != UL_TFTP_DATA ||
	    last.number != (uint16_t)(client.got + 1))
		return;
	client.got++;
	for (size_t i = 0; i < last.data_len; i++)
		client.is_good &= last_data[i] ==
				  byte_at(client.bytes + i);
	client.bytes += last.data_len;
	client.is_done = last.data_len < client.blksize;
}

static void start(void (*send)(const struct ul_ep *guest,
			       const struct ul_ep *service,
			       const uint8_t *data, size_t len, void *arg))
{
	struct ul_tftp_srv_conf conf = {
		.loop = loop, .open = on_open, .send = send,
	};

	ul_tftp_srv_free(srv);
	srv = ul_tftp_srv_new(&conf);
}

static void setup(void)
{
	now_us = SECOND;
	sent = opened = 0;
	file_size = 1000;
	told_size = 0;
	open_error = 0;
	memset(&client, 0, sizeof(client));
	loop = ul_loop_new();
	ul_loop_set_clock(loop, fake_clock, NULL);
	ul_loop_turn(loop, 0);
	guest = (struct ul_ep){ ul_addr_v4(0x0a00020f), 2000 };
	service = (struct ul_ep){ ul_addr_v4(0x0a000204), UL_TFTP_PORT };
	srv = NULL;
	start(on_send);
}

static void teardown(void)
{
	ul_tftp_srv_free(srv);
	ul_loop_free(loop);
}

static void pass(int64_t us)
{
	now_us += us;
	ul_loop_turn(loop, 0);
}

static void request(const char *name, struct ul_tftp_options options)
{
	struct ul_tftp_msg m = { .op = UL_TFTP_RRQ, .options = options };

	g_strlcpy(m.text, name, sizeof(m.text));
	say(&guest, &service, &m);
}

static void must_be_error(enum ul_tftp_error code)
{
	ck_assert_uint_eq(last.op, UL_TFTP_ERROR);
	ck_assert_uint_eq(last.number, code);
	ck_assert(last.text[0]);
}

START_TEST(a_file_in_two_blocks)
{
	request("boot/file", (struct ul_tftp_options){ 0 });
	ck_assert_uint_eq(last.op, UL_TFTP_DATA);
	ck_assert_uint_eq(last.number, 1);
	ck_assert_uint_eq(last.data_len, 512);
	ck_assert(from.port != UL_TFTP_PORT);
	ck_assert(ul_tftp_srv_has_port(srv, from.port));
	ack(1);
	ck_assert_uint_eq(last.number, 2);
	ck_assert_uint_eq(last.data_len, 488);
	ack(2);
	ck_assert_uint_eq(ul_tftp_srv_count(srv), 0);
	ck_assert_uint_eq(sent, 2);
	ck_assert_int_eq(ul_loop_next_timeout(loop), -1);
}
END_TEST

START_TEST(a_whole_number_of_blocks_ends_with_an_empty_one)
{
	file_size = 1024;
	request("boot\\file", (struct ul_tftp_options){ 0 });
	ack(1);
	ack(2);
	ck_assert_uint_eq(last.number, 3);
	ck_assert_uint_eq(last.data_len, 0);
	ack(3);
	ck_assert_uint_eq(ul_tftp_srv_count(srv), 0);
	file_size = 0;
	request("boot/file", (struct ul_tftp_options){ 0 });
	ck_assert_uint_eq(last.data_len, 0);
}
END_TEST

START_TEST(options_are_agreed_on)
{
	request("boot/file", (struct ul_tftp_options){
		.blksize = 65464, .timeout_s = 3, .windowsize = 1000,
		.has_tsize = true });
	ck_assert_uint_eq(last.op, UL_TFTP_OACK);
	ck_assert_uint_eq(last.options.blksize, UL_TFTP_BLOCK_MAX);
	ck_assert_uint_eq(last.options.windowsize, UL_TFTP_WINDOW_MAX);
	ck_assert_uint_eq(last.options.timeout_s, 3);
	ck_assert(last.options.has_tsize && last.options.tsize == 1000);
	ack(5);
	ck_assert_uint_eq(sent, 1);
	pass(3 * SECOND - 1);
	ck_assert_uint_eq(sent, 1);
	pass(1);
	ck_assert_uint_eq(last.op, UL_TFTP_OACK);
	ack(0);
	ck_assert_uint_eq(last.op, UL_TFTP_DATA);
	ck_assert_uint_eq(last.data_len, 1000);
	ack(1);
	ck_assert_uint_eq(ul_tftp_srv_count(srv), 0);
}
END_TEST

START_TEST(what_is_lost_is_sent_again_and_given_up)
{
	request("boot/file", (struct ul_tftp_options){ 0 });
	for (unsigned int i = 1; i < UL_TFTP_TRIES; i++) {
		pass(SECOND);
		ck_assert_uint_eq(sent, i + 1);
		ck_assert_uint_eq(last.number, 1);
	}
	pass(SECOND);
	ck_assert_uint_eq(ul_tftp_srv_count(srv), 0);
	ck_assert_uint_eq(sent, UL_TFTP_TRIES);
	ack(1);
	must_be_error(UL_TFTP_UNKNOWN_ID);
}
END_TEST

/* Not answered, or every packet after it would go twice. */
START_TEST(an_echoed_ack_is_not_answered)
{
	request("boot/file", (struct ul_tftp_options){ 0 });
	ack(1);
	ack(1);
	ack(7);
	ck_assert_uint_eq(sent, 2);
}
END_TEST

START_TEST(a_window_goes_back_to_what_is_missing)
{
	file_size = 10 * 512;
	request("boot/file", (struct ul_tftp_options){ .windowsize = 4 });
	ack(0);
	ck_assert_uint_eq(sent, 5);
	ck_assert_uint_eq(last.number, 4);
	ack(2);			/* 3 was lost: 3 to 6 */
	ck_assert_uint_eq(sent, 9);
	ck_assert_uint_eq(last.number, 6);
	ack(2);			/* and again, once */
	ck_assert_uint_eq(sent, 13);
	ack(2);
	ck_assert_uint_eq(sent, 13);
	ack(6);
	ck_assert_uint_eq(last.number, 10);
	ack(10);
	ck_assert_uint_eq(last.number, 11);
	ck_assert_uint_eq(last.data_len, 0);
	ack(11);
	ck_assert_uint_eq(ul_tftp_srv_count(srv), 0);
}
END_TEST

/* The client acknowledges each window; what is lost waits for the clock. */
static void transfer(uint16_t window, unsigned int lose)
{
	client.is_good = true;
	client.blksize = 8;
	client.lose = lose;
	start(on_send_to_client);
	request("boot/file", (struct ul_tftp_options){
		.blksize = 8, .windowsize = window });
	for (unsigned int turn = 0; turn < 2000000; turn++) {
		uint64_t before = client.got;

		ack((uint16_t)client.got);
		if (client.is_done)
			break;
		if (client.got == before)
			pass(SECOND);
	}
	ck_assert(client.is_done && client.is_good);
	ck_assert_uint_eq(client.bytes, file_size);
	ack((uint16_t)client.got);
	ck_assert_uint_eq(ul_tftp_srv_count(srv), 0);
}

/* More blocks than 16 bits count. */
START_TEST(a_long_file_arrives)
{
	file_size = 8 * 70000 + 3;
	transfer(1, 0);
}
END_TEST

START_TEST(a_long_file_arrives_by_windows_with_loss)
{
	file_size = 8 * 70000 + 3;
	transfer(16, 7);
}
END_TEST

START_TEST(what_cannot_be_had_is_said)
{
	struct ul_tftp_msg m = { .op = UL_TFTP_WRQ, .text = "boot/file" };

	request("no", (struct ul_tftp_options){ 0 });
	must_be_error(UL_TFTP_NOT_FOUND);
	open_error = -EACCES;
	request("no", (struct ul_tftp_options){ 0 });
	must_be_error(UL_TFTP_ACCESS);
	open_error = -EMFILE;
	request("no", (struct ul_tftp_options){ 0 });
	must_be_error(UL_TFTP_UNDEFINED);
	say(&guest, &service, &m);
	must_be_error(UL_TFTP_ACCESS);
	m.op = UL_TFTP_RRQ;
	m.mode = UL_TFTP_NETASCII;
	say(&guest, &service, &m);
	must_be_error(UL_TFTP_ILLEGAL);
	m.op = UL_TFTP_ACK;
	say(&guest, &service, &m);
	must_be_error(UL_TFTP_ILLEGAL);
	ck_assert_uint_eq(opened, 0);
}
END_TEST

START_TEST(a_file_that_shrinks_ends_it)
{
	told_size = 5000;
	request("boot/file", (struct ul_tftp_options){ 0 });
	ack(1);
	must_be_error(UL_TFTP_UNDEFINED);
	ck_assert_uint_eq(ul_tftp_srv_count(srv), 0);
}
END_TEST

START_TEST(a_stranger_does_not_disturb)
{
	struct ul_tftp_msg m = { .op = UL_TFTP_ERROR, .text = "x" };
	struct ul_ep stranger = guest, to;

	stranger.port++;
	request("boot/file", (struct ul_tftp_options){ 0 });
	to = from;
	say(&stranger, &to, &m);
	ck_assert_uint_eq(sent, 1);
	m.op = UL_TFTP_ACK;
	m.number = 1;
	say(&stranger, &to, &m);
	must_be_error(UL_TFTP_UNKNOWN_ID);
	ck_assert_uint_eq(ul_tftp_srv_count(srv), 1);
	m.op = UL_TFTP_ERROR;
	say(&guest, &to, &m);
	ck_assert_uint_eq(ul_tftp_srv_count(srv), 0);
}
END_TEST

START_TEST(transfers_are_bounded)
{
	request("boot/file", (struct ul_tftp_options){ 0 });
	request("boot/file", (struct ul_tftp_options){ 0 });
	ck_assert_uint_eq(ul_tftp_srv_count(srv), 1);
	for (unsigned int i = 1; i < UL_TFTP_PER_GUEST; i++) {
		guest.port++;
		request("boot/file", (struct ul_tftp_options){ 0 });
		ck_assert_uint_eq(last.op, UL_TFTP_DATA);
	}
	guest.port++;
	request("boot/file", (struct ul_tftp_options){ 0 });
	must_be_error(UL_TFTP_UNDEFINED);
	for (uintptr_t who = 1; who < 200; who++) {
		uint8_t rrq[] = "\0\1boot/file\0octet";

		guest.port++;
		ul_tftp_srv_input(srv, &guest, &service, (void *)who, rrq,
				  sizeof(rrq));
	}
	ck_assert_uint_eq(ul_tftp_srv_count(srv), UL_TFTP_SESSIONS);
	must_be_error(UL_TFTP_UNDEFINED);
}
END_TEST

/* rootdir: what a name can lead to. */

static const struct {
	const char *name;
	int rc, rc_by_steps;	/* 0: it is "inside" */
} names[] = {
	{ "in", 0, 0 },
	{ "/in", 0, 0 },
	{ "//sub//in", 0, 0 },
	{ "./in", 0, 0 },
	{ "link-in", 0, -EACCES },
	{ "", -EACCES, -EACCES },
	{ "/", -EACCES, -EACCES },
	{ "none", -ENOENT, -ENOENT },
	{ "in/x", -ENOTDIR, -ENOTDIR },
	{ "sub", -EACCES, -EACCES },
	{ "sub/", -EACCES, -EACCES },
	{ "fifo", -EACCES, -EACCES },
	{ "../out", -EACCES, -EACCES },
	{ "sub/../../out", -EACCES, -EACCES },
	{ "link-out", -EACCES, -EACCES },
	{ "link-root", -EACCES, -EACCES },
	{ "link-dir/out", -EACCES, -ENOTDIR },
	{ "link-loop", -EACCES, -EACCES },
};

static char *top, *dir;

static char *path_of(const char *a, const char *b)
{
	return g_build_filename(a, b, NULL);
}

static void put(const char *where, const char *name, const char *text)
{
	g_autofree char *path = path_of(where, name);

	ck_assert(g_file_set_contents(path, text, -1, NULL));
}

static void put_link(const char *to, const char *name)
{
	g_autofree char *path = path_of(dir, name);

	ck_assert_int_eq(symlink(to, path), 0);
}

static void make_tree(void)
{
	g_autofree char *sub = NULL;
	g_autofree char *fifo = NULL;

	top = g_dir_make_tmp("ul-tftp-XXXXXX", NULL);
	dir = path_of(top, "dir");
	sub = path_of(dir, "sub");
	fifo = path_of(dir, "fifo");
	ck_assert_int_eq(g_mkdir_with_parents(sub, 0700), 0);
	put(top, "out", "outside");
	put(dir, "in", "inside");
	put(sub, "in", "inside");
	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	put_link("sub/in", "link-in");
	put_link("../out", "link-out");
	put_link("/etc/passwd", "link-root");
	put_link("..", "link-dir");
	put_link("link-loop", "link-loop");
}

static void remove_tree(void)
{
	const char *argv[] = { "rm", "-rf", top, NULL };

	g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL,
		     NULL, NULL, NULL, NULL, NULL);
	g_free(top);
	g_free(dir);
}

static void check_file(int fd, int want, uint64_t size, const char *name)
{
	char text[16] = "";

	if (want) {
		ck_assert_msg(fd == want, "%s: %d", name, fd);
		return;
	}
	ck_assert_msg(fd >= 0, "%s: %d", name, fd);
	ck_assert_uint_eq(size, strlen("inside"));
	ck_assert_int_eq(read(fd, text, sizeof(text) - 1), 6);
	ck_assert_str_eq(text, "inside");
	close(fd);
}

START_TEST(a_name_leads_nowhere_else)
{
	int root = ul_rootdir_open(dir);

	ck_assert_int_ge(root, 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		uint64_t size = 77;
		int fd = ul_rootdir_file(root, names[i].name, &size);

		check_file(fd, names[i].rc, size, names[i].name);
		fd = ul_rootdir_file_by_steps(root, names[i].name, &size);
		check_file(fd, names[i].rc_by_steps, size, names[i].name);
	}
	close(root);
	ck_assert_int_eq(ul_rootdir_open("/nonexistent"), -ENOENT);
	ck_assert_int_eq(ul_rootdir_open("/dev/null"), -ENOTDIR);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("tftp_srv");
	TCase *tc = tcase_create("tftp_srv");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_file_in_two_blocks);
	tcase_add_test(tc,
		       a_whole_number_of_blocks_ends_with_an_empty_one);
	tcase_add_test(tc, options_are_agreed_on);
	tcase_add_test(tc, what_is_lost_is_sent_again_and_given_up);
	tcase_add_test(tc, an_echoed_ack_is_not_answered);
	tcase_add_test(tc, a_window_goes_back_to_what_is_missing);
	tcase_add_test(tc, a_long_file_arrives);
	tcase_add_test(tc, a_long_file_arrives_by_windows_with_loss);
	tcase_add_test(tc, what_cannot_be_had_is_said);
	tcase_add_test(tc, a_file_that_shrinks_ends_it);
	tcase_add_test(tc, a_stranger_does_not_disturb);
	tcase_add_test(tc, transfers_are_bounded);
	suite_add_tcase(s, tc);
	tc = tcase_create("rootdir");
	tcase_add_checked_fixture(tc, make_tree, remove_tree);
	tcase_add_test(tc, a_name_leads_nowhere_else);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
