/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tftp_srv.h - files for guests that boot, by TFTP, to be read only
 *
 * RFC 1350 with block size, size, timeout and window (RFC 2347-2349, 7440).
 * Files go out as they are: netascii is refused.
 */
#ifndef UL_SVC_TFTP_SRV_H
#define UL_SVC_TFTP_SRV_H

#include "base/addr.h"
#include "loop/loop.h"

#define UL_TFTP_PORT 69
#define UL_TFTP_SESSIONS 64		/* of all guests */
#define UL_TFTP_PER_GUEST 8
#define UL_TFTP_WINDOW_MAX 32		/* blocks in flight */
/* No packet of a transfer is fragmented at an MTU of 1500, in either family. */
#define UL_TFTP_BLOCK_MAX 1448
#define UL_TFTP_TIMEOUT_S 1
#define UL_TFTP_TRIES 6			/* of a window that nobody acknowledges */

struct ul_tftp_srv_conf {
	struct ul_loop *loop;
	/* A descriptor of the file, and its size; or -errno. */
	int (*open)(const char *name, uint64_t *size, void *arg);
	/* A UDP payload to @guest from @service. */
	void (*send)(const struct ul_ep *guest, const struct ul_ep *service,
		     const uint8_t *data, size_t len, void *arg);
	void *arg;
};

struct ul_tftp_srv;

struct ul_tftp_srv *ul_tftp_srv_new(const struct ul_tftp_srv_conf *conf);
/* NULL is fine. */
void ul_tftp_srv_free(struct ul_tftp_srv *srv);

/*
 * A UDP payload of @guest to @service: port UL_TFTP_PORT, or that of a
 * transfer. @who tells guests apart, whatever addresses they take.
 */
void ul_tftp_srv_input(struct ul_tftp_srv *srv, const struct ul_ep *guest,
		       const struct ul_ep *service, const void *who,
		       const uint8_t *data, size_t len);

/* Is @port one that this server answers at? */
bool ul_tftp_srv_has_port(const struct ul_tftp_srv *srv, uint16_t port);

/* Transfers under way. */
unsigned int ul_tftp_srv_count(const struct ul_tftp_srv *srv);

#endif
