/* SPDX-License-Identifier: BSD-3-Clause */
/* test_tcp_gro.c - which segments go on together, and in which order */
#include "base/buf.h"
#include "flow/tcp_gro.h"
#include "harness.h"
#include "wire/ip4.h"

#define MSS 1460
#define SEQ 0xfffffc00u		/* wraps within the first segment */
#define LOG_MAX 4096

/* A segment as a test wants it; zeroes are what is usual. */
struct shape {
	uint32_t seq, ack;
	uint8_t flags;		/* not ACK, but besides it */
	bool no_ack;
	uint16_t window;	/* less than usual */
	uint8_t tos, ttl, mac;
	uint16_t guest_port, peer_port;
	uint8_t address;
	const void *opt;
	size_t opt_len;
	size_t len;		/* of the data; SIZE_MAX: none */
	bool is_unowned;
	const void *port;
};

static struct ul_tcp_gro *gro;
static struct ul_buf_pool *frames;
/* What came out: the first sequence and the count of each train. */
static struct {
	uint32_t seq;
	uint16_t src_port;
	unsigned int count;
	size_t len;		/* of all data */
} out[LOG_MAX];
static unsigned int outs;

/* Each segment must go on where the one before it ended. */
static void on_train(const struct ul_pkt *pkt, unsigned int count, void *arg)
{
	uint32_t next = 0;

	ck_assert_uint_lt(outs, LOG_MAX);
	out[outs].count = count;
	out[outs].len = 0;
	for (unsigned int i = 0; i < count; i++) {
		struct ul_tcp h;

		ck_assert_int_eq(ul_tcp_parse(&h, pkt[i].l4, pkt[i].l4_len), 0);
		if (i)
			ck_assert_uint_eq(h.seq, next);
		else
			out[outs].seq = h.seq;
		out[outs].src_port = h.src_port;
		next = h.seq + (uint32_t)(pkt[i].l4_len - h.hdr_len);
		out[outs].len += pkt[i].l4_len - h.hdr_len;
	}
	outs++;
}

static void setup(void)
{
	gro = ul_tcp_gro_new(on_train, NULL);
	frames = ul_buf_pool_new(2048, 16u << 20);
	outs = 0;
}

static void teardown(void)
{
	ul_tcp_gro_free(gro);
	ck_assert_uint_eq(ul_buf_pool_in_use(frames), 0);
	ul_buf_pool_free(frames);
}

static size_t data_len(const struct shape *s)
{
	return s->len == SIZE_MAX ? 0 : s->len ? s->len : MSS;
}

static bool put(const struct shape *s)
{
	struct ul_buf *buf = ul_buf_get(frames);
	struct ul_wr w = ul_wr_new(buf->data, buf->cap);
	struct ul_pkt pkt = {
		.src = ul_addr_v4(0x0a00020fu + s->address),
		.dst = ul_addr_v4(0xc6336407u), .proto = UL_IPPROTO_TCP,
		.ttl = (uint8_t)(64 + s->ttl), .tos = s->tos,
		.mac = { 2, s->mac }, .buf = s->is_unowned ? NULL : buf,
		.port = s->port, .l4 = buf->data,
		.l4_len = UL_TCP_HLEN + s->opt_len + data_len(s),
	};
	struct ul_tcp h;
	bool waits;

	ul_wr_u16(&w, (uint16_t)(1000 + s->guest_port));
	ul_wr_u16(&w, (uint16_t)(80 + s->peer_port));
	ul_wr_u32(&w, SEQ + s->seq);
	ul_wr_u32(&w, s->ack);
	ul_wr_u8(&w, (uint8_t)((UL_TCP_HLEN + s->opt_len) / 4 << 4));
	ul_wr_u8(&w, (uint8_t)(s->flags | (s->no_ack ? 0 : UL_TCP_ACK)));
	ul_wr_u16(&w, (uint16_t)(0xffff - s->window));
	ul_wr_u32(&w, 0);
	ul_wr_bytes(&w, s->opt, s->opt_len);
	ck_assert_int_eq(ul_tcp_parse(&h, pkt.l4, pkt.l4_len), 0);
	waits = ul_tcp_gro_put(gro, &pkt, &h);
	ul_buf_unref(buf);
	return waits;
}

static const uint8_t sack[] = {
	1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 9,
}, stamp[] = {
	1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 9,
}, later[] = {
	1, 1, 8, 10, 0, 0, 0, 2, 0, 0, 0, 9,
};
#define SACK .opt = sack, .opt_len = sizeof(sack)
#define STAMP .opt = stamp, .opt_len = sizeof(stamp)
#define LATER .opt = later, .opt_len = sizeof(later)
#define NEXT .seq = MSS

