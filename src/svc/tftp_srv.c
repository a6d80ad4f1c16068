/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tftp_srv.c - files for guests that boot, by TFTP, to be read only
 *
 * A transfer is a window of blocks after the last one that was acknowledged.
 * An ACK within the window moves it on; when none comes in time the window is
 * sent again, some times, and the transfer is given up. Blocks are counted in
 * 64 bits and told in 16, so that files of any length pass.
 *
 * An ACK of the last block again is a client that misses the next one when
 * there is a window (RFC 7440 4), and else an echo that is not answered: to
 * answer would double every packet from there on (RFC 1123 4.2.3.1).
 */
#include "svc/tftp_srv.h"

#include <errno.h>
#include <glib.h>
#include <unistd.h>

#include "base/log.h"
#include "wire/tftp.h"

#define TAG "tftp"
#define SECOND_US 1000000ll
#define PORT_FIRST 49152
#define PORT_COUNT 16384

struct session {
	bool is_used;
	struct ul_ep guest, service;
	const void *who;
	int fd;
	struct ul_tftp_options agreed;	/* for an OACK */
	bool has_oack;			/* which block 0 acknowledges */
	uint64_t size;
	uint64_t acked, sent, last;	/* blocks; the last of the file */
	uint16_t blksize, window;
	bool was_echoed;		/* since the last progress */
	unsigned int tries;
	int64_t timeout_us, due_us;
};

struct ul_tftp_srv {
	struct ul_tftp_srv_conf conf;
	struct ul_timer timer;
	unsigned int count;
	struct session session[UL_TFTP_SESSIONS];
};

static void send_msg(const struct ul_tftp_srv *srv, const struct ul_ep *guest,
		     const struct ul_ep *service,
		     const struct ul_tftp_msg *m)
{
	uint8_t buf[UL_TFTP_HEAD_LEN + UL_TFTP_BLOCK_MAX];
	struct ul_wr w = ul_wr_new(buf, sizeof(buf));

	ul_tftp_emit(&w, m);
	if (!w.bad)
		srv->conf.send(guest, service, buf, w.len, srv->conf.arg);
}

static void send_error(const struct ul_tftp_srv *srv,
		       const struct ul_ep *guest, const struct ul_ep *service,
		       enum ul_tftp_error code, const char *text)
{
	struct ul_tftp_msg m = { .op = UL_TFTP_ERROR };

	m.number = (uint16_t)code;
	g_strlcpy(m.text, text, sizeof(m.text));
	send_msg(srv, guest, service, &m);
}

static void end_session(struct ul_tftp_srv *srv, struct session *s)
{
	close(s->fd);
	s->is_used = false;
	srv->count--;
}

static void arm(struct ul_tftp_srv *srv)
{
	int64_t first = INT64_MAX;

	for (size_t i = 0; i < UL_TFTP_SESSIONS; i++)
		if (srv->session[i].is_used)
			first = MIN(first, srv->session[i].due_us);
	if (first == INT64_MAX)
		ul_timer_cancel(srv->conf.loop, &srv->timer);
	else
		ul_timer_set(srv->conf.loop, &srv->timer, first);
}

/* 0, or -EIO when the file is not any more what it was. */
static int send_block(const struct ul_tftp_srv *srv, const struct session *s,
		      uint64_t block)
{
	uint8_t data[UL_TFTP_BLOCK_MAX];
	uint64_t at = (block - 1) * s->blksize;
	size_t len = (size_t)MIN((uint64_t)s->blksize, s->size - at);
	struct ul_tftp_msg m = {
		.op = UL_TFTP_DATA, .number = (uint16_t)block,
		.data = data, .data_len = len,
	};

	if (len && pread(s->fd, data, len, (off_t)at) != (ssize_t)len)
		return -EIO;
	send_msg(srv, &s->guest, &s->service, &m);
	return 0;
}

static void send_oack(const struct ul_tftp_srv *srv, const struct session *s)
{
	struct ul_tftp_msg m = { .op = UL_TFTP_OACK, .options = s->agreed };

	send_msg(srv, &s->guest, &s->service, &m);
}

/* All that may be in flight and is not. */
static void send_window(struct ul_tftp_srv *srv, struct session *s)
{
	uint64_t end = MIN(s->acked + s->window, s->last);

	while (s->sent < end) {
		if (send_block(srv, s, s->sent + 1) < 0) {
			send_error(srv, &s->guest, &s->service,
				   UL_TFTP_UNDEFINED,
				   "the file changed while it was read");
			end_session(srv, s);
			return;
		}
		s->sent++;
	}
}

