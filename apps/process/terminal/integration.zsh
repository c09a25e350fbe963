# Marks for the terminal that zsh runs in: where a prompt, a command line, an output begin, how a command ended, and in
# which folder. zsh reads this in place of the user's .zshenv, from a folder that was made for it and is removed here;
# everything of the user's is read as ever. Without such a terminal it does nothing.
'builtin' 'command' 'rm' '-rf' '--' "$ZDOTDIR"
if [[ -n ${AGENTOS_ZDOTDIR-} ]]; then
    'builtin' 'export' ZDOTDIR="$AGENTOS_ZDOTDIR"
else
    'builtin' 'unset' ZDOTDIR
fi
'builtin' 'unset' AGENTOS_ZDOTDIR
[[ -r ${ZDOTDIR:-$HOME}/.zshenv ]] && 'builtin' 'source' "${ZDOTDIR:-$HOME}/.zshenv"
if [[ -o interactive && $TERM_PROGRAM == AgentOS && -z ${__agentos_marks-} ]]; then
    typeset -g __agentos_marks=1 __agentos_runs= __agentos_told=
    # Text as it stands in an address.
    __agentos_address() {
        emulate -L zsh -o no_multibyte
        local text=$1 letter
        typeset -g REPLY=
        local -i place
        for ((place = 1; place <= $#text; place++)); do
            letter=$text[place]
            case $letter in
                [a-zA-Z0-9/._~-]) REPLY+=$letter ;;
                *) REPLY+=%$(([##16] #letter)) && [[ $REPLY == *%? ]] && REPLY="${REPLY%?}0${REPLY[-1]}" ;;
            esac
        done
    }
    # The folder; a home that is a folder of the host is told as the home that it is.
    __agentos_folder() {
        local REPLY folder=$PWD
        [[ $folder == "$HOME" || $folder == "$HOME"/* ]] && folder=/home${folder#"$HOME"}
        __agentos_address "$folder"
        print -nr -- $'\e]7;file://'"$HOST$REPLY"$'\a'
    }
    __agentos_before_command() {
        local REPLY
        __agentos_runs=1
        __agentos_address "${1[1,1000]}"
        print -nr -- $'\e]133;C;cmdline_url='"$REPLY"$'\a'
    }
    __agentos_before_prompt() {
        local -i code=$?
        [[ -n $__agentos_runs ]] && print -nr -- $'\e]133;D;'"$code"$'\a'
        __agentos_runs=
        if [[ $__agentos_told != "$PWD" ]]; then
            __agentos_told=$PWD
            __agentos_folder
        fi
        # Last, since others may have made a prompt of their own.
        precmd_functions=("${(@)precmd_functions:#__agentos_before_prompt}" __agentos_before_prompt)
        [[ $PS1 == *'133;A'* ]] || PS1=$'%{\e]133;A\a%}'"$PS1"$'%{\e]133;B\a%}'
        return code
    }
    typeset -ga precmd_functions preexec_functions
    precmd_functions+=(__agentos_before_prompt)
    preexec_functions+=(__agentos_before_command)
fi
