/* SPDX-License-Identifier: BSD-3-Clause */
/* ctl.c - the control socket of a network: who gets in, who is told */
#include "ctl/ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "ctl/client.h"
#include "ctl/cmd.h"
#include "ctl/event.h"
#include "ctl/json.h"

#define ACCEPTS_PER_TURN 8
#define ACCEPT_RETRY_US 1000000ll	/* when descriptors are used up */
#define SEND_BUFFER (256 << 10)

struct ul_ctl {
	struct ul_ctl_conf conf;
	struct ul_watch listener;
	int listen_fd;			/* -1: none */
	struct ul_timer accept_retry;
	struct ul_defer reap;
	struct ul_event_source events;
	struct ul_log_limit log_limit;
	struct ul_client *clients[UL_CTL_CLIENTS_MAX];
	unsigned int client_count;
	struct ul_client *over[UL_CTL_CLIENTS_MAX];
	unsigned int over_count;
};

static json_t *on_request(struct ul_client *client, json_t *request,
			  void *arg)
{
	struct ul_ctl *ctl = arg;
	struct ul_call call = {
		.client = client,
		.network = ctl->conf.network,
		.log_path = ctl->conf.log_path,
		.quit = ctl->conf.quit,
		.reload = ctl->conf.reload,
		.quit_arg = ctl->conf.arg,
	};

	return ul_cmd_answer(&call, request);
}

static void on_over(struct ul_client *client, const char *why, void *arg)
{
	struct ul_ctl *ctl = arg;

	if (why)
		ul_log_limited(&ctl->log_limit, ul_loop_now(ctl->conf.loop),
			       UL_LOG_WARN, "ctl", "a control client was "
			       "dropped: it %s", why);
	for (unsigned int i = 0; i < ctl->client_count; i++)
		if (ctl->clients[i] == client)
			ctl->clients[i] = ctl->clients[--ctl->client_count];
	ctl->over[ctl->over_count++] = client;
	ul_defer_schedule(ctl->conf.loop, &ctl->reap);
}

static void reap(void *arg)
{
	struct ul_ctl *ctl = arg;

	while (ctl->over_count)
		ul_client_free(ctl->over[--ctl->over_count]);
}

static const struct ul_client_handler handler = {
	.request = on_request,
	.over = on_over,
};

static void greet(struct ul_client *client)
{
	json_t *greeting = json_pack("{s:{s:o, s:[]}}", "QMP",
				     "version", ul_cmd_version(),
				     "capabilities");

	ul_client_say(client, greeting);
	json_decref(greeting);
}

/* A reason that a person at the other end can read; what is lost is lost. */
static void turn_away(struct ul_ctl *ctl, int take_fd, const char *desc)
{
	json_t *answer = json_pack("{s:o}", "error",
				   ul_json_error("GenericError", "%s", desc));
	g_autofree char *text = json_dumps(answer, JSON_COMPACT);
	g_autofree char *line = g_strconcat(text, "\r\n", NULL);

	send(take_fd, line, strlen(line), MSG_NOSIGNAL | MSG_DONTWAIT);
	close(take_fd);
	json_decref(answer);
	ul_log_limited(&ctl->log_limit, ul_loop_now(ctl->conf.loop),
		       UL_LOG_WARN, "ctl", "a control client was refused: %s",
		       desc);
}

