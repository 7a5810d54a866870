# Written by ./dev api from doc/api/command.lua: change it there.
# Completion of mplua for bash.
_mplua()
{
    local word=${COMP_WORDS[COMP_CWORD]} i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
            -e | -l) ((i++)) ;;
            -?*) ;;
            *) return ;; # of the script's arguments nothing is known
        esac
    done
    case ${COMP_WORDS[COMP_CWORD - 1]} in
        -e) return ;;
        -l) mapfile -t COMPREPLY < <(compgen -W "mp mp.http mp.log" -- "$word") ;;
        *) [[ $word != -* ]] || mapfile -t COMPREPLY < <(compgen -W "-e -i -l -v -E -W --help --version" -- "$word") ;;
    esac
}
complete -o default -F _mplua mplua
