# What all documents share. Kept to what the control container's bash 4.2 and jq 1.5 and the
# simulator's shell agree on: no `set -e`, `trap`, `$!` or arrays, no function inside `$(( ))`, no
# jq `def f($x)`. A document sets VERB, and MEMBERS to what it reports besides the host's state.
set -u
BOOT_ID='^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
VERSION='^[0-9]{1,5}[.][0-9]{1,5}[.][0-9]{1,5}$'
LOCK_OR_KEEP='^(keep|latest|v?[0-9]{1,5}[.][0-9]{1,5}[.][0-9]{1,5}([-+][0-9A-Za-z.+-]{1,40})?)$'
FLAG='^(true|false)$'
FLAG_OR_KEEP='^(keep|true|false)$'
EPOCH_SECONDS='^[0-9]{10}$'
TIMEOUT_SECONDS='^[1-9][0-9]{1,3}$'

MEMBERS='{}'
WHY=''          # why the last function returned false, for the person on call
STATUS='null'   # the last /updates/status; null when there is none
STATE='' CHOSEN='' STAGED='' TYPE='' RESULT='' STAMP=''
RUNNING='' LOCK='' WAVES=''

# Stops unless parameter $1 arrived in the form $2, which is its allowedPattern. None arrives when
# the SSM agent is older than 3.3.2746.0: it does not know `interpolationType: ENV_VAR`.
parameter() {
  local name="SSM_$1"
  [[ ${!name:-} =~ $2 ]] && return 0
  finish false "parameter $1 is missing or malformed (the SSM agent must be 3.3.2746.0 or later)"
}

now() { date +%s; }

# The instant $1 seconds from now.
after() {
  local instant
  instant=$(now)
  echo "$((instant + $1))"
}

BOOT_ID_FILE=/proc/sys/kernel/random/boot_id

# Whether the command still applies: SSM may deliver it late, and the agent runs a document again
# that a reboot cut off. A document without NotAfterEpochSeconds is never too late, one without
# BootId is meant for whatever boot it finds.
NOT_AFTER=${SSM_NotAfterEpochSeconds:-9999999999}
EXPECTED_BOOT=${SSM_BootId:-}
still_wanted() {
  if [ -n "$EXPECTED_BOOT" ] && [ "$(< "$BOOT_ID_FILE")" != "$EXPECTED_BOOT" ]; then
    WHY='another boot id: the host has rebooted since this was planned'
    return 1
  fi
  [ "$(now)" -le "$NOT_AFTER" ] && return 0
  WHY='too late: NotAfterEpochSeconds has passed'
  return 1
}

# Reads the update status. True also before the first refresh since boot (404); STATE is empty then.
read_status() {
  local out ok=true
  out=$(apiclient get /updates/status 2>&1) || ok=false
  # Mostly nothing has changed since the last look: a download takes minutes.
  [ "$out" = "$STATUS" ] && return 0
  STATUS='null' STATE='' CHOSEN='' STAGED='' TYPE='' RESULT='' STAMP=''
  if [ "$ok" = false ]; then
    case "$out" in *'Status 404 '*) return 0 ;; esac
    WHY="update status: $out"
    return 1
  fi
  IFS='|' read -r STATE CHOSEN STAGED TYPE RESULT STAMP <<< "$(jq -r '
    [.update_state, .chosen_update.version, .staging_partition.image.version]
    + (.most_recent_command | [.cmd_type, .cmd_status, .timestamp])
    | map(. // "") | join("|")' <<< "$out")"
  WHY='update status: not understood'
  [ -n "$STATE" ] && STATUS=$out
}

# Reads the status, waiting until the instant $1 while another update command holds its lock (423).
await_status() {
  while ! read_status; do
    if [ "$(now)" -ge "$1" ]; then
      WHY="waited in vain; $WHY"
      return 1
    fi
    sleep 2
  done
}

# Runs update command $1 and waits for its end until the instant $2, looking every $3 seconds. Not
# through `apiclient update`: it stops waiting for a refresh after 10 s while the refresh goes on,
# and its apply also activates. Judged by most_recent_command: after a failed refresh the state is
# Idle, the same word as for "no update" (thar-be-updates/src/main.rs).
perform() {
  local out before type="${1%-update*}"
  await_status "$2" || return 1
  before=$STAMP
  while ! out=$(apiclient raw -m POST -u "/actions/$1" 2>&1); do
    WHY="$type: $out"
    case "$out" in *'Status 423 '*) ;; *) return 1 ;; esac
    [ "$(now)" -lt "$2" ] || return 1
    sleep 2
  done
  while :; do
    sleep "$3"
    if read_status && [ "$TYPE" = "$type" ] && [ "$STAMP" != "$before" ]; then
      [ "$RESULT" = Success ] && return 0
      WHY="$type failed: $(jq -r '.most_recent_command.stderr // ""' <<< "$STATUS")"
      return 1
    fi
    if [ "$(now)" -ge "$2" ]; then
      WHY="$type did not finish within the time limit; it goes on by itself"
      return 1
    fi
  done
}

