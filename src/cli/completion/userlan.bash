# SPDX-License-Identifier: BSD-3-Clause
# userlan.bash - completion for userlan(1) and userland(8): the program knows
_userlan_ask() {
	mapfile -t COMPREPLY < <("$@" 2>/dev/null; echo "$?")
	local last=$((${#COMPREPLY[@]} - 1)) cur=${COMP_WORDS[COMP_CWORD]}
	local status=${COMPREPLY[last]}
	unset "COMPREPLY[$last]"
	case $status in
	3) compopt -o default 2>/dev/null ;;
	4) mapfile -t COMPREPLY < <(compgen -c -- "$cur") ;;
	esac
}
_userlan() {
	_userlan_ask userlan --complete "${COMP_WORDS[@]:1:COMP_CWORD}"
}
_userland() {
	_userlan_ask userlan --complete up - "${COMP_WORDS[@]:1:COMP_CWORD}"
}
complete -F _userlan userlan
complete -F _userland userland