void ul_ctl_adopt(struct ul_ctl *ctl, int take_fd)
{
	int size = SEND_BUFFER;
	struct ul_client *client;

	if (ctl->client_count + ctl->over_count >= UL_CTL_CLIENTS_MAX) {
		turn_away(ctl, take_fd, G_STRINGIFY(UL_CTL_CLIENTS_MAX)
			  " clients are connected already, and that is the "
			  "limit");
		return;
	}
	setsockopt(take_fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	client = ul_client_new(ctl->conf.loop, take_fd, &handler, ctl);
	if (!client)
		return;
	ctl->clients[ctl->client_count++] = client;
	greet(client);
}

/* Whoever can open the socket can; this is for one that was opened wide. */
static bool is_friend(struct ul_ctl *ctl, int fd)
{
	struct ucred peer = { .uid = (uid_t)-1 };
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return false;
	if (peer.uid == geteuid() || peer.uid == 0)
		return true;
	ul_log_limited(&ctl->log_limit, ul_loop_now(ctl->conf.loop),
		       UL_LOG_WARN, "ctl", "uid %u may not control this "
		       "network, which is uid %u's", (unsigned int)peer.uid,
		       (unsigned int)geteuid());
	return false;
}

static bool is_passing(int err)
{
	return err == EINTR || err == ECONNABORTED;
}

static void on_accept(uint32_t events, void *arg)
{
	struct ul_ctl *ctl = arg;

	for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
		int fd = accept4(ctl->listen_fd, NULL, NULL,
				 SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0 && is_passing(errno))
			continue;
		if (fd < 0 && errno == EAGAIN)
			return;
		if (fd < 0) {
			ul_watch_mod(ctl->conf.loop, &ctl->listener, 0);
			ul_timer_set(ctl->conf.loop, &ctl->accept_retry,
				     ul_loop_now(ctl->conf.loop) +
				     ACCEPT_RETRY_US);
			return;
		}
		if (is_friend(ctl, fd))
			ul_ctl_adopt(ctl, fd);
		else
			close(fd);
	}
}

static void on_accept_retry(int64_t now_us, void *arg)
{
	struct ul_ctl *ctl = arg;

	ul_watch_mod(ctl->conf.loop, &ctl->listener, EPOLLIN);
}

static int64_t now_us(void *arg)
{
	struct ul_ctl *ctl = arg;

	return ul_loop_now(ctl->conf.loop);
}

/* A client that is told may be over by that, and leaves the list. */
static void tell_all(const json_t *event, void *arg)
{
	struct ul_ctl *ctl = arg;

	for (unsigned int i = ctl->client_count; i-- > 0;)
		ul_client_tell(ctl->clients[i], event);
}

struct ul_ctl *ul_ctl_new(const struct ul_ctl_conf *conf)
{
	struct ul_ctl *ctl = g_new0(struct ul_ctl, 1);

	ul_json_init();
	ctl->conf = *conf;
	ctl->listen_fd = -1;
	ul_timer_init(&ctl->accept_retry, on_accept_retry, ctl);
	ul_defer_init(&ctl->reap, UL_DEFER_FLUSH, reap, ctl);
	ctl->events.now_us = now_us;
	ctl->events.emit = tell_all;
	ctl->events.arg = ctl;
	ul_network_set_events(conf->network, &ul_event_of_network,
			      &ctl->events);
	return ctl;
}

void ul_ctl_free(struct ul_ctl *ctl)
{
	if (!ctl)
		return;
	ul_network_set_events(ctl->conf.network, NULL, NULL);
	ul_timer_cancel(ctl->conf.loop, &ctl->accept_retry);
	ul_defer_cancel(ctl->conf.loop, &ctl->reap);
	ul_watch_del(ctl->conf.loop, &ctl->listener);
	if (ctl->listen_fd >= 0)
		close(ctl->listen_fd);
	reap(ctl);
	while (ctl->client_count)
		ul_client_free(ctl->clients[--ctl->client_count]);
	g_free(ctl);
}

int ul_ctl_listen(struct ul_ctl *ctl, int take_fd)
{
	int rc = ul_watch_add(ctl->conf.loop, &ctl->listener, take_fd,
			      EPOLLIN, on_accept, ctl);

	if (rc < 0)
		close(take_fd);
	else
		ctl->listen_fd = take_fd;
	return rc;
}

void ul_ctl_say_shutdown(struct ul_ctl *ctl, const char *reason)
{
	ul_event_shutdown(&ctl->events, reason);
}

unsigned int ul_ctl_clients(const struct ul_ctl *ctl)
{
	return ctl->client_count;
}
