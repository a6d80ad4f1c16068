/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_ctl.c - two clients of the control socket send any bytes
 *
 * The input is a row of deeds: a byte says what, the next one of whom and
 * how much of what follows. After qmp_capabilities the bytes are theirs:
 * pieces of messages, descriptors with any of them, events between, time
 * that passes, an end in the middle. Whatever is answered is one JSON object
 * in a line, and no descriptor is left in the end.
 */
#include <fcntl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "ctl/ctl.h"
#include "fake/fake_network.h"
#include "fuzz/fuzz.h"

#define CLIENTS 2
#define SECOND 1000000
#define LINE_BYTES (1 << 20)

enum deed {
	SEND, SEND_FD, TURN, EVENTS, PASS_TIME, READ, SAY_LESS, LEAVE,
};
#define DEED_COUNT (LEAVE + 1)

struct lab {
	struct ul_loop *loop;
	struct ul_network network;
	struct ul_ctl *ctl;
	int64_t now_us;
	int fd[CLIENTS];		/* -1: it has left */
	char line[LINE_BYTES];
	size_t line_len;
};

static int64_t fake_clock(void *arg)
{
	return ((struct lab *)arg)->now_us;
}

static void on_quit(void *arg)
{
}

static void turns(struct lab *lab, int count)
{
	while (count--)
		assert(!ul_loop_turn(lab->loop, 0));
}

/* A line: an object with one of the four members that QMP has. */
static void check_line(const char *line, size_t len)
{
	json_t *o = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);

	assert(json_is_object(o));
	assert(json_object_get(o, "QMP") || json_object_get(o, "return") ||
	       json_object_get(json_object_get(o, "error"), "desc") ||
	       json_object_get(o, "event"));
	json_decref(o);
}

/* What the first client is told is checked; it reads all or nothing. */
static void read_all(struct lab *lab)
{
	char chunk[4096];
	ssize_t n;

	while (lab->fd[0] >= 0 &&
	       (n = recv(lab->fd[0], chunk, sizeof(chunk), 0)) > 0) {
		for (ssize_t i = 0; i < n; i++) {
			assert(lab->line_len < LINE_BYTES);
			lab->line[lab->line_len++] = chunk[i];
			if (chunk[i] != '\n')
				continue;
			check_line(lab->line, lab->line_len);
			lab->line_len = 0;
		}
	}
}

static void send_fd(int fd, const uint8_t *data, size_t len)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { .space = { 0 } };
	struct iovec iov = { (void *)(uintptr_t)data, len };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &null, sizeof(int));
	sendmsg(fd, &msg, MSG_NOSIGNAL);
	close(null);
}

static void start(struct lab *lab)
{
	static const char ready[] = "{\"execute\":\"qmp_capabilities\"}";
	struct ul_ctl_conf conf = {
		.network = &lab->network, .quit = on_quit, .arg = lab,
	};

	lab->now_us = SECOND;
	lab->loop = conf.loop = ul_loop_new();
	ul_loop_set_clock(lab->loop, fake_clock, lab);
	fake_network_init(&lab->network);
	lab->ctl = ul_ctl_new(&conf);
	for (int i = 0; i < CLIENTS; i++) {
		int sv[2];

		assert(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK |
				   SOCK_CLOEXEC, 0, sv));
		ul_ctl_adopt(lab->ctl, sv[1]);
		lab->fd[i] = sv[0];
		assert(send(sv[0], ready, sizeof(ready) - 1, 0) > 0);
	}
	turns(lab, 2);
}

static void finish(struct lab *lab)
{
	turns(lab, 2);
	read_all(lab);
	ul_ctl_say_shutdown(lab->ctl, "quit");
	ul_ctl_free(lab->ctl);
	assert(!lab->network.dial_count);
	for (int i = 0; i < CLIENTS; i++)
		if (lab->fd[i] >= 0)
			close(lab->fd[i]);
	fake_network_fini(&lab->network);
	ul_loop_free(lab->loop);
}

static void do_one(struct lab *lab, enum deed deed, int *fd,
		   const uint8_t *data, size_t len)
{
	switch (deed) {
	case SEND:
		if (*fd >= 0 && len)
			send(*fd, data, len, MSG_NOSIGNAL);
		break;
	case SEND_FD:
		if (*fd >= 0 && len)
			send_fd(*fd, data, len);
		break;
	case TURN:
		turns(lab, 2);
		break;
	case EVENTS:
		if (lab->network.port_count > 1)
			fake_network_all_events(&lab->network);
		fake_network_answer(&lab->network, UL_GREETING_REFUSED);
		break;
	case PASS_TIME:
		lab->now_us += 11 * SECOND;
		break;
	case READ:
		read_all(lab);
		break;
	case SAY_LESS:
		if (*fd >= 0)
			shutdown(*fd, SHUT_WR);
		break;
	case LEAVE:
		if (*fd >= 0)
			close(*fd);
		*fd = -1;
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct lab *lab = calloc(1, sizeof(*lab));
	int first, last;

	ul_log_set_level(UL_LOG_ERROR);
	first = dup(STDIN_FILENO);
	close(first);
	start(lab);
	while (len >= 3) {
		enum deed deed = data[0] % DEED_COUNT;
		int *fd = &lab->fd[data[0] / DEED_COUNT % CLIENTS];
		size_t n = (size_t)data[1] << 8 | data[2];
		bool has_bytes = deed == SEND || deed == SEND_FD;

		data += has_bytes ? 3 : 1;
		len -= has_bytes ? 3 : 1;
		n = !has_bytes ? 0 : n < len ? n : len;
		do_one(lab, deed, fd, data, n);
		data += n;
		len -= n;
		if (has_bytes)
			turns(lab, 1);
	}
	finish(lab);
	last = dup(STDIN_FILENO);
	close(last);
	assert(first == last);
	free(lab);
	return 0;
}
