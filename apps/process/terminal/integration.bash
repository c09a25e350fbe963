# Marks for the terminal that bash runs in: where a prompt, a command line, an output begin, how a command ended, and
# in which folder. Read instead of the user's own file, which it reads itself. Without such a terminal it does nothing.
# It came through this descriptor, which no program needs to have.
exec 63<&-
[ -r ~/.bashrc ] && . ~/.bashrc
if [[ $TERM_PROGRAM == AgentOS && $- == *i* && -z ${__agentos_marks-} ]]; then
    __agentos_marks=1
    # The folder as an address; a home that is a folder of the host is told as the home that it is.
    __agentos_folder() {
        local LC_ALL=C text=$PWD address= place letter code
        [[ $text == "$HOME" || $text == "$HOME"/* ]] && text=/home${text#"$HOME"}
        for ((place = 0; place < ${#text}; place++)); do
            letter=${text:place:1}
            case $letter in
            [a-zA-Z0-9/._~-]) address+=$letter ;;
            *)
                printf -v code %d "'$letter"
                printf -v code %%%02X $((code & 255))
                address+=$code
                ;;
            esac
        done
        printf '\e]7;file://%s%s\a' "$HOSTNAME" "$address"
    }
    __agentos_before() {
        local status=$?
        printf '\e]133;D;%s\a' "$status"
        if [[ ${__agentos_told-} != "$PWD" ]]; then
            __agentos_told=$PWD
            __agentos_folder
        fi
        return "$status"
    }
    # Last, since others may have made a prompt of their own.
    __agentos_after() {
        [[ $PS1 == *'133;A'* ]] || PS1='\[\e]133;A\a\]'$PS1'\[\e]133;B\a\]'
        [[ ${PS0-} == *'133;C'* ]] || PS0=${PS0-}'\e]133;C\a'
    }
    if [[ $(declare -p PROMPT_COMMAND 2>/dev/null) == 'declare -a'* ]]; then
        PROMPT_COMMAND=(__agentos_before "${PROMPT_COMMAND[@]}" __agentos_after)
    else
        PROMPT_COMMAND=__agentos_before${PROMPT_COMMAND:+$'\n'$PROMPT_COMMAND}$'\n'__agentos_after
    fi
fi
