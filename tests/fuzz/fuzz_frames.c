/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_frames.c - the whole stack under frames, time and a host's whims
 *
 * A router with its port, engine, flows and services runs on a fake host
 * (fake_host.h) for one guest (guest.h). The input is a row of records: what
 * the guest sends, what happens at the far ends, how time passes. TCP
 * segments are told relative to what would be right, so that an input gets
 * through a handshake without guessing numbers.
 *
 * It must hold: nothing crashes or asserts; every frame that the guest gets
 * is well formed; streams arrive unchanged in both directions; the host
 * never talks to a forbidden address; every descriptor is closed in the end;
 * and with FLAG_DRAIN, three hours after the guest fell silent no flow, no
 * socket and no memory is left.
 *
 * Input: a byte of flags, then records of an operation (its high bit: no
 * turn of the loop follows) and its operands, numbers in network order; see
 * seeds_frames.py, which writes them.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/log.h"
#include "conf/conf_check.h"
#include "conf/forward_spec.h"
#include "fuzz/fake_host.h"
#include "fuzz/fuzz.h"
#include "fuzz/guest.h"
#include "link/pending.h"
#include "link/stream.h"
#include "net/router_priv.h"

#define FLAG_DRAIN 0x01
#define FLAG_CONNECTS 0x02	/* connections succeed by themselves */
#define FLAG_PROMPT 0x04	/* the guest answers by itself */
#define FLAG_SMALL_MTU 0x08
#define FLAG_SMALL_LIMITS 0x10

#define NO_TURN 0x80
#define RECORDS_MAX 512
#define TURNS_MAX 24
#define DRAIN_US (3 * 3600 * 1000000ll)
#define DRAIN_TURNS_MAX 200000
#define UNIT 8			/* of bytes in operands */

enum op {
	OP_FRAME,	/* u16 length, frame */
	OP_PACKET,	/* u16 length, IP packet whose checksums are mended */
	OP_TCP,		/* conn, flags, seq, ack, window, options, length */
	OP_UDP,		/* u8 port, u8 target, u16 length, u8 frag, u8 ttl */
	OP_ECHO,	/* u8 id, u8 target, u16 length, u8 ttl */
	OP_TIME,	/* u16 ms, or with the high bit s */
	OP_HOST,	/* u8 socket, u8 action, u16 value */
	OP_WORLD,	/* u8 what, u16 value */
	OP_WIRE,	/* u8 length, bytes that are no frame */
};
#define OP_COUNT (OP_WIRE + 1)

enum host_action {
	HOST_CONNECTED, HOST_NOT_CONNECTED, HOST_DATA, HOST_EOF, HOST_BROKEN,
	HOST_ROOM, HOST_CLIENT, HOST_DATAGRAM, HOST_REPLY, HOST_ICMP,
	HOST_TOO_LONG,
};
#define HOST_ACTION_COUNT (HOST_TOO_LONG + 1)

enum world {
	WORLD_CONNECT_ERROR, WORLD_SEND_ERROR, WORLD_SOCKET_ERROR,
	WORLD_WIRE_ROOM, WORLD_WIRE_CHUNK, WORLD_ATTACH, WORLD_DETACH,
	WORLD_PROMPT, WORLD_CONNECTS,
};
#define WORLD_COUNT (WORLD_CONNECTS + 1)

static const struct {
	const char *addr;
	uint16_t port;
} targets[] = {
	{ "198.51.100.7", 80 }, { "10.0.2.2", 80 }, { "10.0.2.3", 53 },
	{ "2001:db8::7", 80 }, { "fd00::2", 80 }, { "fd00::3", 53 },
	{ "127.0.0.1", 22 }, { "10.0.2.77", 80 }, { "255.255.255.255", 67 },
	{ "169.254.169.254", 80 }, { "fe80::1", 80 }, { "ff02::1", 5353 },
	{ "198.51.100.8", 443 }, { "fd00:ec2::254", 80 }, { "0.0.0.0", 80 },
	{ "198.51.100.7", 53 },
};
#define TARGET_COUNT (sizeof(targets) / sizeof(*targets))

