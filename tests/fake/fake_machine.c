/* SPDX-License-Identifier: BSD-3-Clause */
/* fake_machine.c - a machine at the other end of a vhost-user port */
#include "fake/fake_machine.h"

#include <assert.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define TURNS 4

void fake_machine_init(struct fake_machine *m, struct ul_loop *loop)
{
	int pair[2];

	*m = (struct fake_machine){ .loop = loop };
	assert(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	m->sock = pair[0];
	m->theirs = pair[1];
	m->mem = fake_mem_new();
	for (int i = 0; i < 2; i++) {
		m->kick[i] = eventfd(0, EFD_NONBLOCK);
		m->call[i] = eventfd(0, EFD_NONBLOCK);
	}
}

void fake_machine_fini(struct fake_machine *m)
{
	close(m->sock);
	for (int i = 0; i < 2; i++) {
		close(m->kick[i]);
		close(m->call[i]);
	}
	fake_mem_free(&m->mem);
}

void fake_machine_turn(struct fake_machine *m)
{
	for (int i = 0; i < TURNS; i++)
		assert(!ul_loop_turn(m->loop, 0));
}

void fake_machine_send(struct fake_machine *m, const struct ul_vhost_msg *msg,
		       const int *fds, unsigned int count)
{
	union {
		char space[CMSG_SPACE(sizeof(int) * 16)];
		struct cmsghdr align;
	} control;
	uint8_t buf[UL_VHOST_MSG_MAX];
	struct ul_wr w = ul_wr_new(buf, sizeof(buf));
	struct iovec iov = { .iov_base = buf };
	struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1 };

	ul_vhost_msg_emit(&w, msg);
	iov.iov_len = w.len;
	if (count) {
		h.msg_control = &control;
		h.msg_controllen = CMSG_SPACE(sizeof(int) * count);
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(sizeof(int) * count);
		memcpy(CMSG_DATA(&control.align), fds, sizeof(int) * count);
	}
	/* It may have let go of us. */
	(void)!sendmsg(m->sock, &h, MSG_NOSIGNAL | MSG_DONTWAIT);
	fake_machine_turn(m);
}

void fake_machine_send_u64(struct fake_machine *m,
			   enum ul_vhost_request request, uint64_t value,
			   int fd)
{
	struct ul_vhost_msg msg = {
		.request = request, .body = UL_VHOST_BODY_U64, .u64 = value,
	};

	fake_machine_send(m, &msg, &fd, fd >= 0);
}

void fake_machine_send_ring(struct fake_machine *m,
			    enum ul_vhost_request request, uint32_t index,
			    uint32_t num)
{
	struct ul_vhost_msg msg = {
		.request = request, .body = UL_VHOST_BODY_VRING,
		.vring = { index, num },
	};

	fake_machine_send(m, &msg, NULL, 0);
}

/* A reply looks as a request does, but for a flag. */
static bool parse_reply(uint8_t *buf, size_t len, struct ul_vhost_msg *reply)
{
	struct ul_rd r = ul_rd_new(buf, len);

	if (!(buf[4] & 4))
		return false;
	*reply = (struct ul_vhost_msg){
		.request = (enum ul_vhost_request)buf[0], .is_reply = true,
	};
	ul_rd_skip(&r, UL_VHOST_HLEN);
	if (r.left >= 8)
		memcpy(&reply->u64, r.p, 8);
	if (r.left >= 20)
		memcpy(&reply->inflight, r.p, 20);
	return true;
}

bool fake_machine_reply(struct fake_machine *m, struct ul_vhost_msg *reply,
			int *fd)
{
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	uint8_t buf[UL_VHOST_MSG_MAX];
	struct iovec iov = { buf, sizeof(buf) };
	struct msghdr h = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(m->sock, &h, MSG_DONTWAIT);

	if (fd)
		*fd = -1;
	if (n < UL_VHOST_HLEN)
		return false;
	if (fd && CMSG_FIRSTHDR(&h))
		memcpy(fd, CMSG_DATA(CMSG_FIRSTHDR(&h)), sizeof(*fd));
	return parse_reply(buf, (size_t)n, reply);
}

void fake_machine_send_table(struct fake_machine *m)
{
	int fds[2] = { m->mem.fd, m->mem.fd };
	struct ul_vhost_msg msg = {
		.request = UL_VHOST_SET_MEM_TABLE, .body = UL_VHOST_BODY_TABLE,
		.table = { 2, { m->mem.region[0], m->mem.region[1] } },
	};

	fake_machine_send(m, &msg, fds, 2);
}

