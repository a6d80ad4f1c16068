# unit tests of src/flow and src/sys
flow_test_libs = src/flow/libul_flow.la src/sys/libul_sys.la \
	src/wire/libul_wire.la \
	src/loop/libul_loop.la src/base/libul_base.la $(UNIT_LIBS)
flow_test_fakes = tests/harness.h \
	tests/fake/accounts.h tests/fake/fake_net.c tests/fake/fake_net.h \
	tests/fake/fake_stack.c tests/fake/fake_stack.h \
	tests/fake/own_net.c tests/fake/own_net.h tests/fake/udp_lab.h

check_PROGRAMS += %D%/test_rate
TESTS += %D%/test_rate
%C%_test_rate_SOURCES = %D%/test_rate.c tests/harness.h
%C%_test_rate_CFLAGS = $(UNIT_CFLAGS)
%C%_test_rate_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_rate_LDADD = src/base/libul_base.la $(UNIT_LIBS)

check_PROGRAMS += %D%/test_host
TESTS += %D%/test_host
%C%_test_host_SOURCES = %D%/test_host.c tests/harness.h
%C%_test_host_CFLAGS = $(UNIT_CFLAGS)
%C%_test_host_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_host_LDADD = $(flow_test_libs)

check_PROGRAMS += %D%/test_policy
TESTS += %D%/test_policy
%C%_test_policy_SOURCES = %D%/test_policy.c tests/harness.h
%C%_test_policy_CFLAGS = $(UNIT_CFLAGS)
%C%_test_policy_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_policy_LDADD = $(flow_test_libs)

check_PROGRAMS += %D%/test_policy_rules
TESTS += %D%/test_policy_rules
%C%_test_policy_rules_SOURCES = %D%/test_policy_rules.c tests/harness.h
%C%_test_policy_rules_CFLAGS = $(UNIT_CFLAGS)
%C%_test_policy_rules_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_policy_rules_LDADD = src/flow/libul_flow.la src/sys/libul_sys.la \
	src/conf/libul_conf.la src/wire/libul_wire.la \
	src/loop/libul_loop.la src/base/libul_base.la $(UNIT_LIBS)

check_PROGRAMS += %D%/test_account
TESTS += %D%/test_account
%C%_test_account_SOURCES = %D%/test_account.c tests/harness.h
%C%_test_account_CFLAGS = $(UNIT_CFLAGS)
%C%_test_account_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_account_LDADD = $(flow_test_libs)

check_PROGRAMS += %D%/test_flow_book
TESTS += %D%/test_flow_book
%C%_test_flow_book_SOURCES = %D%/test_flow_book.c tests/harness.h
%C%_test_flow_book_CFLAGS = $(UNIT_CFLAGS)
%C%_test_flow_book_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_flow_book_LDADD = $(flow_test_libs)

check_PROGRAMS += %D%/test_reass
TESTS += %D%/test_reass
%C%_test_reass_SOURCES = %D%/test_reass.c tests/harness.h
%C%_test_reass_CFLAGS = $(UNIT_CFLAGS)
%C%_test_reass_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_reass_LDADD = $(flow_test_libs)

check_PROGRAMS += %D%/test_ip_frag
TESTS += %D%/test_ip_frag
%C%_test_ip_frag_SOURCES = %D%/test_ip_frag.c tests/harness.h
%C%_test_ip_frag_CFLAGS = $(UNIT_CFLAGS)
%C%_test_ip_frag_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_ip_frag_LDADD = $(flow_test_libs)

check_PROGRAMS += %D%/test_udp_policy
TESTS += %D%/test_udp_policy
%C%_test_udp_policy_SOURCES = %D%/test_udp_policy.c $(flow_test_fakes)
%C%_test_udp_policy_CFLAGS = $(UNIT_CFLAGS)
%C%_test_udp_policy_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_udp_policy_LDADD = $(flow_test_libs)

check_PROGRAMS += %D%/test_udp_proxy
TESTS += %D%/test_udp_proxy
%C%_test_udp_proxy_SOURCES = %D%/test_udp_proxy.c $(flow_test_fakes)
%C%_test_udp_proxy_CFLAGS = $(UNIT_CFLAGS)
%C%_test_udp_proxy_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_udp_proxy_LDADD = $(flow_test_libs)

check_PROGRAMS += %D%/test_udp_batch
TESTS += %D%/test_udp_batch
%C%_test_udp_batch_SOURCES = %D%/test_udp_batch.c $(flow_test_fakes)
%C%_test_udp_batch_CFLAGS = $(UNIT_CFLAGS)
%C%_test_udp_batch_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_udp_batch_LDADD = $(flow_test_libs)

check_PROGRAMS += %D%/test_udp_forward
TESTS += %D%/test_udp_forward
%C%_test_udp_forward_SOURCES = %D%/test_udp_forward.c $(flow_test_fakes)
%C%_test_udp_forward_CFLAGS = $(UNIT_CFLAGS)
%C%_test_udp_forward_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_udp_forward_LDADD = $(flow_test_libs)

