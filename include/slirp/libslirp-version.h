/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libslirp-version.h - which libslirp this library stands in for
 *
 * Programs choose their code by these numbers. They name the release whose
 * interface is offered, not one of userlan's.
 */
#ifndef LIBSLIRP_VERSION_H_
#define LIBSLIRP_VERSION_H_

#define SLIRP_MAJOR_VERSION 4
#define SLIRP_MINOR_VERSION 9
#define SLIRP_MICRO_VERSION 5
#define SLIRP_VERSION_STRING "4.9.5-userlan"

/* Is the interface that of @major.@minor.@micro, or a later one? */
#define SLIRP_CHECK_VERSION(major, minor, micro) \
	(SLIRP_MAJOR_VERSION > (major) || \
	 (SLIRP_MAJOR_VERSION == (major) && \
	  (SLIRP_MINOR_VERSION > (minor) || \
	   (SLIRP_MINOR_VERSION == (minor) && \
	    SLIRP_MICRO_VERSION >= (micro)))))

#endif
