/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_vxlan_port.c - a port on a VXLAN segment, on real sockets
 *
 * The port is at 127.0.0.1, the other machines are sockets at 127.0.0.2 on.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib.h>

#include "fake/super_frame.h"
#include "harness.h"
#include "link/vxlan.h"
#include "wire/eth.h"
#include "wire/sums.h"

#define VNI 42
#define PEERS 3
#define STRANGER PEERS		/* a socket that is no remote */
#define MTU 1450
#define AGE_US 1000000
#define HLEN 8
#define DATAGRAM_MAX 65536
#define KEEP_MAX 2048

static const uint8_t guest[6] = { 2, 0, 0, 0, 0, 1 };
static const uint8_t far[6] = { 2, 0, 0, 0, 0, 2 };

static struct {
	unsigned int frames, batches, has_room, detached;
	uint8_t data[UL_FRAME_MAX];
	size_t len;
	struct ul_offload offload;
	bool keeps;
	struct ul_buf *kept[KEEP_MAX];
	unsigned int kept_count;
} seen;

static int64_t now;
static struct ul_loop *loop;
static struct ul_port *port;
static int peers[PEERS + 1];
static struct sockaddr_storage port_sa;
static socklen_t port_sa_len;

static int64_t fake_clock(void *arg)
{
	return now;
}

static void on_frame(struct ul_port *p, struct ul_frame *f, void *arg)
{
	seen.frames++;
	seen.len = f->len;
	seen.offload = f->offload;
	memcpy(seen.data, f->data, f->len);
	if (seen.keeps && seen.kept_count < KEEP_MAX)
		seen.kept[seen.kept_count++] = ul_buf_ref(f->buf);
}

static void on_batch_end(struct ul_port *p, void *arg)
{
	seen.batches++;
}

static void on_has_room(struct ul_port *p, void *arg)
{
	seen.has_room++;
}

static void on_detached(struct ul_port *p, void *arg)
{
	seen.detached++;
}

static const struct ul_port_handler handler = {
	.frame = on_frame, .batch_end = on_batch_end,
	.has_room = on_has_room, .detached = on_detached,
};

static void turns(int n)
{
	while (n--)
		ck_assert_int_eq(ul_loop_turn(loop, 0), 0);
}

/* A socket at @addr and a free port, which is written to *@ep. */
static int open_peer(const char *addr, struct ul_ep *ep)
{
	struct sockaddr_storage sa;
	socklen_t len;
	int size = 8 << 20;
	int fd;

	ck_assert_int_eq(ul_addr_parse(&ep->addr, addr), 0);
	ep->port = 0;
	len = ul_ep_to_sa(ep, &sa);
	fd = socket(sa.ss_family, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sa, len), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	ck_assert_int_eq(ul_ep_from_sa(ep, (struct sockaddr *)&sa), 0);
	return fd;
}

static void open_port(const char *addr, uint16_t mtu,
		      const struct ul_ep *remotes, unsigned int count)
{
	struct ul_vxlan_conf conf = {
		.vni = VNI, .remotes = remotes, .remote_count = count,
		.mtu = mtu, .age_us = AGE_US,
	};
	char *error = NULL;

	memset(&seen, 0, sizeof(seen));
	now = 1;
	loop = ul_loop_new();
	ul_loop_set_clock(loop, fake_clock, NULL);
	close(open_peer(addr, &conf.local));
	port_sa_len = ul_ep_to_sa(&conf.local, &port_sa);
	port = ul_vxlan_new(loop, &conf, &handler, NULL, &error);
	ck_assert_msg(port != NULL, "%s", error);
	ck_assert(port->is_attached);
}

static void open_v4(uint16_t mtu, unsigned int remotes)
{
	struct ul_ep ep[PEERS + 1];
	char addr[] = "127.0.0.2";

	for (unsigned int i = 0; i <= PEERS; i++) {
		addr[8] = (char)('2' + i);
		peers[i] = open_peer(addr, &ep[i]);
	}
	open_port("127.0.0.1", mtu, ep, remotes);
}

static void set_up(void)
{
	open_v4(MTU, PEERS);
}

