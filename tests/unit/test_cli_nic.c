/* SPDX-License-Identifier: BSD-3-Clause */
/* test_cli_nic.c - network cards of VMs and QEMU's arguments for them */
#include <errno.h>

#include "cli/nic.h"
#include "cli/vm_memory.h"
#include "harness.h"
#include "wire/eth.h"

static const struct {
	const char *text, *net, *name, *mac, *model;
} good[] = {
	{ "lab", "lab", NULL, NULL, NULL },
	{ "lab,name=web", "lab", "web", NULL, NULL },
	{ "lab,mac=52:54:00:aa:BB:01", "lab", NULL, "52:54:00:aa:bb:01",
	  NULL },
	{ "l-1,model=e1000,name=a,mac=02:00:00:00:00:00", "l-1", "a",
	  "02:00:00:00:00:00", "e1000" },
};

START_TEST(a_card_is_parsed)
{
	struct ul_nic *nic = NULL;
	char *error = NULL, buf[UL_MAC_STRLEN];

	ck_assert_int_eq(ul_nic_parse(&nic, good[_i].text, &error), 0);
	ck_assert_str_eq(nic->net, good[_i].net);
	ck_assert_pstr_eq(nic->name, good[_i].name);
	ck_assert_pstr_eq(nic->model, good[_i].model);
	ck_assert(nic->has_mac == (good[_i].mac != NULL));
	if (nic->has_mac)
		ck_assert_str_eq(ul_mac_str(nic->mac, buf), good[_i].mac);
	ck_assert_int_eq(nic->fd, -1);
	ul_nic_free(nic);
}
END_TEST

static const struct {
	const char *text, *says;
} bad[] = {
	{ "", "'' is no name of a network" },
	{ ",name=web", "'' is no name of a network" },
	{ "../x", "'../x' is no name of a network" },
	{ "lab,", "'' is none of name=" },
	{ "lab,web", "'web' is none of name=" },
	{ "lab,name=", "'' is no name of a VM" },
	{ "lab,name=a b", "'a b' is no name of a VM" },
	{ "lab,name=a,name=b", "name= is given twice" },
	{ "lab,mac=1", "mac=1: write the MAC of one card" },
	{ "lab,mac=01:00:00:00:00:01", "write the MAC of one card" },
	{ "lab,mac=00:00:00:00:00:00", "write the MAC of one card" },
	{ "lab,mac=02:00:00:00:00:01,mac=02:00:00:00:00:01",
	  "mac= is given twice" },
	{ "lab,model=", "'' is no model" },
	{ "lab,model=a=b", "'a=b' is no model" },
	{ "lab,model=a,model=b", "model= is given twice" },
};

START_TEST(a_wrong_card_is_named)
{
	struct ul_nic *nic = NULL;
	char *error = NULL;

	ck_assert_int_eq(ul_nic_parse(&nic, bad[_i].text, &error), -EINVAL);
	ck_assert_ptr_null(nic);
	ck_assert_msg(strstr(error, bad[_i].says) != NULL, "%s", error);
	g_free(error);
}
END_TEST

/* As `printf lab/web | sha256sum` says: the man page promises it. */
START_TEST(a_mac_is_stable_and_of_its_name)
{
	char buf[UL_MAC_STRLEN];
	uint8_t mac[6], other[6];

	ul_nic_mac_of(mac, "lab", "web", 0);
	ck_assert_str_eq(ul_mac_str(mac, buf), "52:54:00:d6:3e:98");
	ul_nic_mac_of(other, "lab", "db", 0);
	ck_assert(memcmp(mac, other, 6));
	ul_nic_mac_of(other, "lab", "web", 1);
	ck_assert_str_eq(ul_mac_str(other, buf), "52:54:00:fb:4a:47");
	ul_nic_mac_of(other, "wan", "web", 0);
	ck_assert(memcmp(mac, other, 6));
}
END_TEST