/* Two segments: do they go on as one? */
static const struct {
	const char *what;
	struct shape a, b;
	bool is_one;
} pairs[] = {
	{ "plain", { 0 }, { NEXT }, true },
	{ "the last has PSH", { 0 }, { NEXT, .flags = UL_TCP_PSH }, true },
	{ "a shorter one", { 0 }, { NEXT, .len = 1 }, true },
	{ "a longer one", { .len = 10 }, { .seq = 10 }, true },
	{ "equal options", { STAMP }, { NEXT, STAMP }, true },
	{ "equal TOS", { .tos = 2 }, { NEXT, .tos = 2 }, true },
	{ "the first has PSH", { .flags = UL_TCP_PSH }, { NEXT }, false },
	{ "a gap", { 0 }, { .seq = MSS + 1 }, false },
	{ "a duplicate", { 0 }, { .seq = 0 }, false },
	{ "an overlap", { 0 }, { .seq = MSS - 1 }, false },
	{ "from before", { 0 }, { .seq = (uint32_t)-MSS }, false },
	{ "FIN", { 0 }, { NEXT, .flags = UL_TCP_FIN }, false },
	{ "RST", { 0 }, { NEXT, .flags = UL_TCP_RST }, false },
	{ "SYN", { 0 }, { NEXT, .flags = UL_TCP_SYN }, false },
	{ "URG", { 0 }, { NEXT, .flags = UL_TCP_URG }, false },
	{ "CWR", { 0 }, { NEXT, .flags = 0x80 }, false },
	{ "ECE", { 0 }, { NEXT, .flags = 0x40 }, false },
	{ "no ACK", { 0 }, { NEXT, .no_ack = true }, false },
	{ "URG both", { .flags = UL_TCP_URG },
	  { NEXT, .flags = UL_TCP_URG }, false },
	{ "no data", { 0 }, { NEXT, .len = SIZE_MAX }, false },
	{ "nothing first", { .len = SIZE_MAX }, { .seq = 0 }, false },
	{ "another window", { 0 }, { NEXT, .window = 1 }, false },
	{ "another ACK", { 0 }, { NEXT, .ack = 1 }, false },
	{ "SACK", { SACK }, { NEXT, SACK }, false },
	{ "SACK later", { 0 }, { NEXT, SACK }, false },
	{ "other options", { STAMP }, { NEXT, LATER }, false },
	{ "options begin", { 0 }, { NEXT, STAMP }, false },
	{ "options end", { STAMP }, { NEXT }, false },
	{ "CE on the second", { .tos = 2 }, { NEXT, .tos = 3 }, false },
	{ "CE on both", { .tos = 3 }, { NEXT, .tos = 3 }, false },
	{ "another ECT", { .tos = 1 }, { NEXT, .tos = 2 }, false },
	{ "another DSCP", { 0 }, { NEXT, .tos = 4 }, false },
	{ "another TTL", { 0 }, { NEXT, .ttl = 1 }, false },
	{ "another MAC", { 0 }, { NEXT, .mac = 1 }, false },
	{ "another port of ours", { 0 }, { NEXT, .port = pairs }, false },
	{ "another guest", { 0 }, { NEXT, .address = 1 }, false },
	{ "another flow", { 0 }, { NEXT, .guest_port = 1 }, false },
	{ "another service", { 0 }, { NEXT, .peer_port = 1 }, false },
	{ "bytes of nobody's", { 0 }, { NEXT, .is_unowned = true }, false },
	{ "nobody's first", { .is_unowned = true }, { NEXT }, false },
};
#define PAIRS ((int)(sizeof(pairs) / sizeof(pairs[0])))

START_TEST(pair)
{
	put(&pairs[_i].a);
	put(&pairs[_i].b);
	ul_tcp_gro_flush(gro);
	ck_assert_msg(outs == (pairs[_i].is_one ? 1 : 2), "%s",
		      pairs[_i].what);
	ck_assert_uint_eq(out[0].seq, SEQ + pairs[_i].a.seq);
	ck_assert_uint_eq(out[0].count, pairs[_i].is_one ? 2 : 1);
}
END_TEST