static void tear_down(void)
{
	ck_assert_uint_eq(seen.detached, 0);
	while (seen.kept_count)
		ul_buf_unref(seen.kept[--seen.kept_count]);
	ul_port_free(port);
	ul_loop_free(loop);
	for (unsigned int i = 0; i <= PEERS; i++)
		close(peers[i]);
}

/* A frame of a type that nobody knows, of @len bytes. */
static size_t plain(uint8_t *out, const uint8_t dst[6], const uint8_t src[6],
		    size_t len)
{
	memset(out, 0xa5, len);
	memcpy(out, dst, 6);
	memcpy(out + 6, src, 6);
	out[12] = 0x88;
	out[13] = 0xb5;
	return len;
}

static void peer_send(unsigned int peer, const void *data, size_t len)
{
	ck_assert_int_eq(sendto(peers[peer], data, len, 0,
				(struct sockaddr *)&port_sa, port_sa_len),
			 (ssize_t)len);
}

/* The frame @frame from @peer, in a datagram with a good header. */
static void peer_send_frame(unsigned int peer, const uint8_t *frame,
			    size_t len)
{
	static uint8_t datagram[HLEN + UL_FRAME_MAX] = {
		8, 0, 0, 0, 0, 0, VNI, 0,
	};

	memcpy(datagram + HLEN, frame, len);
	peer_send(peer, datagram, HLEN + len);
	turns(1);
}

static void peer_says(unsigned int peer, const uint8_t src[6])
{
	uint8_t frame[60];

	peer_send_frame(peer, frame, plain(frame, guest, src, sizeof(frame)));
}

/* What @peer received next: its length, or 0. */
static size_t peer_recv(unsigned int peer, uint8_t *data)
{
	ssize_t n = recv(peers[peer], data, DATAGRAM_MAX, 0);

	return n < 0 ? 0 : (size_t)n;
}

static unsigned int peer_count(unsigned int peer)
{
	static uint8_t data[DATAGRAM_MAX];
	unsigned int n = 0;

	while (peer_recv(peer, data))
		n++;
	return n;
}

/* Send a frame of @len bytes to @dst, in two pieces. */
static int send_to(const uint8_t dst[6], size_t len)
{
	static struct ul_buf_pool *pool;
	struct ul_buf *buf;
	int ret;

	pool = ul_buf_pool_new(128 << 10, 1 << 20);
	buf = ul_buf_get(pool);
	plain(buf->data, dst, guest, len);

	struct ul_piece piece[] = {
		{ dst, 4, NULL },
		{ buf->data + 4, len - 4, buf },
	};

	ret = ul_port_send(port, piece, 2, NULL);
	ul_buf_unref(buf);
	ul_buf_pool_free(pool);
	return ret;
}

START_TEST(unknown_and_group_go_to_all)
{
	static const uint8_t group[6] = { 0x33, 0x33, 0, 0, 0, 1 };
	static const uint8_t header[] = { 8, 0, 0, 0, 0, 0, VNI, 0 };
	static uint8_t got[DATAGRAM_MAX];
	uint8_t want[100];
	const uint8_t *dst = _i ? group : far;

	plain(want, dst, guest, sizeof(want));
	ck_assert_int_eq(send_to(dst, sizeof(want)), 0);
	turns(1);
	for (unsigned int i = 0; i < PEERS; i++) {
		ck_assert_uint_eq(peer_recv(i, got), HLEN + sizeof(want));
		ck_assert_mem_eq(got, header, HLEN);
		ck_assert_mem_eq(got + HLEN, want, sizeof(want));
		ck_assert_uint_eq(peer_count(i), 0);
	}
	ck_assert_uint_eq(peer_count(STRANGER), 0);
	ck_assert_uint_eq(port->stats.tx_frames, 1);
	ck_assert_uint_eq(port->stats.tx_bytes, sizeof(want));
}
END_TEST

static void check_receivers(unsigned int a, unsigned int b, unsigned int c)
{
	ck_assert_int_eq(send_to(far, 60), 0);
	turns(1);
	ck_assert_uint_eq(peer_count(0), a);
	ck_assert_uint_eq(peer_count(1), b);
	ck_assert_uint_eq(peer_count(2), c);
}

