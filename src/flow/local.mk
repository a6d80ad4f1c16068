noinst_LTLIBRARIES += %D%/libul_flow.la
%C%_libul_flow_la_SOURCES = \
	%D%/account.c %D%/account.h \
	%D%/ctx.h \
	%D%/flow_book.c %D%/flow_book.h \
	%D%/forward.c %D%/forward.h \
	%D%/forward_bind.c %D%/forward_bind.h \
	%D%/gate.c %D%/gate.h \
	%D%/guest_dial.c %D%/guest_dial.h \
	%D%/guestfwd.c %D%/guestfwd.h \
	%D%/program.c %D%/program.h \
	%D%/ip_in.c %D%/ip_in.h \
	%D%/tcp_dial.c \
	%D%/tcp_flow.c %D%/tcp_flow.h \
	%D%/tcp_gro.c %D%/tcp_gro.h \
	%D%/tcp_policy.c \
	%D%/tcp_proxy.c %D%/tcp_proxy.h \
	%D%/tcp_pump.c \
	%D%/tcp_serve.c \
	%D%/tcp_sockopt.c \
	%D%/tcp_state.c %D%/tcp_state.h \
	%D%/tcp_unreach.c \
	%D%/dgram_sock.c %D%/dgram_sock.h \
	%D%/icmp_error.c %D%/icmp_error.h \
	%D%/icmp_proxy.c %D%/icmp_proxy.h \
	%D%/ip_frag.c %D%/ip_frag.h \
	%D%/heard.c %D%/heard.h \
	%D%/outbound.c %D%/outbound.h \
	%D%/policy.c %D%/policy.h \
	%D%/reass.c %D%/reass.h \
	%D%/recverr.c %D%/recverr.h \
	%D%/rules.c %D%/rules.h \
	%D%/udp_forward.c %D%/udp_forward.h \
	%D%/udp_errors.c %D%/udp_errors.h \
	%D%/udp_io.c %D%/udp_io.h \
	%D%/udp_out.c %D%/udp_out.h \
	%D%/udp_peer.c %D%/udp_peer.h \
	%D%/udp_proxy.c %D%/udp_proxy.h
