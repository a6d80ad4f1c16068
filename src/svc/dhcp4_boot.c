/* SPDX-License-Identifier: BSD-3-Clause */
/* dhcp4_boot.c - which file a client is told to boot from */
#include "svc/dhcp4_boot.h"

#include <string.h>

#define IPXE "iPXE"

/* Processor architecture types, RFC 4578 2.1 and its registry. */
enum {
	ARCH_BIOS = 0,
	ARCH_EFI_IA32 = 6,
	ARCH_EFI_BC = 7,		/* what x86-64 calls itself */
	ARCH_EFI_X64 = 9,
	ARCH_EFI_ARM64 = 11,
};

static enum ul_dhcp4_class class_of(const struct ul_dhcp4_msg *m)
{
	if (!m->has_arch)
		return UL_DHCP4_CLASS_ANY;
	switch (m->arch) {
	case ARCH_BIOS:
		return UL_DHCP4_CLASS_BIOS;
	case ARCH_EFI_IA32:
		return UL_DHCP4_CLASS_EFI32;
	case ARCH_EFI_BC:
	case ARCH_EFI_X64:
		return UL_DHCP4_CLASS_EFI64;
	case ARCH_EFI_ARM64:
		return UL_DHCP4_CLASS_ARM64;
	}
	return UL_DHCP4_CLASS_ANY;
}

const char *ul_dhcp4_boot_file(const struct ul_dhcp4_boot *boot,
			       const struct ul_dhcp4_msg *m)
{
	const char *file = NULL;

	/* RFC 3004 wants lengths before names; iPXE writes none. */
	if (strstr(m->user_class, IPXE))
		file = boot->file[UL_DHCP4_CLASS_IPXE];
	if (!file)
		file = boot->file[class_of(m)];
	return file ? file : boot->file[UL_DHCP4_CLASS_ANY];
}