START_TEST(macs_are_learnt_move_and_age)
{
	static const uint8_t group[6] = { 3, 0, 0, 0, 0, 2 };

	check_receivers(1, 1, 1);
	peer_says(1, far);
	check_receivers(0, 1, 0);
	peer_says(2, far);
	check_receivers(0, 0, 1);
	now += AGE_US - 1;
	turns(1);
	check_receivers(0, 0, 1);
	now += 1;
	turns(1);
	check_receivers(1, 1, 1);
	/* A group has no place of its own. */
	peer_says(0, group);
	ck_assert_int_eq(send_to(group, 60), 0);
	turns(1);
	ck_assert_uint_eq(peer_count(2), 1);
}
END_TEST

START_TEST(frames_come_in_as_they_are)
{
	uint8_t frame[MTU + 22];

	for (size_t len = 14; len <= sizeof(frame); len++) {
		plain(frame, guest, far, len);
		frame[len - 1] = (uint8_t)len;
		peer_send_frame((unsigned int)len % PEERS, frame, len);
		ck_assert_uint_eq(seen.len, len);
		ck_assert_mem_eq(seen.data, frame, len);
		ck_assert_int_eq(seen.offload.csum, UL_CSUM_UNKNOWN);
		ck_assert_uint_eq(seen.offload.gso_size, 0);
	}
	ck_assert_uint_eq(seen.frames, MTU + 22 - 14 + 1);
	ck_assert_uint_eq(port->stats.rx_frames, seen.frames);
	ck_assert_uint_eq(port->stats.rx_bad, 0);
}
END_TEST

START_TEST(many_datagrams_come_in_batches)
{
	uint8_t data[HLEN + 60] = { 8, 0, 0, 0, 0, 0, VNI, 0 };

	plain(data + HLEN, guest, far, 60);
	for (unsigned int i = 0; i < 300; i++)
		peer_send(i % PEERS, data, sizeof(data));
	turns(10);
	ck_assert_uint_eq(seen.frames, 300);
	ck_assert_uint_ge(seen.batches, 3);
	ck_assert_uint_le(seen.batches, 10);
}
END_TEST

START_TEST(what_is_not_ours_is_counted_and_dropped)
{
	uint8_t data[HLEN + 60] = { 8, 0, 0, 0, 0, 0, VNI, 0 };
	const struct ul_vxlan_stats *stats = ul_vxlan_stats(port);

	plain(data + HLEN, guest, far, 60);
	peer_send(STRANGER, data, sizeof(data));
	for (size_t len = 0; len < HLEN + 14; len++)
		peer_send(0, data, len);
	data[6] = VNI + 1;
	peer_send(0, data, sizeof(data));
	data[6] = VNI;
	data[0] = 0xf7;
	peer_send(0, data, sizeof(data));
	turns(3);
	ck_assert_uint_eq(seen.frames, 0);
	ck_assert_uint_eq(stats->rx_stranger, 1);
	ck_assert_uint_eq(stats->rx_short, HLEN + 14);
	ck_assert_uint_eq(stats->rx_other_vni, 1);
	ck_assert_uint_eq(stats->rx_no_vni, 1);
	/* Nothing was learnt of it, and the port goes on. */
	check_receivers(1, 1, 1);
	data[0] = 0xff;
	peer_send(0, data, sizeof(data));
	turns(1);
	ck_assert_uint_eq(seen.frames, 1);
}
END_TEST

