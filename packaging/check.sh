#!/usr/bin/env bash
# Tries the packages in dist/ as servers get them: "./package --check" makes them and runs this. Wants root on Debian, since it
# installs into a bare Debian 12 of its own, in a network namespace without network; that root is kept in ~/.cache/culvert/bookworm.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

passed=0 failed=0
bare=$HOME/.cache/culvert/bookworm
work=$(mktemp -d)
# Never into what is mounted there.
trap 'kill $(jobs -p) 2>/dev/null || true; umount "$work/root/proc" "$work/read only" 2>/dev/null || true; rm -rf --one-file-system "$work"' EXIT

say() {
  local verdict=$1
  shift
  if [ "$verdict" = 0 ]; then
    passed=$((passed + 1))
    echo "ok      $*"
  else
    failed=$((failed + 1))
    echo "FAILED  $*"
  fi
}

# Runs a command, and counts it under a name; what it said is shown where it failed.
try() {
  local what=$1 verdict=0
  shift
  "$@" >"$work/said" 2>&1 || verdict=$?
  [ "$verdict" = 0 ] || cat "$work/said"
  say "$verdict" "$what"
}

# Waits at most 60 s until a file holds a line.
until_said() {
  local tries=0
  until grep -qs "$1" "$2"; do
    tries=$((tries + 1))
    [ $tries -le 600 ] || { cat "$2" && return 1; }
    sleep 0.1
  done
}

# In the namespace: a node with the demo's ports, from a folder with a space that is mounted read-only, as another user.
archive() {
  mkdir -p "$work/read only" "$work/state"
  chmod 755 "$work"
  chown nobody "$work/state"
  tar -xzf dist/culvert-*.tar.gz -C "$work/read only" --strip-components=1
  mount --bind "$work/read only" "$work/read only"
  mount -o remount,bind,ro "$work/read only"
  local as=(setpriv --reuid=nobody --regid=nogroup --clear-groups env -i PATH=/usr/bin:/bin "XDG_STATE_HOME=$work/state") pid
  try "archive: test of an example" "${as[@]}" "$work/read only/bin/culvert" test -c packaging/deb/config.json
  "${as[@]}" "$work/read only/bin/culvert" up >"$work/up" 2>&1 &
  pid=$!
  try "archive: starts on a read-only file system" until_said '^stop with' "$work/up"
  grep started "$work/up" || true
  try "archive: its state is where XDG says" test -d "$work/state/culvert"
  try "archive: serves" curl -sf -m 10 -x socks5h://127.0.0.1:1080 -o /dev/null "$(sed -n 's/^try .* //p' "$work/up")"
  kill "$pid" || true
  try "archive: drains and ends with 0" wait "$pid"
  umount "$work/read only"
}

client() {
  cat >"$work/v2ray.json" <<JSON
{"inbounds": [{"listen": "127.0.0.1", "port": 21080, "protocol": "socks"}],
 "outbounds": [{"protocol": "vmess", "settings": {"vnext": [{"address": "127.0.0.1", "port": 20086,
   "users": [{"id": "$1", "alterId": 0, "security": "auto"}]}]}}]}
JSON
}

