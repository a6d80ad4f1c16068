/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dgram_io.c - many frames at once from and to a socket of datagrams
 *
 * Nobody knows how long the next datagram is, so there is room for the
 * longest in each place of the stage: pages that no frame reaches are never
 * touched. One copy packs the frames into the port's own buffers.
 */
#include "link/dgram_io.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include <glib.h>

#define STORE_BUF_SIZE (128u << 10)
#define STORE_MAX (64u << 20)
#define FRAME_ALIGN 64
#define CRED_SPACE CMSG_SPACE(sizeof(struct ucred))

static const uint8_t greeting[] = { 'V', 'F', 'K', 'T' };

struct ul_dgram_stage {
	struct mmsghdr msg[UL_DGRAM_BATCH];
	struct iovec iov[UL_DGRAM_BATCH];
	struct sockaddr_un from[UL_DGRAM_BATCH];
	union {
		struct cmsghdr align;
		uint8_t space[CRED_SPACE];
	} control[UL_DGRAM_BATCH];
	uint8_t data[UL_DGRAM_BATCH][UL_FRAME_MAX];
};

static struct ul_dgram_stage *make_stage(void)
{
	struct ul_dgram_stage *s = mmap(NULL, sizeof(*s),
					PROT_READ | PROT_WRITE,
					MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return s == MAP_FAILED ? NULL : s;
}

void ul_dgram_rx_release(struct ul_dgram_rx *rx)
{
	if (rx->stage)
		munmap(rx->stage, sizeof(*rx->stage));
	rx->stage = NULL;
}

static void prepare(struct ul_dgram_stage *s, bool wants_cred)
{
	for (unsigned int i = 0; i < UL_DGRAM_BATCH; i++) {
		s->iov[i] = (struct iovec){ s->data[i], UL_FRAME_MAX };
		/*
		 * Room for credentials alone, and none where they are not
		 * asked for: the kernel closes descriptors that somebody
		 * sends along only when it finds no room for them.
		 */
		s->msg[i].msg_hdr = (struct msghdr){
			.msg_name = &s->from[i],
			.msg_namelen = sizeof(s->from[i]),
			.msg_iov = &s->iov[i], .msg_iovlen = 1,
			.msg_control = &s->control[i],
			.msg_controllen = wants_cred ? CRED_SPACE : 0,
		};
	}
}

static void read_cred(struct ul_dgram *in, struct msghdr *msg)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);

	in->has_cred = c && c->cmsg_level == SOL_SOCKET &&
		       c->cmsg_type == SCM_CREDENTIALS &&
		       c->cmsg_len == CMSG_LEN(sizeof(in->cred));
	if (in->has_cred)
		memcpy(&in->cred, CMSG_DATA(c), sizeof(in->cred));
}

int ul_dgram_receive(struct ul_dgram_rx *rx, int fd)
{
	struct ul_dgram_stage *s = rx->stage;
	int n;

	if (!s)
		s = rx->stage = make_stage();
	if (!s)
		return -ENOMEM;
	prepare(s, rx->wants_cred);
	n = recvmmsg(fd, s->msg, UL_DGRAM_BATCH, MSG_DONTWAIT, NULL);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	for (int i = 0; i < n; i++) {
		struct msghdr *msg = &s->msg[i].msg_hdr;
		struct ul_dgram *in = &rx->in[i];

		*in = (struct ul_dgram){
			.data = s->data[i], .len = s->msg[i].msg_len,
			.is_cut = msg->msg_flags & MSG_TRUNC,
			.from = &s->from[i],
			/* A path of full length comes with a 0 more. */
			.from_len = MIN(msg->msg_namelen,
					sizeof(s->from[i])),
		};
		read_cred(in, msg);
	}
	return n;
}

bool ul_dgram_is_greeting(const struct ul_dgram *in)
{
	return in->len == sizeof(greeting) &&
	       !memcmp(in->data, greeting, sizeof(greeting));
}

void ul_frame_store_init(struct ul_frame_store *store)
{
	*store = (struct ul_frame_store){
		.pool = ul_buf_pool_new(STORE_BUF_SIZE, STORE_MAX),
	};
}

