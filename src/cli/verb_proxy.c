/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * verb_proxy.c - userlan proxy: a SOCKS5 proxy into a network
 *
 * It stands at the door only: what a client asks for is asked of the network,
 * with a copy of the client's own socket and the reply that it shall read
 * when the VM accepts. From then on the network has the connection, and this
 * process nothing of it. Names are the network's to resolve.
 *
 * A client moves through its states in one direction; each has to reach its
 * end within HANDSHAKE_S. Commands to the network are under way for WAITING_MAX
 * clients at a time, fewer than the network owes one of its own.
 */
#include <errno.h>
#include <glib.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/query.h"
#include "cli/reach.h"
#include "cli/verbs.h"
#include "conf/value.h"
#include "wire/socks5.h"

#define CLIENTS_MAX 256
#define WAITING_MAX 48
#define HANDSHAKE_S 30
#define CONNECT_WAIT_S 10
#define BACKLOG 128

static const char help[] =
"Run a SOCKS5 proxy into the network: who uses it reaches the virtual machines\n"
"by name and address. It prints where it listens and stays until it is\n"
"interrupted or the network ends. Every user of this host can connect to it.\n"
"\n"
"  --listen ADDRESS:PORT  a loopback address; without a port, or with 0, a\n"
"                         free one is taken; 127.0.0.1 is the default\n"
"  --json                 print where as an object\n";

static const struct option options[] = {
	{ "listen", required_argument, NULL, 'l' },
	UL_OPTIONS_JSON
};

enum state {
	HELLO,			/* its methods are read */
	REQUEST,
	READY,			/* it waits for its turn */
	WAITING,		/* the network was asked */
	OVER,
};

struct client {
	enum state state;
	int fd;
	gint64 deadline_us;
	json_int_t id;		/* of the network's answer */
	struct ul_socks5_request request;
	size_t len;
	uint8_t in[UL_SOCKS5_REQUEST_MAX];
};

struct proxy {
	const char *net;
	bool is_json;
	struct ul_ep listen;
	int listen_fd;
	struct ul_qmp *qmp;
	unsigned int count, waiting;
	struct client clients[CLIENTS_MAX];
};

