/* SPDX-License-Identifier: BSD-3-Clause */
/* test_conn.c - a connection with the guest, from SYN to the last segment */
#include "fake/conn_lab.h"

#define MINUTE_MS 60000

/* The guest takes what was sent, in order, and answers; the whole amount. */
static size_t take_all(size_t have)
{
	size_t n;

	while ((n = guest_receive(&g, got + have, DATA_MAX - have)) > 0)
		have += n;
	return have;
}

START_TEST(passive_open_offers_what_it_should)
{
	bool is_v4 = _i;
	struct guest_seg syn = {
		.seq = 7, .flags = UL_TCP_SYN, .window = 1000,
		.opt = guest_usual_options,
		.opt_len = sizeof(guest_usual_options),
	};
	struct ul_pkt pkt;
	struct seg *s;

	guest_init(&g, stack, &wire, frames, is_v4, 1000);
	pkt = guest_pkt(&g, &syn);
	g.conn = ul_conn_new_passive(stack, &pkt, &g);
	ul_buf_unref(pkt.buf);
	ck_assert_ptr_nonnull(g.conn);
	ck_assert_str_eq(ul_conn_state_name(g.conn), "SYN_RCVD");
	ck_assert(ul_conn_wants_tick(g.conn));
	s = guest_take(&g);
	ck_assert_uint_eq(s->h.flags, UL_TCP_SYN | UL_TCP_ACK);
	ck_assert_uint_eq(s->h.ack, 8);
	ck_assert_uint_eq(s->h.mss, is_v4 ? 1460 : 1440);
	ck_assert_int_eq(s->h.wscale, 7);
	ck_assert(s->h.sack_ok);
	ck_assert_uint_eq(s->len, 0);
	ck_assert_uint_eq(put(8, s->h.seq + 1, UL_TCP_ACK),
			  UL_CONN_ESTABLISHED);
	free(s);
	ck_assert_str_eq(ul_conn_state_name(g.conn), "ESTABLISHED");
	ck_assert(!ul_conn_wants_tick(g.conn));
	ck_assert_uint_eq(wire.count, 0);
}
END_TEST

START_TEST(options_that_were_not_offered_are_not_used)
{
	static const uint8_t mss[4] = { 2, 4, 1460 >> 8, 1460 & 0xff };
	struct guest_seg syn = {
		.seq = 7, .flags = UL_TCP_SYN, .opt = mss, .opt_len = 4,
	};
	struct ul_pkt pkt = guest_pkt(&g, &syn);
	struct seg *s;

	g.conn = ul_conn_new_passive(stack, &pkt, &g);
	ul_buf_unref(pkt.buf);
	s = guest_take(&g);
	ck_assert_int_eq(s->h.wscale, -1);
	ck_assert(!s->h.sack_ok);
	ck_assert_uint_eq(s->h.window, 65535);
	free(s);
}
END_TEST

/* A SYN|ACK that is lost is sent again; a guest that is gone is given up. */
START_TEST(handshake_is_repeated_then_given_up)
{
	struct guest_seg syn = { .seq = 7, .flags = UL_TCP_SYN };
	struct ul_pkt pkt = guest_pkt(&g, &syn);

	g.conn = ul_conn_new_passive(stack, &pkt, &g);
	expect_bare(UL_TCP_SYN | UL_TCP_ACK);
	ck_assert_uint_eq(pass_ms(1000), 0);
	expect_bare(UL_TCP_SYN | UL_TCP_ACK);
	wire_clear(&wire);
	ul_conn_input(g.conn, &pkt);		/* the guest asks again */
	expect_bare(UL_TCP_SYN | UL_TCP_ACK);
	ul_buf_unref(pkt.buf);
	ck_assert_uint_eq(pass_ms(2 * MINUTE_MS), UL_CONN_TIMEOUT);
	ck_assert_str_eq(ul_conn_state_name(g.conn), "CLOSED");
	ck_assert(!ul_conn_wants_tick(g.conn));
}
END_TEST