/* Clients of forwards. */
static const struct {
	const char *addr;
	uint16_t port;
} clients[] = {
	{ "203.0.113.9", 5000 }, { "127.0.0.1", 5001 }, { "10.0.2.15", 5002 },
	{ "203.0.113.9", 5003 },
};
#define CLIENT_COUNT (sizeof(clients) / sizeof(*clients))

static const int errors[] = {
	ECONNREFUSED, ETIMEDOUT, ENETUNREACH, EHOSTUNREACH, EACCES,
	EADDRNOTAVAIL, EMFILE, ENOBUFS, ECONNRESET, EMSGSIZE, EAGAIN, EPERM,
	EINVAL, ENOMEM,
};
#define ERROR_COUNT (sizeof(errors) / sizeof(*errors))

static const char *const forwards[] = { "8080:80", "5353:53/udp" };
#define UDP_FORWARDS 2		/* one rule, bound in two families */

static const char *const forbidden[] = {
	"0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4",
	"240.0.0.0/4", "::/128", "::1/128", "fe80::/10", "ff00::/8",
	"fd00:ec2::254/128", "10.0.2.0/24", "fd00::/64",
};

struct run {
	struct ul_loop *loop;
	struct ul_conf *conf;
	struct ul_router *router;
	struct ul_listener *listener;
	struct ul_port *port;		/* NULL while no guest is attached */
	struct ul_port *gone;
	struct ul_defer bury;
};

static int64_t virtual_now(void *arg)
{
	return fake_host.now_us;
}

static struct ul_addr addr_of(const char *text)
{
	struct ul_addr a;

	assert(!ul_addr_parse(&a, text));
	return a;
}

static bool is_forbidden(const struct ul_addr *addr)
{
	for (size_t i = 0; i < sizeof(forbidden) / sizeof(*forbidden); i++) {
		struct ul_prefix p;

		assert(!ul_prefix_parse(&p, forbidden[i]));
		if (ul_prefix_has(&p, addr))
			return true;
	}
	return false;
}

static struct ul_ep target(unsigned int n)
{
	n %= TARGET_COUNT;
	return (struct ul_ep){ addr_of(targets[n].addr), targets[n].port };
}

static void on_frame(struct ul_port *port, struct ul_frame *frame, void *arg)
{
	struct run *run = arg;

	ul_router_input(run->router, port, frame);
}

static void on_batch_end(struct ul_port *port, void *arg)
{
}

static void on_has_room(struct ul_port *port, void *arg)
{
	struct run *run = arg;

	ul_router_resume(run->router, port);
}

static void on_detached(struct ul_port *port, void *arg)
{
	struct run *run = arg;

	fake_host.wire_at = fake_host.wire_len = 0;
	guest_cut();
	ul_router_detached(run->router, port);
	run->port = NULL;
	assert(!run->gone);
	run->gone = port;
	ul_defer_schedule(run->loop, &run->bury);
}

static const struct ul_port_handler handler = {
	.frame = on_frame,
	.batch_end = on_batch_end,
	.has_room = on_has_room,
	.detached = on_detached,
};

static void bury(void *arg)
{
	struct run *run = arg;

	ul_port_free(run->gone);
	run->gone = NULL;
}

static bool may_attach(const char **why, void *arg)
{
	struct run *run = arg;

	return !run->port;
}

static void on_attached(struct ul_port *take_port, void *arg)
{
	struct run *run = arg;

	ul_port_set_handler(take_port, &handler, run);
	run->port = take_port;
	ul_router_attached(run->router, take_port);
}

static const struct ul_listener_handler listener_handler = {
	.may_attach = may_attach,
	.attached = on_attached,
};

static struct ul_conf *make_conf(uint8_t flags)
{
	struct ul_conf *conf = ul_conf_new();
	struct ul_prefix prefix6;
	struct ul_ep dns[] = {
		{ addr_of("192.0.2.53"), 53 }, { addr_of("192.0.2.54"), 53 },
	};
	struct ul_forward_conf *rule;
	char *error = NULL;

