# A script as it may come from anywhere. It does what such scripts do, and says what came of it.
# What is held and what is kept: the badge of the window, Why? on each of its files, and Review changes.

say() { printf '\n\033[1m%s\033[0m\n' "$1"; }
no() { printf '  \033[32mrefused\033[0m  %s\n' "$1"; }
yes() { printf '  \033[33mdone\033[0m     %s\n' "$1"; }
try() { # what, command...
  what=$1
  shift
  if "$@" >/dev/null 2>&1; then yes "$what"; else no "$what"; fi
}

say "1. It looks for secrets"
try "read ~/.ssh/id_ed25519" cat "$HOME/.ssh/id_ed25519"
try "read /etc/shadow" cat /etc/shadow
try "read your documents" ls "$HOME/Documents"
try "see other programs" sh -c 'test "$(ls -d /proc/[0-9]* | wc -l)" -gt 12'

say "2. It changes files"
mkdir -p src
printf 'A project that a script has been at.\n' >README.md
printf '#!/bin/sh\necho "runs later"\n' >src/setup.sh
printf '{ "name": "demo", "scripts": { "postinstall": "sh src/setup.sh" } }\n' >package.json
printf 'PATH=/tmp/evil:$PATH\n' >.envrc
yes "README.md, src/setup.sh, package.json and .envrc in $(pwd)"
try "write outside of its folder" sh -c "echo x >\"$HOME/evil\""
try "install an app" sh -c "echo x >\"$HOME/Apps/evil.bp\""
try "change a program of the host" sh -c 'echo x >/usr/bin/evil'

say "3. It calls home"
if command -v curl >/dev/null 2>&1; then
  try "fetch https://example.com" curl --silent --fail --max-time 25 https://example.com/
elif command -v python3 >/dev/null 2>&1; then
  try "fetch https://example.com" python3 -c 'import urllib.request; urllib.request.urlopen("https://example.com/", timeout=25)'
else
  no "fetch https://example.com (no curl and no python3 here)"
fi
try "go around the proxy" sh -c 'command -v bash && exec bash -c "exec 3<>/dev/tcp/93.184.216.34/80"'

say "4. It tries to stay"
(setsid nohup sleep 600 >/dev/null 2>&1 &)
yes "left a program behind, which ends with this window"

printf '\nNothing of it is real yet: Review it (Ctrl+Shift+R) or ask Why? above.\nThe badge in the title bar says what holds it.\n'