/* A SYN that comes again says nothing new: RFC 9293 3.10.7.4. */
START_TEST(repeated_syn_changes_nothing)
{
	static const uint8_t other[] = { 2, 4, 255, 255, 1, 3, 3, 14 };
	struct guest_seg syn = {
		.seq = 7, .flags = UL_TCP_SYN, .window = 65535,
	};
	struct ul_pkt pkt = guest_pkt(&g, &syn);
	struct seg *s;

	g.conn = ul_conn_new_passive(stack, &pkt, &g);
	ul_buf_unref(pkt.buf);
	g.ack = expect_bare(UL_TCP_SYN | UL_TCP_ACK) + 1;
	syn.opt = other;
	syn.opt_len = sizeof(other);
	guest_put(&g, &syn);
	s = guest_take(&g);
	ck_assert_int_eq(s->h.wscale, -1);
	free(s);
	g.seq = 8;
	ck_assert_uint_eq(guest_ack(&g), UL_CONN_ESTABLISHED);
	host_send(&g, data, 20000);
	s = guest_take(&g);
	ck_assert_uint_eq(s->len, 536);		/* no MSS: RFC 9293 3.7.1 */
	ck_assert_uint_eq(s->h.window, 65535);	/* not scaled */
	free(s);
}
END_TEST

static void active_open(void)
{
	struct guest_seg s = {
		.flags = UL_TCP_SYN | UL_TCP_ACK, .seq = g.seq,
		.window = g.window, .opt = guest_usual_options,
		.opt_len = sizeof(guest_usual_options),
	};

	g.conn = ul_conn_new_active(stack, &g.peer, &g.own, &g);
	ck_assert_ptr_nonnull(g.conn);
	ck_assert_str_eq(ul_conn_state_name(g.conn), "SYN_SENT");
	g.ack = s.ack = expect_bare(UL_TCP_SYN) + 1;
	ck_assert_uint_eq(guest_put(&g, &s), UL_CONN_ESTABLISHED);
	g.seq++;
	g.scale = 7;
	expect_bare(UL_TCP_ACK);
}

START_TEST(active_open_carries_data)
{
	guest_init(&g, stack, &wire, frames, _i, 1000);
	active_open();
	ck_assert_uint_eq(guest_send(&g, data, 1000), UL_CONN_DATA);
	ck_assert_uint_eq(host_receive(&g, got, DATA_MAX), 1000);
	ck_assert_mem_eq(got, data, 1000);
	ul_conn_settle(g.conn);
	ck_assert_uint_eq(host_send(&g, data, 100000), 100000);
	ck_assert_uint_eq(take_all(0), 100000);
	ck_assert_mem_eq(got, data, 100000);
}
END_TEST

START_TEST(active_open_refused_or_unanswered)
{
	g.conn = ul_conn_new_active(stack, &g.peer, &g.own, &g);
	g.ack = expect_bare(UL_TCP_SYN) + 1;
	if (_i == 0) {
		ck_assert_uint_eq(put(0, g.ack, UL_TCP_RST | UL_TCP_ACK),
				  UL_CONN_RESET);
	} else if (_i == 1) {
		ck_assert_uint_eq(pass_ms(MINUTE_MS), UL_CONN_TIMEOUT);
		ck_assert_uint_ge(wire.count, 3);
	} else {
		/* Of an old connection: RST, and the SYN once more. */
		put(4711, g.ack + 999, UL_TCP_ACK);
		ck_assert_uint_eq(expect_bare(UL_TCP_RST | UL_TCP_ACK),
				  g.ack + 999);
		expect_bare(UL_TCP_SYN);
		return;
	}
	ck_assert_str_eq(ul_conn_state_name(g.conn), "CLOSED");
}
END_TEST

START_TEST(mss_is_clamped)
{
	static const struct {
		uint16_t offer, most;
	} mss[] = { { 0, 88 }, { 1, 88 }, { 87, 88 }, { 88, 88 },
		    { 1000, 1000 }, { 1460, 1460 }, { 65535, 1460 } };
	uint8_t opt[4] = { 2, 4, (uint8_t)(mss[_i].offer >> 8),
			   (uint8_t)mss[_i].offer };
	struct seg *s;

	guest_open(&g, opt, sizeof(opt));
	host_send(&g, data, 50000);
	s = guest_take(&g);
	ck_assert_uint_eq(s->len, mss[_i].most);
	free(s);
}
END_TEST

