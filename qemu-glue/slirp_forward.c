/* SPDX-License-Identifier: BSD-3-Clause */
/* slirp_forward.c - host ports that lead to the guest */
#include "qemu-glue/slirp_priv.h"

#include <errno.h>

int slirp_add_hostfwd(Slirp *s, int is_udp, struct in_addr host_addr,
		      int host_port, struct in_addr guest_addr, int guest_port)
{
	errno = ENOSYS;
	return -1;
}

int slirp_remove_hostfwd(Slirp *s, int is_udp, struct in_addr host_addr,
			 int host_port)
{
	errno = ENOSYS;
	return -1;
}

int slirp_add_hostxfwd(Slirp *s, const struct sockaddr *haddr,
		       socklen_t haddrlen, const struct sockaddr *gaddr,
		       socklen_t gaddrlen, int flags)
{
	errno = ENOSYS;
	return -1;
}

int slirp_remove_hostxfwd(Slirp *s, const struct sockaddr *haddr,
			  socklen_t haddrlen, int flags)
{
	errno = ENOSYS;
	return -1;
}