check_PROGRAMS += %D%/test_icmp_proxy
TESTS += %D%/test_icmp_proxy
%C%_test_icmp_proxy_SOURCES = %D%/test_icmp_proxy.c $(flow_test_fakes)
%C%_test_icmp_proxy_CFLAGS = $(UNIT_CFLAGS)
%C%_test_icmp_proxy_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_icmp_proxy_LDADD = $(flow_test_libs)

check_PROGRAMS += %D%/test_icmp_error
TESTS += %D%/test_icmp_error
%C%_test_icmp_error_SOURCES = %D%/test_icmp_error.c $(flow_test_fakes)
%C%_test_icmp_error_CFLAGS = $(UNIT_CFLAGS)
%C%_test_icmp_error_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_icmp_error_LDADD = $(flow_test_libs)

check_PROGRAMS += %D%/test_tcp_state
TESTS += %D%/test_tcp_state
%C%_test_tcp_state_SOURCES = %D%/test_tcp_state.c tests/harness.h
%C%_test_tcp_state_CFLAGS = $(UNIT_CFLAGS)
%C%_test_tcp_state_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_tcp_state_LDADD = $(flow_test_libs)

check_PROGRAMS += %D%/test_ip_in
TESTS += %D%/test_ip_in
%C%_test_ip_in_SOURCES = %D%/test_ip_in.c $(flow_test_fakes)
%C%_test_ip_in_CFLAGS = $(UNIT_CFLAGS)
%C%_test_ip_in_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_ip_in_LDADD = src/flow/libul_flow.la src/sys/libul_sys.la \
	src/loop/libul_loop.la src/wire/libul_wire.la \
	src/base/libul_base.la $(UNIT_LIBS)

# The proxy of TCP needs the stack itself, not a fake.
tcp_test_libs = src/flow/libul_flow.la src/sys/libul_sys.la \
	src/stack/libul_stack.la lwip-port/liblwip.la \
	src/wire/libul_wire.la src/loop/libul_loop.la \
	src/base/libul_base.la $(UNIT_LIBS)
tcp_test_fakes = tests/harness.h tests/fake/accounts.h \
	tests/fake/tcp_guest.c tests/fake/tcp_guest.h tests/fake/tcp_lab.h

check_PROGRAMS += %D%/test_tcp_proxy
TESTS += %D%/test_tcp_proxy
%C%_test_tcp_proxy_SOURCES = %D%/test_tcp_proxy.c $(tcp_test_fakes) \
	tests/fake/own_net.c tests/fake/own_net.h
%C%_test_tcp_proxy_CFLAGS = $(UNIT_CFLAGS)
%C%_test_tcp_proxy_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_tcp_proxy_LDADD = $(tcp_test_libs)

check_PROGRAMS += %D%/test_forward
TESTS += %D%/test_forward
%C%_test_forward_SOURCES = %D%/test_forward.c $(tcp_test_fakes) \
	tests/fake/forward_lab.h \
	tests/fake/own_net.c tests/fake/own_net.h
%C%_test_forward_CFLAGS = $(UNIT_CFLAGS)
%C%_test_forward_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_forward_LDADD = $(tcp_test_libs)

check_PROGRAMS += %D%/test_forward_guest
TESTS += %D%/test_forward_guest
%C%_test_forward_guest_SOURCES = %D%/test_forward_guest.c $(tcp_test_fakes) \
	tests/fake/forward_lab.h
%C%_test_forward_guest_CFLAGS = $(UNIT_CFLAGS)
%C%_test_forward_guest_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_forward_guest_LDADD = $(tcp_test_libs)

check_PROGRAMS += %D%/test_guest_dial
TESTS += %D%/test_guest_dial
%C%_test_guest_dial_SOURCES = %D%/test_guest_dial.c $(tcp_test_fakes)
%C%_test_guest_dial_CFLAGS = $(UNIT_CFLAGS)
%C%_test_guest_dial_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_guest_dial_LDADD = $(tcp_test_libs)

check_PROGRAMS += %D%/test_program
TESTS += %D%/test_program
%C%_test_program_SOURCES = %D%/test_program.c tests/harness.h
%C%_test_program_CFLAGS = $(UNIT_CFLAGS)
%C%_test_program_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_program_LDADD = $(flow_test_libs)

check_PROGRAMS += %D%/test_gate
TESTS += %D%/test_gate
%C%_test_gate_SOURCES = %D%/test_gate.c tests/harness.h
%C%_test_gate_CFLAGS = $(UNIT_CFLAGS)
%C%_test_gate_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_gate_LDADD = $(flow_test_libs)

check_PROGRAMS += %D%/test_tcp_gro
TESTS += %D%/test_tcp_gro
%C%_test_tcp_gro_SOURCES = %D%/test_tcp_gro.c tests/harness.h
%C%_test_tcp_gro_CFLAGS = $(UNIT_CFLAGS)
%C%_test_tcp_gro_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_tcp_gro_LDADD = $(flow_test_libs)
