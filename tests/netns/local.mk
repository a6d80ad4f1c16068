# Tests in network namespaces; see tests/netns/lib.sh.
check_PROGRAMS += %D%/relay
%C%_relay_SOURCES = %D%/relay.c
%C%_relay_LDADD = $(GLIB_LIBS)

check_PROGRAMS += %D%/peer
%C%_peer_SOURCES = %D%/peer.c %D%/peer.h %D%/peer_data.c %D%/peer_serve.c \
	%D%/peer_tcp.c %D%/peer_udp.c
%C%_peer_LDADD = $(GLIB_LIBS)
