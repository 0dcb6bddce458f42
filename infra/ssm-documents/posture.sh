# Adds member `posture`: what protects the host. The control container has a sysfs of its own, where
# selinuxfs and securityfs are not mounted (host-ctr main.go, withDefault). So SELinux and lockdown
# are asked of the host's own CIS checks, by number: names may change. What cannot be read is
# unknown or null; nothing here fails the document.
report_posture() {
  local checks lockdown admin cmdline verity=null
  # `timeout` because the checks run some twenty programs on the host; releases before 1.16 have none.
  checks=$(timeout 20 apiclient report cis -l 2 -f json 2> /dev/null | jq -c '
    [.results[]? | {key: .id, value: .status}] | from_entries' 2> /dev/null)
  lockdown=$(apiclient get settings.kernel.lockdown 2> /dev/null |
    jq -c '.settings.kernel.lockdown' 2> /dev/null)
  admin=$(apiclient get settings.host-containers.admin.enabled 2> /dev/null |
    jq -c '.settings["host-containers"].admin.enabled' 2> /dev/null)
  # The same three marks that check 1.3.1 looks for; /proc is the kernel's own in every container.
  if cmdline=$(cat /proc/cmdline 2> /dev/null) && [ -n "$cmdline" ]; then
    verity=false
    [[ $cmdline =~ dm-mod.create=\"?root,,,ro,0 ]] && [[ $cmdline =~ root=/dev/dm-0 ]] &&
      [[ $cmdline =~ restart_on_corruption ]] && verity=true
  fi
  member posture "$(jq -cn --argjson checks "${checks:-null}" --argjson verity "$verity" \
    --argjson lockdown "${lockdown:-null}" --argjson admin "${admin:-null}" '
    {selinux: ({PASS: "enforcing", FAIL: "permissive"}[$checks["1.5.1"] // ""] // "unknown"),
      rootVerity: $verity,
      # 1.5.2 wants integrity and fails on the stricter mode, too; the setting tells them apart.
      lockdown: ($checks["1.5.2"] as $check | if $check == "PASS" then "integrity"
        elif $check != "FAIL" then "unknown"
        elif $lockdown == "confidentiality" then $lockdown else "none" end),
      adminContainer: (if ($admin | type) == "boolean" then $admin else null end)}')"
}
