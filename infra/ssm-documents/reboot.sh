# Makes the staged target the one to boot next. Returns 1 when that failed, 2 when by then it was no
# longer wanted and is undone.
activate_target() {
  local why
  [ "$STATE" = Ready ] || perform activate-update "$(after 60)" 1 || return 1
  still_wanted && return 0
  why=$WHY
  disarm && WHY=$why && return 2
  WHY="$why, and the update is still active: $WHY"
  return 1
}

# Makes the running image the one to boot next again.
disarm() {
  perform deactivate-update "$(after 60)" 1
}

# Reports, and reboots in the background so that the agent can still answer. Asked again immediately
# before: whether it is wanted, and whether the state is still $1 (whoever cancelled has left Ready;
# empty: any state). Repeated while systemd refuses, for a shutdown inhibitor for example. An update
# that can no longer boot in time is not left active.
report_and_reboot() {
  REBOOT_STATE=$1
  member acted true
  print_report true ''
  (
    sleep 2
    while await_status "$(after 60)" &&
      [ "$STATE" = "${REBOOT_STATE:-$STATE}" ] && still_wanted; do
      apiclient reboot && exit 0
      sleep 5
    done
    [ "$STATE" = Ready ] && disarm
  ) > /dev/null 2>&1 &
  exit 0
}
