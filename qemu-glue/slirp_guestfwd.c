/* SPDX-License-Identifier: BSD-3-Clause */
/* slirp_guestfwd.c - addresses of the guest's that lead to the host */
#include "qemu-glue/slirp_priv.h"

int slirp_add_exec(Slirp *s, const char *cmdline, struct in_addr *guest_addr,
		   int guest_port)
{
	return -1;
}

int slirp_add_unix(Slirp *s, const char *unixsock, struct in_addr *guest_addr,
		   int guest_port)
{
	return -1;
}

int slirp_add_guestfwd(Slirp *s, SlirpWriteCb write_cb, void *opaque,
		       struct in_addr *guest_addr, int guest_port)
{
	return -1;
}

int slirp_remove_guestfwd(Slirp *s, struct in_addr guest_addr, int guest_port)
{
	return -1;
}

size_t slirp_socket_can_recv(Slirp *s, struct in_addr guest_addr,
			     int guest_port)
{
	return 0;
}

void slirp_socket_recv(Slirp *s, struct in_addr guest_addr, int guest_port,
		       const uint8_t *buf, int size)
{
}
