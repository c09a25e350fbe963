# Git in a window: a repository's state at a glance, and what can be looked at. Where there is none, it says so, lists
# those that lie beneath, and can make one. Read by sh, as an alias of git: `git -c alias.desk='!sh desk.sh' desk`.
unset GIT_DIR GIT_WORK_TREE GIT_PREFIX GIT_INDEX_FILE
export GIT_OPTIONAL_LOCKS=0 LESSHISTFILE=- LESS=-RFX
command -v less >/dev/null 2>&1 && export GIT_PAGER=less || export GIT_PAGER=cat
bold=$(printf '\033[1m') dim=$(printf '\033[2m') red=$(printf '\033[31m') plain=$(printf '\033[0m')

# Owners differ in a sandbox that maps users; what a repository's settings would start is held by it.
git() { command git -c color.ui=always -c safe.directory='*' "$@"; }

shown() {
    case $1 in
        /home) echo '~' ;;
        /home/*) echo "~${1#/home}" ;;
        *) echo "$1" ;;
    esac
}

# Asks for a word; the end of input leaves.
ask() {
    printf '%s' "$1"
    IFS= read -r answer || { echo; exit 0; }
}

# Folders with a repository beneath this one, one a line, at most 30.
found() {
    timeout 5 find . -maxdepth 4 -name .git 2>/dev/null | head -n 30 | sed 's|/\.git$||; s|^\./||' | sort
}

into() {
    if cd -- "$1" 2>/dev/null; then return 0; fi
    echo "${red}$1 is not a folder that can be looked at here.${plain}"
    return 1
}

no_repository() {
    echo "${bold}No repository in $(shown "$PWD")${plain}"
    repositories=$(found)
    if [ -n "$repositories" ]; then
        echo "$repositories" | nl -w 3 -s '  '
    fi
    [ -w . ] && echo "  i  make one here (git init)"
    echo "  p  another folder"
    echo "  q  leave"
    ask "${bold}choose${plain} "
    case $answer in
        q) exit 0 ;;
        i) git init ;;
        p) another ;;
        [0-9]*)
            case $answer in *[!0-9]*) return ;; esac
            chosen=$(echo "$repositories" | sed -n "${answer}p")
            [ -n "$chosen" ] && into "$chosen"
            ;;
    esac
}

another() {
    ask "folder: "
    case $answer in
        '') return ;;
        '~') into /home ;;
        '~/'*) into "/home/${answer#'~/'}" ;;
        *) into "$answer" ;;
    esac
}

has_commits() { git rev-parse --verify -q HEAD >/dev/null 2>&1; }

glance() {
    echo "${bold}$(shown "$(git rev-parse --show-toplevel)")${plain}"
    git status --short --branch | head -n 15
    if has_commits; then
        git --no-pager log --graph --decorate --oneline -n 10
    else
        echo "${dim}No commits yet.${plain}"
    fi
}

repository() {
    [ "$PWD" = "$glanced" ] || glance
    glanced=$PWD
    echo "${dim}h history · d changes · s status · b branches · p another folder · q leave${plain}"
    ask "${bold}git${plain} "
    case $answer in
        q) exit 0 ;;
        h) has_commits && git log --graph --decorate --stat --all || echo "No commits yet." ;;
        d) has_commits && git diff HEAD || git diff --cached ;;
        s) git status ;;
        b) git branch --all --verbose ;;
        p) another ;;
        '') glanced= ;;
        *) echo "Type one of these letters; for everything else there is the Terminal." ;;
    esac
}

glanced=
while :; do
    if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then repository; else no_repository; fi
done
