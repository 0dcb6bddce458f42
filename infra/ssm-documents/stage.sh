# Reads the settings, so that a failure can put them back.
FOUND_LOCK=keep FOUND_WAVES=keep
remember_settings() {
  read_settings || return 1
  FOUND_LOCK=$LOCK FOUND_WAVES=$WAVES
}

# Puts the settings back as found and ends: $1 ok, $2 reason.
give_up() {
  local ok=$1 reason=$2
  if ! change_settings "$FOUND_LOCK" "$FOUND_WAVES"; then
    ok=false reason="$reason; $WHY"
  fi
  finish "$ok" "$reason"
}

# Writes the target to the other partition set until the instant $1, without activating it. $2 is
# the new ignore-waves. The lock pins the version because updog chooses again when it downloads: a
# release that appears meanwhile would be installed under the name of the chosen one.
stage_target() {
  change_settings "v$SSM_TargetVersion" "$2" || return 1
  perform refresh-updates "$1" 1 || return 1
  if [ "$CHOSEN" != "$SSM_TargetVersion" ]; then
    WHY="$SSM_TargetVersion is not offered to this host (wave not open, pulled, or unknown)"
    return 1
  fi
  perform prepare-update "$1" 10 || return 1
  WHY="${STAGED:-nothing} is staged instead of $SSM_TargetVersion"
  [ "$STATE/$STAGED" = "Staged/$SSM_TargetVersion" ]
}
