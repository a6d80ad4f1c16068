/* SPDX-License-Identifier: BSD-3-Clause */
#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fake/slirp_host.h"
#include "harness.h"

#define ETH_HLEN 14
#define ARP_LEN 42
#define FRAME_MIN 60

static struct slirp_host h;

static void start(uint32_t version)
{
	SlirpConfig cfg = host_config(version);

	host_start(&h, &cfg, &host_callbacks);
	ck_assert_ptr_nonnull(h.slirp);
}

static void stop(void)
{
	slirp_cleanup(h.slirp);
	ck_assert_uint_eq(h.registered, h.unregistered);
	ck_assert_uint_eq(h.timers, h.timers_freed);
}

/* The router tells of IPv6 by itself: look past that. */
static const uint8_t *frame_of(unsigned int type)
{
	for (unsigned int i = 0; i < h.frames; i++)
		if (h.frame[i][12] == type >> 8 &&
		    h.frame[i][13] == (type & 0xff))
			return h.frame[i];
	return NULL;
}

static const uint8_t *wait_for(unsigned int type)
{
	for (int i = 0; i < HOST_TURNS && !frame_of(type); i++)
		host_turn(&h, 10);
	return frame_of(type);
}

START_TEST(each_version_lives_and_answers)
{
	const uint8_t *f;

	start((uint32_t)_i);
	slirp_input(h.slirp, host_arp, sizeof(host_arp));
	f = wait_for(0x0806);
	ck_assert_ptr_nonnull(f);
	ck_assert_mem_eq(f, "\x52\x54\x00\x12\x34\x56\x52\x55\x0a\x00\x02\x02",
			 12);
	ck_assert_mem_eq(f + 22, "\x52\x55\x0a\x00\x02\x02\x0a\x00\x02\x02",
			 10);
	for (unsigned int i = 0; i < h.frames; i++)
		ck_assert_uint_ge(h.len[i], FRAME_MIN);
	ck_assert_uint_eq(h.has_completed, _i >= 4);
	ck_assert(!h.made_timer_first);
	ck_assert_uint_eq(h.registered, _i >= 6);
	stop();
}
END_TEST

START_TEST(other_versions_are_refused)
{
	SlirpConfig cfg = host_config(0);

	host_start(&h, &cfg, &host_callbacks);
	ck_assert_ptr_null(h.slirp);
	cfg.version = SLIRP_CONFIG_VERSION_MAX + 1;
	host_start(&h, &cfg, &host_callbacks);
	ck_assert_ptr_null(h.slirp);
}
END_TEST

START_TEST(limits_of_the_config)
{
	static const struct { size_t mtu, mru; bool is_valid; } rows[] = {
		{ 0, 0, true }, { 68, 0, true }, { 67, 0, false },
		{ 65521, 65521, true }, { 65522, 0, false },
		{ 0, 67, false }, { 0, 65522, false }, { 1500, 68, true },
	};
	SlirpConfig cfg = host_config(1);
	char file[129] = { 0 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		cfg.if_mtu = rows[i].mtu;
		cfg.if_mru = rows[i].mru;
		host_start(&h, &cfg, &host_callbacks);
		ck_assert_uint_eq(h.slirp != NULL, rows[i].is_valid);
		slirp_cleanup(h.slirp);
	}
	cfg = host_config(1);
	memset(file, 'x', 128);
	cfg.bootfile = file;
	host_start(&h, &cfg, &host_callbacks);
	ck_assert_ptr_null(h.slirp);
	file[127] = '\0';
	host_start(&h, &cfg, &host_callbacks);
	ck_assert_ptr_nonnull(h.slirp);
	slirp_cleanup(h.slirp);
}
END_TEST

/* What an old config does not have must not even be read: ASan looks. */
START_TEST(old_config_is_short)
{
	static const size_t size[] = { 0, 0xa0, 0xb0, 0xb8, 0xb8, 0xc0, 0xc0 };
	SlirpConfig full = host_config((uint32_t)_i);
	uint8_t *cut = exact_copy(&full, size[_i]);

	host_start(&h, (const SlirpConfig *)cut, &host_callbacks);
	free(cut);
	ck_assert_ptr_nonnull(h.slirp);
	stop();
}
END_TEST

START_TEST(one_callback_is_enough)
{
	const SlirpCb only = { .send_packet = host_send };
	SlirpConfig cfg = host_config((uint32_t)_i);

	host_start(&h, &cfg, &only);
	ck_assert_ptr_nonnull(h.slirp);
	slirp_input(h.slirp, host_echo, sizeof(host_echo));
	ck_assert_ptr_nonnull(wait_for(0x0800));
	slirp_handle_timer(h.slirp, SLIRP_TIMER_RA, NULL);
	slirp_cleanup(h.slirp);
}
END_TEST

