/* SPDX-License-Identifier: BSD-3-Clause */
/* nic.h - one network card of a VM, and how QEMU is told about it */
#ifndef UL_CLI_NIC_H
#define UL_CLI_NIC_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define UL_NIC_MODEL "virtio-net-pci"
#define UL_NIC_VIRTIO "virtio-net"	/* how models of virtio begin */

struct ul_nic {
	char *net;
	char *name;		/* of the VM on that network; NULL: not said */
	char *model;		/* NULL: not said */
	bool has_mac;
	uint8_t mac[6];
	unsigned int mtu;	/* of the network; 0: not known */
	int fd;			/* QEMU's end of the stream; -1: none yet */
	char *at;		/* vhost-user: the abstract name, "@" first */
};

/*
 * "NET[,name=VM][,mac=MAC][,model=MODEL]". 0 and the caller's *@out, or
 * -EINVAL and a sentence without the text itself.
 */
int ul_nic_parse(struct ul_nic **out, const char *text, char **error);
void ul_nic_free(struct ul_nic *nic);

/* A name of a device of QEMU's; else -EINVAL and half a sentence. */
int ul_nic_check_model(const char *model, char **why);

/*
 * The MAC of VM @name on network @net, the same at every start: 52:54:00 and
 * the first three bytes of the SHA-256 of "NET/NAME". Card @nth of the VM on
 * the same network (from 0) has "NET/NAME/NTH" when it is not the first.
 */
void ul_nic_mac_of(uint8_t out[6], const char *net, const char *name,
		   unsigned int nth);

/*
 * What QEMU understands: `-netdev stream` by descriptor came with 7.2, older
 * ones have `-netdev socket,fd=`, the same wire.
 */
enum ul_nic_netdev {
	UL_NIC_STREAM,
	UL_NIC_SOCKET,
	UL_NIC_VHOST,		/* vhost-user, which is older than both */
	UL_NIC_VHOST_EMULATED,	/* for a VM without KVM */
};

/* By what `qemu --version` prints; what has no version is new enough. */
enum ul_nic_netdev ul_nic_netdev_of(const char *version_text);

/* Append the arguments for @nic, card @index of the VM, to @argv (owned). */
void ul_nic_append(GPtrArray *argv, const struct ul_nic *nic,
		   unsigned int index, enum ul_nic_netdev kind);

/* The name that QEMU's own `-name` gives the VM, the caller's, or NULL. */
char *ul_nic_vm_name(char *const *qemu_argv);

#endif
