/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vhost.c - the back-end's side of a vhost-user connection
 *
 * A ring starts when its size, its addresses and its kick descriptor are
 * known, and runs while it is enabled too. Each message is done before the
 * next is read; what was given back in a ring is published before a message
 * can move memory away from under it.
 *
 * Kicks and calls are by eventfd only: to watch or to write to a file of FUSE,
 * say, would be to wait for whoever serves it. Kicks are edges: the descriptor
 * is never read, which saves a system call for each. One that calls could be
 * full, so it is set not to block; a machine that takes that back stops us, as one that stops a process of ours
 * would. It is of our own user, or of one that --allow-uid trusts.
 */
#include "link/vhost.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "base/foreign_fd.h"
#include "base/log.h"
#include "link/inflight.h"
#include "link/vhost_sock.h"

#define MESSAGES_PER_TURN 64
#define MTU_MIN 68
#define MTU_MAX 65535

/* Of the protocol (SET_PROTOCOL_FEATURES). */
#define P_LOG_SHMFD (1ull << 1)
#define P_RARP (1ull << 2)
#define P_REPLY_ACK (1ull << 3)
#define P_MTU (1ull << 4)
#define P_INFLIGHT (1ull << 12)
#define P_MEM_SLOTS (1ull << 15)
#define P_ALL (P_LOG_SHMFD | P_RARP | P_REPLY_ACK | P_MTU | P_INFLIGHT | \
	       P_MEM_SLOTS)

#define RING_FEATURES \
	(UL_VIRTIO_F_LOG_ALL | UL_VIRTIO_F_ANY_LAYOUT | UL_VIRTIO_F_INDIRECT | \
	 UL_VIRTIO_F_EVENT_IDX | UL_VIRTIO_F_PROTOCOL | \
	 UL_VIRTIO_F_VERSION_1 | UL_VIRTIO_F_PACKED)

struct queue {
	struct ul_vhost *vhost;
	struct ul_vring vring;
	struct ul_watch kick;
	int call;			/* -1: nobody wants to be told */
	uint32_t size, base;
	bool has_addr, is_enabled;
	struct ul_vhost_addr addr;
	uint64_t kicks, calls;
};

struct ul_vhost {
	struct ul_loop *loop;
	const struct ul_vhost_handler *handler;
	void *arg;
	struct ul_watch peer;
	struct ul_vhost_sock sock;
	uint64_t offered, features, protocol;
	bool has_inflight;
	struct ul_guest_mem *mem;
	struct queue queue[UL_VHOST_RINGS];
	struct ul_log_limit log_limit;
};

static bool runs(const struct queue *q)
{
	return q->vring.is_started && q->is_enabled;
}

static unsigned int index_of(const struct queue *q)
{
	return (unsigned int)(q - q->vhost->queue);
}

static void tell_kicked(struct queue *q)
{
	if (runs(q))
		q->vhost->handler->kicked(index_of(q), q->vhost->arg);
}

static void on_kick(uint32_t events, void *arg)
{
	struct queue *q = arg;

	q->kicks++;
	tell_kicked(q);
}

/* The machine has the other end still, so closing alone is not enough. */
static void drop_kick(struct queue *q)
{
	int fd = q->kick.fd;

	if (fd < 0)
		return;
	ul_watch_del(q->vhost->loop, &q->kick);
	ul_foreign_fd_close(fd);
}

static void drop_call(struct queue *q)
{
	if (q->call >= 0)
		ul_foreign_fd_close(q->call);
	q->call = -1;
}

static void call(struct queue *q)
{
	uint64_t one = 1;

	/* It fails when it is full, and then the driver knows. */
	if (q->call >= 0 && write(q->call, &one, sizeof(one)) > 0)
		q->calls++;
}

static void publish(struct queue *q)
{
	if (ul_vring_publish(&q->vring))
		call(q);
}

void ul_vhost_publish(struct ul_vhost *v, unsigned int index)
{
	publish(&v->queue[index]);
}

static void settle(struct ul_vhost *v)
{
	for (unsigned int i = 0; i < UL_VHOST_RINGS; i++)
		publish(&v->queue[i]);
}

