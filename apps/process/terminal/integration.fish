# Marks for the terminal that fish runs in: where a prompt, a command line, an output begin, how a command ended, and in
# which folder. Read behind the user's own files. Without such a terminal it does nothing; fish 4 marks by itself.
if status is-interactive; and test "$TERM_PROGRAM" = AgentOS; and not set -q __agentos_marks
    and test (string split . -- $version)[1] -lt 4
    set -g __agentos_marks 1
    # The folder as an address; a home that is a folder of the host is told as the home that it is.
    function __agentos_folder --on-variable PWD
        set -l folder $PWD
        if test "$folder" = "$HOME"; or string match -q -- "$HOME/*" "$folder"
            set folder /home(string sub -s (math (string length -- "$HOME") + 1) -- "$folder")
        end
        printf '\e]7;file://%s%s\a' (hostname) (string escape --style=url -- "$folder")
    end
    # fish tells the folder, too, as the host has it.
    functions --erase __update_cwd_osc
    function __agentos_before_prompt --on-event fish_prompt
        printf '\e]133;A\a'
    end
    function __agentos_before_command --on-event fish_preexec
        printf '\e]133;C;cmdline_url=%s\a' (string escape --style=url -- (string sub -l 1000 -- "$argv"))
    end
    function __agentos_behind_command --on-event fish_postexec
        printf '\e]133;D;%s\a' $status
    end
    functions -q fish_prompt
    functions --copy fish_prompt __agentos_prompt
    function __agentos_status
        return $argv[1]
    end
    function fish_prompt
        set -l code $status
        __agentos_status $code
        __agentos_prompt
        printf '\e]133;B\a'
    end
    __agentos_folder
end