static void restart_clock(struct ul_tftp_srv *srv, struct session *s)
{
	s->due_us = ul_loop_now(srv->conf.loop) + s->timeout_us;
}

static void send_again(struct ul_tftp_srv *srv, struct session *s)
{
	s->sent = s->acked;
	if (s->has_oack)
		send_oack(srv, s);
	else
		send_window(srv, s);
}

static void on_timer(int64_t now_us, void *arg)
{
	struct ul_tftp_srv *srv = arg;

	for (size_t i = 0; i < UL_TFTP_SESSIONS; i++) {
		struct session *s = &srv->session[i];

		if (!s->is_used || s->due_us > now_us)
			continue;
		if (++s->tries == UL_TFTP_TRIES) {
			ul_log(DEBUG, TAG, "a transfer is given up");
			end_session(srv, s);
			continue;
		}
		s->was_echoed = false;
		restart_clock(srv, s);
		send_again(srv, s);
	}
	arm(srv);
}

static void on_ack(struct ul_tftp_srv *srv, struct session *s, uint16_t number)
{
	uint64_t ahead = (uint16_t)(number - (uint16_t)s->acked);

	if (s->has_oack) {
		if (number)
			return;
		s->has_oack = false;
	} else if (!ahead) {
		if (s->window == 1 || s->was_echoed)
			return;
		s->was_echoed = true;
		s->sent = s->acked;
	} else if (ahead > s->sent - s->acked) {
		return;			/* of what was never sent */
	} else {
		s->acked += ahead;
		s->was_echoed = false;
		/* Within a window it says that what follows is lost. */
		if (s->acked < s->sent)
			s->sent = s->acked;
	}
	if (s->acked == s->last) {
		end_session(srv, s);
		return;
	}
	s->tries = 0;
	restart_clock(srv, s);
	send_window(srv, s);
}

static struct session *find_by_port(const struct ul_tftp_srv *srv,
				    uint16_t port)
{
	for (size_t i = 0; srv->count && i < UL_TFTP_SESSIONS; i++) {
		const struct session *s = &srv->session[i];

		if (s->is_used && s->service.port == port)
			return (struct session *)s;
	}
	return NULL;
}

static bool ep_eq(const struct ul_ep *a, const struct ul_ep *b)
{
	return a->port == b->port && ul_addr_eq(&a->addr, &b->addr);
}

static void on_transfer(struct ul_tftp_srv *srv, const struct ul_ep *guest,
			const struct ul_ep *service,
			const struct ul_tftp_msg *m)
{
	struct session *s = find_by_port(srv, service->port);

	if (!s || !ep_eq(&s->guest, guest) ||
	    !ul_addr_eq(&s->service.addr, &service->addr)) {
		if (m->op != UL_TFTP_ERROR)
			send_error(srv, guest, service, UL_TFTP_UNKNOWN_ID,
				   "there is no such transfer");
		return;
	}
	if (m->op == UL_TFTP_ACK)
		on_ack(srv, s, m->number);
	else if (m->op == UL_TFTP_ERROR)
		end_session(srv, s);
	arm(srv);
}

/* A free row, when the guest may have one more. */
static struct session *new_session(struct ul_tftp_srv *srv, const void *who)
{
	struct session *unused = NULL;
	unsigned int own = 0;

	for (size_t i = 0; i < UL_TFTP_SESSIONS; i++) {
		struct session *s = &srv->session[i];

		if (!s->is_used)
			unused = s;
		else
			own += s->who == who;
	}
	return own < UL_TFTP_PER_GUEST ? unused : NULL;
}

/* A request again is a client that did not hear the answer. */
static void end_same(struct ul_tftp_srv *srv, const struct ul_ep *guest)
{
	for (size_t i = 0; srv->count && i < UL_TFTP_SESSIONS; i++) {
		struct session *s = &srv->session[i];

		if (s->is_used && ep_eq(&s->guest, guest))
			end_session(srv, s);
	}
}

static uint16_t free_port(const struct ul_tftp_srv *srv)
{
	uint16_t port;

	do {
		port = (uint16_t)(PORT_FIRST +
				  g_random_int_range(0, PORT_COUNT));
	} while (find_by_port(srv, port));
	return port;
}

