/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl_client.c - the other end of a control connection, and its network */
#include "fake/ctl_client.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib.h>

#include "conf/conf_diff.h"
#include "harness.h"

#define LINE_MAX_BYTES (1 << 23)
#define PATIENCE 300		/* turns */

static int64_t fake_clock(void *arg)
{
	struct ctl_lab *lab = arg;

	return lab->now_us;
}

static void on_quit(void *arg)
{
	struct ctl_lab *lab = arg;

	lab->quits++;
}

/* A change of each kind, or an error. */
static int on_reload(GPtrArray **changes, char **error, void *arg)
{
	static const struct { const char *name, *from, *to; } rows[] = {
		{ "forward", "8080:80", NULL }, { "egress", "any", "none" },
		{ "mtu", "1500", "9000" },
	};
	struct ctl_lab *lab = arg;
	struct ul_settings *side[2] = { ul_settings_new(), ul_settings_new() };

	lab->reloads++;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		for (int k = 0; k < 2; k++) {
			struct ul_conf_setting one = {
				.option = ul_conf_option_find(rows[i].name),
				.value = k ? rows[i].to : rows[i].from,
			};

			if (one.value)
				ul_settings_add(side[k], &one);
		}
	if (lab->reload_error)
		*error = g_strdup(lab->reload_error);
	else
		*changes = ul_conf_diff(side[0], side[1]);
	ul_settings_free(side[0]);
	ul_settings_free(side[1]);
	return lab->reload_error ? -EINVAL : 0;
}

void ctl_lab_init(struct ctl_lab *lab)
{
	struct ul_ctl_conf conf;

	memset(lab, 0, sizeof(*lab));
	lab->now_us = 1000000000;
	lab->loop = ul_loop_new();
	ul_loop_set_clock(lab->loop, fake_clock, lab);
	fake_network_init(&lab->network);
	conf = (struct ul_ctl_conf){
		.loop = lab->loop, .network = &lab->network,
		.log_path = "/var/log/lab.log",
		.quit = on_quit, .reload = on_reload, .arg = lab,
	};
	lab->ctl = ul_ctl_new(&conf);
	ctl_lab_turns(lab, 1);
}

void ctl_lab_fini(struct ctl_lab *lab)
{
	ul_ctl_free(lab->ctl);
	ck_assert_ptr_null(lab->network.events);
	ck_assert_uint_eq(lab->network.dial_count, 0);
	fake_network_fini(&lab->network);
	ul_loop_free(lab->loop);
}

void ctl_lab_turns(struct ctl_lab *lab, int count)
{
	while (count--) {
		ck_assert_int_eq(ul_loop_turn(lab->loop, 0), 0);
		if (lab->network.is_prompt)
			fake_network_answer(&lab->network,
					    UL_GREETING_ACCEPTED);
	}
}

int ctl_lab_connect(struct ctl_lab *lab)
{
	int sv[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK |
				    SOCK_CLOEXEC, 0, sv), 0);
	ul_ctl_adopt(lab->ctl, sv[1]);
	return sv[0];
}

int ctl_lab_join(struct ctl_lab *lab)
{
	int fd = ctl_lab_connect(lab);
	json_t *greeting = ctl_lab_read(lab, fd, NULL);

	ck_assert_ptr_nonnull(json_object_get(greeting, "QMP"));
	json_decref(greeting);
	ctl_lab_expect(ctl_lab_ask(lab, fd,
				   "{\"execute\":\"qmp_capabilities\"}"), "");
	return fd;
}

void ctl_lab_send(int fd, const char *text)
{
	ck_assert_int_eq(send(fd, text, strlen(text), MSG_NOSIGNAL),
			 (ssize_t)strlen(text));
}

void ctl_lab_send_fds(int fd, const char *text, const int *fds, size_t count)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(64 * sizeof(int))];
	} control = { .space = { 0 } };
	struct iovec iov = { (void *)(uintptr_t)text, strlen(text) };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = CMSG_SPACE(count * sizeof(int)),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	ck_assert_uint_le(count, 64);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(c), fds, count * sizeof(int));
	ck_assert_int_eq(sendmsg(fd, &msg, MSG_NOSIGNAL),
			 (ssize_t)strlen(text));
}

/* Byte by byte: what follows the line is another's. */
json_t *ctl_lab_read(struct ctl_lab *lab, int fd, bool *is_over)
{
	char *line = g_malloc(LINE_MAX_BYTES);
	json_t *json = NULL;
	size_t len = 0;
	int patience = PATIENCE;
	ssize_t n = 0;

	if (is_over)
		*is_over = false;
	while (patience && len < LINE_MAX_BYTES) {
		n = read(fd, line + len, 1);
		if (n == 0 || (n < 0 && errno != EAGAIN))
			break;
		if (n < 0) {
			ctl_lab_turns(lab, 1);
			patience--;
			continue;
		}
		if (line[len++] == '\n')
			break;
	}
	if (is_over)
		*is_over = n == 0 || (n < 0 && errno != EAGAIN);
	if (len && line[len - 1] == '\n') {
		ck_assert(len >= 2 && line[len - 2] == '\r');
		json = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
		ck_assert_ptr_nonnull(json);
	}
	g_free(line);
	return json;
}

json_t *ctl_lab_ask(struct ctl_lab *lab, int fd, const char *text)
{
	ctl_lab_send(fd, text);
	return ctl_lab_read(lab, fd, NULL);
}

void ctl_lab_expect(json_t *take_answer, const char *class_name)
{
	const json_t *error = json_object_get(take_answer, "error");
	const char *desc = json_string_value(json_object_get(error, "desc"));

	ck_assert_ptr_nonnull(take_answer);
	if (!*class_name) {
		ck_assert_msg(!error, "%s", desc);
		ck_assert_ptr_nonnull(json_object_get(take_answer, "return"));
	} else {
		ck_assert_ptr_nonnull(error);
		ck_assert_str_eq(json_string_value(
			json_object_get(error, "class")), class_name);
		ck_assert(desc && *desc);
	}
	json_decref(take_answer);
}