static size_t in_flight(void)
{
	size_t n = 0;

	for (struct seg *s; (s = wire_next(&wire)) != NULL; free(s))
		n += s->len;
	return n;
}

START_TEST(window_is_kept_to)
{
	static const uint8_t scale[][8] = {
		{ 2, 4, 5, 180, 1, 1, 1, 1 },
		{ 2, 4, 5, 180, 1, 3, 3, 0 },
		{ 2, 4, 5, 180, 1, 3, 3, 2 },
		{ 2, 4, 5, 180, 1, 3, 3, 255 },	/* 14: RFC 7323 2.3 */
	};
	static const size_t shift[] = { 0, 0, 2, 14 };
	size_t window = 3000, sent, flying;

	g.window = 3000;
	guest_open(&g, scale[_i], 8);
	sent = host_send(&g, data, 1 << 20);
	ck_assert_uint_ge(sent, 256u << 10);
	window = window << shift[_i] < sent ? window << shift[_i] : sent;
	flying = in_flight();
	ck_assert_uint_le(flying, window);
	ck_assert_uint_ge(flying, window - 1459);
	host_send(&g, data, 1);
	ck_assert_uint_eq(in_flight(), 0);
}
END_TEST

/* An option that belongs on a SYN does nothing elsewhere. */
START_TEST(options_count_on_a_syn_only)
{
	static const uint8_t opt[] = { 2, 4, 0, 100, 1, 3, 3, 0, 2, 4, 255,
				       255 };
	struct guest_seg s = { .flags = UL_TCP_ACK, .opt = opt,
			       .opt_len = sizeof(opt), .window = 100 };
	struct seg *out;

	guest_open(&g, USUAL);
	s.seq = g.seq;
	s.ack = g.ack;
	guest_put(&g, &s);
	host_send(&g, data, 100000);
	out = guest_take(&g);
	ck_assert_uint_eq(out->len, 1460);
	free(out);
	ck_assert_uint_gt(in_flight(), 11000);	/* 100 << 7, not 100 */
}
END_TEST

START_TEST(data_passes_both_ways)
{
	size_t sent = 0, taken = 0, from_guest = 0, at_host = 0;
	const size_t total = 1 << 20;

	guest_init(&g, stack, &wire, frames, _i % 2, 1000);
	srand((unsigned int)_i);
	guest_open(&g, USUAL);
	while (taken < total || at_host < total) {
		size_t n = (size_t)rand() % 5000;

		if (sent < total)
			sent += host_send(&g, data + sent, n);
		n = (size_t)rand() % 1461;
		if (n && from_guest < total &&
		    from_guest - at_host < 200000) {
			guest_send(&g, data + from_guest, n);
			from_guest += n;
		}
		if (rand() % 5 == 0) {
			n = host_receive(&g, got, DATA_MAX);
			ck_assert_mem_eq(got, data + at_host, n);
			at_host += n;
		}
		if (rand() % 3 == 0) {
			ul_conn_settle(g.conn);
			n = guest_receive(&g, got, DATA_MAX);
			ck_assert_mem_eq(got, data + taken, n);
			taken += n;
		}
	}
	ck_assert_uint_eq(ul_conn_unacked(g.conn), 0);
}
END_TEST

/* One acknowledgement for a batch, sent when it is settled. */
START_TEST(batch_is_acknowledged_once)
{
	struct seg *s;

	guest_open(&g, USUAL);
	for (int i = 0; i < 64; i++)
		guest_send(&g, data + 1000 * i, 1000);
	ck_assert_uint_eq(wire.count, 0);
	host_receive(&g, got, DATA_MAX);
	ul_conn_settle(g.conn);
	s = guest_take(&g);
	ck_assert_uint_eq(s->h.ack, g.seq);
	free(s);
	ck_assert_uint_eq(wire.count, 0);
	ul_conn_settle(g.conn);
	ck_assert_uint_eq(wire.count, 0);
}
END_TEST