static void agree(struct session *s, const struct ul_tftp_options *asked)
{
	struct ul_tftp_options *a = &s->agreed;

	*a = (struct ul_tftp_options){ .has_tsize = asked->has_tsize };
	if (asked->blksize)
		a->blksize = MIN(asked->blksize, UL_TFTP_BLOCK_MAX);
	if (asked->windowsize)
		a->windowsize = MIN(asked->windowsize, UL_TFTP_WINDOW_MAX);
	a->timeout_s = asked->timeout_s;
	if (a->has_tsize)
		a->tsize = s->size;
	s->has_oack = a->blksize || a->windowsize || a->timeout_s ||
		      a->has_tsize;
	s->blksize = a->blksize ? a->blksize : UL_TFTP_BLKSIZE;
	s->window = a->windowsize ? a->windowsize : 1;
	s->timeout_us = (a->timeout_s ? a->timeout_s : UL_TFTP_TIMEOUT_S) *
			SECOND_US;
	s->last = s->size / s->blksize + 1;	/* shorter, or empty */
}

static void begin(struct ul_tftp_srv *srv, struct session *s, int fd,
		  uint64_t size, const struct ul_tftp_msg *m)
{
	s->fd = fd;
	s->size = size;
	s->acked = s->sent = 0;
	s->tries = 0;
	s->was_echoed = false;
	agree(s, &m->options);
	s->is_used = true;
	srv->count++;
	restart_clock(srv, s);
	send_again(srv, s);
	arm(srv);
}

/* Boot loaders of Windows write their paths as Windows does. */
static void fit_name(char *name)
{
	for (; *name; name++)
		if (*name == '\\')
			*name = '/';
}

static void on_open_failed(const struct ul_tftp_srv *srv,
			   const struct ul_ep *guest,
			   const struct ul_ep *service, int rc)
{
	if (rc == -ENOENT || rc == -ENOTDIR)
		send_error(srv, guest, service, UL_TFTP_NOT_FOUND,
			   "there is no such file");
	else if (rc == -EMFILE || rc == -ENFILE)
		send_error(srv, guest, service, UL_TFTP_UNDEFINED,
			   "too many files are open");
	else
		send_error(srv, guest, service, UL_TFTP_ACCESS,
			   "this file is not to be read");
}

static void on_read(struct ul_tftp_srv *srv, const struct ul_ep *guest,
		    const struct ul_ep *service, const void *who,
		    struct ul_tftp_msg *m)
{
	struct session *s;
	uint64_t size;
	int fd;

	if (m->mode != UL_TFTP_OCTET) {
		send_error(srv, guest, service, UL_TFTP_ILLEGAL,
			   "files are read in octet mode (binary) only");
		return;
	}
	end_same(srv, guest);
	s = new_session(srv, who);
	if (!s) {
		send_error(srv, guest, service, UL_TFTP_UNDEFINED,
			   "too many transfers at a time");
		return;
	}
	fit_name(m->text);
	fd = srv->conf.open(m->text, &size, srv->conf.arg);
	if (fd < 0) {
		on_open_failed(srv, guest, service, fd);
		return;
	}
	s->guest = *guest;
	s->service = (struct ul_ep){ service->addr, free_port(srv) };
	s->who = who;
	begin(srv, s, fd, size, m);
}

struct ul_tftp_srv *ul_tftp_srv_new(const struct ul_tftp_srv_conf *conf)
{
	struct ul_tftp_srv *srv = g_new0(struct ul_tftp_srv, 1);

	srv->conf = *conf;
	ul_timer_init(&srv->timer, on_timer, srv);
	return srv;
}

void ul_tftp_srv_free(struct ul_tftp_srv *srv)
{
	if (!srv)
		return;
	ul_timer_cancel(srv->conf.loop, &srv->timer);
	for (size_t i = 0; i < UL_TFTP_SESSIONS; i++)
		if (srv->session[i].is_used)
			end_session(srv, &srv->session[i]);
	g_free(srv);
}

void ul_tftp_srv_input(struct ul_tftp_srv *srv, const struct ul_ep *guest,
		       const struct ul_ep *service, const void *who,
		       const uint8_t *data, size_t len)
{
	struct ul_tftp_msg m;

	if (ul_tftp_parse(&m, data, len) < 0)
		return;
	if (service->port != UL_TFTP_PORT)
		on_transfer(srv, guest, service, &m);
	else if (m.op == UL_TFTP_RRQ)
		on_read(srv, guest, service, who, &m);
	else if (m.op == UL_TFTP_WRQ)
		send_error(srv, guest, service, UL_TFTP_ACCESS,
			   "files can be read, not written");
	else if (m.op != UL_TFTP_ERROR)
		send_error(srv, guest, service, UL_TFTP_ILLEGAL,
			   "a transfer begins with a request");
}

bool ul_tftp_srv_has_port(const struct ul_tftp_srv *srv, uint16_t port)
{
	return port == UL_TFTP_PORT || find_by_port(srv, port);
}

unsigned int ul_tftp_srv_count(const struct ul_tftp_srv *srv)
{
	return srv->count;
}