/* What ends a train goes on without a wait for the batch's end. */
START_TEST(push_waits_for_nothing)
{
	struct shape s = { .flags = UL_TCP_PSH };

	ck_assert(!put(&s));
	ck_assert_uint_eq(outs, 1);
	s = (struct shape){ NEXT };
	ck_assert(put(&s));
	ck_assert_uint_eq(outs, 1);
	s = (struct shape){ .seq = 2 * MSS, .flags = UL_TCP_PSH };
	ck_assert(!put(&s));
	ck_assert_uint_eq(outs, 2);
	ck_assert_uint_eq(out[1].count, 2);
}
END_TEST

/* 64 KiB and UL_TCP_TRAIN_MAX segments are the limits. */
START_TEST(train_has_an_end)
{
	static const size_t len[] = { MSS, 100 };
	static const unsigned int most[] = {
		(UINT16_MAX - UL_TCP_HLEN) / MSS, UL_TCP_TRAIN_MAX,
	};
	struct shape s = { .len = len[_i] };

	for (unsigned int i = 0; i < most[_i] + 3; i++) {
		put(&s);
		s.seq += (uint32_t)s.len;
	}
	ul_tcp_gro_flush(gro);
	ck_assert_uint_eq(outs, 2);
	ck_assert_uint_eq(out[0].count, most[_i]);
	ck_assert_uint_eq(out[1].count, 3);
	ck_assert_uint_le(out[0].len + UL_TCP_HLEN, UINT16_MAX);
}
END_TEST

START_TEST(flows_have_trains_each)
{
	for (unsigned int i = 0; i < 5; i++)
		for (uint16_t f = 0; f < UL_TCP_TRAINS; f++)
			put(&(struct shape){ .seq = i * MSS,
					     .guest_port = f });
	ck_assert_uint_eq(outs, 0);
	/* One too many: the oldest makes room. */
	put(&(struct shape){ .guest_port = UL_TCP_TRAINS });
	ck_assert_uint_eq(outs, 1);
	ul_tcp_gro_flush(gro);
	ck_assert_uint_eq(outs, UL_TCP_TRAINS + 1);
	for (unsigned int i = 0; i < UL_TCP_TRAINS; i++) {
		ck_assert_uint_eq(out[i].count, 5);
		ck_assert_uint_eq(out[i].src_port, 1000 + i);
	}
}
END_TEST

START_TEST(what_waits_is_freed)
{
	put(&(struct shape){ 0 });
	put(&(struct shape){ NEXT });
	ul_tcp_gro_free(gro);
	gro = NULL;
	ck_assert_uint_eq(outs, 0);
}
END_TEST

static uint32_t next_random(uint32_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 17;
	*x ^= *x << 5;
	return *x;
}

#define FLOWS 12

/* Whatever comes: all of it goes on, once, in the order of its flow. */
START_TEST(nothing_is_lost_or_overtaken)
{
	static const uint8_t flags[] = { 0, 0, 0, UL_TCP_PSH, UL_TCP_FIN };
	uint32_t x = 2463534242u + (uint32_t)_i, seq[FLOWS] = { 0 };
	uint32_t seen[FLOWS] = { 0 };
	unsigned int segments = 0, count = 0;

	for (; segments < 2000; segments++) {
		uint16_t f = (uint16_t)(next_random(&x) % FLOWS);
		struct shape s = {
			.guest_port = f, .seq = seq[f],
			.flags = flags[next_random(&x) % 5],
			.window = next_random(&x) % 20 == 0,
			.len = 1 + next_random(&x) % MSS,
		};

		put(&s);
		seq[f] += (uint32_t)s.len;
		if (next_random(&x) % 100 == 0)
			ul_tcp_gro_flush(gro);
	}
	ul_tcp_gro_flush(gro);
	for (unsigned int i = 0; i < outs; i++) {
		unsigned int f = out[i].src_port - 1000u;

		ck_assert_uint_eq(out[i].seq, SEQ + seen[f]);
		seen[f] += (uint32_t)out[i].len;
		count += out[i].count;
	}
	ck_assert_mem_eq(seen, seq, sizeof(seq));
	ck_assert_uint_eq(count, segments);
	ck_assert_uint_lt(outs, segments);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("tcp_gro");
	TCase *tc = tcase_create("tcp_gro");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, pair, 0, PAIRS);
	tcase_add_test(tc, push_waits_for_nothing);
	tcase_add_loop_test(tc, train_has_an_end, 0, 2);
	tcase_add_test(tc, flows_have_trains_each);
	tcase_add_test(tc, what_waits_is_freed);
	tcase_add_loop_test(tc, nothing_is_lost_or_overtaken, 0, 5);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