static const struct {
	const char *text;
	enum ul_nic_netdev netdev;
} versions[] = {
	{ "QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)", UL_NIC_STREAM },
	{ "QEMU emulator version 7.1.0", UL_NIC_SOCKET },
	{ "QEMU emulator version 6.2.0 (Debian)", UL_NIC_SOCKET },
	{ "QEMU emulator version 2.12", UL_NIC_SOCKET },
	{ "QEMU emulator version 10.0.0", UL_NIC_STREAM },
	{ "QEMU emulator version 7.10.0", UL_NIC_STREAM },
	{ "QEMU emulator version x", UL_NIC_STREAM },
	{ "", UL_NIC_STREAM },
};

START_TEST(a_version_tells_what_is_understood)
{
	ck_assert_int_eq(ul_nic_netdev_of(versions[_i].text),
			 versions[_i].netdev);
}
END_TEST

static GPtrArray *args_of(const struct ul_nic *nic, unsigned int index,
			  enum ul_nic_netdev kind)
{
	GPtrArray *argv = g_ptr_array_new_with_free_func(g_free);

	ul_nic_append(argv, nic, index, kind);
	ck_assert_uint_eq(argv->len, 4);
	ck_assert_str_eq(argv->pdata[0], "-netdev");
	ck_assert_str_eq(argv->pdata[2], "-device");
	return argv;
}

START_TEST(qemu_is_told)
{
	struct ul_nic nic = {
		.mac = { 0x52, 0x54, 0, 1, 2, 3 }, .mtu = 65520, .fd = 7,
	};
	GPtrArray *argv = args_of(&nic, 0, UL_NIC_STREAM);

	ck_assert_str_eq(argv->pdata[1], "stream,id=userlan0,server=off,"
			 "addr.type=fd,addr.str=7");
	ck_assert_str_eq(argv->pdata[3], "virtio-net-pci,netdev=userlan0,"
			 "mac=52:54:00:01:02:03,host_mtu=65520");
	g_ptr_array_free(argv, TRUE);

	nic.mtu = 0;
	argv = args_of(&nic, 1, UL_NIC_SOCKET);
	ck_assert_str_eq(argv->pdata[1], "socket,id=userlan1,fd=7");
	ck_assert_str_eq(argv->pdata[3], "virtio-net-pci,netdev=userlan1,"
			 "mac=52:54:00:01:02:03");
	g_ptr_array_free(argv, TRUE);
}
END_TEST

static const struct {
	const char *qemu[8], *memory;
	bool is_emulated;
} memories[] = {
	{ { "qemu" }, "size=128M", true },
	{ { "qemu", "-m", "1G" }, "size=1G", true },
	{ { "qemu", "-m", "512" }, "size=512M", true },
	{ { "qemu", "--m", "2G,slots=2", "-enable-kvm" }, "size=2G", false },
	{ { "qemu", "-m", "slots=2,size=700" }, "size=700M", true },
	{ { "kvm", "-m", "1G", "-m", "3G" }, "size=3G", false },
	{ { "qemu", "-m" }, "size=128M", true },
	{ { "qemu", "-machine", "q35,accel=kvm:tcg" }, "size=128M", false },
	{ { "qemu", "-m", "1G", "-object", "memory-backend-memfd,id=x" },
	  NULL, true },
};

START_TEST(memory_is_shared_and_as_large_as_said)
{
	GPtrArray *argv = g_ptr_array_new_with_free_func(g_free);
	char *const *qemu = (char *const *)memories[_i].qemu;

	ul_vm_memory_append(argv, qemu);
	ck_assert_uint_eq(argv->len, memories[_i].memory ? 4 : 0);
	if (argv->len) {
		ck_assert_str_eq(argv->pdata[0], "-object");
		ck_assert_ptr_nonnull(strstr(argv->pdata[1], "share=on"));
		ck_assert_ptr_nonnull(strstr(argv->pdata[1],
					     memories[_i].memory));
		ck_assert_str_eq(argv->pdata[3],
				 "memory-backend=userlan-mem");
	}
	ck_assert_int_eq(ul_vm_is_emulated(qemu), memories[_i].is_emulated);
	g_ptr_array_free(argv, TRUE);
}
END_TEST

