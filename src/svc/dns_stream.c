/* SPDX-License-Identifier: BSD-3-Clause */
/* dns_stream.c - guests' queries by TCP (RFC 7766) */
#include "svc/dns_stream.h"

#include <errno.h>
#include <glib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define PREFIX 2
#define READS_PER_EVENT 16
#define IN_SIZE (2 * (PREFIX + UL_DNS_QUERY_MAX))

struct ul_dns_stream {
	struct ul_list node;		/* longest idle first */
	struct ul_dns_streams *all;
	struct ul_dns_from from;
	struct ul_watch watch;
	struct ul_timer timer;
	struct ul_defer work;		/* what cannot be done in a callback */
	uint32_t events;		/* that are watched for */
	unsigned int unanswered;
	bool has_ended;			/* the guest sends no more */
	bool is_over;
	uint8_t *unsent;		/* of answers; NULL: nothing */
	size_t unsent_len;
	size_t in_len;
	uint8_t in[IN_SIZE];
};

struct ul_dns_streams {
	struct ul_dns_streams_conf conf;
	struct ul_list open;
	unsigned int count;
};

struct ul_dns_streams *
ul_dns_streams_new(const struct ul_dns_streams_conf *conf)
{
	struct ul_dns_streams *all = g_new0(struct ul_dns_streams, 1);

	all->conf = *conf;
	ul_list_init(&all->open);
	return all;
}

static void free_stream(struct ul_dns_stream *s)
{
	struct ul_loop *loop = s->all->conf.loop;

	s->all->conf.gone(s, s->all->conf.arg);
	ul_watch_close(loop, &s->watch);
	ul_timer_cancel(loop, &s->timer);
	ul_defer_cancel(loop, &s->work);
	ul_list_remove(&s->node);
	s->all->count--;
	g_free(s->unsent);
	g_free(s);
}

void ul_dns_streams_free(struct ul_dns_streams *all)
{
	struct ul_list *n;

	if (!all)
		return;
	while ((n = ul_list_first(&all->open)) != NULL)
		free_stream(ul_container_of(n, struct ul_dns_stream, node));
	g_free(all);
}

static void end(struct ul_dns_stream *s)
{
	s->is_over = true;
	ul_defer_schedule(s->all->conf.loop, &s->work);
}

/* A guest that does not take its answers asks for no more of them. */
static void watch_for(struct ul_dns_stream *s)
{
	uint32_t events = 0;

	if (s->unsent)
		events |= EPOLLOUT;
	else if (!s->has_ended && s->unanswered < UL_DNS_PIPELINED)
		events |= EPOLLIN;
	if (s->has_ended && !s->unanswered && !s->unsent)
		end(s);
	if (events != s->events &&
	    ul_watch_mod(s->all->conf.loop, &s->watch, events) < 0)
		end(s);
	s->events = events;
}

/* -EAGAIN while something is left; -errno ends the stream. */
static int send_unsent(struct ul_dns_stream *s)
{
	ssize_t n;

	if (!s->unsent_len)
		return 0;
	n = send(s->watch.fd, s->unsent, s->unsent_len, MSG_NOSIGNAL);
	if (n < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	s->unsent_len -= (size_t)n;
	if (s->unsent_len) {
		memmove(s->unsent, s->unsent + n, s->unsent_len);
		return -EAGAIN;
	}
	g_free(s->unsent);
	s->unsent = NULL;
	return 0;
}

static int keep_unsent(struct ul_dns_stream *s, const uint8_t *data,
		       size_t len)
{
	uint8_t *more;

	if (s->unsent_len + len > UL_DNS_UNSENT_MAX)
		return -ENOBUFS;
	more = g_try_realloc(s->unsent, s->unsent_len + len);
	if (!more)
		return -ENOMEM;
	memcpy(more + s->unsent_len, data, len);
	s->unsent = more;
	s->unsent_len += len;
	return 0;
}

static int send_message(struct ul_dns_stream *s, const uint8_t *msg,
			size_t len)
{
	uint8_t prefix[PREFIX] = { (uint8_t)(len >> 8), (uint8_t)len };
	struct iovec iov[2] = { { prefix, PREFIX }, { (void *)msg, len } };
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = 2 };
	size_t sent = 0, head;
	int ret = 0;

	if (!s->unsent) {
		ssize_t n = sendmsg(s->watch.fd, &m, MSG_NOSIGNAL);

		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		sent = n > 0 ? (size_t)n : 0;
	}
	head = MIN(sent, PREFIX);
	sent -= head;
	if (head < PREFIX)
		ret = keep_unsent(s, prefix + head, PREFIX - head);
	if (!ret && sent < len)
		ret = keep_unsent(s, msg + sent, len - sent);
	return ret;
}