START_TEST(no_family_is_no_matter)
{
	SlirpConfig cfg = { .version = SLIRP_CONFIG_VERSION_MAX };
	const SlirpCb only = { .send_packet = host_send };

	host_start(&h, &cfg, &only);
	ck_assert_ptr_nonnull(h.slirp);
	slirp_input(h.slirp, host_arp, sizeof(host_arp));
	slirp_input(h.slirp, host_echo, sizeof(host_echo));
	host_turn(&h, 1);
	ck_assert_uint_eq(h.frames, 0);
	slirp_cleanup(h.slirp);
}
END_TEST

static void answer_inside(struct slirp_host *host, const uint8_t *f,
			  size_t len)
{
	host->on_frame = NULL;
	slirp_input(host->slirp, host_echo, sizeof(host_echo));
	host_turn(host, 0);		/* even this is allowed */
}

START_TEST(input_from_inside_send_packet)
{
	start(6);
	h.on_frame = answer_inside;
	slirp_input(h.slirp, host_arp, sizeof(host_arp));
	ck_assert_ptr_nonnull(wait_for(0x0800));
	ck_assert_ptr_null(h.on_frame);
	stop();
}
END_TEST

static void end_inside(struct slirp_host *host, const uint8_t *f, size_t len)
{
	host->on_frame = NULL;
	slirp_cleanup(host->slirp);
	host->slirp = NULL;
}

START_TEST(end_from_inside_send_packet)
{
	unsigned int frames;

	start(6);
	slirp_input(h.slirp, host_arp, sizeof(host_arp));
	slirp_input(h.slirp, host_echo, sizeof(host_echo));
	h.on_frame = end_inside;
	for (int i = 0; i < HOST_TURNS && h.slirp; i++)
		host_turn(&h, 10);
	ck_assert_ptr_null(h.slirp);
	frames = h.frames;
	ck_assert_uint_eq(h.frames, frames);
	ck_assert_uint_eq(h.registered, h.unregistered);
}
END_TEST

START_TEST(frames_wake_the_host_once)
{
	start(6);
	h.timeout_ms = UINT32_MAX;
	slirp_pollfds_fill_socket(h.slirp, &h.timeout_ms, host_add_poll, &h);
	h.fd_count = h.notified = 0;
	host_frames(&h, 1);
	host_turn(&h, 0);
	slirp_pollfds_fill_socket(h.slirp, &h.timeout_ms, host_add_poll, &h);
	h.notified = 0;
	for (int i = 0; i < 5; i++)
		slirp_input(h.slirp, host_echo, sizeof(host_echo));
	ck_assert_uint_le(h.notified, 1);
	h.timeout_ms = UINT32_MAX;
	h.fd_count = 0;
	slirp_pollfds_fill_socket(h.slirp, &h.timeout_ms, host_add_poll, &h);
	ck_assert_uint_eq(h.timeout_ms, 0);
	ck_assert_uint_eq(h.fd_count, 1);
	stop();
}
END_TEST

START_TEST(more_frames_than_wait_are_answered)
{
	unsigned int sent = 3000;

	start(6);
	for (unsigned int i = 0; i < sent; i++)
		slirp_input(h.slirp, host_arp, sizeof(host_arp));
	ck_assert(host_frames(&h, HOST_FRAMES));
	stop();
}
END_TEST

START_TEST(frames_of_any_length)
{
	static uint8_t big[70000];

	start(6);
	for (size_t len = 0; len <= sizeof(host_echo); len++) {
		uint8_t *cut = exact_copy(host_echo, len);

		slirp_input(h.slirp, cut, (int)len);
		free(cut);
		host_turn(&h, 0);
	}
	slirp_input(h.slirp, big, sizeof(big));
	slirp_input(h.slirp, big, -1);
	host_turn(&h, 0);
	ck_assert_ptr_nonnull(wait_for(0x0800));
	stop();
}
END_TEST

/* Each step of the clock backwards, of any length, is none. */
START_TEST(clock_may_stand_and_jump)
{
	static const int64_t ns[] = {
		0, 0, 1, 1000000000000, 5, -7, INT64_C(1) << 60, 0,
	};

	start(6);
	for (size_t i = 0; i < sizeof(ns) / sizeof(*ns); i++) {
		h.now_ns = ns[i];
		h.frames = 0;
		slirp_input(h.slirp, host_arp, sizeof(host_arp));
		ck_assert_ptr_nonnull(wait_for(0x0806));
	}
	stop();
}
END_TEST

/* Of the advertisements of IPv6 there is always one to come. */
START_TEST(timer_of_the_host_is_armed)
{
	start(6);
	host_turn(&h, 0);
	host_turn(&h, 0);
	ck_assert_uint_ge(h.timers_set, 1);
	ck_assert_int_ge(h.timer_ms, 0);
	stop();
}
END_TEST