/* The host takes @max bytes and looks at none. */
static size_t host_take(size_t max)
{
	struct iovec iov[16];
	size_t bytes;

	ul_conn_peek(g.conn, iov, 16, &bytes);
	bytes = bytes < max ? bytes : max;
	ul_conn_consume(g.conn, bytes);
	return bytes;
}

/* A reader that stalls closes the window; reading opens it, and says so. */
START_TEST(window_closes_and_opens)
{
	struct seg *s;
	size_t sent = 0;

	guest_open(&g, USUAL);
	for (uint32_t window = 1; window; sent += 1460) {
		guest_send(&g, data, 1460);
		ul_conn_settle(g.conn);
		s = guest_take(&g);
		ck_assert_uint_eq(s->h.ack, g.seq);
		window = (uint32_t)s->h.window << g.scale;
		if (window < 1460)
			window = 0;
		free(s);
		ck_assert_uint_le(sent, 5u << 20);
	}
	ck_assert_uint_ge(sent, 4000000);
	while (sent)
		sent -= host_take(DATA_MAX);
	ul_conn_settle(g.conn);
	s = guest_take(&g);
	ck_assert_uint_gt((uint32_t)s->h.window << g.scale, 1u << 20);
	free(s);
	ck_assert(!ul_conn_wants_tick(g.conn));
}
END_TEST

START_TEST(guest_closes_first)
{
	guest_open(&g, USUAL);
	guest_send(&g, data, 10);
	ck_assert_uint_eq(guest_fin(&g), UL_CONN_FIN);
	ck_assert_uint_eq(host_receive(&g, got, DATA_MAX), 10);
	ul_conn_settle(g.conn);
	wire_clear(&wire);
	ck_assert_uint_eq(host_send(&g, data, 100000), 100000);
	ck_assert_uint_eq(take_all(0), 100000);
	ck_assert_mem_eq(got, data, 100000);
	ck_assert_uint_eq(host_send(&g, data, 10), 10);
	ul_conn_shutdown(g.conn);
	g.events = 0;
	take_all(0);
	ck_assert(g.has_fin);
	ck_assert_uint_eq(g.events & ~UL_CONN_ROOM, UL_CONN_CLOSED);
	ck_assert(!ul_conn_is_time_wait(g.conn));
}
END_TEST

START_TEST(host_closes_first)
{
	struct iovec iov[4];
	bool over_budget;

	guest_open(&g, USUAL);
	host_send(&g, data, 10);
	ul_conn_shutdown(g.conn);
	ck_assert_uint_eq(ul_conn_reserve(g.conn, iov, 4, 10, &over_budget),
			  0);
	ck_assert(!over_budget);
	ck_assert_uint_eq(take_all(0), 10);
	ck_assert(g.has_fin);
	ck_assert_str_eq(ul_conn_state_name(g.conn), "FIN_WAIT_2");
	ck_assert_uint_eq(pass_ms(10 * MINUTE_MS), 0);	/* for ever */
	for (size_t at = 0; at < 200000; at += 1000)
		guest_send(&g, data + at, 1000);
	ck_assert_uint_eq(host_receive(&g, got, DATA_MAX), 200000);
	ck_assert_mem_eq(got, data, 200000);
	ul_conn_settle(g.conn);
	wire_clear(&wire);
	ck_assert_uint_eq(guest_fin(&g), UL_CONN_FIN | UL_CONN_TIME_WAIT);
	ck_assert(ul_conn_is_time_wait(g.conn));
	expect_bare(UL_TCP_ACK);
	ck_assert(!ul_conn_wants_tick(g.conn));

	/* Its FIN comes once more: answered. RST is not (RFC 1337). */
	ck_assert_uint_eq(put(g.seq - 1, g.ack, UL_TCP_FIN | UL_TCP_ACK), 0);
	expect_bare(UL_TCP_ACK);
	ck_assert_uint_eq(put(g.seq, g.ack, UL_TCP_RST), 0);
	ck_assert(ul_conn_is_time_wait(g.conn));
	ul_conn_settle(g.conn);
	ul_conn_resume(g.conn);
	ck_assert_uint_eq(wire.count, 0);
}
END_TEST

