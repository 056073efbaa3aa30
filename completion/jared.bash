
# The word that the cursor is in; "--status=ready" is three words to bash.
_jared() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local tool=${COMP_WORDS[0]##*/} first=1 kind head='' i dir=''
	COMPREPLY=()
	if [[ $tool == jared ]]; then
		if ((COMP_CWORD == 1)) || { ((COMP_CWORD == 2)) && [[ ${COMP_WORDS[1]} == help ]]; }; then
			mapfile -t COMPREPLY < <(compgen -W "$_jared_commands" -- "$cur")
			return
		fi
		tool=jared-${COMP_WORDS[1]} first=2
	fi
	if [[ $cur == = ]]; then
		cur=''
	elif [[ $prev == = ]]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	for ((i = first; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in -C|--directory) dir=${COMP_WORDS[i + 1]} ;; esac
	done
	kind=${_jared_kinds[$tool:$prev]-}
	case $kind in
	dir)	mapfile -t COMPREPLY < <(compgen -d -- "$cur"); compopt -o filenames 2>/dev/null; return ;;
	file)	mapfile -t COMPREPLY < <(compgen -f -- "$cur"); compopt -o filenames 2>/dev/null; return ;;
	words\ *)
		# A list with commas: the last of it is completed.
		[[ $cur != *,* ]] || head=${cur%,*},
		mapfile -t COMPREPLY < <(compgen -P "$head" -W "${kind#words }" -- "${cur##*,}")
		return ;;
	id)	;;
	any)	return ;;
	*)	if [[ $cur == -* ]]; then
			mapfile -t COMPREPLY < <(compgen -W "${_jared_options[$tool]-}" -- "$cur")
			return
		fi
		# The verb is the first word that is no option.
		if [[ -n ${_jared_verbs[$tool]-} ]]; then
			for ((i = first; i < COMP_CWORD; i++)); do
				[[ " ${_jared_verbs[$tool]} " != *" ${COMP_WORDS[i]} "* ]] || break
			done
			if ((i == COMP_CWORD)); then
				mapfile -t COMPREPLY < <(compgen -W "${_jared_verbs[$tool]}" -- "$cur")
				return
			fi
		fi
		[[ -n ${_jared_ids[$tool]-} ]] || return ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$(jared-queue ${dir:+-C "$dir"} -q -o id 2>/dev/null)" -- "$cur")
}
