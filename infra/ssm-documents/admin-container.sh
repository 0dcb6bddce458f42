# Makes the image that ran before the one to boot next, until the instant $1. Needs no network once
# the admin container's image is there, but root on the host, which only that container has. Returns
# 1 when it failed, 2 when it is no longer wanted.
flip_partition_sets() {
  local out was result
  was=$(apiclient get settings.host-containers.admin.enabled 2> /dev/null |
    jq -r '.settings["host-containers"].admin.enabled')
  [ "$was" = true ] || enable_admin_container true || return 1
  flip_as_root "$1"
  result=$?
  [ "$was" = true ] || enable_admin_container false || return 1
  return "$result"
}

enable_admin_container() {
  local out
  out=$(apiclient set "host-containers.admin.enabled=$1" 2>&1) && return 0
  WHY="host-containers.admin.enabled could not be set to $1: $out"
  return 1
}

flip_as_root() {
  local out
  while ! out=$(apiclient exec -T admin true 2>&1); do
    WHY="the admin container does not answer: $out"
    [ "$(now)" -lt "$1" ] || return 1
    sleep 2
  done
  still_wanted || return 2
  out=$(apiclient exec -T admin sheltie signpost rollback-to-inactive 2>&1)
  WHY="signpost rollback-to-inactive: $out"
  # Not by the exit code alone: what counts is which set boots next.
  out=$(apiclient exec -T admin sheltie signpost status 2>&1)
  out=$(printf '%s\n' "$out" | sed -nE 's/^(Active|Next): *Set //p' | sort -u | wc -l)
  [ "$out" -eq 2 ]
}