START_TEST(both_close_at_once)
{
	guest_open(&g, USUAL);
	ul_conn_shutdown(g.conn);
	expect_bare(UL_TCP_FIN | UL_TCP_ACK);
	ck_assert_uint_eq(guest_fin(&g), UL_CONN_FIN);
	ck_assert_str_eq(ul_conn_state_name(g.conn), "CLOSING");
	wire_clear(&wire);
	g.ack++;
	ck_assert_uint_eq(guest_ack(&g), UL_CONN_TIME_WAIT);
}
END_TEST

/* The FIN comes behind the last byte, whatever the window cuts. */
START_TEST(fin_follows_the_last_byte)
{
	static const uint16_t window[] = { 0, 1, 300, 700, 1400, 1460, 5000,
					   1000, 1459, 2000, 3000 };
	size_t have = 0, total = window[_i] > 1 ? 4000 : 200;

	g.window = window[_i];
	guest_open(&g, (const uint8_t[]){ 2, 4, 5, 180 }, 4);
	host_send(&g, data, total);
	ul_conn_shutdown(g.conn);
	g.window = _i < 7 ? g.window : 10;	/* it reads no more */
	for (int i = 0; i < 10000 && !g.has_fin; i++) {
		have += guest_receive(&g, got + have, DATA_MAX - have);
		pass_ms(50);
		if (i == 200 && !window[_i])
			g.window = 100;
	}
	ck_assert(g.has_fin);
	ck_assert_uint_eq(have, total);
	ck_assert_mem_eq(got, data, total);
}
END_TEST

/* The guest is slow to take the rest, and was done itself long ago. */
START_TEST(last_data_may_take_for_ever)
{
	size_t have = 0;

	g.window = 0;
	guest_open(&g, USUAL);
	guest_fin(&g);
	ul_conn_settle(g.conn);
	host_send(&g, data, 20000);
	ul_conn_shutdown(g.conn);
	wire_clear(&wire);
	for (int i = 0; i < 30 * 60; i++) {	/* half an hour */
		ck_assert_uint_eq(pass_ms(1000) & ~UL_CONN_ROOM, 0);
		for (struct seg *s; (s = wire_next(&wire)) != NULL; free(s))
			guest_ack(&g);
	}
	g.window = 1000;
	guest_ack(&g);
	g.events = 0;
	for (int i = 0; i < 100 && !g.events; i++) {
		have = take_all(have);
		pass_ms(100);
		g.events &= ~UL_CONN_ROOM;
	}
	ck_assert_uint_eq(g.events, UL_CONN_CLOSED);
	ck_assert_uint_eq(have, 20000);
	ck_assert_mem_eq(got, data, 20000);
}
END_TEST

/* It takes one byte of each probe, or none, and keeps the window closed. */
START_TEST(probes_are_answered_with_a_closed_window)
{
	size_t total = (size_t[]){ 1, 2, 1460, 5000 }[_i / 2];
	bool takes = _i % 2;
	size_t have = 0, probes = 0;

	g.window = 0;
	guest_open(&g, USUAL);
	host_send(&g, data, total);
	ck_assert_uint_eq(wire.count, 0);
	for (int i = 0; i < 5 * 60 * 20; i++) {
		struct seg *s;

		ck_assert_uint_eq(pass_ms(50) & ~UL_CONN_ROOM, 0);
		while ((s = wire_next(&wire)) != NULL) {
			ck_assert_uint_le(s->len, 1);
			probes++;
			if (takes)
				have += guest_accept(&g, s, got + have);
			guest_ack(&g);
			free(s);
		}
	}
	ck_assert_uint_ge(probes, takes && total == 1 ? 1 : 10);
	host_send(&g, data + total, 3000);
	pass_ms(5000);
	wire_clear(&wire);
	g.window = 1000;
	guest_ack(&g);
	pass_ms(1000);
	for (int i = 0; i < 10; i++) {
		have = take_all(have);
		pass_ms(1000);
	}
	ck_assert_uint_eq(have, total + 3000);
	ck_assert_mem_eq(got, data, have);
}
END_TEST

