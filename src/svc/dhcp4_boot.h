/* SPDX-License-Identifier: BSD-3-Clause */
/* dhcp4_boot.h - which file a client is told to boot from */
#ifndef UL_SVC_DHCP4_BOOT_H
#define UL_SVC_DHCP4_BOOT_H

#include "wire/dhcp4.h"

enum ul_dhcp4_class {
	UL_DHCP4_CLASS_ANY,
	UL_DHCP4_CLASS_BIOS,
	UL_DHCP4_CLASS_EFI32,
	UL_DHCP4_CLASS_EFI64,
	UL_DHCP4_CLASS_ARM64,
	UL_DHCP4_CLASS_IPXE,
};
#define UL_DHCP4_CLASS_COUNT (UL_DHCP4_CLASS_IPXE + 1)

/* Of each class, NULL: none. */
struct ul_dhcp4_boot {
	struct ul_addr next_server;	/* 0.0.0.0: not told */
	char *file[UL_DHCP4_CLASS_COUNT];
};

/*
 * The file for who sent @m: iPXE's, else its architecture's, else anybody's;
 * NULL when there is none.
 */
const char *ul_dhcp4_boot_file(const struct ul_dhcp4_boot *boot,
			       const struct ul_dhcp4_msg *m);

#endif