void ul_frame_store_fini(struct ul_frame_store *store)
{
	ul_buf_unref(store->buf);
	ul_buf_pool_free(store->pool);
}

bool ul_frame_store_has_room(const struct ul_frame_store *store)
{
	return ul_buf_pool_in_use(store->pool) +
	       UL_DGRAM_BATCH * STORE_BUF_SIZE <=
	       ul_buf_pool_max(store->pool);
}

/* A buffer with room for @len bytes: this one, if need be from its start. */
static struct ul_buf *buf_for(struct ul_frame_store *store, size_t len)
{
	struct ul_buf *fresh;

	if (store->buf && store->buf->refs == 1)
		store->used = 0;
	if (store->buf && store->buf->cap - store->used >= len)
		return store->buf;
	fresh = ul_buf_get(store->pool);
	if (!fresh)
		return NULL;
	ul_buf_unref(store->buf);
	store->used = 0;
	return store->buf = fresh;
}

int ul_frame_store_put(struct ul_frame_store *store, const uint8_t *data,
		       size_t len, struct ul_frame *frame)
{
	struct ul_buf *buf = buf_for(store, len);

	if (!buf)
		return -ENOBUFS;
	*frame = (struct ul_frame){
		.data = buf->data + store->used, .len = len, .buf = buf,
	};
	memcpy(frame->data, data, len);
	store->used += (len + FRAME_ALIGN - 1) / FRAME_ALIGN * FRAME_ALIGN;
	if (store->used > buf->cap)
		store->used = buf->cap;
	return 0;
}

void ul_frame_store_trim(struct ul_frame_store *store)
{
	ul_buf_unref(store->buf);
	store->buf = NULL;
	ul_buf_pool_trim(store->pool, 0);
}

/* Describe what is first in @q, up to @cost_max; how many frames. */
static unsigned int describe(const struct ul_txq *q, struct mmsghdr *msg,
			     struct iovec (*iov)[UL_PORT_PIECES_MAX + 1],
			     const struct sockaddr_un *to, socklen_t to_len,
			     size_t cost_max)
{
	size_t cost = 0;
	unsigned int n;

	for (n = 0; n < UL_DGRAM_BATCH && cost < cost_max; n++) {
		unsigned int parts = ul_txq_peek_frame(q, n, iov[n],
						       UL_PORT_PIECES_MAX + 1);

		if (!parts)
			break;
		msg[n].msg_hdr = (struct msghdr){
			.msg_name = (void *)to, .msg_namelen = to_len,
			.msg_iov = iov[n], .msg_iovlen = parts,
		};
		cost += UL_DGRAM_OVERHEAD;
		for (unsigned int i = 0; i < parts; i++)
			cost += iov[n][i].iov_len;
	}
	return n;
}

static bool is_worth_waiting(int err)
{
	return err == EAGAIN || err == ENOBUFS || err == ENOMEM;
}

/* As ul_dgram_send(), one batch: how many frames, or -errno. */
static int send_batch(struct ul_txq *q, int fd, const struct sockaddr_un *to,
		      socklen_t to_len, size_t cost_max)
{
	struct iovec iov[UL_DGRAM_BATCH][UL_PORT_PIECES_MAX + 1];
	struct mmsghdr msg[UL_DGRAM_BATCH];
	unsigned int count = describe(q, msg, iov, to, to_len,
				      cost_max);
	int n;

	do
		n = sendmmsg(fd, msg, count, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

int ul_dgram_send(struct ul_txq *q, int fd, const struct sockaddr_un *to,
		  socklen_t to_len, size_t cost_max, size_t *cost)
{
	size_t end = *cost + cost_max;

	while (!ul_txq_is_empty(q)) {
		int n = *cost < end ? send_batch(q, fd, to, to_len,
						 end - *cost) : -EAGAIN;

		if (n == -EMSGSIZE)
			ul_txq_pop(q);
		else if (n < 0)
			return is_worth_waiting(-n) ? 0 : n;
		for (int i = 0; i < n; i++) {
			*cost += ul_txq_first_len(q) + UL_DGRAM_OVERHEAD;
			ul_txq_pop(q);
		}
	}
	return 1;
}