	assert(!ul_prefix_parse(&prefix6, "fd00::/64"));
	ul_conf_set_prefix6(conf, &prefix6);
	g_array_append_vals(conf->dns_upstreams, dns, 2);
	ul_conf_add_listen(conf, UL_LISTEN_STREAM, "/nowhere");
	conf->no_hosts = true;	/* of this machine */
	conf->mtu = flags & FLAG_SMALL_MTU ? 1500 : 0;
	for (size_t i = 0; i < sizeof(forwards) / sizeof(*forwards); i++) {
		assert(!ul_forward_spec_parse(&rule, forwards[i], &error));
		g_ptr_array_add(conf->forwards, rule);
	}
	if (flags & FLAG_SMALL_LIMITS) {
		conf->limits.max_tcp_flows = 4;
		conf->limits.max_tcp_half_open = 2;
		conf->limits.max_udp_flows = 2;
		conf->limits.max_icmp_flows = 2;
		conf->limits.max_pinned_bytes = 64 << 10;
		conf->limits.max_send_bytes = 1 << 20;
	}
	assert(!ul_conf_check(conf, NULL, &error));
	return conf;
}

static void turn(struct run *run)
{
	int i = 0;

	do
		assert(!ul_loop_turn(run->loop, 0));
	while (++i < TURNS_MAX && fake_host.wire_at < fake_host.wire_len);
}

static int link_send(const struct ul_piece *piece, unsigned int count,
		     const struct ul_offload *offload, void *arg)
{
	struct run *run = arg;

	return run->port ? ul_port_send(run->port, piece, count, offload) :
			   -ENOTCONN;
}

static struct ul_port *link_port_of(const uint8_t mac[6], void *arg)
{
	struct run *run = arg;

	return run->port;
}

static const char *link_name_of(const struct ul_port *port, void *arg)
{
	return "port1";
}

static void start(struct run *run, uint8_t flags)
{
	struct ul_router_link link = {
		.send = link_send, .port_of = link_port_of,
		.name_of = link_name_of, .arg = run,
	};
	char *error = NULL;

	ul_log_set_level(UL_LOG_ERROR);
	fake_host_reset();
	fake_host.to_guest = guest_receive;
	fake_host.is_forbidden = is_forbidden;
	fake_host.connects_by_itself = flags & FLAG_CONNECTS;
	run->conf = make_conf(flags);
	guest_reset((uint16_t)run->conf->mtu);
	guest_set_prompt(flags & FLAG_PROMPT);
	run->loop = ul_loop_new();
	ul_loop_set_clock(run->loop, virtual_now, NULL);
	run->router = ul_router_new(run->loop, run->conf, &link);
	ul_defer_init(&run->bury, UL_DEFER_FLUSH, bury, run);
	run->listener = ul_stream_listener_new(
		run->loop, fake_open(FAKE_PORT_LISTENER, UL_V4), NULL,
		&listener_handler, run);
	assert(!ul_router_start_forwards(run->router, &error));
	fake_attach();
	turn(run);
}

static void pass(struct run *run, int64_t us)
{
	int64_t end = fake_host.now_us + us;

	for (int i = 0; i < TURNS_MAX; i++) {
		int64_t next = ul_loop_next_timeout(run->loop);

		if (next < 0 || next > end - fake_host.now_us)
			break;
		fake_host.now_us += next;
		turn(run);
	}
	fake_host.now_us = end;
	turn(run);
}

