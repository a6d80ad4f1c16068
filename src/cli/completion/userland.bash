# SPDX-License-Identifier: BSD-3-Clause
# userland.bash - completion for userland(8) is that of userlan(1)
. "${BASH_SOURCE[0]%/*}/userlan.bash"
