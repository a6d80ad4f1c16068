/* SPDX-License-Identifier: BSD-3-Clause */
/* test_dhcp4_boot.c - what a client is told of names, routes and its boot */
#include <glib.h>

#include "harness.h"
#include "svc/dhcp4_srv.h"

#define NET 0x0a000200u

static struct ul_dhcp4_srv_conf conf;
static struct ul_dhcp4_srv *srv;
static struct ul_dhcp4_msg asked, got;
static size_t reply_len;
static const char *name;
static struct ul_lease last;

static const char *name_of(const struct ul_lease_client *client, void *arg)
{
	return name;
}

static void on_lease(const struct ul_lease *lease, void *arg)
{
	last = *lease;
}

static void start(void)
{
	ul_dhcp4_srv_free(srv);
	srv = ul_dhcp4_srv_new(&conf);
}

static void setup(void)
{
	conf = (struct ul_dhcp4_srv_conf){
		.server = ul_addr_v4(NET + 2),
		.prefix = { ul_addr_v4(NET), 24 },
		.router = ul_addr_v4(NET + 2), .dns = ul_addr_v4(NET + 3),
		.lease_s = 3600, .domain = "lab.internal",
		.first = ul_addr_v4(NET + 15), .last = ul_addr_v4(NET + 99),
		.name_of = name_of, .on_lease = on_lease,
		.boot.next_server = ul_addr_v4(NET + 4),
	};
	name = NULL;
	srv = NULL;
	asked = (struct ul_dhcp4_msg){
		.op = UL_DHCP4_OP_REQUEST, .type = UL_DHCP4_DISCOVER,
		.chaddr = { 0x52, 0x54, 0, 0, 0, 1 }, .rapid_commit = true,
		.params = { 3, 12, 15, 66, 67, 119, 121 }, .params_len = 7,
	};
	start();
}

static void teardown(void)
{
	ul_dhcp4_srv_free(srv);
}

static void ask(void)
{
	uint8_t buf[1500];
	struct ul_wr w = ul_wr_new(buf, sizeof(buf));
	struct ul_dhcp4_reply reply;
	struct ul_addr src = ul_addr_v4(0);

	ul_dhcp4_emit(&w, &asked);
	ck_assert(!w.bad);
	ck_assert_int_eq(ul_dhcp4_srv_handle(srv, buf, w.len, asked.chaddr,
					     &src, 0, &reply), 0);
	ck_assert_int_eq(ul_dhcp4_parse(&got, reply.payload, reply.len), 0);
	ck_assert_uint_eq(got.type, UL_DHCP4_ACK);
	reply_len = reply.len;
}

static const struct {
	bool has_arch;
	uint16_t arch;
	const char *user_class;
	const char *file;
} classes[] = {
	{ false, 0, "", "any" },
	{ true, 0, "", "bios" },
	{ true, 6, "", "efi32" },
	{ true, 7, "", "efi64" },
	{ true, 9, "", "efi64" },
	{ true, 11, "", "arm64" },
	{ true, 77, "", "any" },
	{ true, 0, "iPXE", "ipxe" },
	{ true, 7, "\4iPXE", "ipxe" },
	{ true, 7, "other", "efi64" },
};

START_TEST(each_machine_has_its_file)
{
	conf.boot.file[UL_DHCP4_CLASS_ANY] = (char *)"any";
	conf.boot.file[UL_DHCP4_CLASS_BIOS] = (char *)"bios";
	conf.boot.file[UL_DHCP4_CLASS_EFI32] = (char *)"efi32";
	conf.boot.file[UL_DHCP4_CLASS_EFI64] = (char *)"efi64";
	conf.boot.file[UL_DHCP4_CLASS_ARM64] = (char *)"arm64";
	conf.boot.file[UL_DHCP4_CLASS_IPXE] = (char *)"ipxe";
	start();
	asked.has_arch = classes[_i].has_arch;
	asked.arch = classes[_i].arch;
	memcpy(asked.user_class, classes[_i].user_class,
	       strlen(classes[_i].user_class));
	ask();
	ck_assert_str_eq(got.file, classes[_i].file);
	ck_assert_str_eq(got.bootfile, classes[_i].file);
	ck_assert_str_eq(got.tftp_name, "10.0.2.4");
	ck_assert_uint_eq(ul_addr_to_v4(&got.siaddr), NET + 4);
}
END_TEST