deb() {
  local id=b831381d-6324-4d53-ad4f-8cda48b30811 pid other
  rm -rf "$work/root"
  cp -a "$bare" "$work/root"
  cp dist/culvert_*.deb "$work/root/tmp/"
  mount -t proc proc "$work/root/proc"
  local in=(chroot "$work/root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive)
  "${in[@]}" find / -xdev -not -path '/proc/*' -not -path '/run/*' -not -path '/var/*' -not -path '/tmp/*' | sort >"$work/before"
  try "deb: installs without network" "${in[@]}" apt-get install -y -q "/tmp/$(basename dist/culvert_*.deb)"
  try "deb: there is the user culvert" "${in[@]}" getent passwd culvert
  try "deb: its configuration is right" "${in[@]}" culvert test -c /etc/culvert/config.json
  try "deb: its unit is right" "${in[@]}" systemd-analyze verify --man=no /usr/lib/systemd/system/culvert.service
  try "deb: the unit gives little away" "${in[@]}" systemd-analyze security --offline=true --threshold=25 \
    /usr/lib/systemd/system/culvert.service
  cat >"$work/root/etc/culvert/config.json" <<JSON
{"inbounds": [{"listen": "127.0.0.1", "port": 20086, "protocol": "vmess", "settings": {"clients": [{"id": "$id"}]}}],
 "outbounds": [{"protocol": "freedom", "settings": {"allowPrivate": true}}]}
JSON
  mkdir -p "$work/root/var/lib/culvert" "$work/root/etc/culvert"
  "${in[@]}" chown culvert: /var/lib/culvert
  "${in[@]}" setpriv --reuid=culvert --regid=culvert --clear-groups culvert run -c /etc/culvert/config.json \
    --state /var/lib/culvert >"$work/run" 2>&1 &
  pid=$!
  try "deb: the service's command starts" until_said '^vmess 127.0.0.1:20086' "$work/run"
  client "$id"
  v2ray -config "$work/v2ray.json" >"$work/v2ray" 2>&1 &
  other=$!
  until_said 'started' "$work/v2ray" || true
  head -c 1000000 /dev/urandom >"$work/file"
  python3 -m http.server 21081 --bind 127.0.0.1 --directory "$work" >/dev/null 2>&1 &
  try "deb: a v2ray client fetches 1 MB through it" \
    curl -sf -m 20 --retry 20 --retry-all-errors --retry-delay 1 -x socks5h://127.0.0.1:21080 -o "$work/got" http://127.0.0.1:21081/file
  try "deb: what it got is what there is" cmp "$work/file" "$work/got"
  kill "$other" || true
  kill "$pid" || true
  try "deb: drains and ends with 0" wait "$pid"
  try "deb: installs over itself, and keeps the configuration" \
    "${in[@]}" apt-get install -y --reinstall -q -o Dpkg::Options::=--force-confold "/tmp/$(basename dist/culvert_*.deb)"
  try "deb: the configuration is the operator's" grep -q 20086 "$work/root/etc/culvert/config.json"
  try "deb: is purged" "${in[@]}" apt-get purge -y -q culvert
  "${in[@]}" find / -xdev -not -path '/proc/*' -not -path '/run/*' -not -path '/var/*' -not -path '/tmp/*' | sort >"$work/after"
  try "deb: a purge leaves nothing" diff <(grep -v '/etc/.*-$' "$work/before") <(grep -v '/etc/.*-$' "$work/after")
  try "deb: nor state or user" bash -c "! test -e '$work/root/var/lib/culvert' && ! grep -q culvert '$work/root/etc/passwd'"
  umount "$work/root/proc"
}

if [ "${1:-}" != within ]; then
  [ "$(id -u)" = 0 ] || { echo "package: --check wants root" >&2 && exit 1; }
  missing=
  for pair in "debootstrap debootstrap" "lintian lintian" "v2ray v2ray" "curl curl" "ip iproute2" "python3 python3"; do
    command -v "${pair%% *}" >/dev/null 2>&1 || missing="$missing ${pair##* }"
  done
  # shellcheck disable=SC2086
  [ -z "$missing" ] || { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null; }
  if [ ! -d "$bare" ]; then
    rm -rf "$bare.new" && mkdir -p "$bare.new"
    debootstrap --variant=minbase --include=systemd bookworm "$bare.new" >"$work/debootstrap" 2>&1 ||
      { tail -5 "$work/debootstrap" && exit 1; }
    mv "$bare.new" "$bare"
  fi
  exec unshare --net --mount "${BASH_SOURCE[0]}" within
fi
ip link set lo up
archive
deb
try "deb: lintian has no errors" lintian --fail-on error dist/culvert_*.deb
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