/*
 * The probe's byte was all there was: lwIP leaves its timer on, and asserts
 * that there is something to send when another reason keeps it ticking.
 */
START_TEST(last_byte_may_go_by_probe)
{
	g.window = 0;
	guest_open(&g, USUAL);
	host_send(&g, data, 1);
	for (int i = 0; i < 100 && !wire.count; i++)
		pass_ms(50);
	ck_assert_uint_eq(take_all(0), 1);
	ck_assert_uint_eq(ul_conn_unacked(g.conn), 0);
	if (_i == 0) {
		g.seq += 10;
		guest_send(&g, data, 10);	/* waits behind a hole */
		g.seq -= 20;
	} else {
		ul_conn_probe(g.conn);
	}
	ck_assert(ul_conn_wants_tick(g.conn));
	ck_assert_uint_eq(pass_ms(1000), 0);
}
END_TEST

/* Nobody answers the probes of a closed window: it is given up. */
START_TEST(silent_guest_times_out)
{
	g.window = _i ? 0 : 1000;
	guest_open(&g, USUAL);
	host_send(&g, data, 5000);
	ck_assert_uint_eq(pass_ms(30 * MINUTE_MS), UL_CONN_TIMEOUT);
}
END_TEST

START_TEST(guest_resets)
{
	guest_open(&g, USUAL);
	guest_send(&g, data, 100);
	host_send(&g, data, 100000);
	wire_clear(&wire);
	ck_assert_uint_eq(put(g.seq + (5u << 20), g.ack, UL_TCP_RST), 0);
	ck_assert_uint_eq(put(g.seq + 1, g.ack, UL_TCP_RST), 0);
	expect_bare(UL_TCP_ACK);	/* a challenge: RFC 5961 3.2 */
	ck_assert_uint_eq(put(g.seq, g.ack, UL_TCP_RST), UL_CONN_RESET);
	ck_assert_uint_eq(wire.count, 0);
	ck_assert_uint_eq(ul_conn_unacked(g.conn), 0);
	ck_assert_uint_eq(host_receive(&g, got, DATA_MAX), 100);
	ck_assert_uint_eq(guest_send(&g, data, 1), 0);
	ck_assert(!ul_conn_wants_tick(g.conn));
	ul_conn_settle(g.conn);
	ul_conn_resume(g.conn);
	ul_conn_shutdown(g.conn);
	ul_conn_abort(g.conn);
	ck_assert_uint_eq(host_send(&g, data, 1), 0);
}
END_TEST

START_TEST(host_resets)
{
	uint32_t seq;

	guest_open(&g, USUAL);
	guest_send(&g, data, 100);
	host_send(&g, data, 1000);
	wire_clear(&wire);
	ul_conn_abort(g.conn);
	seq = expect_bare(UL_TCP_RST | UL_TCP_ACK);
	ck_assert_uint_eq(seq, g.ack + 1000);
	ck_assert_str_eq(ul_conn_state_name(g.conn), "CLOSED");
	ck_assert_uint_eq(ul_conn_unacked(g.conn), 0);
	ul_conn_abort(g.conn);
	ck_assert_uint_eq(wire.count, 0);
}
END_TEST