START_TEST(qemu_is_told_of_vhost_user)
{
	struct ul_nic nic = {
		.mac = { 0x52, 0x54, 0, 1, 2, 3 }, .mtu = 1500, .fd = -1,
		.at = (char []){ "@here" },
	};
	GPtrArray *argv = g_ptr_array_new_with_free_func(g_free);

	ul_nic_append(argv, &nic, 2, UL_NIC_VHOST_EMULATED);
	ck_assert_uint_eq(argv->len, 6);
	ck_assert_str_eq(argv->pdata[1], "socket,id=userlan2-at,path=here,"
			 "abstract=on");
	ck_assert_str_eq(argv->pdata[3],
			 "vhost-user,id=userlan2,chardev=userlan2-at");
	ck_assert_str_eq(argv->pdata[5], "virtio-net-pci,netdev=userlan2,"
			 "mac=52:54:00:01:02:03,host_mtu=1500,vectors=0");
	g_ptr_array_set_size(argv, 0);
	ul_nic_append(argv, &nic, 0, UL_NIC_VHOST);
	ck_assert_ptr_null(strstr(argv->pdata[5], "vectors"));
	g_ptr_array_free(argv, TRUE);
}
END_TEST

/* host_mtu is a property of virtio's cards alone. */
START_TEST(another_model_is_told_no_mtu)
{
	char model[] = "e1000", ccw[] = "virtio-net-ccw";
	struct ul_nic nic = { .mtu = 1500, .fd = 3, .model = model };
	GPtrArray *argv = args_of(&nic, 0, UL_NIC_STREAM);

	ck_assert_str_eq(argv->pdata[3],
			 "e1000,netdev=userlan0,mac=00:00:00:00:00:00");
	g_ptr_array_free(argv, TRUE);
	nic.model = ccw;
	argv = args_of(&nic, 0, UL_NIC_STREAM);
	ck_assert(g_str_has_suffix(argv->pdata[3], ",host_mtu=1500"));
	g_ptr_array_free(argv, TRUE);
}
END_TEST

static const struct {
	const char *argv[5], *name;
} named[] = {
	{ { "qemu", "-m", "1G", NULL }, NULL },
	{ { "qemu", "-name", "web", NULL }, "web" },
	{ { "qemu", "-name", "web,process=x", NULL }, "web" },
	{ { "qemu", "--name", "debug-threads=on,guest=db", NULL }, "db" },
	{ { "qemu", "-name", "My VM", NULL }, NULL },
	{ { "qemu", "-name", "process=x", NULL }, NULL },
	{ { "qemu", "-name", NULL }, NULL },
};

START_TEST(qemus_own_name_is_known)
{
	char *name = ul_nic_vm_name((char *const *)named[_i].argv);

	ck_assert_pstr_eq(name, named[_i].name);
	g_free(name);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("cli_nic");
	TCase *tc = tcase_create("nic");

	tcase_add_loop_test(tc, a_card_is_parsed, 0, G_N_ELEMENTS(good));
	tcase_add_loop_test(tc, a_wrong_card_is_named, 0, G_N_ELEMENTS(bad));
	tcase_add_test(tc, a_mac_is_stable_and_of_its_name);
	tcase_add_loop_test(tc, a_version_tells_what_is_understood, 0,
			    G_N_ELEMENTS(versions));
	tcase_add_test(tc, qemu_is_told);
	tcase_add_loop_test(tc, memory_is_shared_and_as_large_as_said, 0,
			    sizeof(memories) / sizeof(memories[0]));
	tcase_add_test(tc, qemu_is_told_of_vhost_user);
	tcase_add_test(tc, another_model_is_told_no_mtu);
	tcase_add_loop_test(tc, qemus_own_name_is_known, 0,
			    G_N_ELEMENTS(named));
	suite_add_tcase(s, tc);
	return run_suite(s);
}
