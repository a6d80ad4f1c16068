/* SPDX-License-Identifier: BSD-3-Clause */
/* boot_spec.h - what guests boot from the network, from text */
#ifndef UL_CONF_BOOT_SPEC_H
#define UL_CONF_BOOT_SPEC_H

#include "conf/conf.h"

#define UL_BOOT_FILE_MAX 127	/* DHCP's field for it, RFC 2131 2 */

/* Which machines: by DHCP's options 93 (RFC 4578) and 77. */
enum ul_boot_class {
	UL_BOOT_ANY,
	UL_BOOT_BIOS,
	UL_BOOT_EFI32,
	UL_BOOT_EFI64,
	UL_BOOT_ARM64,
	UL_BOOT_IPXE,		/* whatever the machine is */
};
#define UL_BOOT_CLASS_COUNT (UL_BOOT_IPXE + 1)

struct ul_boot_conf {
	enum ul_boot_class class;
	char *file;
};

/* "any", "bios" ... */
const char *ul_boot_class_name(enum ul_boot_class class);

/*
 * "FILE" or "CLASS:FILE". 0 and in *@out the caller's, or -EINVAL and in
 * *@why half a sentence (the caller's) that says what would be right.
 */
int ul_boot_spec_parse(struct ul_boot_conf **out, const char *text,
		       char **why);
/* NULL is fine. */
void ul_boot_conf_free(struct ul_boot_conf *boot);

/* The address of the TFTP server, and whether bootfiles are to be had. */
int ul_boot_settle(struct ul_conf *conf, char **error);

#endif
