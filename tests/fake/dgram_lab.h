/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dgram_lab.h - a loop and an owner of ports on datagram sockets
 *
 * The owner takes all guests and looks at their frames. Sockets of the test
 * are in a directory of its own.
 */
#ifndef UL_TESTS_DGRAM_LAB_H
#define UL_TESTS_DGRAM_LAB_H

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib.h>

#include "base/log.h"
#include "harness.h"
#include "link/dgram.h"

static int64_t now;
static struct ul_loop *loop;
static struct ul_listener *listener;
static GPtrArray *ports, *gone;		/* those that are attached, or over */
static struct ul_defer bury;
static char dir[] = "/tmp/ul-dgram-XXXXXX";
static struct sockaddr_un home;		/* where the listener is */
static int log_pipe[2];
static struct {
	int attached, detached, frames, batches, has_room;
	unsigned int guests_max;
	size_t last_len;
	uint8_t last[UL_FRAME_MAX];
	struct ul_port *last_port;
	GPtrArray *kept;		/* when frames are kept */
} seen;

static inline int64_t fake_clock(void *arg)
{
	return now;
}

static inline void on_frame(struct ul_port *p, struct ul_frame *f, void *arg)
{
	ck_assert(p->is_attached);
	seen.frames++;
	seen.last_len = f->len;
	seen.last_port = p;
	memcpy(seen.last, f->data, f->len);
	if (seen.kept)
		g_ptr_array_add(seen.kept, ul_buf_ref(f->buf));
}

static inline void on_batch_end(struct ul_port *p, void *arg)
{
	seen.batches++;
}

static inline void on_has_room(struct ul_port *p, void *arg)
{
	seen.has_room++;
}

/* As an owner does it: at the end of the turn. */
static inline void bury_gone(void *arg)
{
	g_ptr_array_set_size(gone, 0);
}

static inline void on_detached(struct ul_port *p, void *arg)
{
	ck_assert(!p->is_attached);
	seen.detached++;
	g_ptr_array_remove(ports, p);
	g_ptr_array_add(gone, p);
	ul_defer_schedule(loop, &bury);
}

static const struct ul_port_handler handler = {
	.frame = on_frame,
	.batch_end = on_batch_end,
	.has_room = on_has_room,
	.detached = on_detached,
};

static inline bool may_attach(const char **why, void *arg)
{
	*why = "the test says no";
	return ports->len < seen.guests_max;
}

static inline void on_attached(struct ul_port *take_port, void *arg)
{
	ck_assert(take_port->is_attached);
	ul_port_set_handler(take_port, &handler, NULL);
	seen.attached++;
	g_ptr_array_add(ports, take_port);
}

static const struct ul_listener_handler listener_handler = {
	.may_attach = may_attach,
	.attached = on_attached,
};

static inline void turn(void)
{
	ck_assert_int_eq(ul_loop_turn(loop, 0), 0);
}

static inline void settle(void)
{
	for (int i = 0; i < 20; i++)
		turn();
}

static inline struct sockaddr_un path_of(const char *name)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s/%s", dir, name);
	return sun;
}

static inline int bound(int type, const char *name)
{
	struct sockaddr_un sun = path_of(name);
	int fd = socket(AF_UNIX, type | SOCK_NONBLOCK, 0);

	unlink(sun.sun_path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	return fd;
}

static inline void set_up(void)
{
	memset(&seen, 0, sizeof(seen));
	seen.guests_max = 1000;
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ports = g_ptr_array_new();
	gone = g_ptr_array_new_with_free_func((GDestroyNotify)ul_port_free);
	ul_defer_init(&bury, UL_DEFER_FLUSH, bury_gone, NULL);
	loop = ul_loop_new();
	now = 1;
	ul_loop_set_clock(loop, fake_clock, NULL);
	ck_assert_int_eq(pipe2(log_pipe, O_NONBLOCK), 0);
	ul_log_set_fd(log_pipe[1]);
	listener = NULL;
}

static inline void tear_down(void)
{
	char *command = g_strdup_printf("rm -r %s", dir);

	for (unsigned int i = 0; i < ports->len; i++)
		ul_port_free(g_ptr_array_index(ports, i));
	ul_listener_free(listener);
	g_ptr_array_free(ports, true);
	ul_defer_cancel(loop, &bury);
	g_ptr_array_free(gone, true);
	ul_loop_free(loop);
	ck_assert_int_eq(system(command), 0);
	g_free(command);
}

/* The lines since the last look hold @what; with NULL there are none. */
static inline void check_logged(const char *what)
{
	char text[4096];
	ssize_t n = read(log_pipe[0], text, sizeof(text) - 1);

	if (!what) {
		ck_assert_int_lt(n, 0);
		return;
	}
	ck_assert_int_gt(n, 0);
	text[n] = '\0';
	ck_assert_msg(strstr(text, what), "no \"%s\" in: %s", what, text);
}

static inline void say(int fd, const void *data, size_t len)
{
	ck_assert_int_eq(sendto(fd, data, len, 0, (struct sockaddr *)&home,
				sizeof(home)), (ssize_t)len);
}

static inline int send_frame(struct ul_port *p, uint8_t first, size_t len)
{
	static struct ul_buf *body;
	struct ul_piece piece[2];

	if (!body)
		body = ul_buf_get(ul_buf_pool_new(128u << 10, 128u << 10));
	piece[0] = (struct ul_piece){ &first, 1, NULL };
	piece[1] = (struct ul_piece){ body->data, len - 1, body };
	return ul_port_send(p, piece, 2, NULL);
}

static inline struct ul_port *port_at(unsigned int i)
{
	return g_ptr_array_index(ports, i);
}

/* The next datagram is @len bytes long and begins with @first. */
static inline void check_heard(int fd, uint8_t first, size_t len)
{
	static uint8_t data[128 << 10];

	ck_assert_int_eq(recv(fd, data, sizeof(data), MSG_DONTWAIT),
			 (ssize_t)len);
	ck_assert_uint_eq(data[0], first);
}

#endif