static void over(struct ul_vhost *v)
{
	if (v->peer.fd < 0)
		return;
	ul_watch_close(v->loop, &v->peer);
	settle(v);
	for (unsigned int i = 0; i < UL_VHOST_RINGS; i++) {
		ul_vring_stop(&v->queue[i].vring);
		drop_kick(&v->queue[i]);
		drop_call(&v->queue[i]);
	}
	ul_vhost_sock_drop_fds(&v->sock);
	v->handler->over(v->arg);
}

void ul_vhost_close(struct ul_vhost *v)
{
	over(v);
}

/* Rings. */

static struct ul_vring_conf conf_of(const struct queue *q)
{
	uint64_t f = q->vhost->features;

	return (struct ul_vring_conf){
		.is_packed = f & UL_VIRTIO_F_PACKED,
		.has_event_idx = f & UL_VIRTIO_F_EVENT_IDX,
		.has_indirect = f & UL_VIRTIO_F_INDIRECT,
		.size = q->size, .desc = q->addr.desc,
		.avail = q->addr.avail, .used = q->addr.used,
	};
}

/* Start, or go on with what was said meanwhile. */
static int start(struct queue *q)
{
	struct ul_vhost *v = q->vhost;
	struct ul_vring_conf conf = conf_of(q);
	uint32_t base = q->vring.is_started ? ul_vring_base(&q->vring) :
					      q->base;
	int ret;

	if (!q->size || !q->has_addr || q->kick.fd < 0)
		return 0;
	ret = ul_vring_start(&q->vring, v->mem, &conf, base);
	if (ret < 0)
		return ret;
	/* Whoever had it before us may not have come to say where it was. */
	if (v->has_inflight && !conf.is_packed)
		ret = ul_vring_start(&q->vring, v->mem, &conf,
				     ul_vring_used_base(&q->vring));
	if (!(v->features & UL_VIRTIO_F_PROTOCOL))
		q->is_enabled = true;
	v->handler->changed(v->arg);
	tell_kicked(q);
	return ret;
}

static void stop(struct queue *q)
{
	publish(q);
	drop_kick(q);
	if (!q->vring.is_started)
		return;
	q->base = ul_vring_base(&q->vring);
	ul_vring_stop(&q->vring);
	q->vhost->handler->changed(q->vhost->arg);
}

static struct queue *queue_at(struct ul_vhost *v, uint64_t index)
{
	return index < UL_VHOST_RINGS ? &v->queue[index] : NULL;
}

static int set_num(struct ul_vhost *v, const struct ul_vhost_msg *m)
{
	struct queue *q = queue_at(v, m->vring.index);

	if (!q || q->vring.is_started || !m->vring.num ||
	    m->vring.num > UL_VRING_SIZE_MAX)
		return -EINVAL;
	q->size = m->vring.num;
	return 0;
}

static int set_base(struct ul_vhost *v, const struct ul_vhost_msg *m)
{
	struct queue *q = queue_at(v, m->vring.index);

	if (!q || q->vring.is_started)
		return -EINVAL;
	q->base = m->vring.num;
	return 0;
}

static int set_addr(struct ul_vhost *v, const struct ul_vhost_msg *m)
{
	struct queue *q = queue_at(v, m->addr.index);

	if (!q)
		return -EINVAL;
	publish(q);
	q->addr = m->addr;
	q->has_addr = true;
	return q->vring.is_started ? start(q) : 0;
}

static int set_enable(struct ul_vhost *v, const struct ul_vhost_msg *m)
{
	struct queue *q = queue_at(v, m->vring.index);

	if (!q || m->vring.num > 1)
		return -EINVAL;
	publish(q);
	q->is_enabled = m->vring.num;
	v->handler->changed(v->arg);
	tell_kicked(q);
	return 0;
}

static int take_fd(struct ul_vhost *v)
{
	int fd = v->sock.fd_count ? v->sock.fd[0] : -1;

	if (fd >= 0)
		v->sock.fd[0] = -1;
	return fd;
}