START_TEST(segments_of_no_connection_are_refused)
{
	struct guest_seg s = { .seq = 100, .ack = 5000, .window = 1 };
	struct ul_pkt pkt;
	struct seg *out;

	guest_init(&g, stack, &wire, frames, _i, 1000);
	s.flags = UL_TCP_SYN;
	pkt = guest_pkt(&g, &s);
	ul_conn_refuse(stack, &pkt);
	ul_buf_unref(pkt.buf);
	out = guest_take(&g);
	ck_assert_uint_eq(out->h.flags, UL_TCP_RST | UL_TCP_ACK);
	ck_assert_uint_eq(out->h.ack, 101);
	free(out);

	s.flags = UL_TCP_ACK;
	s.data = data;
	s.len = 10;
	pkt = guest_pkt(&g, &s);
	ul_conn_refuse(stack, &pkt);
	ul_buf_unref(pkt.buf);
	out = guest_take(&g);
	ck_assert(out->h.flags & UL_TCP_RST);
	ck_assert_uint_eq(out->h.seq, 5000);
	free(out);

	s.flags = UL_TCP_RST;
	pkt = guest_pkt(&g, &s);
	ul_conn_refuse(stack, &pkt);
	ul_buf_unref(pkt.buf);
	ck_assert_uint_eq(wire.count, 0);
}
END_TEST

START_TEST(full_port_holds_back_and_resumes)
{
	size_t have;

	guest_open(&g, USUAL);
	wire.is_full = true;
	ck_assert_uint_eq(host_send(&g, data, 100000), 100000);
	ck_assert(ul_conn_is_held(g.conn));
	ck_assert_uint_eq(wire.count, 0);
	ul_conn_resume(g.conn);
	ck_assert(ul_conn_is_held(g.conn));
	ul_conn_shutdown(g.conn);
	wire.is_full = false;
	ul_conn_resume(g.conn);
	ck_assert(!ul_conn_is_held(g.conn));
	have = take_all(0);
	ck_assert_uint_eq(have, 100000);
	ck_assert_mem_eq(got, data, have);
	ck_assert(g.has_fin);
	ck_assert_str_eq(ul_conn_state_name(g.conn), "FIN_WAIT_2");
}
END_TEST

/* An acknowledgement that a full port refused is sent when there is room. */
START_TEST(full_port_delays_acknowledgements)
{
	struct seg *s;

	guest_open(&g, USUAL);
	wire.is_full = true;
	guest_send(&g, data, 100);
	ul_conn_settle(g.conn);
	ck_assert(ul_conn_is_held(g.conn));
	wire.is_full = false;
	ul_conn_resume(g.conn);
	s = guest_take(&g);
	ck_assert_uint_eq(s->h.ack, g.seq);
	free(s);
}
END_TEST

START_TEST(probe_finds_out_who_is_there)
{
	guest_open(&g, USUAL);
	ul_conn_probe(g.conn);
	ck_assert(ul_conn_wants_tick(g.conn));
	ck_assert_uint_eq(pass_ms(1000), 0);
	ck_assert_uint_eq(expect_bare(UL_TCP_ACK), g.ack - 1);
	if (_i) {
		ck_assert_uint_eq(guest_ack(&g), 0);
		ck_assert(!ul_conn_wants_tick(g.conn));
		return;
	}
	ck_assert_uint_eq(pass_ms(2 * MINUTE_MS), UL_CONN_TIMEOUT);
}
END_TEST

#define MANY_MAX 512

/*
 * lwIP marks whom its timers visited with a counter of one byte, which many
 * connections turn over within a tick: each must be seen all the same.
 */
START_TEST(timers_of_many_connections_run)
{
	static struct guest guests[MANY_MAX];
	static unsigned int resent[MANY_MAX];
	unsigned int n = (unsigned int[]){ 64, 128, 255, 256, 257, 512 }[_i];

	for (unsigned int i = 0; i < n; i++) {
		guest_init(&guests[i], stack, &wire, frames, true,
			   (uint16_t)(2000 + i));
		guest_open(&guests[i], USUAL);
	}
	for (unsigned int i = 0; i < n; i++)
		host_send(&guests[i], data, 100);
	wire_clear(&wire);
	for (int t = 0; t < 40; t++) {
		now_us += UL_CONN_TICK_US;
		ul_stack_set_time(stack, now_us);
		for (unsigned int i = 0; i < n; i++) {
			guest_send(&guests[i], data, 1);
			host_receive(&guests[i], got, DATA_MAX);
			tick(&guests[i]);
		}
		for (struct seg *s; (s = wire_next(&wire)) != NULL; free(s)) {
			unsigned int i = s->h.dst_port - 2000u;

			resent[i] += s->len == 100;
			ck_assert_uint_eq(s->h.ack, guests[i].seq);
		}
	}
	for (unsigned int i = 0; i < n; i++) {
		ck_assert_uint_ge(resent[i], 2);
		ck_assert_uint_eq(resent[i], resent[0]);
		guest_fini(&guests[i]);
	}
}
END_TEST

