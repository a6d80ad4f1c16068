/* SPDX-License-Identifier: BSD-3-Clause */
/* uplink_help.c - what uplinks there are and what root does for each */
#include "conf/uplink_help.h"

#include <unistd.h>

#include <glib.h>

char *ul_uplink_help(void)
{
	unsigned int uid = (unsigned int)geteuid();

	return g_strdup_printf(
"say --uplink with one of:\n"
"  tap:NAME       a tap of yours; root makes it once by:\n"
"                 ip tuntap add NAME mode tap user %u && "
"ip link set NAME master BRIDGE up\n"
"  helper:BRIDGE  a tap by qemu-bridge-helper; root allows it once by:\n"
"                 chmod u+s /usr/lib/qemu/qemu-bridge-helper && "
"echo 'allow BRIDGE' >>/etc/qemu/bridge.conf\n"
"  fd:N           a tap or macvtap that is open as descriptor N; root makes "
"a macvtap by:\n"
"                 ip link add link CARD name NAME type macvtap mode bridge && "
"ip link set NAME allmulticast on up && "
"chown %u /dev/tap$(cat /sys/class/net/NAME/ifindex)\n"
"                 and you start us with N<>/dev/tapINDEX (tap:NAME opens it, "
"too)\n"
"  trunk:ADDR     another userland; root is not needed\n"
"  vxlan:VNI@LOCAL=REMOTE  a VXLAN segment; root is not needed",
		uid, uid);
}