START_TEST(nothing_to_boot_is_nothing_told)
{
	conf.boot.file[UL_DHCP4_CLASS_EFI64] = (char *)"efi64";
	start();
	ask();
	ck_assert_str_eq(got.file, "");
	ck_assert_str_eq(got.bootfile, "");
	ck_assert_str_eq(got.tftp_name, "");
	ck_assert_uint_eq(ul_addr_to_v4(&got.siaddr), 0);
}
END_TEST

START_TEST(routes_and_search_are_told_when_asked_for)
{
	ask();
	ck_assert_str_eq(got.search, "lab.internal");
	ck_assert_uint_eq(got.route_count, 1);
	ck_assert_uint_eq(got.route[0].dst.len, 0);
	ck_assert_uint_eq(ul_addr_to_v4(&got.route[0].router), NET + 2);
	asked.params_len = 3;
	ask();
	ck_assert_str_eq(got.search, "");
	ck_assert_uint_eq(got.route_count, 0);
}
END_TEST

/* As on a network of the host and its guests alone. */
START_TEST(without_a_router_no_route_is_told)
{
	conf.router = ul_addr_v4(0);
	start();
	ask();
	ck_assert_uint_eq(got.route_count, 0);
	ck_assert_uint_eq(got.router_count, 0);
}
END_TEST

START_TEST(a_name_that_is_known_is_told)
{
	ask();
	ck_assert_str_eq(got.hostname, "");
	name = "web";
	ask();
	ck_assert_str_eq(got.hostname, "web");
}
END_TEST

static const struct {
	uint8_t flags;
	const char *fqdn, *known;
	uint8_t flags_back;
	const char *fqdn_back, *host;
} fqdns[] = {
	{ UL_DHCP4_FQDN_S, "vm", NULL, UL_DHCP4_FQDN_S, "vm.lab.internal",
	  "vm" },
	{ UL_DHCP4_FQDN_E, "vm.elsewhere", NULL,
	  UL_DHCP4_FQDN_E | UL_DHCP4_FQDN_S | UL_DHCP4_FQDN_O,
	  "vm.lab.internal", "vm.elsewhere" },
	{ UL_DHCP4_FQDN_E | UL_DHCP4_FQDN_S, "vm", "web",
	  UL_DHCP4_FQDN_E | UL_DHCP4_FQDN_S, "web.lab.internal", "vm" },
	{ UL_DHCP4_FQDN_N, "vm", "web", UL_DHCP4_FQDN_N, "web.lab.internal",
	  "" },
};

START_TEST(full_names_are_answered)
{
	name = fqdns[_i].known;
	asked.has_fqdn = true;
	asked.fqdn_flags = fqdns[_i].flags;
	memcpy(asked.fqdn, fqdns[_i].fqdn, strlen(fqdns[_i].fqdn));
	ask();
	ck_assert(got.has_fqdn);
	ck_assert_uint_eq(got.fqdn_flags, fqdns[_i].flags_back);
	ck_assert_str_eq(got.fqdn, fqdns[_i].fqdn_back);
	ck_assert_str_eq(last.host, fqdns[_i].host);
}
END_TEST

/* RFC 2131 4.1: no more than the client says that it takes. */
START_TEST(replies_fit_the_client)
{
	static char domain[254];

	for (size_t i = 0; i < sizeof(domain) - 1; i++)
		domain[i] = i % 50 == 49 ? '.' : 'd';
	conf.domain = domain;
	conf.boot.file[UL_DHCP4_CLASS_ANY] = (char *)"boot";
	start();
	asked.has_fqdn = true;
	memcpy(asked.fqdn, "vm", 2);
	for (uint16_t size = 0; size < 1500; size += 4) {
		asked.max_size = size;
		ask();
		ck_assert_uint_le(reply_len, MAX(size, 576) - 28u);
		ck_assert_uint_eq(got.lease_s, 3600);
		ck_assert_str_eq(got.file, "boot");
	}
	ck_assert_str_eq(got.domain, domain);
	/* Its own identifier must come back, RFC 6842. */
	asked.max_size = 576;
	asked.client_id_len = 255;
	ask();
	ck_assert_uint_eq(got.client_id_len, 255);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dhcp4_boot");
	TCase *tc = tcase_create("dhcp4_boot");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, each_machine_has_its_file, 0,
			    G_N_ELEMENTS(classes));
	tcase_add_test(tc, nothing_to_boot_is_nothing_told);
	tcase_add_test(tc, routes_and_search_are_told_when_asked_for);
	tcase_add_test(tc, without_a_router_no_route_is_told);
	tcase_add_test(tc, a_name_that_is_known_is_told);
	tcase_add_loop_test(tc, full_names_are_answered, 0,
			    G_N_ELEMENTS(fqdns));
	tcase_add_test(tc, replies_fit_the_client);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