/* Two networks in one process, with the same addresses and ports. */
START_TEST(networks_do_not_meet)
{
	struct wire wire2;
	struct ul_stack *stack2;
	struct guest g2;

	wire_init(&wire2);
	stack2 = wire_stack_new(&wire2);
	guest_init(&g2, stack2, &wire2, frames, true, 1000);
	guest_open(&g, USUAL);
	guest_open(&g2, USUAL);
	guest_send(&g, "one", 3);
	guest_send(&g2, "two", 3);
	host_send(&g, data, 1000);
	host_send(&g2, data + 1000, 1000);
	ck_assert_uint_eq(host_receive(&g, got, DATA_MAX), 3);
	ck_assert_mem_eq(got, "one", 3);
	ck_assert_uint_eq(host_receive(&g2, got, DATA_MAX), 3);
	ck_assert_mem_eq(got, "two", 3);
	ck_assert_uint_eq(guest_receive(&g, got, DATA_MAX), 1000);
	ck_assert_mem_eq(got, data, 1000);
	ck_assert_uint_eq(guest_receive(&g2, got, DATA_MAX), 1000);
	ck_assert_mem_eq(got, data + 1000, 1000);
	ul_conn_abort(g2.conn);
	guest_send(&g, "still", 5);
	ck_assert_uint_eq(host_receive(&g, got, DATA_MAX), 5);
	guest_fini(&g2);
	wire_clear(&wire2);
	ul_stack_free(stack2);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("conn");
	TCase *tc = tcase_create("conn");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, passive_open_offers_what_it_should, 0, 2);
	tcase_add_test(tc, options_that_were_not_offered_are_not_used);
	tcase_add_test(tc, handshake_is_repeated_then_given_up);
	tcase_add_test(tc, repeated_syn_changes_nothing);
	tcase_add_loop_test(tc, active_open_carries_data, 0, 2);
	tcase_add_loop_test(tc, active_open_refused_or_unanswered, 0, 3);
	tcase_add_loop_test(tc, mss_is_clamped, 0, 7);
	tcase_add_loop_test(tc, window_is_kept_to, 0, 4);
	tcase_add_test(tc, options_count_on_a_syn_only);
	tcase_add_loop_test(tc, data_passes_both_ways, 0, 6);
	tcase_add_test(tc, batch_is_acknowledged_once);
	tcase_add_test(tc, window_closes_and_opens);
	tcase_add_test(tc, guest_closes_first);
	tcase_add_test(tc, host_closes_first);
	tcase_add_test(tc, both_close_at_once);
	tcase_add_loop_test(tc, fin_follows_the_last_byte, 0, 11);
	tcase_add_test(tc, last_data_may_take_for_ever);
	tcase_add_loop_test(tc, probes_are_answered_with_a_closed_window, 0,
			    8);
	tcase_add_loop_test(tc, last_byte_may_go_by_probe, 0, 2);
	tcase_add_loop_test(tc, silent_guest_times_out, 0, 2);
	tcase_add_test(tc, guest_resets);
	tcase_add_test(tc, host_resets);
	tcase_add_loop_test(tc, segments_of_no_connection_are_refused, 0, 2);
	tcase_add_test(tc, full_port_holds_back_and_resumes);
	tcase_add_test(tc, full_port_delays_acknowledgements);
	tcase_add_loop_test(tc, probe_finds_out_who_is_there, 0, 2);
	tcase_add_loop_test(tc, timers_of_many_connections_run, 0, 6);
	tcase_add_test(tc, networks_do_not_meet);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