/* The guest is silent, the far ends take what comes: everything must end. */
static void drain(struct run *run)
{
	int64_t end = fake_host.now_us + DRAIN_US;
	int turns = 0;

	fake_host.connect_error = fake_host.socket_error = 0;
	fake_host.send_error = 0;
	fake_host.wire_room = SIZE_MAX;
	fake_host.wire_chunk = 0;
	guest_set_prompt(false);
	turn(run);
	for (int i = 0; i < FAKE_FDS; i++) {
		struct fake_sock *s = &fake_host.sock[i];

		if (s->kind == FAKE_TCP) {
			fake_connected(s, ETIMEDOUT);
			fake_room(s, SIZE_MAX / 2);
		}
	}
	turn(run);
	while (fake_host.now_us < end) {
		int64_t next = ul_loop_next_timeout(run->loop);

		if (next < 0)
			break;
		fake_host.now_us += next;
		assert(!ul_loop_turn(run->loop, 0));
		assert(++turns < DRAIN_TURNS_MAX);
	}
	if (ul_tcp_proxy_count(run->router->tcp)) {
		ul_log_set_level(UL_LOG_INFO);
		ul_router_log_status(run->router);
	}
	assert(!ul_tcp_proxy_count(run->router->tcp));
	assert(fake_flow_sockets() == UDP_FORWARDS);
	assert(!ul_stack_pinned_bytes(run->router->ctx.stack));
	/* Packets for a neighbour that was never found wait for the next. */
	assert(ul_stack_send_bytes(run->router->ctx.stack) <=
	       UL_PENDING_MAX * (128u << 10));
}

static void finish(struct run *run)
{
	ul_router_free(run->router);
	ul_listener_free(run->listener);
	ul_port_free(run->gone);
	ul_defer_cancel(run->loop, &run->bury);
	ul_port_free(run->port);
	ul_loop_free(run->loop);
	ul_conf_free(run->conf);
	for (int i = 0; i < FAKE_FDS; i++)
		assert(fake_host.sock[i].kind == FAKE_FREE);
	fake_host_fini();
}

static void do_tcp(struct ul_rd *r)
{
	struct guest_segment s = { .conn = ul_rd_u8(r) % GUEST_CONNS };

	s.flags = ul_rd_u8(r);
	s.seq = (int16_t)ul_rd_u16(r);
	s.ack = (int16_t)ul_rd_u16(r);
	s.window = ul_rd_u16(r);
	s.options = ul_rd_u8(r) % GUEST_OPT_COUNT;
	s.len = ul_rd_u16(r);
	s.dst = target((unsigned int)s.ack & 0xff);
	if (!r->bad)
		guest_send_tcp(&s);
}

static void do_udp(struct ul_rd *r)
{
	uint16_t port = (uint16_t)(2000 + ul_rd_u8(r) % 8);
	struct ul_ep dst = target(ul_rd_u8(r));
	size_t len = ul_rd_u16(r);
	size_t frag = ul_rd_u8(r) * (size_t)UNIT;
	uint8_t ttl = ul_rd_u8(r);

	if (!r->bad)
		guest_send_udp(port, &dst, len, frag, ttl);
}

static void do_echo(struct ul_rd *r)
{
	uint16_t id = ul_rd_u8(r);
	struct ul_ep dst = target(ul_rd_u8(r));
	size_t len = ul_rd_u16(r);
	uint8_t ttl = ul_rd_u8(r);

	if (!r->bad)
		guest_send_echo(&dst.addr, id, len, ttl);
}

