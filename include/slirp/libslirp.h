/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libslirp.h - a network for one guest, inside the program that runs it
 *
 * Names, values and layout are those of libslirp, so that a program compiled
 * with either header runs with either library. The text is userlan's, and so
 * is the library behind it.
 *
 * The program owns the thread and the sleep: before it sleeps it asks what to
 * wait for (slirp_pollfds_fill), after that it says that it woke up
 * (slirp_pollfds_poll). Frames of the guest go to slirp_input(); those for it
 * come by SlirpCb.send_packet. An instance may be used from any thread.
 */
#ifndef LIBSLIRP_H
#define LIBSLIRP_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "libslirp-version.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Slirp Slirp;

/* What other systems call otherwise. */
typedef ssize_t slirp_ssize_t;
typedef int slirp_os_socket;
#define SLIRP_PRIfd "d"
#define SLIRP_INVALID_SOCKET (-1)

/* What to wait for on a descriptor, and what happened there. */
enum {
	SLIRP_POLL_IN	= 1 << 0,
	SLIRP_POLL_OUT	= 1 << 1,
	SLIRP_POLL_PRI	= 1 << 2,
	SLIRP_POLL_ERR	= 1 << 3,
	SLIRP_POLL_HUP	= 1 << 4,
};

/* For slirp_set_debug(). */
enum {
	SLIRP_DBG_CALL		= 1 << 0,
	SLIRP_DBG_MISC		= 1 << 1,
	SLIRP_DBG_ERROR		= 1 << 2,
	SLIRP_DBG_TFTP		= 1 << 3,
	SLIRP_DBG_VERBOSE_CALL	= 1 << 4,
};

/* The last argument is always what came with the function. */
typedef slirp_ssize_t (*SlirpReadCb)(void *buf, size_t len, void *opaque);
typedef slirp_ssize_t (*SlirpWriteCb)(const void *buf, size_t len,
				      void *opaque);
typedef void (*SlirpTimerCb)(void *opaque);
/* Returns a number by which SlirpGetREventsCb is asked later. */
typedef int (*SlirpAddPollCb)(int fd, int events, void *opaque);
typedef int (*SlirpAddPollSocketCb)(slirp_os_socket fd, int events,
				    void *opaque);
typedef int (*SlirpGetREventsCb)(int idx, void *opaque);

typedef enum SlirpTimerId {
	SLIRP_TIMER_RA,
	SLIRP_TIMER_NUM,
} SlirpTimerId;

/*
 * What the program does for the instance. Only send_packet is needed; each of
 * the others may be NULL. The struct is borrowed as long as the instance
 * lives; @opaque is what slirp_new() was given.
 */
typedef struct SlirpCb {
	/*
	 * One Ethernet frame for the guest. It may be dropped; less than 0 is
	 * an error.
	 */
	SlirpWriteCb send_packet;
	/* The guest did what no guest should. */
	void (*guest_error)(const char *msg, void *opaque);
	/*
	 * The guest's clock, in ns. It may start anywhere and stop. NULL: the
	 * host's monotonic one.
	 */
	int64_t (*clock_get_ns)(void *opaque);
	/* A timer that calls @cb; not armed. */
	void *(*timer_new)(SlirpTimerCb cb, void *cb_opaque, void *opaque);
	void (*timer_free)(void *timer, void *opaque);
	/* Let it expire at @expire_time, in ms of clock_get_ns(). */
	void (*timer_mod)(void *timer, int64_t expire_time, void *opaque);
	/* @fd will be given to SlirpAddPollCb; and will not, any more. */
	void (*register_poll_fd)(int fd, void *opaque);
	void (*unregister_poll_fd)(int fd, void *opaque);
	/* Wake up, if asleep: there is something to do. */
	void (*notify)(void *opaque);

	/* From SlirpConfig.version 4 on. */

	/* slirp_new() will return @slirp. Called before all others. */
	void (*init_completed)(Slirp *slirp, void *opaque);
	/*
	 * As timer_new(), preferred to it: slirp_handle_timer() is to be
	 * called with @id and @cb_opaque.
	 */
	void *(*timer_new_opaque)(SlirpTimerId id, void *cb_opaque,
				  void *opaque);

	/* From SlirpConfig.version 6 on. */

	/* Preferred to register_poll_fd and unregister_poll_fd. */
	void (*register_poll_socket)(slirp_os_socket fd, void *opaque);
	void (*unregister_poll_socket)(slirp_os_socket fd, void *opaque);
} SlirpCb;

#define SLIRP_CONFIG_VERSION_MIN 1
#define SLIRP_CONFIG_VERSION_MAX 6

/* Nothing behind the fields of .version is read. */
typedef struct SlirpConfig {
	uint32_t version;

	/* From version 1 on. */

	/* Not 0: the guest reaches nothing but what is forwarded. */
	int restricted;
	bool in_enabled;			/* IPv4 */
	struct in_addr vnetwork;
	struct in_addr vnetmask;
	struct in_addr vhost;			/* the host, and gateway */
	bool in6_enabled;			/* IPv6 */
	struct in6_addr vprefix_addr6;
	uint8_t vprefix_len;
	struct in6_addr vhost6;
	/* Strings are copied; each may be NULL. */
	const char *vhostname;			/* told to the guest by DHCP */
	const char *tftp_server_name;
	const char *tftp_path;			/* the directory served */
	const char *bootfile;			/* at most 127 bytes */
	struct in_addr vdhcp_start;		/* the first of 16 leases */
	struct in_addr vnameserver;
	struct in6_addr vnameserver6;
	const char **vdnssearch;		/* NULL is behind the last */
	const char *vdomainname;
	/* 68 to 65521 bytes; 0: 1500. */
	size_t if_mtu;
	size_t if_mru;
	/* vhost does not lead to the host's loopback. */
	bool disable_host_loopback;
	bool enable_emu;			/* without effect */

	/* From version 2 on. */

	/* The source of what goes to others; NULL: the host's choice. */
	struct sockaddr_in *outbound_addr;
	struct sockaddr_in6 *outbound_addr6;

	/* From version 3 on. */

	bool disable_dns;			/* vnameserver is no server */

	/* From version 4 on. */

	bool disable_dhcp;

	/* From version 5 on. */

	uint32_t mfr_id;			/* NC-SI: manufacturer */
	uint8_t oob_eth_addr[6];		/* NC-SI: the MAC it tells */
} SlirpConfig;