void ul_dns_stream_answer(struct ul_dns_stream *s, const uint8_t *msg,
			  size_t len)
{
	s->unanswered--;
	if (len && send_message(s, msg, len) < 0)
		s->is_over = true;
	/* There may be room for queries that were read already. */
	ul_defer_schedule(s->all->conf.loop, &s->work);
}

static void set_timer(struct ul_dns_stream *s)
{
	struct ul_dns_streams *all = s->all;

	ul_list_move_tail(&all->open, &s->node);
	ul_timer_set(all->conf.loop, &s->timer,
		     ul_loop_now(all->conf.loop) + UL_DNS_IDLE_US);
}

/* Work off whole messages. -EBADMSG: too long to be a query. */
static int take_messages(struct ul_dns_stream *s)
{
	struct ul_rd r = ul_rd_new(s->in, s->in_len);

	while (s->unanswered < UL_DNS_PIPELINED && !s->unsent && !s->is_over) {
		struct ul_rd ahead = r, msg;
		size_t len = ul_rd_u16(&ahead);

		if (len > UL_DNS_QUERY_MAX)
			return -EBADMSG;
		msg = ul_rd_sub(&ahead, len);
		if (ahead.bad || msg.bad)
			break;
		r = ahead;
		set_timer(s);
		s->unanswered++;
		if (!s->all->conf.query(&s->from, msg.p, msg.left,
					s->all->conf.arg))
			ul_dns_stream_answer(s, NULL, 0);
	}
	s->in_len = r.left;
	memmove(s->in, r.p, r.left);
	return 0;
}

/* -EAGAIN: no more for now. */
static int read_some(struct ul_dns_stream *s)
{
	ssize_t n = recv(s->watch.fd, s->in + s->in_len, IN_SIZE - s->in_len,
			 0);

	if (n < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	if (!n) {
		s->has_ended = true;
		return -EAGAIN;
	}
	s->in_len += (size_t)n;
	return take_messages(s);
}

/* Do all that can be done now. */
static void pump(struct ul_dns_stream *s)
{
	int ret = send_unsent(s);

	if (!ret)
		ret = take_messages(s);
	for (int i = 0; !ret && i < READS_PER_EVENT; i++) {
		if (s->unsent || s->unanswered >= UL_DNS_PIPELINED ||
		    s->has_ended || s->is_over)
			break;
		ret = read_some(s);
	}
	if (ret && ret != -EAGAIN)
		end(s);
	else
		watch_for(s);
}

static void on_event(uint32_t events, void *arg)
{
	/* Nobody is left who could hear an answer. */
	if (events & (EPOLLHUP | EPOLLERR))
		end(arg);
	else
		pump(arg);
}

static void on_work(void *arg)
{
	struct ul_dns_stream *s = arg;

	if (s->is_over)
		free_stream(s);
	else
		pump(s);
}

static void on_idle(int64_t now_us, void *arg)
{
	free_stream(arg);
}

/* A place for one more of @port's: somebody's that is idle for longest. */
static bool make_room(struct ul_dns_streams *all, const void *port)
{
	struct ul_dns_stream *idlest = NULL, *own = NULL;
	unsigned int of_port = 0;
	struct ul_list *pos, *tmp;

	ul_list_for_each_safe(pos, tmp, &all->open) {
		struct ul_dns_stream *s = ul_container_of(pos,
							  struct ul_dns_stream,
							  node);

		if (!s->unanswered && !idlest)
			idlest = s;
		if (s->from.port != port)
			continue;
		of_port++;
		if (!own)
			own = s;
	}
	if (of_port >= MAX(1, all->conf.max / 4))
		free_stream(own);
	else if (all->count >= all->conf.max && idlest)
		free_stream(idlest);
	return all->count < all->conf.max;
}

int ul_dns_streams_take(struct ul_dns_streams *all, int take_fd,
			const struct ul_ep *guest,
			const struct ul_ep *service, const void *port)
{
	struct ul_dns_stream *s = make_room(all, port) ?
				  g_try_new0(struct ul_dns_stream, 1) : NULL;
	int ret = -ENOBUFS;

	if (!s)
		goto refuse;
	s->all = all;
	s->from = (struct ul_dns_from){
		.guest = *guest, .service = *service, .port = port,
		.stream = s,
	};
	s->events = EPOLLIN;
	ret = ul_watch_add(all->conf.loop, &s->watch, take_fd, s->events,
			   on_event, s);
	if (ret < 0)
		goto refuse;
	ul_list_init(&s->node);
	ul_timer_init(&s->timer, on_idle, s);
	ul_defer_init(&s->work, UL_DEFER_WORK, on_work, s);
	all->count++;
	set_timer(s);
	return 0;
refuse:
	g_free(s);
	close(take_fd);
	return ret;
}

unsigned int ul_dns_streams_count(const struct ul_dns_streams *all)
{
	return all->count;
}