static void do_host(struct ul_rd *r)
{
	struct fake_sock *s = fake_nth(ul_rd_u8(r));
	enum host_action action = ul_rd_u8(r) % HOST_ACTION_COUNT;
	uint16_t value = ul_rd_u16(r);
	int err = errors[value % ERROR_COUNT];
	struct ul_ep client = {
		addr_of(clients[value % CLIENT_COUNT].addr),
		clients[value % CLIENT_COUNT].port,
	};

	if (r->bad || !s)
		return;
	switch (action) {
	case HOST_CONNECTED:
		fake_connected(s, 0);
		break;
	case HOST_NOT_CONNECTED:
		fake_connected(s, err);
		break;
	case HOST_DATA:
		fake_data(s, value * (size_t)UNIT);
		break;
	case HOST_EOF:
		fake_eof(s);
		break;
	case HOST_BROKEN:
		fake_broken(s, err);
		break;
	case HOST_ROOM:
		fake_room(s, value * (size_t)UNIT);
		break;
	case HOST_CLIENT:
		if (s->family == UL_V4)
			fake_client(s, &client);
		break;
	case HOST_DATAGRAM:
		/* The clients are of IPv4, and every other socket V6ONLY. */
		if (s->has_last || s->family == UL_V4)
			fake_datagram(s, s->has_last ? &s->last->from :
				      &client, value);
		break;
	case HOST_REPLY:
		fake_reply(s, value >> 8, (uint8_t)value);
		break;
	case HOST_ICMP:
		fake_icmp(s, (uint8_t)(value >> 8), (uint8_t)value,
			  errors[value % 4]);
		break;
	case HOST_TOO_LONG:
		fake_local_error(s, EMSGSIZE, value);
		break;
	}
}

static void do_world(struct ul_rd *r)
{
	enum world what = ul_rd_u8(r) % WORLD_COUNT;
	uint16_t value = ul_rd_u16(r);
	int err = errors[value % ERROR_COUNT];

	switch (what) {
	case WORLD_CONNECT_ERROR:
		fake_host.connect_error = err;
		break;
	case WORLD_SEND_ERROR:
		fake_host.send_error = err;
		break;
	case WORLD_SOCKET_ERROR:
		fake_host.socket_error = err;
		break;
	case WORLD_WIRE_ROOM:
		fake_host.wire_room = value == UINT16_MAX ? SIZE_MAX : value;
		break;
	case WORLD_WIRE_CHUNK:
		fake_host.wire_chunk = value;
		break;
	case WORLD_ATTACH:
		fake_attach();
		break;
	case WORLD_DETACH:
		fake_detach();
		break;
	case WORLD_PROMPT:
		guest_set_prompt(value & 1);
		break;
	case WORLD_CONNECTS:
		fake_host.connects_by_itself = value & 1;
		break;
	}
}

/* Bytes of a length that comes first, as far as there are. */
static const uint8_t *take_bytes(struct ul_rd *r, size_t len, size_t *got)
{
	*got = len < r->left ? len : r->left;
	return ul_rd_take(r, *got);
}

static void do_bytes(struct ul_rd *r, enum op op)
{
	size_t len = op == OP_WIRE ? ul_rd_u8(r) : ul_rd_u16(r);
	const uint8_t *data = take_bytes(r, len, &len);

	if (!data || !len)
		return;
	if (op == OP_PACKET) {
		guest_send_mended(data, len);
		return;
	}
	fake_host.is_tainted = true;
	if (op == OP_FRAME)
		guest_send_frame(data, len);
	else
		fake_wire_put(data, len);
}

static void do_record(struct run *run, struct ul_rd *r)
{
	uint8_t code = ul_rd_u8(r);
	enum op op = (code & ~NO_TURN) % OP_COUNT;
	uint16_t time;

	switch (op) {
	case OP_FRAME:
	case OP_PACKET:
	case OP_WIRE:
		do_bytes(r, op);
		break;
	case OP_TCP:
		do_tcp(r);
		break;
	case OP_UDP:
		do_udp(r);
		break;
	case OP_ECHO:
		do_echo(r);
		break;
	case OP_TIME:
		time = ul_rd_u16(r);
		pass(run, time & 0x8000 ? (time & 0x7fff) * 1000000ll :
					  time * 1000ll);
		break;
	case OP_HOST:
		do_host(r);
		break;
	case OP_WORLD:
		do_world(r);
		break;
	}
	if (!(code & NO_TURN))
		turn(run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ul_rd r = ul_rd_new(data, len);
	uint8_t flags = ul_rd_u8(&r);
	struct run run = { 0 };

	start(&run, flags);
	for (int i = 0; i < RECORDS_MAX && r.left; i++)
		do_record(&run, &r);
	if (flags & FLAG_DRAIN)
		drain(&run);
	finish(&run);
	return 0;
}
