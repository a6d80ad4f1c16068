/* SPDX-License-Identifier: BSD-3-Clause */
/* test_boot_spec.c - what guests boot from the network, from text */
#include "conf/boot_spec.h"

#include <errno.h>

#include "conf/conf_check.h"
#include "conf/conf_option.h"
#include "harness.h"

static const struct {
	const char *text;
	enum ul_boot_class class;
	const char *file;	/* NULL: refused */
	const char *says;
} rows[] = {
	{ "pxelinux.0", UL_BOOT_ANY, "pxelinux.0", NULL },
	{ "any:f", UL_BOOT_ANY, "f", NULL },
	{ "bios:dir/f", UL_BOOT_BIOS, "dir/f", NULL },
	{ "efi32:f", UL_BOOT_EFI32, "f", NULL },
	{ "efi64:f", UL_BOOT_EFI64, "f", NULL },
	{ "arm64:f", UL_BOOT_ARM64, "f", NULL },
	{ "ipxe:http://10.0.2.2/x", UL_BOOT_IPXE, "http://10.0.2.2/x", NULL },
	{ "http://10.0.2.2/x", UL_BOOT_ANY, "http://10.0.2.2/x", NULL },
	{ "bios", UL_BOOT_ANY, "bios", NULL },
	{ "", UL_BOOT_ANY, NULL, "names no file" },
	{ "bios:", UL_BOOT_ANY, NULL, "names no file" },
	{ "a b", UL_BOOT_ANY, NULL, "has a space" },
	{ "a\x1b", UL_BOOT_ANY, NULL, "no ASCII" },
};

START_TEST(rows_are_told_apart)
{
	struct ul_boot_conf *boot = NULL;
	g_autofree char *why = NULL;
	int rc = ul_boot_spec_parse(&boot, rows[_i].text, &why);

	ck_assert_int_eq(rc, rows[_i].file ? 0 : -EINVAL);
	if (rc) {
		ck_assert_ptr_null(boot);
		ck_assert_msg(strstr(why, rows[_i].says) != NULL, "%s", why);
		return;
	}
	ck_assert_int_eq((int)boot->class, (int)rows[_i].class);
	ck_assert_str_eq(boot->file, rows[_i].file);
	ul_boot_conf_free(boot);
}
END_TEST

START_TEST(a_file_has_an_end)
{
	g_autofree char *longest = g_strnfill(UL_BOOT_FILE_MAX, 'x');
	g_autofree char *longer = g_strnfill(UL_BOOT_FILE_MAX + 1, 'x');
	g_autofree char *why = NULL;
	struct ul_boot_conf *boot;

	ck_assert_int_eq(ul_boot_spec_parse(&boot, longest, &why), 0);
	ul_boot_conf_free(boot);
	ck_assert_int_eq(ul_boot_spec_parse(&boot, longer, &why), -EINVAL);
}
END_TEST

START_TEST(each_truncation_is_answered)
{
	static const char whole[] = "efi64:dir/file.efi";

	for (size_t len = 0; len < sizeof(whole); len++) {
		g_autofree char *text = g_strndup(whole, len);
		g_autofree char *again = NULL;
		g_autofree char *why = NULL;
		struct ul_boot_conf *b = NULL, *c = NULL;

		if (ul_boot_spec_parse(&b, text, &why))
			continue;
		again = g_strdup_printf("%s:%s", ul_boot_class_name(b->class),
					b->file);
		ck_assert_int_eq(ul_boot_spec_parse(&c, again, &why), 0);
		ck_assert_int_eq((int)b->class, (int)c->class);
		ck_assert_str_eq(b->file, c->file);
		ul_boot_conf_free(b);
		ul_boot_conf_free(c);
	}
}
END_TEST

/* What a network of these options says of them; the address of TFTP. */
static const struct {
	const char *option[4][2];
	const char *says;	/* NULL: it is good */
	uint32_t tftp4;
} nets[] = {
	{ { { "tftp", "/" }, { "bootfile", "f" } }, NULL, 0x0a000204 },
	{ { { "tftp", "/" }, { "subnet", "10.0.2.0/29" },
	    { "gateway", "10.0.2.1" } }, NULL, 0x0a000201 },
	{ { { "tftp", "/" }, { "gateway", "10.0.2.4" } }, NULL, 0x0a000204 },
	{ { { "tftp", "/" }, { "dhcp-range", "10.0.2.4-10.0.2.9" } }, NULL,
	  0x0a000202 },
	{ { { "bootfile", "f" }, { "next-server", "10.0.2.9" } }, NULL, 0 },
	{ { { "bootfile", "http://10.0.2.2/f" } }, NULL, 0 },
	{ { { "bootfile", "f" }, { "bootfile", "bios:f" }, { "tftp", "/" } },
	  NULL, 0 },
	{ { { "bootfile", "f" } }, "--tftp DIR, or --next-server", 0 },
	{ { { "bootfile", "f" }, { "bootfile", "any:g" }, { "tftp", "/" } },
	  "for the same machines", 0 },
	{ { { "bootfile", "f" }, { "tftp", "/" }, { "no-dhcp", NULL } },
	  "which this network does not have", 0 },
	{ { { "mode", "internal" }, { "tftp", "/" } }, "--tftp", 0 },
	{ { { "tftp", "/" }, { "host", "a=52:54:00:00:00:01,10.0.2.4" } },
	  "address of the TFTP server", 0 },
};

START_TEST(a_network_takes_what_fits)
{
	struct ul_conf_setting s[4];
	struct ul_conf *conf = ul_conf_new();
	g_autofree char *error = NULL;
	size_t count = 0;
	int rc;

	for (; count < 4 && nets[_i].option[count][0]; count++)
		s[count] = (struct ul_conf_setting){
			.option = ul_conf_option_find(
				nets[_i].option[count][0]),
			.value = nets[_i].option[count][1],
		};
	rc = ul_conf_apply(conf, s, count, &error);
	if (!rc)
		rc = ul_conf_check(conf, "/tmp", &error);
	if (nets[_i].says) {
		ck_assert_int_eq(rc, -EINVAL);
		ck_assert_msg(strstr(error, nets[_i].says) != NULL, "%s",
			      error);
	} else {
		ck_assert_msg(!rc, "%s", error);
		if (nets[_i].tftp4)
			ck_assert_uint_eq(ul_addr_to_v4(&conf->tftp4),
					  nets[_i].tftp4);
	}
	ul_conf_free(conf);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("boot_spec");
	TCase *tc = tcase_create("boot_spec");

	tcase_add_loop_test(tc, rows_are_told_apart, 0, G_N_ELEMENTS(rows));
	tcase_add_test(tc, a_file_has_an_end);
	tcase_add_test(tc, each_truncation_is_answered);
	tcase_add_loop_test(tc, a_network_takes_what_fits, 0,
			    G_N_ELEMENTS(nets));
	suite_add_tcase(s, tc);
	return run_suite(s);
}
