/* SPDX-License-Identifier: BSD-3-Clause */
/* nic.c - one network card of a VM, and how QEMU is told about it */
#include "cli/nic.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "conf/value.h"
#include "wire/eth.h"

#define STREAM_MAJOR 7
#define STREAM_MINOR 2
#define MODEL_MAX 63

/* No comma and no '=' can get into an option of QEMU's. */
int ul_nic_check_model(const char *model, char **why)
{
	size_t len = strspn(model, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS
			    "-_.");

	if (len && len <= MODEL_MAX && !model[len])
		return 0;
	return ul_refuse(why, "'%s' is no model of a network card: see qemu's "
			 "-device help, as in virtio-net-pci or e1000", model);
}

static int set_name(struct ul_nic *nic, const char *value, char **error)
{
	g_autofree char *why = NULL;

	if (nic->name)
		return ul_refuse(error, "name= is given twice");
	if (ul_value_check_label(value, &why))
		return ul_refuse(error, "'%s' is no name of a VM: %s", value,
				 why);
	nic->name = g_strdup(value);
	return 0;
}

static int set_mac(struct ul_nic *nic, const char *value, char **error)
{
	if (nic->has_mac)
		return ul_refuse(error, "mac= is given twice");
	if (ul_mac_parse(nic->mac, value) || ul_mac_is_multicast(nic->mac) ||
	    ul_mac_is_zero(nic->mac))
		return ul_refuse(error, "mac=%s: write the MAC of one card, as "
				 "in 52:54:00:00:00:01 (the first byte is "
				 "even)", value);
	nic->has_mac = true;
	return 0;
}

static int set_model(struct ul_nic *nic, const char *value, char **error)
{
	if (nic->model)
		return ul_refuse(error, "model= is given twice");
	if (ul_nic_check_model(value, error))
		return -EINVAL;
	nic->model = g_strdup(value);
	return 0;
}

static const struct {
	const char *key;
	int (*set)(struct ul_nic *nic, const char *value, char **error);
} keys[] = {
	{ "name=", set_name },
	{ "mac=", set_mac },
	{ "model=", set_model },
};

static int set_part(struct ul_nic *nic, const char *part, char **error)
{
	for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
		if (g_str_has_prefix(part, keys[i].key))
			return keys[i].set(nic, part + strlen(keys[i].key),
					   error);
	return ul_refuse(error, "'%s' is none of name=, mac= and model=", part);
}

int ul_nic_parse(struct ul_nic **out, const char *text, char **error)
{
	g_auto(GStrv) part = g_strsplit(text, ",", -1);
	g_autofree char *why = NULL;
	struct ul_nic *nic;
	int rc = 0;

	if (ul_value_check_label(part[0] ? part[0] : "", &why))
		return ul_refuse(error, "'%s' is no name of a network: %s",
				 part[0] ? part[0] : "", why);
	nic = g_new0(struct ul_nic, 1);
	nic->net = g_strdup(part[0]);
	nic->fd = -1;
	for (char **p = part + 1; !rc && *p; p++)
		rc = set_part(nic, *p, error);
	if (rc)
		ul_nic_free(nic);
	else
		*out = nic;
	return rc;
}

void ul_nic_free(struct ul_nic *nic)
{
	if (!nic)
		return;
	g_free(nic->net);
	g_free(nic->name);
	g_free(nic->model);
	g_free(nic->at);
	g_free(nic);
}

void ul_nic_mac_of(uint8_t out[6], const char *net, const char *name,
		   unsigned int nth)
{
	g_autofree char *text = nth ?
		g_strdup_printf("%s/%s/%u", net, name, nth) :
		g_strdup_printf("%s/%s", net, name);
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	uint8_t digest[32];
	gsize len = sizeof(digest);

	g_checksum_update(sum, (const guchar *)text, -1);
	g_checksum_get_digest(sum, digest, &len);
	out[0] = 0x52;
	out[1] = 0x54;
	out[2] = 0x00;
	memcpy(out + 3, digest, 3);
}

enum ul_nic_netdev ul_nic_netdev_of(const char *version_text)
{
	const char *at = strstr(version_text, "version ");
	unsigned int major, minor;

	if (!at || sscanf(at, "version %3u.%3u", &major, &minor) != 2)
		return UL_NIC_STREAM;
	return major > STREAM_MAJOR ||
	       (major == STREAM_MAJOR && minor >= STREAM_MINOR) ?
	       UL_NIC_STREAM : UL_NIC_SOCKET;
}

/* The models that have the property. */
static bool takes_host_mtu(const char *model)
{
	return g_str_has_prefix(model, UL_NIC_VIRTIO);
}

static char *netdev_of(const struct ul_nic *nic, unsigned int index,
		       enum ul_nic_netdev kind)
{
	switch (kind) {
	case UL_NIC_STREAM:
		return g_strdup_printf("stream,id=userlan%u,server=off,"
				       "addr.type=fd,addr.str=%d", index,
				       nic->fd);
	case UL_NIC_SOCKET:
		break;
	case UL_NIC_VHOST:
	case UL_NIC_VHOST_EMULATED:
		return g_strdup_printf("vhost-user,id=userlan%u,"
				       "chardev=userlan%u-at", index, index);
	}
	return g_strdup_printf("socket,id=userlan%u,fd=%d", index, nic->fd);
}

static void append_chardev(GPtrArray *argv, const struct ul_nic *nic,
			   unsigned int index)
{
	g_ptr_array_add(argv, g_strdup("-chardev"));
	g_ptr_array_add(argv, g_strdup_printf(
		"socket,id=userlan%u-at,path=%s,abstract=on", index,
		nic->at + 1));
}

void ul_nic_append(GPtrArray *argv, const struct ul_nic *nic,
		   unsigned int index, enum ul_nic_netdev kind)
{
	const char *model = nic->model ? nic->model : UL_NIC_MODEL;
	GString *device = g_string_new(NULL);
	char mac[UL_MAC_STRLEN];

	if (kind == UL_NIC_VHOST || kind == UL_NIC_VHOST_EMULATED)
		append_chardev(argv, nic, index);
	g_ptr_array_add(argv, g_strdup("-netdev"));
	g_ptr_array_add(argv, netdev_of(nic, index, kind));
	g_string_printf(device, "%s,netdev=userlan%u,mac=%s", model, index,
			ul_mac_str(nic->mac, mac));
	if (nic->mtu && takes_host_mtu(model))
		g_string_append_printf(device, ",host_mtu=%u", nic->mtu);
	/* QEMU 7.2 crashes with MSI-X then. */
	if (kind == UL_NIC_VHOST_EMULATED)
		g_string_append(device, ",vectors=0");
	g_ptr_array_add(argv, g_strdup("-device"));
	g_ptr_array_add(argv, g_string_free(device, FALSE));
}

/* "web,process=x", "guest=web,debug-threads=on" */
static char *name_in(const char *value)
{
	g_auto(GStrv) part = g_strsplit(value, ",", -1);

	for (char **p = part; *p; p++) {
		g_autofree char *why = NULL;
		const char *name = NULL;

		if (g_str_has_prefix(*p, "guest="))
			name = *p + strlen("guest=");
		else if (p == part && !strchr(*p, '='))
			name = *p;
		if (name && !ul_value_check_label(name, &why))
			return g_strdup(name);
	}
	return NULL;
}

char *ul_nic_vm_name(char *const *qemu_argv)
{
	for (char *const *a = qemu_argv; *a; a++)
		if ((!strcmp(*a, "-name") || !strcmp(*a, "--name")) && a[1])
			return name_in(a[1]);
	return NULL;
}