START_TEST(sums_are_judged_and_completed)
{
	static const struct super_kind kind = {
		.is_tcp = true, .payload_len = 501, .gso_size = 600,
	};
	static struct super_frame f;
	const struct ul_vxlan_stats *stats = ul_vxlan_stats(port);
	struct ul_sums s;

	super_frame_make(&f, &kind);
	peer_send_frame(0, f.frame, f.len);
	ck_assert_uint_eq(seen.frames, 1);
	ck_assert_int_eq(seen.offload.csum, UL_CSUM_VALID);
	ck_assert_uint_eq(seen.offload.gso_size, 0);
	s = ul_sums_check(seen.data, seen.len);
	ck_assert_int_eq(s.state, UL_SUMS_RIGHT);

	/* What was completed comes back as whole, and a changed byte not. */
	memcpy(f.frame, seen.data, seen.len);
	peer_send_frame(0, f.frame, f.len);
	ck_assert_uint_eq(seen.frames, 2);
	ck_assert_int_eq(seen.offload.csum, UL_CSUM_VALID);
	f.frame[f.len - 1] ^= 1;
	peer_send_frame(0, f.frame, f.len);
	ck_assert_uint_eq(seen.frames, 2);
	ck_assert_uint_eq(stats->rx_bad_sum, 1);
}
END_TEST

/* What the kernel hands to a neighbour: it would have cut it by its MTU. */
START_TEST(super_segments_come_in_with_their_facts)
{
	static const struct super_kind kind = {
		.is_tcp = true, .payload_len = 60001, .gso_size = 1398,
		.tcp_options = 12,
	};
	static struct super_frame f;
	const struct ul_vxlan_stats *stats = ul_vxlan_stats(port);

	super_frame_make(&f, &kind);
	peer_send_frame(1, f.frame, f.len);
	ck_assert_uint_eq(seen.frames, 1);
	ck_assert_uint_eq(seen.len, f.len);
	ck_assert_mem_eq(seen.data, f.frame, f.len);
	ck_assert_int_eq(seen.offload.csum, UL_CSUM_PARTIAL);
	ck_assert_uint_eq(seen.offload.csum_start, f.offload.csum_start);
	ck_assert_uint_eq(seen.offload.csum_offset, f.offload.csum_offset);
	ck_assert_uint_eq(seen.offload.gso_size, 1398);

	/* Of all else only what fits comes in. */
	plain(f.frame, guest, far, MTU + 23);
	peer_send_frame(1, f.frame, MTU + 23);
	ck_assert_uint_eq(seen.frames, 1);
	ck_assert_uint_eq(stats->rx_too_long, 1);
}
END_TEST

START_TEST(super_frames_leave_in_segments)
{
	static uint8_t got[DATAGRAM_MAX];
	static struct super_frame f;
	const struct super_kind *kind = &super_kinds[_i];
	size_t payload = 0, len;
	struct ul_buf_pool *pool = ul_buf_pool_new(128 << 10, 1 << 20);
	struct ul_buf *buf = ul_buf_get(pool);

	super_frame_make(&f, kind);
	memcpy(buf->data, f.frame, f.len);

	struct ul_piece piece = { buf->data, f.len, buf };

	ck_assert_int_eq(ul_port_send(port, &piece, 1, &f.offload), 0);
	turns(2);
	while ((len = peer_recv(0, got)) != 0) {
		struct ul_sums s = ul_sums_check(got + HLEN, len - HLEN);

		ck_assert_int_eq(s.state, UL_SUMS_RIGHT);
		ck_assert_uint_le(len - HLEN, f.hdr_len + kind->gso_size);
		payload += len - HLEN - f.hdr_len;
	}
	ck_assert_uint_eq(payload, f.payload_len);
	ul_buf_unref(buf);
	ul_buf_pool_free(pool);
}
END_TEST

/* 100 frames to 3 remotes: batches end between two remotes of a frame. */
START_TEST(batches_lose_and_repeat_nothing)
{
	static uint8_t got[DATAGRAM_MAX];

	for (size_t i = 0; i < 100; i++)
		ck_assert_int_eq(send_to(far, 60 + i), 0);
	turns(1);
	for (unsigned int peer = 0; peer < PEERS; peer++) {
		for (size_t i = 0; i < 100; i++)
			ck_assert_uint_eq(peer_recv(peer, got), HLEN + 60 + i);
		ck_assert_uint_eq(peer_count(peer), 0);
	}
}
END_TEST

