EXTRA_DIST += %D%/FLOORS
include %D%/base/local.mk
include %D%/wire/local.mk
include %D%/loop/local.mk
include %D%/sys/local.mk
include %D%/conf/local.mk
include %D%/link/local.mk
include %D%/stack/local.mk
include %D%/flow/local.mk
include %D%/svc/local.mk
include %D%/net/local.mk
include %D%/ctl/local.mk
include %D%/daemon/local.mk
include %D%/cli/local.mk