static void say(const struct client *c, const struct ul_wr *w)
{
	struct linger none = { .l_onoff = 0 };

	/* The network may have meant to reset it. */
	setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	send(c->fd, w->start, w->len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void refuse(struct client *c, enum ul_socks5_reply reply)
{
	uint8_t bytes[UL_SOCKS5_REPLY_LEN];
	struct ul_wr w = ul_wr_new(bytes, sizeof(bytes));

	ul_socks5_emit_reply(&w, reply);
	say(c, &w);
	c->state = OVER;
}

static void on_hello(struct client *c, struct ul_rd *r)
{
	uint8_t bytes[2];
	struct ul_wr w = ul_wr_new(bytes, sizeof(bytes));
	bool has_none = false;
	int rc = ul_socks5_parse_hello(&has_none, r);

	if (rc == -EAGAIN)
		return;
	c->state = OVER;
	if (rc)
		return;		/* another protocol's client */
	ul_socks5_emit_method(&w, has_none);
	say(c, &w);
	if (has_none)
		c->state = REQUEST;
}

static void on_request(struct client *c, struct ul_rd *r)
{
	int rc = ul_socks5_parse_request(&c->request, r);

	if (rc == -EAGAIN)
		return;
	if (rc == -EAFNOSUPPORT)
		refuse(c, UL_SOCKS5_BAD_ADDRESS);
	else if (rc || !c->request.port)
		refuse(c, UL_SOCKS5_FAILED);
	else if (c->request.command != UL_SOCKS5_CONNECT)
		refuse(c, UL_SOCKS5_BAD_COMMAND);
	else
		c->state = READY;
}

static void parse(struct client *c)
{
	struct ul_rd r = ul_rd_new(c->in, c->len);
	enum state before = c->state;

	if (c->state == HELLO)
		on_hello(c, &r);
	else
		on_request(c, &r);
	if (c->state != before)
		c->len = 0;
}

/*
 * A byte at a time, for there are few and what follows the request must not
 * be read: it is the VM's, and comes to it with the socket.
 */
static void read_client(struct client *c)
{
	while (c->state == HELLO || c->state == REQUEST) {
		ssize_t n = recv(c->fd, c->in + c->len, 1, MSG_DONTWAIT);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			c->state = OVER;
			return;
		}
		c->len++;
		parse(c);
	}
}

/* "0500...": what the client reads when the VM accepts. */
static json_t *accepted_reply(void)
{
	uint8_t bytes[UL_SOCKS5_REPLY_LEN];
	char hex[2 * UL_SOCKS5_REPLY_LEN + 1];
	struct ul_wr w = ul_wr_new(bytes, sizeof(bytes));

	ul_socks5_emit_reply(&w, UL_SOCKS5_OK);
	for (size_t i = 0; i < w.len; i++)
		g_snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
	return json_string(hex);
}

/* Ask the network for what the client wants. 0, or -errno and a sentence. */
static int ask(struct proxy *p, struct client *c, char **error)
{
	json_t *args = json_pack("{s:s, s:i, s:s, s:i}",
				 "guest", c->request.host,
				 "port", (int)c->request.port,
				 "fdname", "client",
				 "timeout", CONNECT_WAIT_S);
	json_int_t ignored;
	int rc;

	json_object_set_new(args, "first", accepted_reply());
	rc = ul_qmp_send(p->qmp, "getfd", json_pack("{s:s}", "fdname",
						    "client"), c->fd,
			 &ignored, error);
	if (rc)
		json_decref(args);
	else
		rc = ul_qmp_send(p->qmp, "connect", args, -1, &c->id, error);
	c->state = WAITING;
	p->waiting++;
	return rc;
}

static enum ul_socks5_reply reply_of(const json_t *answer)
{
	const json_t *error = json_object_get(answer, "error");
	const char *outcome = ul_reach_text(json_object_get(answer, "return"),
					    "outcome");

	if (!strcmp(ul_reach_text(error, "class"), "DeviceNotFound"))
		return UL_SOCKS5_HOST_UNREACHABLE;
	if (!strcmp(outcome, "accepted"))
		return UL_SOCKS5_OK;
	if (!strcmp(outcome, "refused"))
		return UL_SOCKS5_REFUSED;
	if (!strcmp(outcome, "unreachable") || !strcmp(outcome, "no-answer"))
		return UL_SOCKS5_HOST_UNREACHABLE;
	return UL_SOCKS5_FAILED;
}

static void on_answer(struct proxy *p, const json_t *answer)
{
	json_int_t id = ul_reach_int(answer, "id");
	enum ul_socks5_reply reply = reply_of(answer);

	for (unsigned int i = 0; i < p->count; i++) {
		struct client *c = &p->clients[i];

		if (c->state != WAITING || c->id != id)
			continue;
		p->waiting--;
		if (reply != UL_SOCKS5_OK)
			refuse(c, reply);
		c->state = OVER;	/* or the network's alone */
		return;
	}
}

/* 0 until the network is gone: -errno and a sentence. */
static int read_network(struct proxy *p, char **error)
{
	json_t *object;
	int rc;

	while (!(rc = ul_qmp_take(p->qmp, &object, error))) {
		on_answer(p, object);
		json_decref(object);
	}
	return rc == -EAGAIN ? 0 : rc;
}

static void accept_client(struct proxy *p)
{
	int fd = accept4(p->listen_fd, NULL, NULL,
			 SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct client *c = &p->clients[p->count];

	if (fd < 0)
		return;
	memset(c, 0, sizeof(*c));
	c->fd = fd;
	c->deadline_us = g_get_monotonic_time() + HANDSHAKE_S * 1000000ll;
	p->count++;
}

/* The network's time for an answer is less, and it ends what it has. */
static void expire(struct proxy *p)
{
	gint64 now = g_get_monotonic_time();

	for (unsigned int i = 0; i < p->count; i++)
		if (p->clients[i].state < WAITING &&
		    now > p->clients[i].deadline_us)
			p->clients[i].state = OVER;
}

static void reap(struct proxy *p)
{
	for (unsigned int i = p->count; i-- > 0;) {
		if (p->clients[i].state != OVER)
			continue;
		close(p->clients[i].fd);
		p->clients[i] = p->clients[--p->count];
	}
}

static int ask_for_all(struct proxy *p, char **error)
{
	int rc = 0;

	for (unsigned int i = 0; !rc && i < p->count; i++)
		if (p->clients[i].state == READY && p->waiting < WAITING_MAX)
			rc = ask(p, &p->clients[i], error);
	return rc;
}

/* 0, or -errno and a sentence: the network is gone. */
static int turn(struct proxy *p, char **error)
{
	struct pollfd fds[CLIENTS_MAX + 2];
	unsigned int count = p->count;
	bool has_room = count < CLIENTS_MAX;
	int rc;

	fds[0] = (struct pollfd){ .fd = ul_qmp_fd(p->qmp), .events = POLLIN };
	fds[1] = (struct pollfd){
		.fd = has_room ? p->listen_fd : -1, .events = POLLIN,
	};
	for (unsigned int i = 0; i < count; i++)
		fds[i + 2] = (struct pollfd){
			.fd = p->clients[i].state < READY ?
			      p->clients[i].fd : -1,
			.events = POLLIN,
		};
	if (poll(fds, count + 2, count ? 1000 : -1) < 0)
		return errno == EINTR ? 0 : -errno;
	for (unsigned int i = 0; i < count; i++)
		if (fds[i + 2].revents)
			read_client(&p->clients[i]);
	if (fds[1].revents)
		accept_client(p);
	expire(p);
	rc = ask_for_all(p, error);
	if (!rc)
		rc = read_network(p, error);
	reap(p);
	return rc;
}

/* A socket that listens, *@ep with its port; or -1 and a sentence. */
static int listen_at(struct ul_ep *ep, char **error)
{
	struct sockaddr_storage ss;
	socklen_t len = ul_ep_to_sa(ep, &ss);
	char text[UL_EP_STRLEN];
	int one = 1, fd;

	fd = socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
		    0);
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd < 0 || bind(fd, (struct sockaddr *)&ss, len) < 0 ||
	    listen(fd, BACKLOG) < 0 ||
	    getsockname(fd, (struct sockaddr *)&ss, &len) < 0) {
		*error = g_strdup_printf("--listen %s: %s",
					 ul_ep_str(ep, text),
					 g_strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	ul_ep_from_sa(ep, (struct sockaddr *)&ss);
	return fd;
}

/* One line: where it listens, for who waits for it to do so. */
static void tell(const struct proxy *p)
{
	char text[UL_EP_STRLEN], addr[UL_ADDR_STRLEN];
	json_t *o;

	if (!p->is_json) {
		printf("SOCKS5 proxy for network %s at %s\n", p->net,
		       ul_ep_str(&p->listen, text));
	} else {
		o = json_pack("{s:s, s:s, s:s, s:i}", "network", p->net,
			      "protocol", "socks5", "address",
			      ul_addr_str(&p->listen.addr, addr), "port",
			      (int)p->listen.port);
		json_dumpf(o, stdout, JSON_COMPACT);
		putchar('\n');
		json_decref(o);
	}
	fflush(stdout);
}

/* Until the network ends. */
static int serve(struct proxy *p, char **error)
{
	int rc;

	p->listen_fd = listen_at(&p->listen, error);
	if (p->listen_fd < 0)
		return -EADDRINUSE;
	tell(p);
	do {
		rc = turn(p, error);
	} while (!rc);
	if (!*error)
		*error = g_strdup(g_strerror(-rc));
	return rc;
}

static int set_listen(int code, const char *value, void *arg)
{
	struct proxy *p = arg;
	g_autofree char *why = NULL;

	if (ul_value_ep(&p->listen, value, 0, &why) < 0 ||
	    !ul_addr_is_loopback(&p->listen.addr))
		return ul_cli_usage(&ul_verb_proxy, "--listen: '%s' is no "
				    "loopback address, with or without a "
				    "port, as 127.0.0.1:1080 is", value);
	return 0;
}

static int verb_proxy(const struct ul_verb *verb, int argc, char **argv)
{
	static struct proxy p;
	char *error = NULL;
	struct ul_query q;
	int rc, status;

	ul_addr_parse(&p.listen.addr, "127.0.0.1");
	status = ul_query_parse(&q, verb, argc, argv, set_listen, &p);
	if (status != UL_QUERY_GO_ON)
		return status;
	p.net = q.net;
	p.is_json = q.is_json;
	rc = ul_reach(&p.qmp, p.net, &error);
	if (!rc)
		serve(&p, &error);
	ul_qmp_free(p.qmp);
	return ul_cli_failed(error);
}

const struct ul_verb ul_verb_proxy = {
	.name = "proxy",
	.args = "NET [--listen ADDRESS:PORT] [--json]",
	.summary = "SOCKS5 into a network",
	.help = help,
	.options = options,
	.run = verb_proxy,
};