START_TEST(a_full_queue_refuses_and_tells_of_room)
{
	int ret = 0;
	unsigned int n;

	for (n = 0; n < 5000 && !ret; n++)
		ret = send_to(far, 60);
	ck_assert_int_eq(ret, -ENOBUFS);
	ck_assert_uint_eq(port->stats.tx_refused, 1);
	ck_assert_uint_eq(port->stats.tx_frames, n - 1);
	turns(10);
	ck_assert_uint_eq(seen.has_room, 1);
	ck_assert_int_eq(send_to(far, 60), 0);
}
END_TEST

START_TEST(nothing_that_the_kernel_says_ends_the_port)
{
	const struct ul_vxlan_stats *stats = ul_vxlan_stats(port);
	uint8_t frame[60];

	/* Too long for UDP: that one is lost, to each remote. */
	ck_assert_int_eq(send_to(far, 65535), 0);
	ck_assert_int_eq(send_to(far, 60), 0);
	turns(2);
	ck_assert_uint_eq(stats->tx_too_long, PEERS);
	ck_assert_uint_eq(peer_count(0), 1);

	/* Nobody listens at the second: the host says so by ICMP. */
	close(peers[1]);
	for (int i = 0; i < 5; i++) {
		ck_assert_int_eq(send_to(far, 60), 0);
		turns(2);
	}
	peers[1] = dup(peers[0]);
	ck_assert_uint_eq(peer_count(0), 5);
	ck_assert_uint_eq(peer_count(2), 6);
	peer_send_frame(0, frame, plain(frame, guest, far, sizeof(frame)));
	ck_assert_uint_eq(seen.frames, 1);
	ck_assert(port->is_attached);
}
END_TEST

START_TEST(frames_without_a_header_are_refused)
{
	ck_assert_int_eq(send_to(far, 13), -EMSGSIZE);
	ck_assert_int_eq(send_to(far, 14), 0);
}
END_TEST

/* With 64 KiB of MTU the pool has 512 buffers: reading waits for them. */
START_TEST(kept_buffers_stop_reading_for_a_while)
{
	uint8_t data[HLEN + 60] = { 8, 0, 0, 0, 0, 0, VNI, 0 };
	unsigned int held;

	plain(data + HLEN, guest, far, 60);
	seen.keeps = true;
	for (unsigned int i = 0; i < 1000; i++) {
		peer_send(i % PEERS, data, sizeof(data));
		turns(1);
	}
	held = seen.frames;
	ck_assert_uint_ge(held, 400);
	ck_assert_uint_lt(held, 1000);
	turns(10);
	ck_assert_uint_eq(seen.frames, held);
	while (seen.kept_count)
		ul_buf_unref(seen.kept[--seen.kept_count]);
	seen.keeps = false;
	now += 2000;
	turns(10);
	ck_assert_uint_gt(seen.frames, held);
}
END_TEST

/* After some quiet seconds all goes on as before. */
START_TEST(a_quiet_port_gives_back_and_goes_on)
{
	static const struct super_kind kind = {
		.is_tcp = true, .payload_len = 60001, .gso_size = 1398,
		.tcp_options = 12,
	};
	static struct super_frame f;

	super_frame_make(&f, &kind);
	for (unsigned int i = 1; i <= 3; i++) {
		peer_send_frame(1, f.frame, f.len);
		ck_assert_uint_eq(seen.frames, i);
		ck_assert_mem_eq(seen.data, f.frame, f.len);
		ck_assert_int_eq(send_to(far, 60), 0);
		turns(1);
		ck_assert_uint_eq(peer_count(0), 1);
		for (int s = 0; s < 6; s++) {
			now += 1000000;
			turns(1);
		}
		ck_assert_int_eq(ul_loop_next_timeout(loop), -1);
	}
}
END_TEST

START_TEST(ipv6_carries_it_as_well)
{
	uint8_t frame[60], got[DATAGRAM_MAX];
	struct ul_ep ep;

	peers[0] = open_peer("::1", &ep);
	open_port("::1", 0, &ep, 1);
	ck_assert_int_eq(send_to(far, 60), 0);
	turns(1);
	ck_assert_uint_eq(peer_recv(0, got), HLEN + 60);
	peer_send_frame(0, frame, plain(frame, guest, far, sizeof(frame)));
	ck_assert_uint_eq(seen.frames, 1);
	ul_port_free(port);
	ul_loop_free(loop);
	close(peers[0]);
}
END_TEST