# Reads the version that runs into RUNNING.
read_running() {
  RUNNING=$(apiclient get os 2> /dev/null | jq -r '.os.version_id // ""')
  WHY='the running version could not be read'
  [ -n "$RUNNING" ]
}

# Reads settings.updates.version-lock and ignore-waves into LOCK and WAVES.
read_settings() {
  IFS='|' read -r LOCK WAVES <<< "$(apiclient get settings.updates 2> /dev/null | jq -r '
    .settings.updates // empty | "\(.["version-lock"] // "latest")|\(.["ignore-waves"] // false)"')"
  WHY='settings.updates could not be read'
  [ -n "$WAVES" ]
}

# Sets version-lock to $1 and ignore-waves to $2; `keep` leaves one as it is.
change_settings() {
  local out lock=$1 waves=$2
  read_settings || return 1
  [ "$lock" = keep ] && lock=$LOCK
  [ "$waves" = keep ] && waves=$WAVES
  [ "$lock|$waves" = "$LOCK|$WAVES" ] && return 0
  out=$(apiclient set "updates.version-lock=$lock" "updates.ignore-waves=$waves" 2>&1) && return 0
  WHY="settings.updates could not be changed: $out"
  return 1
}

# Sets member $1 of the report to the JSON $2.
member() {
  MEMBERS=$(jq -c --arg name "$1" --argjson value "$2" '.[$name] = $value' <<< "$MEMBERS")
}

# Prints the report, one line of JSON: $1 ok, $2 reason. Foreign text is cut and reduced to ASCII,
# so that the line stays below 2,000 characters (ListCommandInvocations cuts after 2,500).
print_report() {
  local host
  host=$(apiclient get os settings.updates 2> /dev/null)
  jq -cn --arg verb "$VERB" --argjson ok "$1" --arg reason "$2" --arg bootId "$(< "$BOOT_ID_FILE")" \
    --argjson host "${host:-null}" --argjson status "$STATUS" --argjson members "$MEMBERS" '
    # Lines and colour codes become spaces.
    def plain(size): if . == null then . else
      tostring | .[0:2000] | gsub("[^ -~]+(\\[[0-9;]*m)?"; " ") | .[0:size] end;
    # Versions of three numbers of at most five digits, by one number that orders them: the
    # simulated shell does not compare arrays.
    def releases: map(select(type == "string" and test("^[0-9]{1,5}([.][0-9]{1,5}){2}$")));
    def rank: split(".") | map(tonumber) | (.[0] * 100000 + .[1]) * 100000 + .[2];
    # The releases above the running one, where they are more than `available` can show.
    ([$host.os.version_id] | releases | map(rank) | .[0]) as $running
    | (($status.available_updates // []) | releases | map(select(rank > $running))
      | sort_by(rank)) as $newer
    | (if $running != null and ($newer | length) > 8 then {next: $newer[0:8]} else {} end) as $next
    | {v: 1, verb: $verb, ok: $ok, reason: ($reason | plain(300)), bootId: $bootId,
      os: ($host.os | if . == null then . else {version: (.version_id | plain(40)),
        variant: (.variant_id | plain(40)), arch: (.arch | plain(20))} end),
      update: ($next + ($status | {
        state: .update_state,
        chosen: .chosen_update.version,
        staged: .staging_partition.image.version,
        nextToBoot: (if .staging_partition.next_to_boot then "staging"
          elif .active_partition.next_to_boot then "active" else null end),
        available: ((.available_updates // [])[0:8] | map(plain(40))),
        last: (.most_recent_command | if . == null then . else {type: .cmd_type,
          status: .cmd_status, exit: .exit_status, stderr: (.stderr | plain(200))} end)})),
      settings: ($host.settings.updates | if . == null then . else {
        versionLock: (.["version-lock"] // "latest" | plain(60)),
        ignoreWaves: (.["ignore-waves"] // false)} end)
    } + $members' ||
    printf '{"v":1,"verb":"%s","ok":false,"reason":"the report could not be built"}\n' "$VERB"
}

# Reports and ends the script: with 0 when $1 (ok) is true, else with 1. $2 is the reason.
finish() {
  print_report "$1" "$2"
  [ "$1" = true ] && exit 0
  exit 1
}