/* NULL when @cfg is not valid or the host has no descriptor left. */
Slirp *slirp_new(const SlirpConfig *cfg, const SlirpCb *callbacks,
		 void *opaque);
/* Deprecated: slirp_new() with a config of version 1. */
Slirp *slirp_init(int restricted, bool in_enabled, struct in_addr vnetwork,
		  struct in_addr vnetmask, struct in_addr vhost,
		  bool in6_enabled, struct in6_addr vprefix_addr6,
		  uint8_t vprefix_len, struct in6_addr vhost6,
		  const char *vhostname, const char *tftp_server_name,
		  const char *tftp_path, const char *bootfile,
		  struct in_addr vdhcp_start, struct in_addr vnameserver,
		  struct in6_addr vnameserver6, const char **vdnssearch,
		  const char *vdomainname, const SlirpCb *callbacks,
		  void *opaque);
/* All its connections end. NULL is fine. */
void slirp_cleanup(Slirp *slirp);

/*
 * The program is about to sleep for *@timeout ms (UINT32_MAX: for ever),
 * which may be lowered; @add_poll is called for what should wake it.
 */
void slirp_pollfds_fill_socket(Slirp *slirp, uint32_t *timeout,
			       SlirpAddPollSocketCb add_poll, void *opaque);
/* The older name. */
void slirp_pollfds_fill(Slirp *slirp, uint32_t *timeout,
			SlirpAddPollCb add_poll, void *opaque);
/* It slept. @select_error: waiting failed, so there are no revents. */
void slirp_pollfds_poll(Slirp *slirp, int select_error,
			SlirpGetREventsCb get_revents, void *opaque);

/* An Ethernet frame of the guest's. */
void slirp_input(Slirp *slirp, const uint8_t *pkt, int pkt_len);

/* A timer of timer_new_opaque() has expired. */
void slirp_handle_timer(Slirp *slirp, SlirpTimerId id, void *cb_opaque);

/*
 * Ports of the host's that lead to the guest. Addresses are in network order,
 * ports in the host's; host port 0 is a free one, guest address 0 that of the
 * first lease. 0, or -1 and errno.
 */
int slirp_add_hostfwd(Slirp *slirp, int is_udp, struct in_addr host_addr,
		      int host_port, struct in_addr guest_addr,
		      int guest_port);
int slirp_remove_hostfwd(Slirp *slirp, int is_udp, struct in_addr host_addr,
			 int host_port);

#define SLIRP_HOSTFWD_UDP 1
#define SLIRP_HOSTFWD_V6ONLY 2

/*
 * The same of any family; a UNIX socket of the host's leads to TCP. @flags:
 * SLIRP_HOSTFWD_*.
 */
int slirp_add_hostxfwd(Slirp *slirp, const struct sockaddr *haddr,
		       socklen_t haddrlen, const struct sockaddr *gaddr,
		       socklen_t gaddrlen, int flags);
int slirp_remove_hostxfwd(Slirp *slirp, const struct sockaddr *haddr,
			  socklen_t haddrlen, int flags);

/*
 * TCP connections of the guest to *@guest_addr (0: changed to host part 4 of
 * the network) and @guest_port lead to a command, which is run for each; to a
 * UNIX socket; or to @write_cb. 0 or -1.
 */
int slirp_add_exec(Slirp *slirp, const char *cmdline,
		   struct in_addr *guest_addr, int guest_port);
int slirp_add_unix(Slirp *slirp, const char *unixsock,
		   struct in_addr *guest_addr, int guest_port);
int slirp_add_guestfwd(Slirp *slirp, SlirpWriteCb write_cb, void *opaque,
		       struct in_addr *guest_addr, int guest_port);
/* No more of them. What is open stays open. 0 or -1. */
int slirp_remove_guestfwd(Slirp *slirp, struct in_addr guest_addr,
			  int guest_port);

/* Bytes that slirp_socket_recv() would take for the guest's connection. */
size_t slirp_socket_can_recv(Slirp *slirp, struct in_addr guest_addr,
			     int guest_port);
/* Data for the connection of a slirp_add_guestfwd(). */
void slirp_socket_recv(Slirp *slirp, struct in_addr guest_addr,
		       int guest_port, const uint8_t *buf, int size);

/* Tables for people; to be freed by free() or g_free(). */
char *slirp_connection_info(Slirp *slirp);
char *slirp_neighbor_info(Slirp *slirp);

/* What a guest that moves takes along. Less than 0: that failed. */
int slirp_state_save(Slirp *s, SlirpWriteCb write_cb, void *opaque);
int slirp_state_load(Slirp *s, int version_id, SlirpReadCb read_cb,
		     void *opaque);
int slirp_state_version(void);

const char *slirp_version_string(void);

/* More, or less, of SLIRP_DBG_* is said on stderr. */
void slirp_set_debug(unsigned int flags);
void slirp_reset_debug(unsigned int flags);

#ifdef __cplusplus
}
#endif

#endif