START_TEST(inner_mtu_is_the_route_s_less_the_overhead)
{
	struct ul_ep ep = { .port = 4789 };
	struct ul_vxlan_conf conf = { .remotes = &ep, .remote_count = 1 };

	ul_addr_parse(&ep.addr, "127.0.0.2");
	ul_addr_parse(&conf.local.addr, "127.0.0.1");
	ck_assert_uint_eq(ul_vxlan_inner_mtu(&conf), 65535 - 50);
	ul_addr_parse(&ep.addr, "::1");
	ul_addr_parse(&conf.local.addr, "::1");
	ck_assert_uint_eq(ul_vxlan_inner_mtu(&conf), 65535 - 70);
	/* An address that is nobody's here: no route. */
	ul_addr_parse(&ep.addr, "203.0.113.1");
	ul_addr_parse(&conf.local.addr, "203.0.113.2");
	ck_assert_uint_eq(ul_vxlan_inner_mtu(&conf), 1500 - 50);
}
END_TEST

START_TEST(a_socket_that_cannot_be_had_is_explained)
{
	struct ul_ep ep = { .port = 4789 };
	struct ul_vxlan_conf conf = {
		.remotes = &ep, .remote_count = 1, .local.port = 4789,
	};
	char *error = NULL;
	int fd;

	loop = ul_loop_new();
	ul_addr_parse(&ep.addr, "127.0.0.2");
	ul_addr_parse(&conf.local.addr, "203.0.113.77");
	ck_assert_ptr_null(ul_vxlan_new(loop, &conf, &handler, NULL, &error));
	ck_assert_ptr_nonnull(strstr(error, "203.0.113.77:4789"));
	ck_assert_ptr_nonnull(strstr(error, "an address of this machine"));
	g_free(error);
	fd = open_peer("127.0.0.1", &conf.local);
	ck_assert_ptr_null(ul_vxlan_new(loop, &conf, &handler, NULL, &error));
	ck_assert_ptr_nonnull(strstr(error, "has that port"));
	g_free(error);
	close(fd);
	ul_loop_free(loop);
}
END_TEST

static void set_up_large(void)
{
	open_v4(0, PEERS);
}

int main(void)
{
	Suite *s = suite_create("vxlan_port");
	TCase *tc = tcase_create("port");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, unknown_and_group_go_to_all, 0, 2);
	tcase_add_test(tc, macs_are_learnt_move_and_age);
	tcase_add_test(tc, frames_come_in_as_they_are);
	tcase_add_test(tc, many_datagrams_come_in_batches);
	tcase_add_test(tc, what_is_not_ours_is_counted_and_dropped);
	tcase_add_test(tc, sums_are_judged_and_completed);
	tcase_add_test(tc, super_segments_come_in_with_their_facts);
	tcase_add_loop_test(tc, super_frames_leave_in_segments, 0,
			    SUPER_KINDS);
	tcase_add_test(tc, batches_lose_and_repeat_nothing);
	tcase_add_test(tc, a_full_queue_refuses_and_tells_of_room);
	tcase_add_test(tc, nothing_that_the_kernel_says_ends_the_port);
	tcase_add_test(tc, frames_without_a_header_are_refused);
	tcase_add_test(tc, a_quiet_port_gives_back_and_goes_on);
	suite_add_tcase(s, tc);

	tc = tcase_create("large");
	tcase_add_checked_fixture(tc, set_up_large, tear_down);
	tcase_add_test(tc, kept_buffers_stop_reading_for_a_while);
	suite_add_tcase(s, tc);

	tc = tcase_create("alone");
	tcase_add_test(tc, ipv6_carries_it_as_well);
	tcase_add_test(tc, inner_mtu_is_the_route_s_less_the_overhead);
	tcase_add_test(tc, a_socket_that_cannot_be_had_is_explained);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
