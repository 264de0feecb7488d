# Parts that the commands of this folder share; sourced by them. They set no positional words of their own before that.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
self=${0##*/}
command_line="benchmarks/$self $*"
hz=$(getconf CLK_TCK)

# The comment at the head of a command is its help.
usage() {
  sed -n '2,/^set /p' "$0" | sed '$d; s/^# \{0,1\}//'
  exit 0
}
unknown_option() {
  echo "$self: unknown option $1 (see --help)" >&2
  exit 2
}
need() { # tools...
  local tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null || { echo "$self: needs $tool (Debian: apt-get install v2ray iperf3 openssl)" >&2 && exit 1; }
  done
}

# A folder and processes that go with the command, however it ends.
pids=()
stop() { # pids...
  local pid
  for pid in "$@"; do kill "$pid" 2>/dev/null || true; done
  for pid in "$@"; do wait "$pid" 2>/dev/null || true; done
}
begin() {
  work=$(mktemp -d)
  trap 'stop "${pids[@]}"; rm -rf "$work"' EXIT
  trap 'exit 130' INT TERM
}

# Ports below the range that the kernel takes source ports from, bound by nobody now.
is_bound() { grep -qiE "^ *[0-9]+: [0-9A-F]+:$(printf %04X "$1") " /proc/net/{tcp,tcp6,udp,udp6}; }
free_port() {
  local port
  while :; do
    port=$((10000 + RANDOM % 20000))
    is_bound "$port" || is_bound $((port + 1)) || { echo "$port" && return; }
  done
}
# Until a process listens on a port, or has bound it for UDP.
await_port() { # port pid log
  for _ in $(seq 600); do
    grep -qiE "^ *[0-9]+: [0-9A-F]+:$(printf %04X "$1") [0-9A-F:]+ (0A|07) " /proc/net/{tcp,tcp6,udp,udp6} && return 0
    kill -0 "$2" 2>/dev/null || break
    sleep 0.1
  done
  echo "$self: nothing listens on port $1:" >&2
  tail -20 "$3" >&2
  return 1
}

# Puts processes ahead of what else the machine does, or back among the others.
realtime() { # pids...
  local pid
  for pid in "$@"; do chrt -a -r -p 1 "$pid"; done
}
no_realtime() { # pids...
  local pid
  for pid in "$@"; do chrt -a -o -p 0 "$pid"; done
}

# CPU time of processes in clock ticks: user and system, of all their threads, living and gone.
ticks() { # pids...
  local pid
  for pid in "$@"; do sed 's/^.*) //' "/proc/$pid/stat"; done | awk '{ sum += $12 + $13 } END { print sum }'
}

# Culvert as a user starts it, built where it is not, or is older than its sources.
prepare_culvert() {
  [ -z "${culvert_prepared:-}" ] || return 0
  . "$root/.mvn/find-jdk.sh"
  "$root/culvert" version >/dev/null
  jvm=$(sed -n 's/.*<culvert\.jvm>\(.*\)<\/culvert\.jvm>.*/\1/p' "$root/pom.xml")
  culvert_prepared=yes
}
start() { # program config log -> pid in $started
  case $1 in
    v2ray) v2ray -config "$2" >"$3" 2>&1 & ;;
    culvert)
      prepare_culvert
      CULVERT_BUILD=never CULVERT_JAVA_OPTS="${CULVERT_BENCH_JVM:-}" \
        "$root/culvert" run -c "$2" --state "$2.state" --drain-seconds 0 >"$3" 2>&1 &
      ;;
    *) echo "$self: no program $1" >&2 && exit 2 ;;
  esac
  started=$!
  pids+=("$started")
}
# A source file of this folder, in a process of its own, with Culvert's classes.
java_of() { # file -> its command in $java
  # Word splitting is wanted: it is a list of flags.
  # shellcheck disable=SC2206
  java=("$JAVA_HOME/bin/java" $jvm -XX:+UseSerialGC -cp "$root/launcher/target/*:$root/launcher/target/lib/*"
    "$root/benchmarks/src/main/java/io/culvert/benchmarks/$1")
}
run_java() { # file arguments...
  java_of "$1"
  timeout 900 ${in_front:-} "${java[@]}" "${@:2}"
}
start_java() { # log file arguments... -> pid in $started
  java_of "$2"
  "${java[@]}" "${@:3}" >"$1" 2>&1 &
  started=$!
  pids+=("$started")
}

# An iperf3 client whose answer is a file. It says in there what went wrong, and ends with 0 all the same.
iperf() { # answer port options...
  until timeout 600 iperf3 -c 127.0.0.1 -p "$2" "${@:3}" -J >"$1" 2>&1 && ! grep -q '"error"' "$1"; do
    # A v2ray on mKCP takes seconds to say that a session is over, and iperf3 serves one at a time.
    grep -q "server is busy" "$1" && sleep 1 && continue
    echo "$self: iperf3 failed:" >&2
    tail -5 "$1" >&2
    return 1
  done
}

median() { # numbers on standard input, one a line
  sort -n | awk '{ v[NR] = $1 } END { if (NR == 0) print "-"; else if (NR % 2) print v[(NR + 1) / 2]; else printf "%.3f\n", (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { if (a == "-" || b == "-" || b + 0 == 0) print "-"; else printf "%.2f\n", a / b }'; }
machine() { echo "$(nproc) cores, $(uname -sr)"; }
v2ray_version() { v2ray -version | head -1 | cut -d' ' -f1,2; }
