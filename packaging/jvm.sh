# What a JVM that runs Culvert is started with on this machine; sourced by the start scripts of the source tree and of the
# packages. Sets collector and pages, and defines direct_megabytes.

# Services and containers start without a locale, and the JVM then finds no file whose name has a letter beyond ASCII.
case ${LC_ALL:-${LC_CTYPE:-${LANG:-}}} in
  '' | C | POSIX) export LC_ALL=C.UTF-8 ;;
esac

# Payload lives outside the heap and what lives inside is small, so the collector that costs the least CPU is the one
# without threads and barriers of its own.
collector=-XX:+UseSerialGC
case ${CULVERT_JAVA_OPTS:-} in
  *-XX:+Use*GC*) collector= ;;
esac

# Compiled code and heap on large pages, where the kernel gives them to who asks: a tenth less CPU and time for a session, for
# some 25 MB.
pages=
case $(cat /sys/kernel/mm/transparent_hugepage/enabled 2> /dev/null) in
  *\[always\]* | *\[madvise\]*) pages=-XX:+UseTransparentHugePages ;;
esac

# The memory limits, in bytes, of the control groups that this process is in, of version 2 or 1, and of those around them.
memory_limits() {
  [ -r /proc/self/cgroup ] || return 0
  while IFS=: read -r _ controllers path; do
    case ,$controllers, in
      ,,) mount=/sys/fs/cgroup file=memory.max ;;
      *,memory,*) mount=/sys/fs/cgroup/memory file=memory.limit_in_bytes ;;
      *) continue ;;
    esac
    # A container sees its own group at the root, whatever the path says.
    while :; do
      [ ! -r "$mount$path/$file" ] || cat "$mount$path/$file"
      case $path in
        '' | /) break ;;
      esac
      path=${path%/*}
    done
  done < /proc/self/cgroup
}

# Half of the memory, between 64 MB and 4 GB, may hold bytes in flight; a limit of a service or container counts where there
# is one, which the JVM follows itself with its heap.
direct_megabytes() {
  megabytes=2048
  if [ -r /proc/meminfo ]; then
    megabytes=$(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo)
    megabytes=$((megabytes / 1024))
  fi
  for limit in $(memory_limits); do
    if [ "$limit" != max ] && [ $((limit / 1048576)) -lt "$megabytes" ]; then
      megabytes=$((limit / 1048576))
    fi
  done
  megabytes=$((megabytes / 2))
  [ "$megabytes" -ge 64 ] || megabytes=64
  [ "$megabytes" -le 4096 ] || megabytes=4096
  echo "$megabytes"
}
