# lwIP is compiled from pristine source, in this directory or elsewhere, so
# automake cannot list its files: the objects have a pattern rule of their own.
LWIP_CPPFLAGS = -I$(top_srcdir)/lwip-port -I$(LWIP_DIR)/src/include
LWIP_CORE = def.c inet_chksum.c init.c ip.c mem.c memp.c netif.c pbuf.c raw.c \
	tcp.c tcp_in.c tcp_out.c ipv4/ip4.c ipv4/ip4_addr.c ipv6/ip6.c \
	ipv6/icmp6.c ipv6/ip6_addr.c ipv6/nd6.c
LWIP_LOBJS = $(LWIP_CORE:%.c=%D%/core/%.lo)

noinst_LTLIBRARIES += %D%/liblwip.la
%C%_liblwip_la_SOURCES = %D%/port.c %D%/lwipopts.h %D%/arch/cc.h
%C%_liblwip_la_CPPFLAGS = $(AM_CPPFLAGS) $(LWIP_CPPFLAGS)
%C%_liblwip_la_LIBADD = $(LWIP_LOBJS)
%C%_liblwip_la_DEPENDENCIES = $(LWIP_LOBJS)

# Its warnings are its authors' business: -Wall without nagging.
$(LWIP_LOBJS): %D%/core/%.lo: $(LWIP_DIR)/src/core/%.c %D%/lwipopts.h \
		%D%/arch/cc.h config.h
	$(AM_V_CC)$(MKDIR_P) $(@D) && $(LIBTOOL) $(AM_V_lt) --tag=CC \
		--mode=compile $(CC) -include config.h $(LWIP_CPPFLAGS) \
		$(CPPFLAGS) -std=gnu11 -fvisibility=hidden -Wall -Wno-unused-variable \
		-Wno-tautological-constant-out-of-range-compare \
		$(HARDEN_CFLAGS) $(SAN_CFLAGS) $(CFLAGS) -c -o $@ $<

clean-local: lwip-clean
lwip-clean:
	rm -rf %D%/core