static uint16_t port_of(const char *info)
{
	const char *at = strstr(info, "127.0.0.1");
	unsigned int port = 0;

	ck_assert_ptr_nonnull(at);
	ck_assert_int_eq(sscanf(at, "127.0.0.1 %u", &port), 1);
	return (uint16_t)port;
}

static int dial(uint16_t port)
{
	struct sockaddr_in sa = {
		.sin_family = AF_INET, .sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int ret = connect(fd, (struct sockaddr *)&sa, sizeof(sa));

	close(fd);
	return ret;
}

START_TEST(free_host_port_is_read_back_and_removed)
{
	struct in_addr host = host_in("127.0.0.1"), guest = { 0 };
	char *info;
	uint16_t port;

	start(6);
	ck_assert_int_eq(slirp_add_hostfwd(h.slirp, 0, host, 0, guest, 22),
			 0);
	info = slirp_connection_info(h.slirp);
	ck_assert_ptr_nonnull(strstr(info, "10.0.2.15"));
	port = port_of(info);
	free(info);
	ck_assert_int_eq(dial(port), 0);
	host_turn(&h, 1);
	ck_assert_int_eq(slirp_remove_hostfwd(h.slirp, 1, host, port), -1);
	ck_assert_int_eq(slirp_remove_hostfwd(h.slirp, 0, host, port), 0);
	ck_assert_int_eq(slirp_remove_hostfwd(h.slirp, 0, host, port), -1);
	ck_assert_int_eq(dial(port), -1);
	stop();
}
END_TEST

START_TEST(wrong_forwards_are_refused)
{
	struct in_addr host = host_in("127.0.0.1"), guest = { 0 };
	struct sockaddr_storage ss = { .ss_family = AF_PACKET };
	struct sockaddr_in g = {
		.sin_family = AF_INET, .sin_port = htons(1),
	};
	struct sockaddr_un u = { .sun_family = AF_UNIX };

	start(6);
	ck_assert_int_eq(slirp_add_hostfwd(h.slirp, 0, host, -1, guest, 1),
			 -1);
	ck_assert_int_eq(slirp_add_hostfwd(h.slirp, 0, host, 1, guest, 70000),
			 -1);
	ck_assert_int_eq(slirp_add_hostfwd(h.slirp, 0, host, 0, guest, 0),
			 -1);
	ck_assert_int_eq(slirp_add_hostxfwd(h.slirp, (void *)&ss, sizeof(ss),
					    (void *)&g, sizeof(g), 0), -1);
	ck_assert_int_eq(slirp_add_hostxfwd(h.slirp, (void *)&g, 3,
					    (void *)&g, sizeof(g), 0), -1);
	ck_assert_int_eq(slirp_add_hostxfwd(h.slirp, (void *)&u, sizeof(u),
					    (void *)&g, sizeof(g), 0), -1);
	stop();
}
END_TEST

START_TEST(unix_socket_of_the_host)
{
	struct sockaddr_un u = { .sun_family = AF_UNIX };
	struct sockaddr_in g = {
		.sin_family = AF_INET, .sin_port = htons(80),
	};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(u.sun_path, sizeof(u.sun_path), "/tmp/ul-slirp-%d.sock",
		 (int)getpid());
	start(6);
	ck_assert_int_eq(slirp_add_hostxfwd(h.slirp, (void *)&u, sizeof(u),
					    (void *)&g, sizeof(g), 0), 0);
	ck_assert_int_eq(connect(fd, (void *)&u, sizeof(u)), 0);
	ck_assert_int_eq(slirp_remove_hostxfwd(h.slirp, (void *)&u, sizeof(u),
					       0), 0);
	close(fd);
	unlink(u.sun_path);
	stop();
}
END_TEST

static slirp_ssize_t swallow(const void *buf, size_t len, void *opaque)
{
	return (slirp_ssize_t)len;
}

START_TEST(guestfwd_finds_its_place)
{
	struct in_addr none = { 0 }, outside = host_in("10.0.3.4");

	start(6);
	ck_assert_int_eq(slirp_add_guestfwd(h.slirp, swallow, &h, &none, 99),
			 0);
	ck_assert_uint_eq(none.s_addr, host_in("10.0.2.4").s_addr);
	ck_assert_int_eq(slirp_add_guestfwd(h.slirp, swallow, &h, &none, 99),
			 0);
	ck_assert_int_eq(slirp_add_exec(h.slirp, "cat", &outside, 1), -1);
	ck_assert_int_eq(slirp_add_exec(h.slirp, "cat '", &none, 1), -1);
	ck_assert_int_eq(slirp_add_unix(h.slirp, "/nowhere", &none, 0), -1);
	ck_assert_uint_eq(slirp_socket_can_recv(h.slirp, none, 99), 0);
	slirp_socket_recv(h.slirp, none, 99, (const uint8_t *)"x", 1);
	ck_assert_int_eq(slirp_remove_guestfwd(h.slirp, none, 99), 0);
	ck_assert_int_eq(slirp_remove_guestfwd(h.slirp, none, 99), 0);
	ck_assert_int_eq(slirp_remove_guestfwd(h.slirp, none, 99), -1);
	stop();
}
END_TEST

START_TEST(the_first_interface_works)
{
	SlirpConfig c = host_config(1);

	memset(&h, 0, sizeof(h));
	h.slirp = slirp_init(0, true, c.vnetwork, c.vnetmask, c.vhost, true,
			     c.vprefix_addr6, 64, c.vhost6, "guest", NULL,
			     NULL, NULL, c.vdhcp_start, c.vnameserver,
			     c.vnameserver6, NULL, NULL, &host_callbacks, &h);
	ck_assert_ptr_nonnull(h.slirp);
	slirp_input(h.slirp, host_arp, sizeof(host_arp));
	ck_assert_ptr_nonnull(wait_for(0x0806));
	slirp_cleanup(h.slirp);
	slirp_cleanup(NULL);
}
END_TEST

START_TEST(debug_flags_come_and_go)
{
	slirp_set_debug(SLIRP_DBG_CALL);
	start(6);
	slirp_reset_debug(SLIRP_DBG_CALL);
	ck_assert_str_eq(slirp_version_string(), SLIRP_VERSION_STRING);
	ck_assert(SLIRP_CHECK_VERSION(4, 9, 0));
	ck_assert(!SLIRP_CHECK_VERSION(5, 0, 0));
	stop();
}
END_TEST

/* What a life with forwards and a guest says on stderr, into @text. */
static void life_says(char *text, size_t size)
{
	struct in_addr here = host_in("127.0.0.1"), any = { 0 };
	FILE *said = tmpfile();
	int err = dup(STDERR_FILENO);
	size_t len;

	ck_assert_int_eq(dup2(fileno(said), STDERR_FILENO), STDERR_FILENO);
	start(6);
	ck_assert_int_eq(slirp_add_hostfwd(h.slirp, 0, here, 0, any, 80), 0);
	slirp_input(h.slirp, host_arp, sizeof(host_arp));
	slirp_input(h.slirp, host_echo, sizeof(host_echo));
	ck_assert_ptr_nonnull(wait_for(0x0800));
	stop();
	dup2(err, STDERR_FILENO);
	close(err);
	rewind(said);
	len = fread(text, 1, size - 1, said);
	text[len] = '\0';
	fclose(said);
}

START_TEST(stderr_is_the_hosts)
{
	char text[4096];

	unsetenv("SLIRP_DEBUG");
	life_says(text, sizeof(text));
	ck_assert_str_eq(text, "");
}
END_TEST

START_TEST(the_environment_asks_for_more)
{
	char text[4096];

	setenv("SLIRP_DEBUG", "misc", 1);
	life_says(text, sizeof(text));
	ck_assert_str_ne(text, "");
	slirp_reset_debug(SLIRP_DBG_MISC);
	life_says(text, sizeof(text));
	ck_assert_str_eq(text, "");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("slirp");
	TCase *t = tcase_create("host");

	tcase_add_loop_test(t, each_version_lives_and_answers, 1, 7);
	tcase_add_test(t, other_versions_are_refused);
	tcase_add_test(t, limits_of_the_config);
	tcase_add_loop_test(t, old_config_is_short, 1, 7);
	tcase_add_loop_test(t, one_callback_is_enough, 1, 7);
	tcase_add_test(t, no_family_is_no_matter);
	tcase_add_test(t, input_from_inside_send_packet);
	tcase_add_test(t, end_from_inside_send_packet);
	tcase_add_test(t, frames_wake_the_host_once);
	tcase_add_test(t, more_frames_than_wait_are_answered);
	tcase_add_test(t, frames_of_any_length);
	tcase_add_test(t, clock_may_stand_and_jump);
	tcase_add_test(t, timer_of_the_host_is_armed);
	tcase_add_test(t, free_host_port_is_read_back_and_removed);
	tcase_add_test(t, wrong_forwards_are_refused);
	tcase_add_test(t, unix_socket_of_the_host);
	tcase_add_test(t, guestfwd_finds_its_place);
	tcase_add_test(t, the_first_interface_works);
	tcase_add_test(t, debug_flags_come_and_go);
	tcase_add_test(t, stderr_is_the_hosts);
	tcase_add_test(t, the_environment_asks_for_more);
	suite_add_tcase(s, t);
	return run_suite(s);
}