void fake_machine_start_ring(struct fake_machine *m, unsigned int index)
{
	struct ul_vring_conf *c = &m->ring[index].conf;
	struct ul_vhost_msg addr = {
		.request = UL_VHOST_SET_VRING_ADDR, .body = UL_VHOST_BODY_ADDR,
		.addr = { index, 0, c->desc, c->used, c->avail, 0 },
	};

	fake_machine_send_ring(m, UL_VHOST_SET_VRING_NUM, index, c->size);
	fake_machine_send_ring(m, UL_VHOST_SET_VRING_BASE, index,
			       m->base[index]);
	fake_machine_send(m, &addr, NULL, 0);
	fake_machine_send_u64(m, UL_VHOST_SET_VRING_KICK, index,
			      m->kick[index]);
	fake_machine_send_u64(m, UL_VHOST_SET_VRING_CALL, index,
			      m->call[index]);
	fake_machine_send_ring(m, UL_VHOST_SET_VRING_ENABLE, index, 1);
}

void fake_machine_stop_ring(struct fake_machine *m, unsigned int index)
{
	struct ul_vhost_msg reply;

	fake_machine_send_ring(m, UL_VHOST_SET_VRING_ENABLE, index, 0);
	fake_machine_send_ring(m, UL_VHOST_GET_VRING_BASE, index, 0);
	assert(fake_machine_reply(m, &reply, NULL));
	m->base[index] = reply.vring.num;
}

void fake_machine_start(struct fake_machine *m, uint64_t features)
{
	struct ul_vring_conf conf = {
		.is_packed = features & FAKE_F_PACKED,
		.has_event_idx = features & FAKE_F_EVENT,
		.has_indirect = features & FAKE_F_INDIRECT,
		.size = FAKE_RING_SIZE,
	};

	m->features = features;
	fake_machine_send_u64(m, UL_VHOST_SET_FEATURES, features, -1);
	fake_machine_send_table(m);
	for (unsigned int i = 0; i < 2; i++) {
		fake_ring_init(&m->ring[i], &m->mem, i ? FAKE_TX_AT :
			       FAKE_RX_AT, &conf);
		m->base[i] = conf.is_packed ? 0x80008000 : 0;
		fake_machine_start_ring(m, i);
		fake_machine_calls(m, i);
	}
}

void fake_machine_kick(struct fake_machine *m, unsigned int index)
{
	uint64_t one = 1;

	assert(write(m->kick[index], &one, sizeof(one)) == sizeof(one));
	fake_machine_turn(m);
}

uint64_t fake_machine_calls(struct fake_machine *m, unsigned int index)
{
	uint64_t count = 0;

	return read(m->call[index], &count, sizeof(count)) < 0 ? 0 : count;
}

void fake_machine_offer(struct fake_machine *m, unsigned int count,
			uint32_t len)
{
	struct fake_ring *r = &m->ring[FAKE_RX];

	m->rx_buf_len = len;
	for (unsigned int i = 0; i < count; i++) {
		struct fake_seg seg = {
			FAKE_RX_BUFS + r->next * len, len, true,
		};

		fake_ring_add(r, &seg, 1);
	}
	if (fake_ring_must_kick(r))
		fake_machine_kick(m, FAKE_RX);
}

static size_t take_buffer(struct fake_machine *m, uint8_t *out, size_t max)
{
	uint16_t id;
	uint32_t len;

	if (!fake_ring_used(&m->ring[FAKE_RX], &id, &len))
		return 0;
	assert(len <= m->rx_buf_len && len <= max);
	memcpy(out, m->mem.data + FAKE_RX_BUFS + id * m->rx_buf_len, len);
	return len;
}

size_t fake_machine_receive(struct fake_machine *m, uint8_t *out, size_t max,
			    unsigned int *buffers)
{
	size_t len = take_buffer(m, out, max);
	unsigned int count = 1;

	if (len && m->features & (FAKE_F_VERSION_1 | FAKE_F_MRG))
		count = out[10] | (unsigned int)out[11] << 8;
	if (buffers)
		*buffers = count;
	for (unsigned int i = 1; len && i < count; i++) {
		size_t more = take_buffer(m, out + len, max - len);

		assert(more);
		len += more;
	}
	return len;
}

void fake_machine_transmit(struct fake_machine *m, const void *data,
			   size_t len, unsigned int pieces)
{
	struct fake_ring *r = &m->ring[FAKE_TX];
	/* Not where another may wait: a few places, one after the other. */
	size_t at = FAKE_TX_BUFS + (r->avail_idx + r->next) % 4 *
		    FAKE_TX_BUF_LEN;
	struct fake_seg seg[16];
	size_t off = 0;

	assert(pieces && pieces <= 16 && len <= FAKE_TX_BUF_LEN);
	memcpy(m->mem.data + at, data, len);
	for (unsigned int i = 0; i < pieces; i++) {
		size_t part = i + 1 == pieces ? len - off : len / pieces;

		seg[i] = (struct fake_seg){ at + off, (uint32_t)part, false };
		off += part;
	}
	if (pieces > 4 && m->features & FAKE_F_INDIRECT)
		fake_ring_add_indirect(r, seg, pieces);
	else
		fake_ring_add(r, seg, pieces);
	if (fake_ring_must_kick(r))
		fake_machine_kick(m, FAKE_TX);
}
