/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tcp_pair.c - both ends of a TCP connection of this process with itself
 *
 * The port is open for a moment, and whoever is on this host may connect to
 * it meanwhile. So what is accepted must have our own end's address; all else
 * is closed.
 */
#include "sys/tcp_pair.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 8

static struct sockaddr_in loopback(void)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

/* It does not block; its address is in *@at. */
static int open_listener(struct sockaddr_in *at)
{
	socklen_t len = sizeof(*at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int err;

	if (fd < 0)
		return -errno;
	*at = loopback();
	if (bind(fd, (struct sockaddr *)at, sizeof(*at)) == 0 &&
	    listen(fd, BACKLOG) == 0 &&
	    getsockname(fd, (struct sockaddr *)at, &len) == 0)
		return fd;
	err = errno;
	close(fd);
	return -err;
}

/* On loopback this ends at once, one way or the other. */
static int open_client(const struct sockaddr_in *to)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)to, sizeof(*to)) == 0)
		return fd;
	err = errno;
	close(fd);
	return -err;
}

static bool is_peer(int fd, int client)
{
	struct sockaddr_in peer, own;
	socklen_t peer_len = sizeof(peer), own_len = sizeof(own);

	return getpeername(fd, (struct sockaddr *)&peer, &peer_len) == 0 &&
	       getsockname(client, (struct sockaddr *)&own, &own_len) == 0 &&
	       peer.sin_port == own.sin_port &&
	       peer.sin_addr.s_addr == own.sin_addr.s_addr;
}

static int take(int listener, int client)
{
	for (int i = 0; i <= BACKLOG; i++) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0)
			return errno == EAGAIN ? -ECONNREFUSED : -errno;
		if (is_peer(fd, client))
			return fd;
		close(fd);
	}
	return -ECONNREFUSED;
}

int ul_tcp_pair(int out[2])
{
	static const int on = 1;
	struct sockaddr_in at;
	int listener = open_listener(&at);
	int client, server;

	if (listener < 0)
		return listener;
	client = open_client(&at);
	server = client < 0 ? client : take(listener, client);
	close(listener);
	if (server < 0) {
		if (client >= 0)
			close(client);
		return server;
	}
	setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	out[0] = client;
	out[1] = server;
	return 0;
}