static int set_kick(struct ul_vhost *v, const struct ul_vhost_msg *m)
{
	struct queue *q = queue_at(v, m->u64 & UL_VHOST_RING_INDEX);
	int fd, ret;

	/* Without one it would have to be polled, and nothing here is. */
	if (!q || m->u64 & UL_VHOST_RING_NOFD ||
	    !ul_foreign_fd_is_event(v->sock.fd[0]))
		return -EINVAL;
	publish(q);
	drop_kick(q);
	fd = take_fd(v);
	ret = ul_watch_add(v->loop, &q->kick, fd, EPOLLIN | EPOLLET, on_kick,
			   q);
	if (ret < 0) {
		ul_foreign_fd_close(fd);
		return ret;
	}
	return start(q);
}

static int set_call(struct ul_vhost *v, const struct ul_vhost_msg *m)
{
	struct queue *q = queue_at(v, m->u64 & UL_VHOST_RING_INDEX);
	int flags;

	if (!q)
		return -EINVAL;
	drop_call(q);
	if (m->u64 & UL_VHOST_RING_NOFD)
		return 0;
	if (!ul_foreign_fd_is_event(v->sock.fd[0]))
		return -EINVAL;
	flags = fcntl(v->sock.fd[0], F_GETFL);
	if (flags < 0 ||
	    fcntl(v->sock.fd[0], F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	q->call = take_fd(v);
	/* What was given back before was not told to anybody. */
	if (q->vring.is_started)
		call(q);
	return 0;
}

/* Features. */

static int set_features(struct ul_vhost *v, const struct ul_vhost_msg *m)
{
	uint64_t changes = v->features ^ m->u64;

	if (m->u64 & ~v->offered)
		return -EINVAL;
	for (unsigned int i = 0; i < UL_VHOST_RINGS; i++)
		if (v->queue[i].vring.is_started &&
		    changes & ~UL_VIRTIO_F_LOG_ALL)
			return -EBUSY;
	v->features = m->u64;
	if (changes & UL_VIRTIO_F_LOG_ALL && !(m->u64 & UL_VIRTIO_F_LOG_ALL))
		ul_guest_mem_stop_log(v->mem);
	v->handler->changed(v->arg);
	return 0;
}

static int set_protocol(struct ul_vhost *v, const struct ul_vhost_msg *m)
{
	if (m->u64 & ~P_ALL)
		return -EINVAL;
	v->protocol = m->u64;
	return 0;
}

static void reset(struct ul_vhost *v)
{
	for (unsigned int i = 0; i < UL_VHOST_RINGS; i++) {
		stop(&v->queue[i]);
		v->queue[i].is_enabled = false;
	}
}

/* Memory. */

static int move_rings(struct ul_vhost *v, int ret)
{
	for (unsigned int i = 0; i < UL_VHOST_RINGS; i++)
		if (!ul_vring_move(&v->queue[i].vring))
			tell_kicked(&v->queue[i]);
	return ret;
}

static int set_memory(struct ul_vhost *v, const struct ul_vhost_msg *m)
{
	settle(v);
	return move_rings(v, ul_guest_mem_set(v->mem, m->table.region,
					      v->sock.fd, m->table.count));
}

static int add_region(struct ul_vhost *v, const struct ul_vhost_msg *m)
{
	return move_rings(v, ul_guest_mem_add(v->mem, &m->region,
					      v->sock.fd[0]));
}

static int remove_region(struct ul_vhost *v, const struct ul_vhost_msg *m)
{
	settle(v);
	return move_rings(v, ul_guest_mem_remove(v->mem, &m->region));
}

static int set_log(struct ul_vhost *v, const struct ul_vhost_msg *m)
{
	if (!v->sock.fd_count)
		return -EINVAL;
	return ul_guest_mem_log_to(v->mem, v->sock.fd[0], m->log.offset,
				   m->log.len);
}

/* Others. */

static int rarp(struct ul_vhost *v, const struct ul_vhost_msg *m)
{
	uint8_t mac[8];

	memcpy(mac, &m->u64, sizeof(mac));
	v->handler->rarp(mac, v->arg);
	return 0;
}

static int take(struct ul_vhost *v, const struct ul_vhost_msg *m)
{
	switch (m->request) {
	case UL_VHOST_SET_FEATURES:
		return set_features(v, m);
	case UL_VHOST_SET_PROTOCOL_FEATURES:
		return set_protocol(v, m);
	case UL_VHOST_RESET_OWNER:
		reset(v);
		return 0;
	case UL_VHOST_SET_MEM_TABLE:
		return set_memory(v, m);
	case UL_VHOST_ADD_MEM_REG:
		return add_region(v, m);
	case UL_VHOST_REM_MEM_REG:
		return remove_region(v, m);
	case UL_VHOST_SET_LOG_BASE:
		return set_log(v, m);
	case UL_VHOST_SET_VRING_NUM:
		return set_num(v, m);
	case UL_VHOST_SET_VRING_ADDR:
		return set_addr(v, m);
	case UL_VHOST_SET_VRING_BASE:
		return set_base(v, m);
	case UL_VHOST_SET_VRING_KICK:
		return set_kick(v, m);
	case UL_VHOST_SET_VRING_CALL:
		return set_call(v, m);
	case UL_VHOST_SET_VRING_ENABLE:
		return set_enable(v, m);
	case UL_VHOST_SEND_RARP:
		return rarp(v, m);
	case UL_VHOST_NET_SET_MTU:
		return m->u64 >= MTU_MIN && m->u64 <= MTU_MAX ? 0 : -EINVAL;
	case UL_VHOST_SET_INFLIGHT_FD:
		v->has_inflight = true;
		return 0;
	case UL_VHOST_SET_OWNER:
	case UL_VHOST_SET_LOG_FD:
	case UL_VHOST_SET_VRING_ERR:
		return 0;
	case UL_VHOST_NONE:
	case UL_VHOST_GET_FEATURES:
	case UL_VHOST_GET_PROTOCOL_FEATURES:
	case UL_VHOST_GET_QUEUE_NUM:
	case UL_VHOST_GET_VRING_BASE:
	case UL_VHOST_GET_MAX_MEM_SLOTS:
	case UL_VHOST_GET_INFLIGHT_FD:
		break;
	}
	return -EINVAL;
}

/* Replies. */

static int reply_u64(struct ul_vhost *v, const struct ul_vhost_msg *m,
		     uint64_t value)
{
	struct ul_vhost_msg reply = {
		.request = m->request, .is_reply = true,
		.body = UL_VHOST_BODY_U64, .u64 = value,
	};

	return ul_vhost_sock_send(v->peer.fd, &reply, -1);
}

static int reply_base(struct ul_vhost *v, const struct ul_vhost_msg *m)
{
	struct queue *q = queue_at(v, m->vring.index);
	struct ul_vhost_msg reply = *m;

	if (!q)
		return -EINVAL;
	stop(q);
	reply.is_reply = true;
	reply.wants_reply = false;
	reply.vring.num = q->base;
	return ul_vhost_sock_send(v->peer.fd, &reply, -1);
}

static int reply_inflight(struct ul_vhost *v, const struct ul_vhost_msg *m)
{
	struct ul_vhost_msg reply = *m;
	int ret, fd = ul_inflight_make(m->inflight.queues,
				       m->inflight.queue_size,
				       &reply.inflight.len);

	if (fd < 0)
		return fd;
	reply.is_reply = true;
	reply.wants_reply = false;
	reply.inflight.offset = 0;
	ret = ul_vhost_sock_send(v->peer.fd, &reply, fd);
	close(fd);
	return ret;
}

/* How a message ended, to who wants to know; else a failure is the end. */
static int reply_result(struct ul_vhost *v, const struct ul_vhost_msg *m)
{
	int ret = take(v, m);
	bool wants = m->wants_reply && v->protocol & P_REPLY_ACK;

	if (v->peer.fd < 0)
		return 0;
	if (m->request == UL_VHOST_SET_LOG_BASE && v->protocol & P_LOG_SHMFD)
		wants = true;
	if (ret < 0)
		ul_log_limited(&v->log_limit, ul_loop_now(v->loop),
			       UL_LOG_WARN, "vhost", "refused %s of a machine: %s",
			       ul_vhost_msg_name(m->request), strerror(-ret));
	if (wants)
		return reply_u64(v, m, ret < 0);
	return ret;
}

static int answer(struct ul_vhost *v, const struct ul_vhost_msg *m)
{
	switch ((unsigned int)m->request) {
	case UL_VHOST_GET_FEATURES:
		return reply_u64(v, m, v->offered);
	case UL_VHOST_GET_PROTOCOL_FEATURES:
		return reply_u64(v, m, P_ALL);
	case UL_VHOST_GET_QUEUE_NUM:
		return reply_u64(v, m, 1);
	case UL_VHOST_GET_MAX_MEM_SLOTS:
		return reply_u64(v, m, UL_GUEST_MEM_REGIONS_MAX);
	case UL_VHOST_GET_VRING_BASE:
		return reply_base(v, m);
	case UL_VHOST_GET_INFLIGHT_FD:
		return reply_inflight(v, m);
	}
	return reply_result(v, m);
}

static const char *reason(int error)
{
	switch (error) {
	case -EOPNOTSUPP:
		return "a request that was not offered";
	case -EBADMSG:
	case -EMSGSIZE:
		return "a malformed message";
	case -EAGAIN:
		return "it does not read replies";
	}
	return strerror(-error);
}

static void on_peer(uint32_t events, void *arg)
{
	struct ul_vhost *v = arg;
	struct ul_vhost_msg m;
	int ret = 0;

	for (int i = 0; i < MESSAGES_PER_TURN && v->peer.fd >= 0; i++) {
		ret = ul_vhost_sock_read(&v->sock, v->peer.fd, &m);
		if (ret <= 0)
			break;
		ret = answer(v, &m);
		if (ret < 0)
			break;
	}
	if (ret >= 0 || v->peer.fd < 0)
		return;
	if (ret != -ENOTCONN && ret != -ECONNRESET)
		ul_log_limited(&v->log_limit, ul_loop_now(v->loop),
			       UL_LOG_WARN, "vhost", "let go of a machine: %s",
			       reason(ret));
	over(v);
}

struct ul_vhost *ul_vhost_new(struct ul_loop *loop, int take_fd,
			      uint64_t features,
			      const struct ul_vhost_handler *handler,
			      void *arg)
{
	struct ul_vhost *v = g_new0(struct ul_vhost, 1);

	v->loop = loop;
	v->handler = handler;
	v->arg = arg;
	v->offered = features | RING_FEATURES;
	v->mem = ul_guest_mem_new();
	ul_vhost_sock_init(&v->sock);
	for (unsigned int i = 0; i < UL_VHOST_RINGS; i++) {
		v->queue[i].vhost = v;
		v->queue[i].kick.fd = v->queue[i].call = -1;
	}
	v->peer.fd = -1;
	if (ul_watch_add(loop, &v->peer, take_fd, EPOLLIN, on_peer, v) < 0) {
		close(take_fd);
		ul_vhost_free(v);
		return NULL;
	}
	return v;
}

void ul_vhost_free(struct ul_vhost *v)
{
	if (!v)
		return;
	settle(v);
	ul_watch_close(v->loop, &v->peer);
	for (unsigned int i = 0; i < UL_VHOST_RINGS; i++) {
		drop_kick(&v->queue[i]);
		drop_call(&v->queue[i]);
	}
	ul_vhost_sock_drop_fds(&v->sock);
	ul_guest_mem_free(v->mem);
	g_free(v);
}

int ul_vhost_fd(const struct ul_vhost *v)
{
	return v->peer.fd;
}

uint64_t ul_vhost_features(const struct ul_vhost *v)
{
	return v->features;
}

struct ul_guest_mem *ul_vhost_mem(struct ul_vhost *v)
{
	return v->mem;
}

struct ul_vring *ul_vhost_ring(struct ul_vhost *v, unsigned int index)
{
	struct queue *q = &v->queue[index];

	return runs(q) ? &q->vring : NULL;
}

uint64_t ul_vhost_calls(const struct ul_vhost *v, unsigned int index)
{
	return v->queue[index].calls;
}

uint64_t ul_vhost_kicks(const struct ul_vhost *v, unsigned int index)
{
	return v->queue[index].kicks;
}
